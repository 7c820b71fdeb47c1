"""Deleting beads: what goes with them, and what else named them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence

from msgspec import Struct

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edges import HOLDING
from gtlib.model.edges import targets
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import archive_texts
from gtlib.rules.base import holder
from gtlib.rules.base import holds
from gtlib.rules.base import live_requests
from gtlib.rules.base import require_writable
from gtlib.rules.find import find_bead
from gtlib.rules.references import escalations
from gtlib.rules.references import without

SHOWN = 5


class Deleted(Struct, frozen=True):
    """The beads that go, and what names them and stays without."""

    beads: tuple[Bead, ...]
    cleaned: tuple[Item, ...]


def plan_delete(
    snapshot: Snapshot,
    texts: Sequence[str],
    actor: str,
    now: str,
    *,
    cascade: bool = False,
    force: bool = False,
) -> tuple[Deleted, Edit]:
    """Delete these beads and the edges to them; with `cascade` what is below them or waits for them too.

    A tombstone of each goes into the archive. UserError for work on a hook or in the merge queue, and (unless
    `cascade` or `force`) for what others need.
    """
    gone = {bead.id: bead for bead in (find_bead(snapshot, text) for text in texts)}
    every = {bead.id: bead for bead in snapshot.beads()}
    needed = _needed(every, gone, far=cascade)
    if cascade:
        gone |= needed
    elif needed and not force:
        names = ", ".join(sorted(needed)[:SHOWN]) + (", ..." if len(needed) > SHOWN else "")
        raise UserError(
            f"needed by {names}: {', '.join(gone)}", "--cascade deletes them too, --force leaves them without"
        )
    _refuse_work(snapshot, gone)
    cleaned = _cleaned(snapshot, every, gone)
    require_writable(snapshot, *gone.values(), *cleaned)
    first = next(iter(gone.values()))
    more = f" (and {len(gone) - 1} more)" if len(gone) > 1 else ""
    reason = "delete" if len(gone) == 1 else "batch delete"
    lines = [archive_texts.tombstone(bead, actor, now, reason) for bead in gone.values()]
    stale = archive_texts.without(snapshot, gone)
    edit = Edit(
        subject=f"delete: {first.id} {first.title}{more}",
        put=tuple(cleaned),
        files=tuple(archive_texts.put(snapshot, stale, {archive_texts.month_of(now): lines}).items()),
        removes=tuple(layout.path_of_bead(id) for id in gone),
        trailers=tuple(("Bead", id) for id in gone),
        actor=actor,
    )
    return Deleted(tuple(gone.values()), tuple(cleaned)), edit


def _needed(every: Mapping[ItemId, Bead], gone: Mapping[ItemId, Bead], *, far: bool) -> dict[ItemId, Bead]:
    """The beads that are below one that goes, or wait for one; `far`: also what needs those, and so on."""
    needing: dict[ItemId, list[Bead]] = {}
    for bead in every.values():
        for to in {bead.parent, *(to for type in HOLDING for to in targets(bead, type))}:
            needing.setdefault(ItemId(to), []).append(bead)
    found: dict[ItemId, Bead] = {}
    waiting = list(gone)
    while waiting:
        fresh = {
            bead.id: bead
            for id in waiting
            for bead in needing.get(id, ())
            if bead.id not in gone and bead.id not in found
        }
        found |= fresh
        waiting = list(fresh) if far else []
    return found


def _refuse_work(snapshot: Snapshot, gone: Mapping[ItemId, Bead]) -> None:
    at_work = {id for agent in snapshot.agents() for id in holds(agent)}
    queued = {merge.bead for merge in snapshot.merges()}
    for id in gone:
        held = holder(snapshot, id) if id in at_work else None
        if held is not None:
            raise UserError(f"{id} is on the hook of {held.address}", f"take it off first: gt unsling {id}")
        requests = live_requests(snapshot, id) if id in queued else []
        if requests:
            raise UserError(
                f"{id} is in the merge queue", f"take it out first: gt mq reject {requests[0].id}"
            )


def _cleaned(snapshot: Snapshot, every: Mapping[ItemId, Bead], gone: Mapping[ItemId, Bead]) -> list[Item]:
    """What names a bead that goes, without it."""
    kept: list[Item] = [bead for id, bead in every.items() if id not in gone]
    kept += [*snapshot.convoys(), *snapshot.molecules(), *escalations(snapshot)]
    return [after for item in kept if (after := without(item, gone)) is not item]
