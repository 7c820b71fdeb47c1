"""What a change of status, a claim, a deferral and a reopening make of a bead."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.edges import targets
from gtlib.model.edges import with_edge
from gtlib.model.edges import without_edge
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import holder
from gtlib.rules.base import is_future
from gtlib.rules.base import live_requests
from gtlib.rules.kept import refuse_template
from gtlib.rules.statuses import category

OPEN_COMPETITION = "open_competition"
REPLACED = ("duplicates", "supersedes")  # edges that close what they begin at


def claimed(snapshot: Snapshot, bead: Bead, actor: str, now: str) -> Bead:
    """The bead, taken by the actor: compare-and-set. UserError when somebody else has it, or it is not open.

    In an open competition (`work_type`) the first stays the assignee, and `assigned_to` names the others.
    """
    if bead.assignee == actor and bead.status in ("in_progress", "hooked"):
        return bead
    refuse_template(snapshot, bead)
    if bead.assignee and bead.assignee != actor:
        if bead.work_type == OPEN_COMPETITION and bead.status == "in_progress":
            competes = actor in bead.assigned_to
            return bead if competes else with_edge(bead, Edge(to=actor, type="assigned-to"))
        raise UserError(f"{bead.id} is already claimed by {bead.assignee}", "take another: bd ready")
    awake = bead.status == "deferred" and bool(bead.defer) and not is_future(bead.defer, now)
    if category(snapshot.town, bead.status) != "active" and not awake:
        raise UserError(f"{bead.id} is not claimable: status {bead.status}", "take another: bd ready")
    return replace(bead, status="in_progress", assignee=actor, started=bead.started or now)


def with_status(snapshot: Snapshot, bead: Bead, status: str, now: str) -> Bead:
    """The bead with another status than closed, and what follows. UserError when rules would take it back."""
    if status == bead.status:
        return bead
    held = holder(snapshot, bead.id)
    ends = category(snapshot.town, status) == "done"
    if ends and (requests := live_requests(snapshot, bead.id)):
        raise UserError(
            f"{bead.id} is in the merge queue", f"take it out first: gt mq reject {requests[0].id}"
        )
    if status == "hooked":
        raise UserError("hooked follows from an agent's hook", f"put it there: gt sling {bead.id} RIG")
    if held is not None and (status in ("open", "deferred") or ends):
        raise UserError(
            f"{bead.id} is on the hook of {held.address}", f"take it off first: gt unsling {bead.id}"
        )
    if status == "in_progress" and not bead.started:
        bead = replace(bead, started=now)
    if bead.status == "pinned":
        bead = replace(bead, pinned=False)
    if status == "open" and category(snapshot.town, bead.status) == "done":
        return reopened(bead)
    changed = replace(bead, status=status)
    return unclosed(changed) if bead.status == "closed" else changed


def deferred(snapshot: Snapshot, bead: Bead, until: str, now: str) -> Bead:
    """The bead, put off until then ("" is without a date): it is ready again when that time comes."""
    if bead.status == "closed":
        raise UserError(f"{bead.id} is closed", f"open it first: bd reopen {bead.id}")
    return replace(with_status(snapshot, bead, "deferred", now), defer=until)


def undeferred(bead: Bead) -> Bead:
    """The bead without a date before which it sleeps; open, if it slept."""
    return replace(bead, status="open" if bead.status == "deferred" else bead.status, defer="")


def unclosed(bead: Bead) -> Bead:
    """The bead without what a close said about itself."""
    return replace(bead, closed="", close_reason="", session="", evidence="")


def reopened(bead: Bead) -> Bead:
    """The bead, open and free, no longer replaced by another; a defer date in the future still holds."""
    for type in REPLACED:
        for to in targets(bead, type):
            bead = without_edge(bead, type, to)
    return unclosed(replace(bead, status="open", assignee=""))
