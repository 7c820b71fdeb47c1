"""A buffer opened before a transition and saved after it: what it set back is put right and told."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import Files
from gtlib.rules.base import holder
from gtlib.rules.base import mail
from gtlib.rules.edits import merge_edits
from gtlib.rules.quarantine import was_told
from gtlib.rules.setback import Back
from gtlib.rules.setback import Version
from gtlib.rules.setback import struct_fields

SERVED = "Restored"
WHAT = "Put-Right"

# Where the status is the save's own, these follow from that and not from the transition.
_LIFE = frozenset({"status", "assignee", "started", "closed", "close_reason", "evidence"})
_FOLLOW_HOOK = frozenset({"status", "assignee", "started"})


class Save(Struct, frozen=True, kw_only=True):
    """A commit that changed a file some minutes after a transition of the town did.

    `text` is what it made of the file, `before` what it replaced; `saved` and `now` are the items
    in them. `history` are the changes that led to `now`, as items, newest first. `key` is what amend and
    rebase keep of it.
    """

    path: str
    commit: str
    key: str
    text: str
    before: str
    saved: Item
    now: Item
    history: tuple[Version, ...]


class Restored(Struct, frozen=True):
    """A commit that put something right: the commits that had set it back, and (path, fields) of it."""

    commit: str
    causes: tuple[str, ...]
    what: tuple[tuple[str, str], ...]


def saved_over(snapshot: Snapshot, saves: Iterable[Save]) -> Edit | None:
    """The transitions' values again where these saves took them back beside another change.

    A set-back with nothing beside it is meant, and stands; so does one that somebody has worked on since.
    """
    edits: list[Edit] = []
    for save in saves:
        fields, text = _righted(snapshot, save)
        at_tip = snapshot.text(save.path)
        if not fields or at_tip != save.text:  # whoever changed the file since then saw what the save says
            continue
        id = str(getattr(save.saved, "id", "") or save.path)
        edit = Edit(
            subject=f"restore: {id} {', '.join(fields)}",
            files=((save.path, text),),
            trailers=(
                ("Event", "restore"),
                *((("Bead", id),) if isinstance(save.saved, Bead) else ()),
                ("Caused-By", save.commit),
                (WHAT, f"{save.path} {', '.join(fields)}"),
                (SERVED, save.key),
            ),
        )
        edits.append(edit)
        snapshot = snapshot.with_edit(edit)
    return merge_edits(edits)


def tell(snapshot: Snapshot, restored: Sequence[Restored], to: str, now: str) -> Edit | None:
    """One mail for each commit that put something right, with the command that undoes it for good."""
    files: Files = ()
    for each in restored:
        letter = mail(snapshot, now, [to], _subject(each), _body(snapshot, each), ("restore", each.commit))
        id = ItemId(letter[0][0].rpartition("/")[2].removesuffix(".md")) if letter else ItemId("")
        if letter and not was_told(snapshot, id):
            files += letter
    if not files:
        return None
    return Edit(subject=f"told: {_subject(restored[0])}", files=files, trailers=(("Event", "told"),))


def way_back(snapshot: Snapshot, restored: Restored) -> str:
    """The one command that makes the set-back stand."""
    if len(restored.what) == 1:
        path, fields = restored.what[0]
        bead = snapshot.get(path)
        follows = _FOLLOW_HOOK.issuperset(fields.split(", "))
        if isinstance(bead, Bead) and follows and holder(snapshot, bead.id) is not None:
            return f"gt unsling {bead.id}"
    return f"git revert --no-edit {restored.commit[:12]}"


def line(snapshot: Snapshot, restored: Restored) -> str:
    """What to say of it on a terminal."""
    what = "; ".join(f"{path}: {fields}" for path, fields in restored.what)
    return (
        f"{what} put right again, which your save took back; if you meant it: {way_back(snapshot, restored)}"
    )


def _subject(restored: Restored) -> str:
    path, fields = restored.what[0]
    more = f" (and {len(restored.what) - 1} more)" if len(restored.what) > 1 else ""
    return f"Put right: {path.rpartition('/')[2].removesuffix('.md')} {fields}{more}"


def _body(snapshot: Snapshot, restored: Restored) -> str:
    causes = " ".join(commit[:12] for commit in restored.causes)
    what = "".join(f"    {path}: {fields}\n" for path, fields in restored.what)
    return (
        f"Commit {causes} set back, beside what you changed, what the town had changed minutes before:\n\n"
        f"{what}\n"
        "An editor does that which had the file open since before. Commit "
        f"{restored.commit[:12]} put it right\nagain; everything else that you changed stands.\n\n"
        f"If you meant it, this does it for good:\n\n    {way_back(snapshot, restored)}\n"
    )


def _righted(snapshot: Snapshot, save: Save) -> tuple[tuple[str, ...], str]:
    """The fields that were set back beside another change, and the text with them right; none: the save's."""
    parts = struct_fields(save.history, save.now, save.saved)
    meant = _meant(snapshot, save, parts)
    fields = tuple(name for name, part in parts.items() if part.back and name not in meant)
    if not fields:
        return (), save.text
    right = replace(save.saved, **{name: parts[name].value for name in fields})
    try:
        if not any(part.other for part in parts.values()) and not _other_lines(save, right):
            return (), save.text
        return fields, kinds.edit(save.path, save.text, right)
    except UserError:  # too large together: what the person wrote stands
        return (), save.text


def _meant(snapshot: Snapshot, save: Save, parts: dict[str, Back]) -> frozenset[str]:
    """Fields that are not looked at: they follow from what the person said, or from a hook that is gone."""
    status = parts.get("status")
    if status is None or status.other:
        return _LIFE
    bead = save.now
    if isinstance(bead, Bead) and bead.status == "hooked" and holder(snapshot, bead.id) is None:
        return _LIFE
    return frozenset()


def _other_lines(save: Save, right: Item) -> bool:
    """Whether a line differs that belongs to no field: a comment, say. The order of lines does not count."""
    texts = (kinds.edit(save.path, save.text, right), save.before)
    lines = [sorted(each for line in text.splitlines() if (each := line.strip())) for text in texts]
    return lines[0] != lines[1]
