"""Numbers about the beads of a town: how many there are of what, and how long they take."""

from __future__ import annotations

from collections.abc import Iterable

from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import instant
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import blocked
from gtlib.rules.ready import ready

GROUPS = ("status", "priority", "type", "assignee", "label")


def summary(snapshot: Snapshot, beads: Iterable[Bead], now: str) -> dict[str, float]:
    """The counts of `bd status`, by the names that trackers give them, of these beads of the snapshot."""
    counted = list(beads)
    ids = {bead.id for bead in counted}
    ledger = Ledger(snapshot)
    by_status: dict[str, int] = {}
    for bead in counted:
        by_status[bead.status] = by_status.get(bead.status, 0) + 1
    epics = [bead for bead in counted if bead.type == "epic" and not ledger.is_done(bead)]
    below = [list(ledger.below(epic.id)) for epic in epics]
    return {
        "total_issues": len(counted),
        "open_issues": by_status.get("open", 0),
        "in_progress_issues": by_status.get("in_progress", 0) + by_status.get("hooked", 0),
        "closed_issues": sum(ledger.is_done(bead) for bead in counted),
        "blocked_issues": sum(bead.id in ids for bead, _ in blocked(snapshot, ledger)),
        "deferred_issues": by_status.get("deferred", 0),
        "ready_issues": sum(bead.id in ids for bead in ready(snapshot, now, ledger=ledger)),
        "pinned_issues": sum(bead.pinned or bead.status == "pinned" for bead in counted),
        "epics_eligible_for_closure": sum(bool(each) and all(map(ledger.is_done, each)) for each in below),
        "average_lead_time_hours": round(_lead_time(counted), 2),
    }


def grouped(beads: Iterable[Bead], by: str) -> list[tuple[str, int]]:
    """How many beads there are of each status, priority (`P0` to `P4`), type, assignee or label; the largest
    first. A bead counts once for each of its labels, and as `(none)` without one.
    """
    found: dict[str, int] = {}
    for bead in beads:
        for name in _names(bead, by):
            found[name] = found.get(name, 0) + 1
    return sorted(found.items(), key=lambda pair: (pair[0],) if by == "priority" else (-pair[1], pair[0]))


def _names(bead: Bead, by: str) -> tuple[str, ...]:
    if by == "label":
        return bead.labels or ("(none)",)
    if by == "priority":
        return (f"P{bead.priority}",)
    return (str(getattr(bead, by)) or "(none)",)


def _lead_time(beads: Iterable[Bead]) -> float:
    """Hours from creation to the end, on average over those that have both."""
    spans = [
        (end - start).total_seconds() / 3600
        for bead in beads
        if (start := instant(bead.created)) and (end := instant(bead.closed)) and end >= start
    ]
    return sum(spans) / len(spans) if spans else 0.0
