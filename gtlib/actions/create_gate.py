"""Make a gate that beads wait for."""

from __future__ import annotations

import time

from gtlib import clock
from gtlib import layout
from gtlib.actions import trust
from gtlib.actions.carry_out import carry_out
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import OVERSEER
from gtlib.rules.gate_plans import Wanted
from gtlib.rules.gate_plans import plan_create_gate
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town


def create_gate(town: Town, wanted: Wanted, actor: str) -> Bead:
    """The gate. The command that a person typed for it may run on this machine, an agent's may not yet.

    UserError as `plan_create_gate` says.
    """
    now, created = clock.stamp(clock.now()), time.time_ns()

    def plan(snapshot: Snapshot) -> tuple[Bead, Edit | None]:
        return plan_create_gate(snapshot, wanted, actor, now, created)

    gate, _ = carry_out(town, plan, actor)
    if (text := trust.text_of_gate(gate)) and actor == OVERSEER:
        allow_text(town.local, text, f"{layout.path_of_bead(gate.id)} run")
    return town.snapshot().bead(gate.id) or gate
