"""The merge queue of a rig: what is tried next."""

from __future__ import annotations

from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import hours_since

QUEUED = ("ready", "testing")


def score(snapshot: Snapshot, request: MergeRequest, now: str) -> float:
    """How much a request is preferred: old convoys and urgent beads rise, retries sink (300 at most)."""
    convoy = snapshot.convoy(request.convoy) if request.convoy else None
    bead = snapshot.bead(request.bead)
    return (
        1000
        + 10 * (hours_since(convoy.created, now) if convoy else 0)
        + 100 * (4 - (bead.priority if bead else 2))
        - min(50 * request.attempts, 300)
        + hours_since(request.created, now)
    )


def queue(snapshot: Snapshot, rig: str, now: str) -> list[MergeRequest]:
    """The rig's requests that can be tried now, the next one first.

    One that a crash left in testing is among them.
    """
    found = [m for m in snapshot.merges() if m.rig == rig and m.status in QUEUED and not m.applied]
    found = [m for m in found if (bead := snapshot.bead(m.bead)) is None or bead.status != "closed"]
    return sorted(found, key=lambda m: (-score(snapshot, m, now), m.created, m.id))
