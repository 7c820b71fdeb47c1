"""Let go of something that was to be remembered."""

from __future__ import annotations

from gtlib.actions.carry_out import carry_out
from gtlib.rules.memories import plan_forget
from gtlib.store.town import Town


def forget(town: Town, key: str, actor: str) -> tuple[str, str]:
    """The key, and the commit that brings it back when reverted. UserError when nothing is kept there."""
    key, applied = carry_out(town, lambda snapshot: plan_forget(snapshot, key, actor), actor)
    return key, applied.commit if applied else ""
