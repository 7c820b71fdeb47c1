"""State of a bead: a label `dimension:value`, one a dimension, and an event that tells of each change."""

from __future__ import annotations

import json
import re

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.change_bead import edit_of
from gtlib.rules.change_fields import with_labels
from gtlib.rules.edits import merge_edits
from gtlib.rules.find import find_bead
from gtlib.rules.new_id import next_child

_DIMENSION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,49}\Z")


class State(Struct, frozen=True):
    """A dimension of a bead: what it was and is, and the event that tells of the change ("" for none)."""

    bead: ItemId
    dimension: str
    old: str
    new: str
    event: str


def state_of(bead: Bead, dimension: str) -> str:
    """The bead's value of a dimension; "" when it has none."""
    head = f"{dimension}:"
    return next((label[len(head) :] for label in bead.labels if label.startswith(head)), "")


def plan_state(
    snapshot: Snapshot, text: str, said: str, reason: str, actor: str, now: str
) -> tuple[State, Edit | None]:
    """Give a bead the state that `dimension=value` says; None when it has it.

    UserError for what is no such pair.
    """
    bead = find_bead(snapshot, text)
    dimension, equals, value = (part.strip() for part in said.partition("="))
    if not equals or not _DIMENSION.match(dimension) or len(value.split()) != 1:
        raise UserError(f"{said!r} is no state", "write <dimension>=<value>, as in mode=degraded")
    old = [label for label in bead.labels if label.startswith(f"{dimension}:")]
    new = f"{dimension}:{value}"
    before = state_of(bead, dimension)
    if old == [new]:
        return State(bead.id, dimension, value, value, ""), None
    changed = edit_of(
        "state", bead, with_labels(bead, [new], [each for each in old if each != new]), snapshot, actor
    )
    event = _event(snapshot, bead, dimension, before, value, reason, actor, now)
    edit = merge_edits(
        [changed, Edit(subject=f"create: {event.id} {event.title}", put=(event,), actor=actor)],
        subject=f"state: {bead.id} {new}",
    )
    return State(bead.id, dimension, before, value, event.id), edit


def _event(
    snapshot: Snapshot, bead: Bead, dimension: str, old: str, new: str, reason: str, actor: str, now: str
) -> Bead:
    said = f"{dimension} was {old}, now it is {new}." if old else f"{dimension} is {new}."
    return Bead(
        id=next_child(snapshot, bead),
        title=f"State change: {dimension} → {new}",
        type="event",
        status="closed",
        priority=4,
        parent=bead.id,
        event_kind=f"state.{dimension}",
        actor=actor,
        target=bead.id,
        payload=json.dumps({"old": old, "new": new}, separators=(",", ":"), ensure_ascii=False),
        created=now,
        created_by=actor,
        closed=now,
        close_reason="event",
        description=f"{said}\n\n{reason.strip()}" if reason.strip() else said,
    )
