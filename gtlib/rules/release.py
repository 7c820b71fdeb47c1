"""Beads that somebody took up and does not go on with: open again."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import holder
from gtlib.rules.base import require_writable
from gtlib.rules.change_fields import with_comment
from gtlib.rules.edits import merge_edits
from gtlib.rules.find import find_bead
from gtlib.rules.sling import plan_unsling


def plan_release(
    snapshot: Snapshot, texts: Sequence[str], reason: str, actor: str, now: str
) -> tuple[tuple[Bead, ...], Edit | None]:
    """The beads, off their hooks, nobody's and open; None when they are so.

    `reason` becomes a comment. UserError for what is closed, and for an agent that releases another's.
    """
    edits, freed = [], []
    for text in dict.fromkeys(texts):
        bead = find_bead(snapshot, text)
        freed.append(bead)
        edit = _one(snapshot, bead, reason, actor, now)
        if edit is not None:
            edits.append(edit)
            snapshot = snapshot.with_edit(edit)
    after = tuple(snapshot.bead(bead.id) or bead for bead in freed)
    return after, merge_edits(edits)


def _one(snapshot: Snapshot, bead: Bead, reason: str, actor: str, now: str) -> Edit | None:
    if bead.status == "closed":
        raise UserError(f"{bead.id} is closed", f"bd reopen {bead.id} opens it again")
    held = holder(snapshot, bead.id)
    whose = held.address if held is not None else bead.assignee
    if held is None and not (bead.assignee or bead.status in ("in_progress", "hooked")):
        return None
    if actor not in (OVERSEER, MAYOR, whose) and whose:
        raise UserError(f"{bead.id} is in the hands of {whose}", "release your own, or ask the mayor")
    edits = [plan_unsling(snapshot, bead.id, now, actor)] if held is not None else []
    current = snapshot.with_edit(edits[0]).bead(bead.id) or bead if edits else bead
    free = replace(current, status="open" if current.status in ("in_progress", "hooked") else current.status)
    free = replace(free, assignee="")
    if reason:
        free = with_comment(free, actor, now, f"Released: {reason}")
    require_writable(snapshot, free)
    trailers = (("Event", "release"), ("Bead", bead.id))
    edits.append(Edit(subject=f"release: {bead.id}", put=(free,), trailers=trailers, actor=actor))
    return merge_edits(edits, subject=f"release: {bead.id}" + (f" from {whose}" if whose else ""))
