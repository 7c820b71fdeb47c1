"""Convoys close when all that they track is closed."""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.output import count
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Changed
from gtlib.rules.base import Files
from gtlib.rules.base import mail
from gtlib.rules.base import writable
from gtlib.rules.edits import merge_edits
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up

SETTLED = "settled"
# The label of a convoy that its owner closes.
OWNED = "gt:owned"


def close_convoys(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Close open convoys all of whose beads are closed, and tell those who follow them. One that is owned
    (its label says so) stays open for its owner to close.

    The convoy's key `settled` records for which closings this was done, so that one which a
    person reopens stays open until something that it tracks changes.
    """
    edits = []
    for convoy in snapshot.convoys():
        if convoy.status != "open" or not writable(snapshot, convoy):
            continue
        closed, total = convoy_progress(snapshot, convoy)
        mark = _mark(snapshot, convoy)
        if total and closed == total and convoy.extra.get(SETTLED) != mark:
            edits.append(_close(snapshot, convoy, mark, now))
    return merge_edits(edits)


def convoy_progress(snapshot: Snapshot, convoy: Convoy) -> tuple[int, int]:
    """(closed, total) of what the convoy tracks; an id that does not exist counts as open."""
    beads = _tracked(snapshot, convoy)
    return sum(bead is not None and bead.status == "closed" for bead in beads), len(beads)


def _close(snapshot: Snapshot, convoy: Convoy, mark: str, now: str) -> Edit:
    noted = replace(convoy, extra={**convoy.extra, SETTLED: mark})
    if OWNED in convoy.labels:
        todo = f"\nIt is yours to close: gt convoy close {convoy.id}\n"
        return Edit(
            subject=f"convoy: {convoy.id} waits for {convoy.owner or OVERSEER} to close it",
            put=(noted,),
            files=_tell(snapshot, convoy, mark, now, todo),
            trailers=(("Event", "convoy"), ("Bead", convoy.id)),
        )
    wanted = replace(noted, status="closed", closed=now)
    return Edit(
        subject=f"convoy: {convoy.id} landed, {len(convoy.tracks)} of {len(convoy.tracks)}",
        put=(wanted,),
        files=_tell(snapshot, convoy, mark, now),
        trailers=(("Event", "convoy"), ("Bead", convoy.id)),
    )


def _tell(snapshot: Snapshot, convoy: Convoy, mark: str, now: str, more: str = "") -> Files:
    known = known_addresses(snapshot)
    wanted = [MAYOR] if snapshot.agent(MAYOR) else []
    wanted += [look_up(known, text) or OVERSEER for text in (convoy.owner, *convoy.notify) if text]
    if convoy.human or not wanted:
        wanted.append(OVERSEER)
    lines = [
        f"- {bead.id} {bead.title}" + (f" ({bead.close_reason})" if bead.close_reason else "")
        for bead in _tracked(snapshot, convoy)
        if bead is not None
    ]
    return mail(
        snapshot,
        now,
        wanted,
        f"Convoy landed: {convoy.title}",
        f"All of {convoy.id} is closed, {count(len(lines), 'bead')}:\n\n" + "\n".join(lines) + f"\n{more}",
        ("convoy", convoy.id, mark),
        thread=convoy.id,
    )


def _mark(snapshot: Snapshot, convoy: Convoy) -> str:
    parts = sorted(f"{bead.id} {bead.closed}" for bead in _tracked(snapshot, convoy) if bead is not None)
    return sha256("\n".join(parts).encode()).hexdigest()[:12]


def _tracked(snapshot: Snapshot, convoy: Convoy) -> list[Bead | None]:
    return [snapshot.bead(id) for id in dict.fromkeys(convoy.tracks)]
