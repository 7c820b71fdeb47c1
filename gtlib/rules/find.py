"""Which item of the town a person means by a piece of its id."""

from __future__ import annotations

from posixpath import basename

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import require_bead

# folder: what stands in it, and the command that shows one
FOLDERS = {
    "beads": ("bead", "bd show"),
    "molecules": ("molecule", "gt mol show"),
    "convoys": ("convoy", "gt convoy show"),
    "merges": ("merge request", "gt mq status"),
    "escalations": ("escalation", "gt escalate list"),
}
LISTS = {
    "beads": "bd list --all",
    "molecules": "gt mol list --all",
    "convoys": "gt convoy list --all",
    "merges": "gt mq list --all",
}


def ids_in(snapshot: Snapshot, folder: str) -> tuple[str, ...]:
    """The ids of one kind, by file name: nothing is parsed."""
    return tuple(basename(path)[:-3] for path in snapshot.paths(f"{folder}/") if path.endswith(".md"))


def find_id(snapshot: Snapshot, text: str, folder: str) -> ItemId:
    """The id in `folder` that `text` means, whole or in part.

    One that is archived is found where no live one is meant. UserError when there is none (saying so when
    it is the id of something else) or several.
    """
    kind = FOLDERS[folder][0]
    in_archive = layout.ITEM_FOLDERS[folder]
    if not text.strip():
        raise UserError(f"an empty id of a {kind}", f"see the ids with: {LISTS[folder]}")
    live = ids_in(snapshot, folder)
    line = None if text in live else snapshot.archive.line(text)
    if line is not None and line.kind == in_archive:
        return ItemId(text)
    try:
        return names.resolve(text, live)
    except UserError as refusal:
        if "means" in refusal.what:
            raise
    archived = snapshot.archive.ids_like(text.rpartition("-")[2], in_archive)
    if archived:
        try:
            return names.resolve(text, archived)
        except UserError as refusal:
            if "means" in refusal.what:
                raise
    for other, (what, command) in FOLDERS.items():
        if text in ids_in(snapshot, other):
            show = command if command.endswith("list") else f"{command} {text}"
            raise UserError(f"{text} is a {what}, not a {kind}", f"see it with: {show}")
    raise UserError(f"no {kind} {text}", f"see them with: {LISTS[folder]}")


def find_bead(snapshot: Snapshot, text: str) -> Bead:
    """The bead that `text` means, whole or in part. UserError when there is none that parses, or several."""
    return require_bead(snapshot, find_id(snapshot, text, "beads"))


def find_molecule(snapshot: Snapshot, text: str) -> Molecule:
    """The molecule that `text` means. UserError when there is none that parses, or several."""
    id = find_id(snapshot, text, "molecules")
    found = snapshot.molecule(id)
    if found is None:
        raise UserError(f"molecules/{id}.md does not parse", "gt doctor says what is wrong with it")
    return found


def find_convoy(snapshot: Snapshot, text: str, actor: str) -> Convoy:
    """The convoy that `text` means; for no text the newest open one that `actor` owns or is told of."""
    if not text:
        mine = [each for each in snapshot.convoys() if each.status != "closed" and concerns(each, actor)]
        if not mine:
            raise UserError(f"{actor} has no open convoy", "name one: gt convoy list --all shows them")
        return max(mine, key=lambda convoy: (convoy.created, convoy.id))
    id = find_id(snapshot, text, "convoys")
    found = snapshot.convoy(id)
    if found is None:
        raise UserError(f"convoys/{id}.md does not parse", "gt doctor says what is wrong with it")
    return found


def concerns(convoy: Convoy, actor: str) -> bool:
    """Whether a convoy is the actor's: made by it, or it is told of the end."""
    told = actor == OVERSEER and (convoy.human or not convoy.owner)
    return told or actor in (Address(convoy.owner), *convoy.notify)
