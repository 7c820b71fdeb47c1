"""What a molecule waits for beside its own steps: gates, conditions, other beads, other agents, a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model import conditions
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.carry_on import whose
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow

Kind = Literal["gate", "condition", "bead", "agent", "failed", "stuck"]


class Waiting(Struct, frozen=True, kw_only=True):
    """A step, what kind of thing it waits for, which one, in a few words, and how it goes on."""

    step: StepId
    kind: Kind
    on: str
    said: str
    how: str


def waiting(flow: Flow, actor: str = "") -> Iterator[Waiting]:
    """What holds up steps whose own needs are over, in their order; what is `actor`'s holds nobody up.

    What the molecule as a whole is stuck at comes first, with no step.
    """
    stuck = flow.molecule.stuck
    if stuck:
        path = layout.path_of_molecule(flow.molecule.id)
        said = f"it can't go on by itself: {stuck}"
        yield Waiting(step=StepId(""), kind="stuck", on=flow.molecule.id, said=said, how=f"mend {path}")
    for id in flow.ids:
        state = flow.state(id)
        if state == "failed":
            yield _failed(flow, id)
        elif state == "open":
            yield from _held(flow, id, actor)


def gone_gates(flow: Flow) -> Iterator[tuple[StepId, ItemId]]:
    """(step, gate) of gates that are open since their files are gone, of steps that are to be done."""
    if flow.molecule.status == "closed" or flow.molecule.template:
        return
    for step, gate in flow.molecule.gates.items():
        if flow.has(step) and flow.state(step) not in OVER and is_gone(flow, gate):
            yield StepId(step), ItemId(gate)


def is_gone(flow: Flow, gate: str) -> bool:
    """Whether a gate that was made is no file any more, nor archived."""
    id = ItemId(gate)
    return not flow.snapshot.exists(layout.path_of_bead(id)) and flow.snapshot.bead(id) is None


def _failed(flow: Flow, id: StepId) -> Waiting:
    name = f"{flow.molecule.id}.{id}"
    return Waiting(
        step=id,
        kind="failed",
        on=name,
        said=f"it failed: {flow.molecule.reasons.get(id, 'nobody said why')}",
        how=f"gt mol step done {name}, or gt mol step skip {name} --reason WHY",
    )


def _held(flow: Flow, id: StepId, actor: str) -> Iterator[Waiting]:
    holding = flow.waits(id)
    if any(flow.has(each) for each in holding):
        return  # it is not its turn
    for each in holding:
        yield _on(flow, id, each)
    step = flow.step(id)
    other = whose(flow, step) if step is not None and not holding and not flow.is_control(id) else ""
    if other and other != actor:
        yield Waiting(step=id, kind="agent", on=other, said=f"{other} does it", how=f"gt hook {other}")


def _on(flow: Flow, id: StepId, each: str) -> Waiting:
    if each.startswith("condition "):
        text = each.removeprefix("condition ")
        how = "it is looked at in the worktree: gt mol current" if _asks_world(text) else "gt catch-up looks"
        return Waiting(step=id, kind="condition", on=text, said=f"the condition {text}", how=how)
    if each.startswith("gate "):
        return Waiting(
            step=id, kind="gate", on="", said=f"a {each}, not made yet", how="gt catch-up makes it"
        )
    bead = flow.snapshot.bead(ItemId(each))
    if bead is None:
        return Waiting(step=id, kind="bead", on=each, said=f"{each}, which does not parse", how="gt doctor")
    if bead.type == "gate":
        kind = bead.await_ or "human"
        about = f" {bead.on}" if bead.on else ""
        how = f"bd gate resolve {each}" if kind == "human" else f"bd gate check {each}"
        return Waiting(step=id, kind="gate", on=each, said=f"the gate {each} ({kind}{about})", how=how)
    return Waiting(step=id, kind="bead", on=each, said=f"{each} {bead.title}", how=f"bd show {each}")


def _asks_world(text: str) -> bool:
    try:
        return conditions.needs_world(conditions.parse(text))
    except UserError:
        return False
