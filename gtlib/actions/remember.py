"""Keep something that every agent is told at its start."""

from __future__ import annotations

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.rules.memories import Kept
from gtlib.rules.memories import plan_remember
from gtlib.store.town import Town


def remember(town: Town, text: str, key: str, actor: str) -> tuple[str, Kept]:
    """The key under which the text is kept, and what that changed. UserError as `plan_remember` says."""
    now = clock.stamp(clock.now())
    return carry_out(town, lambda snapshot: plan_remember(snapshot, text, key, actor, now), actor)[0]
