"""Leave a step of a molecule out."""

from __future__ import annotations

from gtlib import clock
from gtlib.actions.meant_step import Ticked
from gtlib.actions.meant_step import change_step
from gtlib.rules.steps_done import plan_skip
from gtlib.store.town import Town


def skip_step(town: Town, text: str, actor: str, reason: str, place: str = "") -> Ticked:
    """Skip `<step>` or `<molecule>.<step>`, with what is in it. UserError as `plan_skip` says."""
    now = clock.stamp(clock.now())
    return change_step(
        town, text, actor, place, lambda snapshot, name: plan_skip(snapshot, name, actor, reason, now)
    )
