"""Make a convoy."""

from __future__ import annotations

import time

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.convoys import Wanted
from gtlib.rules.convoys import plan_convoy
from gtlib.store.town import Town


def convoy_create(town: Town, wanted: Wanted, actor: str) -> Convoy:
    """The convoy that was made, closed when all that it tracks is. UserError as `plan_convoy` says."""
    now = clock.stamp(clock.now())
    made: list[Convoy] = []

    def plan(snapshot: Snapshot) -> Edit:
        convoy, edit = plan_convoy(snapshot, wanted, actor, now, time.time_ns())
        made.append(convoy)
        return edit

    transition(town, plan, actor)
    return town.snapshot().convoy(made[-1].id) or made[-1]
