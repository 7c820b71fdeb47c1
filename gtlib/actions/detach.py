"""Take the molecule from a bead and its hook."""

from __future__ import annotations

from gtlib.actions.carry_out import carry_out
from gtlib.rules.attach import Attached
from gtlib.rules.attach import plan_detach
from gtlib.store.town import Town


def detach(town: Town, target: str, actor: str) -> Attached:
    """What was attached. UserError as `plan_detach` says."""
    return carry_out(town, lambda snapshot: plan_detach(snapshot, target, actor), actor)[0]
