"""Say that a step of a molecule failed."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.meant_step import Ticked
from gtlib.actions.meant_step import change_step
from gtlib.actions.step import tries_left
from gtlib.rules.steps_done import plan_step_failed
from gtlib.store.town import Town


def fail_step(town: Town, text: str, actor: str, reason: str, place: str = "") -> Ticked:
    """Count a failure of `<step>` or `<molecule>.<step>`: it is tried again, skipped or held, as its formula
    says. UserError as `plan_step_failed` says.
    """
    now = clock.stamp(clock.now())
    done = change_step(
        town, text, actor, place, lambda snapshot, name: plan_step_failed(snapshot, name, actor, reason, now)
    )
    return replace(done, left=tries_left(done.flow, done.step))
