"""Open a gate by name."""

from __future__ import annotations

from msgspec import Struct

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.end_bead import set_free
from gtlib.rules.gate_plans import plan_resolve
from gtlib.store.town import Town


class Resolved(Struct, frozen=True):
    """The gate, whether it was shut before, and the beads that can be taken up now."""

    gate: Bead
    changed: bool
    freed: tuple[ItemId, ...] = ()


def resolve_gate(town: Town, text: str, reason: str, actor: str, *, force: bool = False) -> Resolved:
    """Open the gate that `text` means; a person is obeyed, with a note. UserError as `plan_resolve` says."""
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> tuple[tuple[Bead, str], Edit | None]:
        gate, early, edit = plan_resolve(snapshot, text, actor, reason, now, force=force)
        return (gate, early), edit

    (gate, early), applied = carry_out(town, plan, actor)
    if applied is None:
        return Resolved(gate, changed=False)
    if early:
        town.notes.append(f"the gate {gate.id} was shut still: {early}")
    after = town.snapshot()
    freed = tuple(bead.id for bead in set_free(after, [gate.id], now))
    return Resolved(after.bead(gate.id) or gate, changed=True, freed=freed)
