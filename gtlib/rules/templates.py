"""Templates: molecules, and beads with beads below them, that others are poured from.

What a template is as a cooked formula, and that formula with values put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import NoReturn

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import cook_values
from gtlib.model.bead import Bead
from gtlib.model.conditions import static
from gtlib.model.cook_conditions import condition
from gtlib.model.cook_conditions import decide
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_text import doubles_in
from gtlib.model.cook_text import one_line
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.cooked import Fan
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Retry
from gtlib.model.formula_vars import Var
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.base import require_bead
from gtlib.rules.flow import Flow
from gtlib.rules.kept import LABEL
from gtlib.rules.persist import POUR
from gtlib.rules.persist import bond_points_of
from gtlib.rules.persist import variables_of
from gtlib.rules.ready import naturally

_NO_SLUG = re.compile(r"[^a-z0-9]+")
LONGEST_SLUG = 40


def cooked_of(snapshot: Snapshot, id: str) -> Cooked:
    """The steps of a molecule, or what is below a bead, as a cooked formula; placeholders stay.

    UserError for an id that is neither, and for a bead with nothing below it.
    """
    molecule = snapshot.molecule(ItemId(id))
    if molecule is not None:
        return of_molecule(Flow(snapshot, molecule))
    bead = require_bead(snapshot, ItemId(id))
    steps = steps_below(snapshot, bead)
    if not steps:
        raise UserError(f"nothing is below {bead.id}", f"add steps with: bd create TITLE --parent {bead.id}")
    return Cooked(name=bead.id, title=bead.title, description=bead.description, steps=steps)


def of_molecule(flow: Flow) -> Cooked:
    """A molecule as a cooked formula, as if none of its steps were over."""
    molecule = flow.molecule
    return Cooked(
        name=molecule.formula or molecule.id,
        title=molecule.title,
        description=molecule.description,
        version=molecule.version,
        hash=molecule.hash,
        pour=molecule.poured or str(molecule.extra.get(POUR, "")).lower() == "true",
        values=molecule.vars,
        steps=tuple(
            replace(
                flow.recipe.get(step.id) or CStep(id=step.id),
                title=step.title,
                text=step.text,
                needs=step.needs,
            )
            for step in flow.steps
        ),
        bond_points=bond_points_of(molecule),
    )


def variables_for(snapshot: Snapshot, id: str, cooked: Cooked) -> dict[str, Var]:
    """The variables of a template; every placeholder in the texts of beads is one that has to be given."""
    molecule = snapshot.molecule(ItemId(id))
    if molecule is not None:
        return variables_of(molecule)
    names = (name for text in texts_of(cooked) for name in doubles_in(text))
    return {name: Var(name=name, required=True) for name in names}


def texts_of(cooked: Cooked) -> Iterator[str]:
    """The texts in which placeholders may stand."""
    yield from (cooked.title, cooked.description)
    for step in cooked.steps:
        yield from (step.title, step.text, step.assignee, *step.labels, *step.metadata.values())


# Beads as steps


def steps_below(snapshot: Snapshot, root: Bead) -> tuple[CStep, ...]:
    """The beads below another one as steps, each behind what is below it; ids are made of their titles."""
    children: dict[str, list[Bead]] = {}
    for bead in snapshot.beads():
        if bead.parent and bead.type not in ("event", "gate"):
            children.setdefault(bead.parent, []).append(bead)
    ids: dict[ItemId, StepId] = {}
    _name(root, children, ids)
    found: list[CStep] = []
    for bead in naturally(children.get(root.id, ())):
        _collect(bead, children, ids, (), StepId(""), found)
    return tuple(found)


def _name(root: Bead, children: Mapping[str, list[Bead]], ids: dict[ItemId, StepId]) -> None:
    taken: set[str] = set()
    for bead in naturally(children.get(root.id, ())):
        queue = [bead]
        while queue:
            each = queue.pop(0)
            if each.id in ids:
                continue
            slug = name = slug_of(each.title)
            number = 1
            while name in taken:
                number += 1
                name = f"{slug}-{number}"
            taken.add(name)
            ids[each.id] = StepId(name)
            queue += naturally(children.get(each.id, ()))


def slug_of(title: str) -> str:
    """A step id made of a title."""
    slug = _NO_SLUG.sub("-", re.sub(r"\{\{(\w+)\}\}", r"\1", title).lower()).strip("-")
    return slug[:LONGEST_SLUG].rstrip("-") or "step"


def _collect(
    bead: Bead,
    children: Mapping[str, list[Bead]],
    ids: Mapping[ItemId, StepId],
    above: tuple[StepId, ...],
    parent: StepId,
    found: list[CStep],
) -> None:
    """A bead with others below it is a group: they have its needs, it is over when they are."""
    own = (*above, *(ids[need] for need in bead.needs if need in ids))
    inside = [each for each in naturally(children.get(bead.id, ())) if each.parent == bead.id]
    known = {each.id for each in inside}
    for each in inside:
        first = known.isdisjoint(each.needs)
        _collect(each, children, ids, own if first else (), ids[bead.id], found)
    text = "\n\n".join(
        part for part in (bead.description.strip(), _named("Acceptance criteria", bead.acceptance)) if part
    )
    found.append(
        CStep(
            id=ids[bead.id],
            title=bead.title,
            text=text,
            type="epic" if inside else bead.type,
            priority=bead.priority,
            labels=tuple(label for label in bead.labels if label != LABEL),
            metadata={key: value for key, value in bead.metadata.items() if isinstance(value, str)},
            needs=tuple(ids[each.id] for each in inside) or tuple(dict.fromkeys(own)),
            parent=parent,
            control="group" if inside else "",
            assignee=bead.assignee,
        )
    )


def _named(name: str, text: str) -> str:
    return f"{name}:\n\n{text.strip()}" if text.strip() else ""


# Values


def filled(cooked: Cooked, variables: Mapping[str, Var], given: Mapping[str, str]) -> Cooked:
    """A cooked formula that holds placeholders, with values put in; its own values are the defaults.

    Steps whose condition the values make false are left out. UserError for values that are unknown,
    missing or wrong.
    """
    formula = Formula(
        name=cooked.name,
        description=f"{cooked.title}\n{cooked.description}",
        vars=dict(variables),
        steps=tuple(_as_written(step) for step in _every(cooked.steps)),
    )
    kitchen = Kitchen(formula, _nothing, compiling=False)
    kitchen.values = cook_values.resolve(formula, given)
    steps = _filled(kitchen, cooked.steps)
    description = kitchen.values.get("desc") or kitchen.fill(cooked.description, {})
    title = one_line(kitchen.values.get("title") or kitchen.fill(cooked.title, {}))
    if kitchen.missing:
        raise cook_values.missing_values(formula, kitchen.missing)
    return replace(cooked, title=title, description=description, values={**kitchen.values}, steps=steps)


def _nothing(name: str) -> NoReturn:
    raise UserError(f"a template names no formula, and this one names {name}", "cook it again")


def _every(steps: Iterable[CStep]) -> Iterator[CStep]:
    for step in steps:
        yield step
        yield from _every(step.body)


def _as_written(step: CStep) -> FStep:
    retry = Retry(check=step.check) if step.check is not None else None
    return FStep(
        id=step.id,
        title=step.title,
        description=step.text,
        labels=step.labels,
        metadata=step.metadata,
        assignee=step.assignee,
        run=step.run,
        retry=retry,
    )


def _filled(kitchen: Kitchen, steps: tuple[CStep, ...]) -> tuple[CStep, ...]:
    known = {step.id: step for step in steps}
    parts = [
        Part(
            id=step.id,
            title=step.title,
            needs=step.needs,
            parent=step.parent,
            control=step.control,
            condition=step.when,
            waits_for=step.waits_for,
            env=step.env,
        )
        for step in steps
    ]
    kept = decide(kitchen, parts)
    there = {part.id for part in kept}
    done = [_one(kitchen, part, known[part.id]) for part in kept]
    # a group that lost all that was in it is over with what it needs
    return tuple(step if step.parent in there else replace(step, parent=StepId("")) for step in done)


def _one(kitchen: Kitchen, part: Part, step: CStep) -> CStep:
    env = step.env
    unset = {name: "" for name in kitchen.formula.vars if name not in kitchen.values}
    script = any(isinstance(run, str) for run in (step.run, step.check))
    gate = step.gate
    if gate is not None:
        gate = replace(
            gate,
            id=kitchen.fill(gate.id, env),
            timeout=kitchen.fill(gate.timeout, env),
            condition=condition(kitchen, part, gate.condition, env),
        )
    return replace(
        step,
        title=one_line(kitchen.fill(step.title, env)) or step.id,
        text=kitchen.fill(step.text, env),
        labels=tuple(kitchen.fill(label, env) for label in step.labels),
        metadata={key: kitchen.fill(value, env) for key, value in step.metadata.items()},
        needs=part.needs,
        assignee=kitchen.fill(step.assignee, env),
        agent=kitchen.fill(step.agent, env),
        timeout=kitchen.fill(step.timeout, env),
        check_timeout=kitchen.fill(step.check_timeout, env),
        env={**unset, **env} if script else env,
        gate=gate,
        when=condition(kitchen, part, part.condition, env),
        waits_for=part.waits_for,
        until=condition(kitchen, part, step.until, env),
        body=_filled(kitchen, step.body) if step.body else (),
        fan=_fan(kitchen, step.id, step.fan, env) if step.fan is not None else None,
    )


def _fan(kitchen: Kitchen, step: StepId, fan: Fan, env: Mapping[str, str]) -> Fan:
    late = next((each for each in _every(fan.body) if each.when and static(each.when) is not None), None)
    if late is not None:
        what = f"step {step} fans out to {fan.formula}, whose step {late.id} asks for {late.when}"
        raise UserError(what, "keep the template anew: bd cook FORMULA --persist --force")
    known = {name: value for name, value in env.items() if name not in ("item", "index")}
    return replace(fan, vars={name: kitchen.fill(text, known) for name, text in fan.vars.items()})


def entries(steps: Iterable[CStep]) -> tuple[StepId, ...]:
    """The steps that need none of the others."""
    some = tuple(steps)
    known = {step.id for step in some}
    return tuple(step.id for step in some if known.isdisjoint(step.needs))
