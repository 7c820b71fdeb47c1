"""The turn of one step that goes on by itself: its condition, its gate, its rounds, its copies, its end."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from gtlib.model import outputs
from gtlib.model.bead import Bead
from gtlib.model.cooked import CStep
from gtlib.model.edit import Edit
from gtlib.model.formula_parts import Gate
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import StepState
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules import unfold
from gtlib.rules.asking import World
from gtlib.rules.asking import holds
from gtlib.rules.close import closed
from gtlib.rules.flow import OVER
from gtlib.rules.flow import SKIPPED
from gtlib.rules.flow import Flow
from gtlib.rules.flow import bead_id
from gtlib.rules.gates import OPENED
from gtlib.rules.unfold import filled

GATE = "gate-"


def turn(flow: Flow, id: StepId, now: str, world: World | None) -> Edit | None:
    """What the step comes to now, one thing at a time; None when it waits, or is somebody's to do."""
    how = flow.recipe[id]
    state = flow.state(id)
    if state == "done" and how.fan is not None and id not in flow.molecule.fanned:
        return _fan_out(flow, how)
    if state != "open" or flow.awaits(id):
        return None
    undecided = flow.undecided(id)
    if undecided is not None:
        return _decide(flow, undecided, now, world)
    if how.gate is not None:
        edit = _gate(flow, how, how.gate, now, world)
        if edit is not None or flow.waits(id):
            return edit
    if how.control == "loop" and how.until:
        return _round(flow, how, now, world)
    if how.control:
        return _edit(flow, id, "done", with_states(flow, {id: "done"}, now))
    bead = flow.bead(id)
    if bead is not None and bead.status == "blocked":
        return _edit(flow, id, "opens", [replace(bead, status="open")])
    return None


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
        beads = [_bead(bead, state, reason, now) for id, state in states.items() if (bead := flow.bead(id))]
        return [*([changed] if changed != molecule else []), *beads]
    steps = tuple(
        replace(step, state=states[step.id]) if step.id in states else step for step in molecule.steps
    )
    return [replace(changed, steps=steps)]


def _bead(bead: Bead, state: StepState, reason: str, now: str) -> Bead:
    if state == "open":
        return replace(bead, status="open", closed="", close_reason="", evidence="")
    if state == "failed":
        return replace(bead, status="blocked", closed="", close_reason="")
    word = f"{SKIPPED}: {reason}" if state == "skipped" and reason else SKIPPED
    return closed(bead, now, word if state == "skipped" else reason or "done")


def _decide(flow: Flow, how: CStep, now: str, world: World | None) -> Edit | None:
    """The condition of a step, or of one that it is in, is looked at once."""
    found = holds(flow, how.when, how.id, world)
    if found is None:
        return None
    decided = {**flow.molecule.decided, how.id: "true" if found else "false"}
    if found:
        return _edit(flow, how.id, "condition holds", [replace(flow.molecule, decided=decided)])
    out = [id for id in (how.id, *flow.descendants(how.id)) if flow.state(id) not in OVER]
    states: dict[StepId, StepState] = dict.fromkeys(out, "skipped")
    reason = f"condition: {how.when}"
    return _edit(flow, how.id, "skipped", with_states(flow, states, now, reason, decided=decided))


def _gate(flow: Flow, how: CStep, gate: Gate, now: str, world: World | None) -> Edit | None:
    molecule = flow.molecule
    made = molecule.gates.get(how.id)
    if made is None:
        bead = _gate_bead(flow, how, gate, now)
        put: list[Item] = [replace(molecule, gates={**molecule.gates, how.id: bead.id}), bead]
        waiting = flow.bead(how.id)
        if waiting is not None:
            put.append(replace(waiting, needs=(*waiting.needs, bead.id)))
        return _edit(flow, how.id, f"waits at {bead.id}", put)
    bead_ = flow.snapshot.bead(ItemId(made))
    if bead_ is None or gate.type != "conditional" or bead_.status == "closed" or OPENED in bead_.metadata:
        return None
    if not holds(flow, gate.condition, how.id, world):
        return None
    reason = f"condition holds: {gate.condition}"
    # a person who shuts it again has the last word
    opened = replace(bead_, metadata={**bead_.metadata, OPENED: gate.condition})
    return _edit(flow, how.id, f"opens {made}", [closed(opened, now, reason)])


def _gate_bead(flow: Flow, how: CStep, gate: Gate, now: str) -> Bead:
    molecule = flow.molecule
    values = {**molecule.vars, **how.env}
    on = filled(gate.id, values)
    said = on or gate.condition or how.title or how.id
    metadata: dict[str, Any] = {"run": gate.run, "vars": values} if gate.run is not None else {}
    if gate.condition:
        metadata["condition"] = gate.condition
    return Bead(
        id=ItemId(f"{molecule.id}.{GATE}{how.id}"),
        title=f"Gate: {gate.type} {' '.join(said.split())}",
        type="gate",
        await_=gate.type,
        on=on,
        timeout=filled(gate.timeout, values),
        metadata=metadata,
        waiters=(molecule.assignee,) if molecule.assignee else (),
        created=now,
        created_by=molecule.created_by,
        description=f"Step {how.id} of {molecule.id} waits for this.",
    )


def _round(flow: Flow, how: CStep, now: str, world: World | None) -> Edit | None:
    """A round is over: that was the last one, or another begins."""
    molecule = flow.molecule
    number = molecule.rounds.get(how.id, 1)
    step = flow.step(how.id)
    last = step.needs if step else ()
    within = f"{how.id}.iter{number}."
    found = holds(flow, how.until, last[-1] if last else how.id, world, within)
    if found is None and number < how.max and world is None:
        return None
    if found or number >= how.max:
        reason = "" if found else f"stopped after {number} rounds without: {how.until}"
        return _edit(flow, how.id, "done", with_states(flow, {how.id: "done"}, now, reason))
    new = unfold.next_round(how, number + 1, last)
    put = _with_needs(flow, how.id, unfold.sinks(new), unfold.added(flow, new, before=how.id))
    put[0] = replace(_molecule(put), rounds={**molecule.rounds, how.id: number + 1})
    return _edit(flow, how.id, f"round {number + 1}", put)


def _with_needs(flow: Flow, id: StepId, needs: Sequence[StepId], items: Iterable[Item]) -> list[Item]:
    put = list(items)
    molecule = _molecule(put)
    bead = flow.bead(id)
    if bead is not None:
        return [*put, replace(bead, needs=tuple(bead_id(molecule, need) for need in needs))]
    steps = tuple(replace(step, needs=tuple(needs)) if step.id == id else step for step in molecule.steps)
    return [replace(molecule, steps=steps), *put[1:]]


def _molecule(put: Sequence[Item]) -> Molecule:
    first = put[0]
    assert isinstance(first, Molecule)
    return first


def _fan_out(flow: Flow, how: CStep) -> Edit:
    assert how.fan is not None
    molecule = flow.molecule
    found = outputs.of(molecule.outputs, how.id).get(how.fan.output)
    items = found if isinstance(found, list) else [] if found is None else [found]
    reasons = molecule.reasons
    if len(items) > unfold.MOST_ITEMS:
        said = f"{len(items):,} items in {how.fan.output}, more than {unfold.MOST_ITEMS:,}: none was made"
        items, reasons = [], {**reasons, how.id: said}
    new = unfold.copies(how, how.fan, items)
    put = list(unfold.added(flow, new, after=how.id)) if new else [molecule]
    fanned = {**molecule.fanned, how.id: len(items)}
    put[0] = replace(_molecule(put), fanned=fanned, reasons=reasons)
    return _edit(flow, how.id, f"fans out to {len(items)}", put)


def _edit(flow: Flow, step: StepId, what: str, put: Sequence[Item]) -> Edit:
    molecule = flow.molecule
    return Edit(
        subject=f"step: {molecule.id} {step} {what}",
        put=tuple(put),
        trailers=(("Event", "step"), ("Bead", molecule.bead or molecule.id)),
    )
