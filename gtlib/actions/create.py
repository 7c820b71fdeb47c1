"""Make a bead."""

from __future__ import annotations

import time

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.new_bead import Draft
from gtlib.rules.new_bead import plan_create
from gtlib.store.town import Town


def create(town: Town, draft: Draft, prefix: str, actor: str) -> Bead:
    """The bead that was made of `draft`; `prefix` begins its id. UserError as `plan_create` says."""
    now = clock.now()
    made: list[Bead] = []

    def plan(snapshot: Snapshot) -> Edit:
        bead, edit = plan_create(snapshot, draft, prefix, actor, clock.stamp(now), _nanoseconds())
        made.append(bead)
        return edit

    transition(town, plan, actor)
    return town.snapshot().bead(made[-1].id) or made[-1]


def preview(snapshot: Snapshot, draft: Draft, prefix: str, actor: str) -> Bead:
    """The bead as `create` would make it now. UserError as it."""
    return plan_create(snapshot, draft, prefix, actor, clock.stamp(clock.now()), _nanoseconds())[0]


def _nanoseconds() -> int:
    """Part of a new id: two beads of one title and one second differ by it."""
    return time.time_ns()
