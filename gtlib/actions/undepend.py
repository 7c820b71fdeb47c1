"""Take an edge between beads out."""

from __future__ import annotations

from gtlib.actions.carry_out import carry_out
from gtlib.rules.dependencies import Dependency
from gtlib.rules.dependencies import plan_remove
from gtlib.store.town import Town


def undepend(town: Town, text: str, to: str, type: str, actor: str) -> Dependency:
    """The edge that was taken out. UserError as `plan_remove` says."""
    return carry_out(town, lambda snapshot: plan_remove(snapshot, text, to, type, actor), actor)[0]
