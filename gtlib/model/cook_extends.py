"""`extends`: a formula with everything of its parents, and what an overlay changes in its steps."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Protocol
from typing import TypeVar

from msgspec.structs import replace

from gtlib.model import formula_check
from gtlib.model.cook_conditions import drop
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import Where
from gtlib.model.cook_part import chained
from gtlib.model.cook_part import refuse
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Compose
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Overlay
from gtlib.model.formula_parts import Override
from gtlib.model.formula_parts import Reports
from gtlib.model.formula_source import did_you_mean
from gtlib.names import StepId


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_Each = TypeVar("_Each")
_WithId = TypeVar("_WithId", bound=_Named)


def merged(kitchen: Kitchen, formula: Formula, chain: tuple[str, ...] = ()) -> Formula:
    """The formula with what it extends. Refused when formulas extend each other or steps clash."""
    if not formula.extends:
        return formula
    chain = chain or (formula.name,)
    parents = []
    for name in formula.extends:
        where = Where(formula.path, formula.extends_line or 1)
        longer = chained(chain, name, where, "extend")
        parents.append(merged(kitchen, kitchen.load(name, where, f"formula {formula.name} extends"), longer))
    before = parents[0]
    for parent in parents[1:]:
        before = _two(before, parent, _joined(before, parent), _joined(before, parent, template=True))
    # Of a child and its parent the child wins, as the first of two parents does.
    steps = _overridden(before.steps, formula.steps)
    both = _two(formula, before, steps, _overridden(before.template, formula.template))
    if formula.type == "workflow" and not formula.steps:
        # A formula without steps of its own and without a word about its type is what its parents are.
        both = replace(both, type=before.type)
    if wrong := formula_check.check(both):
        raise wrong[0]
    return both


def loaded(kitchen: Kitchen, name: str, where: FStep | Where, does: str) -> Formula:
    """The formula of that name, with what it extends. `where` and `does`: as `Kitchen.load` has them."""
    return merged(kitchen, kitchen.load(name, where, does))


def _two(first: Formula, second: Formula, steps: Sequence[FStep], template: Sequence[FStep]) -> Formula:
    """Two formulas as one: `first` wins where there can be only one, what `second` has comes before."""
    return replace(
        first,
        description=first.description or second.description,
        vars={**second.vars, **first.vars},
        steps=tuple(steps),
        template=tuple(template),
        compose=_composed(second.compose, first.compose),
        advice=_once(second.advice, first.advice),
        pointcuts=_once(second.pointcuts, first.pointcuts),
        aspects=_by_id(second.aspects, first.aspects),
        phase=first.phase or second.phase,
        pour=first.pour or second.pour,
        agent=first.agent or second.agent,
        review_only=first.review_only or second.review_only,
        inputs={**second.inputs, **first.inputs},
        prompts={**second.prompts, **first.prompts},
        output=first.output if first.output != Reports() else second.output,
        legs=_by_id(second.legs, first.legs),
        synthesis=first.synthesis or second.synthesis,
        extra={**second.extra, **first.extra},
    )


def _composed(one: Compose, other: Compose) -> Compose:
    return Compose(
        bond_points=_by_id(one.bond_points, other.bond_points),
        hooks=_once(one.hooks, other.hooks),
        expand=_once(one.expand, other.expand),
        map=_once(one.map, other.map),
        branch=_once(one.branch, other.branch),
        gate=_once(one.gate, other.gate),
        aspects=_once(one.aspects, other.aspects),
        places={**one.places, **other.places},
    )


def _once(one: Iterable[_Each], other: Iterable[_Each]) -> tuple[_Each, ...]:
    """Both lists; what a formula has by two ways from one parent stands there once."""
    found = list(one)
    return (*found, *(each for each in other if each not in found))


def _by_id(one: Iterable[_WithId], other: Iterable[_WithId]) -> tuple[_WithId, ...]:
    return tuple(({each.id: each for each in one} | {each.id: each for each in other}).values())


def _walk(steps: Iterable[FStep]) -> Iterator[FStep]:
    for step in steps:
        yield step
        yield from _walk(step.children)


def _joined(first: Formula, second: Formula, *, template: bool = False) -> list[FStep]:
    """The steps of two parents; the same id in both is refused unless it is the same step."""
    one, other = (first.template, second.template) if template else (first.steps, second.steps)
    known = {step.id: step for step in _walk(one)}
    for step in _walk(other):
        clash = known.get(step.id)
        if clash is not None and clash != step:
            at = f"{clash.path}:{clash.line}" if clash.path else first.name
            what = f'two parents have a step "{step.id}", the other at {at}'
            refuse(step, what, "extend only one of them, or give one step another id")
    return [*one, *(step for step in other if step.id not in known)]


def _overridden(parents: Sequence[FStep], own: Sequence[FStep]) -> list[FStep]:
    """The parents' steps, those with the id of an own one replaced where they stand, then the others."""
    mine = {step.id: step for step in own}
    known = {step.id for step in _walk(parents)}
    return [*(_in_place(step, mine) for step in parents), *(step for step in own if step.id not in known)]


def _in_place(step: FStep, mine: dict[StepId, FStep]) -> FStep:
    if step.id in mine:
        return mine[step.id]
    if not step.children:
        return step
    return replace(step, children=tuple(_in_place(child, mine) for child in step.children))


def overlaid(kitchen: Kitchen, parts: list[Part], overlay: Overlay) -> list[Part]:
    """The steps as an overlay changes them. A step that is not there is a warning."""
    order = [part.id for part in parts]
    now = {part.id: part for part in parts}
    out: set[StepId] = set()
    for each in overlay.overrides:
        ident = StepId(each.step_id)
        if ident not in now:
            hint = did_you_mean(each.step_id, order, "it changes nothing")
            kitchen.warn(Where(overlay.path, each.line), f'there is no step "{each.step_id}"; {hint}')
        elif each.mode == "skip":
            out.add(ident)
        else:
            now[ident] = _changed(now[ident], each)
    return drop([now[ident] for ident in order], out)


def _changed(part: Part, each: Override) -> Part:
    run = part.run if each.run is None else each.run
    # A group that gets something to run does it behind what is in it.
    control = "" if each.run is not None and part.control == "group" else part.control
    part = replace(part, run=run, agent=each.agent or part.agent, control=control)
    if each.mode == "replace":
        return replace(part, title=each.title or part.title, description=each.description or part.description)
    texts = (part.description.rstrip(), each.description)
    return replace(
        part,
        title=f"{part.title} {each.title}".strip(),
        description="\n\n".join(text for text in texts if text.strip()),
    )
