"""Bonds: steps that come to others, and molecules that wait for one another.

What comes to a molecule or a template stands below a control step `ref`, its ids begin with `ref.`. It
follows all that was there (sequential), runs beside it (parallel), or only when a step of it failed
(conditional): then a gate waits until one failed or all are over.
"""

from __future__ import annotations

from collections.abc import Container
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Final
from typing import Literal

from msgspec.structs import replace

from gtlib import names
from gtlib.errors import UserError
from gtlib.model import conditions
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.edit import Edit
from gtlib.model.formula_parts import Gate
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.base import require_writable
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.rules.flow import bead_id
from gtlib.rules.templates import entries
from gtlib.rules.templates import of_molecule
from gtlib.rules.templates import slug_of
from gtlib.rules.unfold import added
from gtlib.rules.unfold import sinks

Kind = Literal["sequential", "parallel", "conditional"]
KINDS: Final = ("sequential", "parallel", "conditional")
AFTER: Final = "After "  # how the title of a control step begins that waits for another molecule
FAILED: Final = "steps(*).any(status == 'failed')"


def joined(
    base: Sequence[CStep], more: Cooked, ref: str, kind: Kind, values: Mapping[str, str]
) -> tuple[CStep, ...]:
    """The steps that come to `base`, the control step `ref` last. `values` are those of their variables."""
    ids = {step.id: StepId(f"{ref}.{step.id}") for step in more.steps}
    group = StepId(ref)
    before, first = _before(base, ref, kind)
    start = set(entries(more.steps))
    new = []
    for step in more.steps:
        needs = tuple(ids.get(need, need) for need in step.needs)
        new.append(
            replace(
                _renamed(step, ids),
                id=ids[step.id],
                needs=(*first, *needs) if step.id in start else needs,
                parent=ids[step.parent] if step.parent else group,
                env={**values, **step.env} if values and _takes_values(step) else step.env,
            )
        )
    end = CStep(
        id=group,
        title=more.title or more.name,
        type="epic",
        control="group",
        needs=sinks(new),
        when=FAILED if kind == "conditional" else "",
    )
    return (*before, *new, end)


def free_ref(ids: Container[str], name: str, asked: str = "") -> str:
    """The id that what comes is known by: as asked for, else the name, numbered when it is taken.

    UserError for one that was asked for and is taken, or is no id.
    """
    if asked:
        names.step_id(asked)
        if asked in ids:
            raise UserError(f"there is a step {asked} already", "give another --ref")
        return asked
    slug = slug_of(name.replace(".", "-"))
    found, number = slug, 1
    while found in ids:
        number += 1
        found = f"{slug}-{number}"
    return found


def compound(one: Cooked, other: Cooked, ref: str, kind: Kind, title: str) -> Cooked:
    """Two cooked formulas as one, the steps of the other below `ref`."""
    return Cooked(
        name=slug_of(title),
        title=title,
        description="\n\n".join(filter(None, (one.description.strip(), other.description.strip()))),
        pour=one.pour or other.pour,
        values={**other.values, **one.values},
        steps=(*one.steps, *joined(one.steps, other, ref, kind, {})),
        bond_points=one.bond_points,
    )


def plan_join(flow: Flow, more: Cooked, ref: str, kind: Kind, actor: str) -> Edit:
    """Bring the steps of a cooked formula into a molecule. UserError for one that is closed or a template."""
    molecule = flow.molecule
    _must_be_open(molecule)
    ref = free_ref(flow.ids, more.name, ref)
    new = joined(of_molecule(flow).steps, more, ref, kind, more.values)
    taken = [step.id for step in new if flow.has(step.id)]
    if taken:
        raise UserError(f"{molecule.id} has a step {taken[0]} already", "give another --ref")
    if not flow.ids:
        raise UserError(f"{molecule.id} has no steps to bond to", "pour the formula instead: bd mol pour")
    grown, beads = added(flow, new, after=flow.ids[-1])
    put: tuple[Item, ...] = (grown, *beads)
    require_writable(flow.snapshot, *put)
    return _edit(molecule, f"{kind} {ref}", put, actor)


def plan_wait(snapshot: Snapshot, first: Molecule, then: Molecule, kind: Kind, actor: str) -> Edit | None:
    """Let the steps of `then` wait until `first` is closed; None when they do.

    A control step `after` has a gate of type bead, and what `then` would begin with needs it.
    UserError for what is closed, for a circle, and for another kind: two molecules run beside each other as
    they are, and no gate looks into another molecule for a failure.
    """
    if kind != "sequential":
        what = f"two molecules are bonded in sequence, not {kind}"
        hint = (
            "they run beside each other as they are" if kind == "parallel" else "bond a formula to the first"
        )
        raise UserError(what, hint)
    for molecule in (first, then):
        _must_be_open(molecule)
    if first.id == then.id or then.id in _waited_for(snapshot, first.id):
        raise UserError(f"{first.id} waits for {then.id} itself", "bond them the other way round")
    flow = Flow(snapshot, then)
    if first.id in _bonds(flow):
        return None
    id = StepId(free_ref(flow.ids, "after"))
    control = CStep(
        id=id, title=f"{AFTER}{first.id}", control="group", gate=Gate(type="bead", id=first.id), type="epic"
    )
    starting = [each for each in flow.ids if flow.state(each) not in OVER and not _open_needs(flow, each)]
    if not starting:
        raise UserError(f"{then.id} has no open step", "bond one that is not over")
    grown, beads = added(flow, (control,), before=flow.ids[0])
    put: list[Item] = [grown, *beads]
    for each in starting:
        put = _needing(flow, put, each, id)
    require_writable(snapshot, *put)
    return _edit(then, f"after {first.id}", put, actor)


def _needing(flow: Flow, put: Sequence[Item], id: StepId, need: StepId) -> list[Item]:
    molecule = put[0]
    assert isinstance(molecule, Molecule)
    bead = flow.bead(id)
    if bead is not None:
        return [*put, replace(bead, needs=(*bead.needs, bead_id(molecule, need)))]
    steps = tuple(
        replace(step, needs=(*step.needs, need)) if step.id == id else step for step in molecule.steps
    )
    return [replace(molecule, steps=steps), *put[1:]]


def _open_needs(flow: Flow, id: str) -> bool:
    step = flow.step(id)
    return step is not None and any(flow.has(need) and not flow.is_over(need) for need in step.needs)


def _waited_for(snapshot: Snapshot, id: ItemId) -> set[str]:
    """The molecules that one waits for by its gates, and those that they wait for."""
    found: set[str] = set()
    queue = [str(id)]
    while queue:
        molecule = snapshot.molecule(ItemId(queue.pop()))
        for each in _bonds(Flow(snapshot, molecule)) if molecule is not None else ():
            if each not in found:
                found.add(each)
                queue.append(each)
    return found


def _bonds(flow: Flow) -> Iterator[str]:
    for step in flow.recipe.values():
        if step.gate is not None and step.gate.type == "bead" and step.gate.id and flow.has(step.id):
            yield step.gate.id


def _before(base: Sequence[CStep], ref: str, kind: Kind) -> tuple[tuple[CStep, ...], tuple[StepId, ...]]:
    """Control steps before what comes, and what its first steps need."""
    if kind == "parallel" or not base:
        return (), ()
    ends = sinks(base)
    if kind == "sequential":
        return (), ends
    over = CStep(id=StepId(f"{ref}.before"), title="All before it", control="group", needs=ends, type="epic")
    gate = Gate(type="conditional", condition=f"{FAILED} || {over.id}.status == 'complete'")
    start = CStep(
        id=StepId(f"{ref}.start"),
        title="A step failed, or all are over",
        control="group",
        gate=gate,
        type="epic",
    )
    return (over, start), (start.id,)


def _renamed(step: CStep, ids: Mapping[StepId, StepId]) -> CStep:
    """The step with other ids in what it asks; what its own body calls so stays."""
    inner = {each.id for each in step.body}
    outer = {old: new for old, new in ids.items() if old not in inner}
    gate, waits = step.gate, step.waits_for
    if gate is not None and gate.condition:
        gate = replace(gate, condition=_asked(gate.condition, ids))
    if waits.startswith("children-of("):
        waits = f"children-of({ids.get(StepId(waits[12:-1]), waits[12:-1])})"
    return replace(
        step,
        gate=gate,
        waits_for=waits,
        when=_asked(step.when, ids),
        until=_asked(step.until, outer),
        body=tuple(_renamed(each, outer) for each in step.body),
    )


def _asked(text: str, ids: Mapping[StepId, StepId]) -> str:
    """A condition with other ids; one that variables decide, or that is none, stays."""
    if not text or conditions.static(text) is not None:
        return text
    return conditions.renamed(text, {str(old): str(new) for old, new in ids.items()})


def _takes_values(step: CStep) -> bool:
    return (
        step.run is not None
        or step.check is not None
        or bool(step.when or step.until or step.gate or step.body)
    )


def _must_be_open(molecule: Molecule) -> None:
    if molecule.template:
        raise UserError(f"{molecule.id} is a template", f"pour it first: bd mol pour {molecule.id}")
    if molecule.status == "closed":
        raise UserError(f"{molecule.id} is closed", "bond to one that is open")


def _edit(molecule: Molecule, what: str, put: Sequence[Item], actor: str) -> Edit:
    return Edit(
        subject=f"bond: {molecule.id} {what}",
        put=tuple(put),
        trailers=(("Event", "bond"), ("Bead", molecule.bead or molecule.id)),
        actor=actor,
    )
