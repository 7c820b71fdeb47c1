"""Steps in other states: the boxes of a list, or the beads of a poured molecule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.molecule import StepState
from gtlib.names import StepId
from gtlib.rules.close import closed
from gtlib.rules.flow import SKIPPED
from gtlib.rules.flow import Flow


def with_states(
    flow: Flow,
    states: dict[StepId, StepState],
    now: str,
    reason: str = "",
    **records: Mapping[str, Any] | str,
) -> list[Item]:
    """The items with these steps in these states, and records of the molecule changed."""
    molecule = flow.molecule
    reasons = {id: said for id, said in molecule.reasons.items() if id not in states}
    if reason:
        reasons |= {str(id): reason for id in states}
    changed = replace(molecule, reasons=reasons, **records)
    if molecule.poured:
        beads = [marked(bead, state, reason, now) for id, state in states.items() if (bead := flow.bead(id))]
        return [*([changed] if changed != molecule else []), *beads]
    return [replace(changed, steps=in_states(molecule, states))]


def marked(bead: Bead, state: StepState, reason: str, now: str) -> Bead:
    """The bead of a poured step in that state."""
    if state == "open":
        return replace(bead, status="open", closed="", close_reason="", evidence="")
    if state == "failed":
        return replace(bead, status="blocked", closed="", close_reason="")
    word = f"{SKIPPED}: {reason}" if state == "skipped" and reason else SKIPPED
    return closed(bead, now, word if state == "skipped" else reason or "done")


def in_states(molecule: Molecule, states: Mapping[StepId, StepState]) -> tuple[Step, ...]:
    """The steps of the list, with these states."""
    return tuple(
        replace(step, state=states[step.id]) if step.id in states else step for step in molecule.steps
    )


def without(reasons: dict[str, str], id: StepId) -> dict[str, str]:
    """The reasons without that of a step."""
    return {step: said for step, said in reasons.items() if step != id} if id in reasons else reasons
