"""The beads and memories of a town as lines of the interchange format, one at a time."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gtlib import layout
from gtlib.model import jsonl
from gtlib.model.archive_line import WHOLE
from gtlib.model.archive_line import Line
from gtlib.model.bead import Bead
from gtlib.model.interchange import bead_of
from gtlib.model.interchange import line_of
from gtlib.model.memory_line import line_of as memory_line
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.fields import SYSTEM_TYPES

_OF_THE_TOWN = "gt:"
_HAS_FILE = f'"{WHOLE}":'.encode()


class Selection(Struct, frozen=True, kw_only=True):
    """What is given out; nothing in a filter means all. `scrub` leaves out what only runs a town."""

    ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    archived: bool = True
    memories: bool = True
    scrub: bool = False

    def takes(self, bead: Bead) -> bool:
        """Whether that bead is meant; its id is looked at elsewhere."""
        if self.scrub and is_of_the_town(bead):
            return False
        if self.statuses and bead.status not in self.statuses:
            return False
        return not self.types or bead.type in self.types

    @property
    def looks(self) -> bool:
        """Whether more than the id decides."""
        return bool(self.scrub or self.statuses or self.types)


def lines(snapshot: Snapshot, selection: Selection) -> Iterator[str]:
    """The lines, without newlines: beads by id in the order of bytes, then memories.

    What is archived is looked up one by one, so 100,000 of them cost no memory but their ids.
    """
    live = frozenset(ids(snapshot, archived=False))
    known = frozenset(ids(snapshot)) if selection.archived else live
    for id in sorted(known.intersection(selection.ids) if selection.ids else known):
        text = _live(snapshot, selection, id) if id in live else _archived(snapshot, selection, id)
        if text:
            yield text
    if selection.memories and not (selection.ids or selection.looks):
        for memory in snapshot.memories():
            yield jsonl.dumps(memory_line(memory))


def ids(snapshot: Snapshot, *, archived: bool = True) -> Iterator[str]:
    """The id of every bead, by file name; of other items only where they are archived."""
    for path in snapshot.paths("beads/"):
        found = layout.parse(path)
        if found is not None:
            yield found.name
    if archived:
        yield from snapshot.archive.starting("")


def is_of_the_town(bead: Bead) -> bool:
    """Whether a bead only runs a town: gates, messages, agents and the like, templates, wisps."""
    return (
        bead.type in SYSTEM_TYPES
        or bead.template
        or bead.ephemeral
        or "-wisp-" in bead.id
        or any(label.startswith(_OF_THE_TOWN) for label in bead.labels)
    )


def _live(snapshot: Snapshot, selection: Selection, id: str) -> str:
    bead = snapshot.get(layout.path_of_bead(ItemId(id)))
    if not isinstance(bead, Bead) or not selection.takes(bead):
        return ""
    # what an imported line said in place of a time comes back as it was
    return jsonl.dumps(line_of(bead if '"updated_at"' in bead.imported else snapshot.dated(bead)))


def _archived(snapshot: Snapshot, selection: Selection, id: str) -> str:
    line = snapshot.archive.line(id)
    if line is None or line.kind != "bead" or not _takes(selection, line):
        return ""
    bead = line.item() if _HAS_FILE in line.value else None
    if isinstance(bead, Bead):  # how its file was written concerns nobody else
        return jsonl.dumps(line_of(bead))
    return jsonl.escaped(line.value.decode("utf-8", "replace"))


def _takes(selection: Selection, line: Line) -> bool:
    if not selection.looks:
        return True
    bead = line.item()
    return selection.takes(bead if isinstance(bead, Bead) else bead_of(line.raw()))
