"""Draw edges between beads: what they wait for, and how they hang together."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib.actions.carry_out import carry_out
from gtlib.rules.dependencies import Dependency
from gtlib.rules.dependencies import Wanted
from gtlib.rules.dependencies import plan_add
from gtlib.store.town import Town


def depend(town: Town, wanted: Sequence[Wanted], actor: str, *, check: bool = True) -> tuple[Dependency, ...]:
    """Draw these edges, all or none, in one commit. UserError as `plan_add` says."""
    return carry_out(town, lambda snapshot: plan_add(snapshot, wanted, actor, check=check), actor)[0]
