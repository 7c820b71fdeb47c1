"""Ids of new beads: made up, given, or the next number below a parent."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.bead import SETS
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import prefixes


def next_child(snapshot: Snapshot, parent: Bead) -> ItemId:
    """`<parent>.N`, where N is higher than any that was in use: live, archived, deleted, named by an edge."""
    head = f"{parent.id}."
    used = {*snapshot.taken().starting(head), *_targets(snapshot, head)}
    numbers = [number for id in used if (number := child_number(parent.id, id))]
    return names.item_id(f"{head}{max(numbers, default=0) + 1}")


def child_number(parent: str, id: str) -> int:
    """N of `<parent>.N` and of what is below it; 0 for any other id."""
    first = id.removeprefix(f"{parent}.").partition(".")[0] if id.startswith(f"{parent}.") else ""
    return int(first) if first.isascii() and first.isdecimal() and len(first) < 10 else 0


def given_id(snapshot: Snapshot, text: str, *, force: bool = False) -> ItemId:
    """An id that somebody chose. UserError when it is taken, or (unless `force`) no rig has its prefix."""
    id = names.item_id(text)
    astray = snapshot.misplaced().get(id)
    if astray:
        raise UserError(f"{id} stands in {astray}, where nothing looks at it", "gt doctor says what to do")
    if id in snapshot.taken():
        raise UserError(f"{id} is taken", f"see it with: bd show {id}")
    known = prefixes(snapshot)
    prefix = names.prefix_of(id, known)
    if prefix not in known and not force:
        near = get_close_matches(prefix, known, n=1, cutoff=0.5)
        hint = (
            f"did you mean {near[0]}-...?" if near else f"begin it with {' or '.join(f'{p}-' for p in known)}"
        )
        raise UserError(f"no rig has the prefix {prefix!r}", hint)
    return id


def _targets(snapshot: Snapshot, head: str) -> Iterator[str]:
    """The ids below `head` that edges of beads and tracks of convoys lead to, there or not."""
    for bead in snapshot.beads():
        if bead.parent.startswith(head):
            yield bead.parent
        for field in SETS:
            for to in getattr(bead, field):
                if to.startswith(head):
                    yield to
        yield from (edge.to for edge in bead.edges if edge.to.startswith(head))
    for convoy in snapshot.convoys():
        yield from (to for to in convoy.tracks if to.startswith(head))
