"""Have somebody told when a gate opens."""

from __future__ import annotations

from gtlib.actions.carry_out import carry_out
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.gate_plans import plan_add_waiter
from gtlib.store.town import Town


def add_waiter(town: Town, text: str, waiter: str, actor: str) -> tuple[Bead, Address, bool]:
    """The gate, who waits, and whether that is new. UserError as `plan_add_waiter` says."""

    def plan(snapshot: Snapshot) -> tuple[tuple[Bead, Address], Edit | None]:
        gate, address, edit = plan_add_waiter(snapshot, text, waiter, actor)
        return (gate, address), edit

    (gate, address), applied = carry_out(town, plan, actor)
    return gate, address, applied is not None
