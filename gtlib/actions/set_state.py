"""Give a bead a state."""

from __future__ import annotations

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.rules.set_state import State
from gtlib.rules.set_state import plan_state
from gtlib.store.town import Town


def set_state(town: Town, text: str, said: str, reason: str, actor: str) -> State:
    """What `dimension=value` changed. UserError as `plan_state` says."""
    now = clock.stamp(clock.now())
    return carry_out(town, lambda s: plan_state(s, text, said, reason, actor, now), actor)[0]
