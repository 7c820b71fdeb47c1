"""A bead that another one stands for: closed as its duplicate, or as superseded by it."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.edges import targets
from gtlib.model.edges import with_edge
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.bead_status import REPLACED
from gtlib.rules.change_bead import edit_of
from gtlib.rules.close import plan_close
from gtlib.rules.edits import merge_edits
from gtlib.rules.end_bead import guard_kind
from gtlib.rules.find import find_bead

REASONS = {"duplicates": "duplicate of {}", "supersedes": "superseded by {}"}


def plan_replace(
    snapshot: Snapshot, text: str, by: str, type: str, actor: str, now: str
) -> tuple[tuple[ItemId, ItemId], Edit | None]:
    """Close a bead for another one; `type` (duplicates, supersedes) is the edge that says why.

    The ids of both, and the edit; None when it is so already. UserError for a bead that would stand for
    itself, and for what `bd close` refuses but for beads that wait.
    """
    bead, other = find_bead(snapshot, text), find_bead(snapshot, by)
    if bead.id == other.id:
        raise UserError(f"{bead.id} can't stand for itself", "name another bead")
    path = _leads(snapshot, other, bead.id)
    if path:
        said = " -> ".join((bead.id, *path))
        raise UserError(
            f"{bead.id} would stand for itself: {said}", f"reopen one first: bd reopen {other.id}"
        )
    reason = REASONS[type].format(other.id)
    edits = []
    wanted = bead if other.id in targets(bead, type) else with_edge(bead, Edge(to=other.id, type=type))
    if bead.status == "closed" and not bead.close_reason:
        wanted = replace(wanted, close_reason=reason)
    if wanted != bead:
        edits.append(edit_of("close", bead, wanted, snapshot, actor))
        snapshot = snapshot.with_edit(edits[0])
    if bead.status != "closed":
        guard_kind(snapshot, bead, f"close it first: bd close {bead.id} --force")
        closing = plan_close(snapshot, bead.id, actor, reason, now)
        edits += [closing] if closing else []
    return (bead.id, other.id), merge_edits(edits, subject=f"close: {bead.id} {reason}")


def _leads(snapshot: Snapshot, start: Bead, end: ItemId) -> tuple[str, ...]:
    """The path by which `start` is replaced by `end`; empty when it is not."""
    stack: list[tuple[str, ...]] = [(start.id,)]
    seen: set[str] = set()
    while stack:
        path = stack.pop()
        if path[-1] == end:
            return path
        bead = None if path[-1] in seen else snapshot.bead(ItemId(path[-1]))
        seen.add(path[-1])
        if bead is not None:
            stack += [(*path, to) for type in REPLACED for to in targets(bead, type)]
    return ()
