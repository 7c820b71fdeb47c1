"""Deleting beads: what goes with them, and what else named them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edges import HOLDING
from gtlib.model.edges import edges
from gtlib.model.edges import targets
from gtlib.model.edges import without_edge
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.rules.base import live_requests
from gtlib.rules.base import require_writable
from gtlib.rules.find import find_bead
from gtlib.rules.new_id import LAST_CHILD
from gtlib.rules.new_id import child_number
from gtlib.rules.new_id import last_child
from gtlib.rules.references import escalations

SHOWN = 5


class Deleted(Struct, frozen=True):
    """The beads that go, and what names them and stays without."""

    beads: tuple[Bead, ...]
    cleaned: tuple[Item, ...]


def plan_delete(
    snapshot: Snapshot, texts: Sequence[str], actor: str, *, cascade: bool = False, force: bool = False
) -> tuple[Deleted, Edit]:
    """Delete these beads and the edges to them; with `cascade` what is below them or waits for them too.

    UserError for work on a hook or in the merge queue, and (unless `cascade` or `force`) for what others
    need.
    """
    gone = {bead.id: bead for bead in (find_bead(snapshot, text) for text in texts)}
    every = {bead.id: bead for bead in snapshot.beads()}
    needed = _needed(every, gone)
    while cascade and needed:
        gone |= needed
        needed = _needed(every, gone)
    if needed and not force:
        names = ", ".join(sorted(needed)[:SHOWN]) + (", ..." if len(needed) > SHOWN else "")
        raise UserError(
            f"needed by {names}: {', '.join(gone)}", "--cascade deletes them too, --force leaves them without"
        )
    for id in gone:
        _refuse_work(snapshot, id)
    kept = [bead for id, bead in every.items() if id not in gone]
    cleaned = [*_without(kept, gone), *_others(snapshot, gone)]
    require_writable(snapshot, *gone.values(), *cleaned)
    first = next(iter(gone.values()))
    more = f" (and {len(gone) - 1} more)" if len(gone) > 1 else ""
    edit = Edit(
        subject=f"delete: {first.id} {first.title}{more}",
        put=tuple(cleaned),
        removes=tuple(layout.path_of_bead(id) for id in gone),
        trailers=tuple(("Bead", id) for id in gone),
        actor=actor,
    )
    return Deleted(tuple(gone.values()), tuple(cleaned)), edit


def _needed(every: dict[ItemId, Bead], gone: dict[ItemId, Bead]) -> dict[ItemId, Bead]:
    """The beads that are below one that goes, or wait for one."""
    return {
        id: bead
        for id, bead in every.items()
        if id not in gone
        and (bead.parent in gone or any(to in gone for type in HOLDING for to in targets(bead, type)))
    }


def _refuse_work(snapshot: Snapshot, id: ItemId) -> None:
    held = holder(snapshot, id)
    if held is not None:
        raise UserError(f"{id} is on the hook of {held.address}", f"take it off first: gt unsling {id}")
    requests = live_requests(snapshot, id)
    if requests:
        raise UserError(f"{id} is in the merge queue", f"take it out first: gt mq reject {requests[0].id}")


def _without(beads: Sequence[Bead], gone: dict[ItemId, Bead]) -> list[Bead]:
    """The beads that name one that goes, without it. A parent keeps in mind the numbers of its children."""
    found = []
    for bead in beads:
        wanted = bead
        for edge in edges(bead):
            if edge.to in gone:
                wanted = without_edge(wanted, edge.type, edge.to)
        used = max((child_number(bead.id, id) for id in gone), default=0)
        if used > last_child(bead):
            wanted = replace(wanted, extra={**wanted.extra, LAST_CHILD: used})
        if wanted != bead:
            found.append(wanted)
    return found


def _others(snapshot: Snapshot, gone: dict[ItemId, Bead]) -> list[Item]:
    """Convoys, molecules and escalations that name one that goes, without it."""
    found: list[Item] = []
    for convoy in snapshot.convoys():
        if gone.keys() & set(convoy.tracks):
            found.append(replace(convoy, tracks=tuple(id for id in convoy.tracks if id not in gone)))
    for molecule in snapshot.molecules():
        if molecule.bead in gone:
            found.append(replace(molecule, bead=ItemId("")))
    for one in escalations(snapshot):
        if gone.keys() & set(one.related):
            found.append(replace(one, related=tuple(id for id in one.related if id not in gone)))
    return found
