"""Steps that come into a molecule while it runs: rounds of a loop, and copies for the items of an output."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import conditions
from gtlib.model import recipe
from gtlib.model.bead import Bead
from gtlib.model.cooked import CStep
from gtlib.model.cooked import Fan
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.fields import TITLE_LIMIT
from gtlib.rules.flow import Flow
from gtlib.rules.flow import bead_id

MOST_ITEMS = 1000
_PLACE = re.compile(r"\{\{([a-zA-Z_][a-zA-Z0-9_]*)\}\}|\{([a-zA-Z_][a-zA-Z0-9_.]*)\}", re.ASCII)
_OPEN = re.compile(r"\{\{([a-zA-Z_][a-zA-Z0-9_]*)\}\}", re.ASCII)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with `{{name}}` and `{name}` replaced, once, for every name in `values`."""
    return _PLACE.sub(lambda found: values.get(found[1] or found[2], found[0]), text) if "{" in text else text


def next_round(loop: CStep, number: int, after: Sequence[StepId]) -> tuple[CStep, ...]:
    """The steps of one round of a loop; the first of them need `after`."""
    prefix = f"{loop.id}.iter{number}."
    return _copies(loop.body, prefix, after, loop.id, {**loop.env, "round": str(number)})


def sinks(steps: Iterable[CStep]) -> tuple[StepId, ...]:
    """The steps that no other of them needs."""
    some = tuple(steps)
    needed = {need for step in some for need in step.needs}
    return tuple(step.id for step in some if step.id not in needed)


def copies(step: CStep, fan: Fan, items: Sequence[Any]) -> tuple[CStep, ...]:
    """One group of steps for each item, with the control step that ends it last."""
    found: list[CStep] = []
    after: tuple[StepId, ...] = (step.id,)
    for index, item in enumerate(items, 1):
        scope = _scope(item, index)
        known = {**step.env, **scope}
        values = {**scope, **{name: filled(text, known) for name, text in fan.vars.items()}}
        group = StepId(f"{step.id}.{index}")
        body = _copies(fan.body, f"{group}.", after, group, values)
        title = f"{fan.formula or step.id} {index} of {len(items)}"
        found += [*body, CStep(id=group, title=title, control="group", parent=step.id, needs=sinks(body))]
        after = (step.id,) if fan.parallel else (group,)
    return tuple(found)


def short(text: str) -> str:
    """The text on one line, as long as a title may be."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LIMIT else f"{line[: TITLE_LIMIT - 3]}..."


def added(
    flow: Flow, steps: Sequence[CStep], *, before: str = "", after: str = ""
) -> tuple[Molecule, tuple[Bead, ...]]:
    """The molecule with more steps, before or after one that it has, and the beads of poured ones.

    Those that it has stay as they are: a record that says so may have been taken out by hand.
    """
    molecule = flow.molecule
    steps = [step for step in steps if not flow.has(step.id)]
    if not steps:
        return molecule, ()
    order = list(flow.recipe)
    how = dict(flow.recipe)
    if molecule.poured:
        ids = _spliced(order, [step.id for step in steps], before, after)
        how |= {step.id: step for step in steps}
        text = recipe.write([how[id] for id in ids], every=True)
        return replace(molecule, recipe=text), tuple(bead_of(molecule, step) for step in steps)
    made = {step.id: Step(id=step.id, title=step.title, needs=step.needs, text=step.text) for step in steps}
    listed = {step.id: step for step in molecule.steps} | made
    places = _spliced([step.id for step in molecule.steps], list(made), before, after)
    text = recipe.write([*how.values(), *steps])
    return replace(molecule, recipe=text, steps=tuple(listed[id] for id in places)), ()


def bead_of(molecule: Molecule, step: CStep) -> Bead:
    """The bead that a step of a poured molecule is."""
    return Bead(
        id=bead_id(molecule, step.id),
        title=short(step.title) or step.id,
        type="epic" if step.control else step.type,
        status="blocked" if step.when or step.waits_for else "open",  # until its turn has come
        priority=step.priority,
        labels=tuple(label for label in step.labels if label.strip()),
        metadata=dict(step.metadata),
        assignee=step.assignee,
        needs=tuple(bead_id(molecule, need) for need in step.needs),
        # not the control step that it is in: what waits for its steps would hold them up
        parent=molecule.bead or ItemId(""),
        created=molecule.created,
        created_by=molecule.created_by,
        description=step.text,
    )


def _copies(
    body: Sequence[CStep], prefix: str, after: Sequence[StepId], parent: StepId, values: Mapping[str, str]
) -> tuple[CStep, ...]:
    own = {step.id for step in body}

    def named(id: StepId) -> StepId:
        return StepId(prefix + id) if id in own else id

    found = []
    for step in body:
        inside = tuple(named(need) for need in step.needs)
        first = not any(need in own for need in step.needs)
        waits = step.waits_for
        if waits.startswith("children-of("):
            waits = f"children-of({named(StepId(waits[12:-1]))})"
        gate = step.gate
        if gate is not None and gate.condition:
            gate = replace(gate, condition=_asking(gate.condition, own, prefix))
        found.append(
            replace(
                step,
                id=named(step.id),
                title=" ".join(filled(step.title, values).split()),
                text=filled(step.text, values),
                labels=tuple(filled(label, values) for label in step.labels),
                metadata={key: filled(value, values) for key, value in step.metadata.items()},
                assignee=filled(step.assignee, values),
                needs=(*after, *inside) if first else inside,
                parent=named(step.parent) if step.parent else parent,
                waits_for=waits,
                when=_asking(step.when, own, prefix),
                gate=gate,
                env={**values, **_numbered(step.env, values)} if _takes_values(step) else step.env,
            )
        )
    return tuple(found)


def _asking(condition: str, own: Collection[StepId], prefix: str) -> str:
    """A condition that names steps of the body, naming those of the copy."""
    if not condition or conditions.static(condition) is not None:
        return condition
    try:
        return conditions.renamed(condition, {id: prefix + id for id in own})
    except UserError:
        return condition  # edited by hand into none: whoever asks it says so


def _numbered(env: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """What a body knows of its round and of its item, as the id of an expanded step in it."""
    number = values.get("round")
    found = {}
    for key, value in env.items():
        if number is not None:
            value = value.replace("{round}", number)
        found[key] = _OPEN.sub(lambda name: values.get(name[1], name[0]), value) if "{{" in value else value
    return found


def _takes_values(step: CStep) -> bool:
    return any((step.run, step.check, step.when, step.until, step.gate, step.fan))


def _scope(item: Any, index: int) -> dict[str, str]:
    found = {"index": str(index), "item": _text(item)}
    if isinstance(item, dict):
        found |= {f"item.{key}": _text(value) for key, value in item.items()}
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _spliced(ids: list[StepId], new: list[StepId], before: str, after: str) -> list[StepId]:
    at = ids.index(StepId(before)) if before else ids.index(StepId(after)) + 1
    return [*ids[:at], *new, *ids[at:]]
