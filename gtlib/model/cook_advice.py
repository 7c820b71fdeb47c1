"""Advice: steps that are woven in before and after others, and the analyses of an aspect."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from msgspec.structs import replace

from gtlib.model.cook_expand import glob
from gtlib.model.cook_expand import grown
from gtlib.model.cook_expand import placed
from gtlib.model.cook_part import TOP
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import Where
from gtlib.model.cook_part import checked_id
from gtlib.model.cook_part import sinks
from gtlib.model.cook_part import with_needs
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Advice
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Leg
from gtlib.model.formula_parts import Pointcut
from gtlib.names import StepId


class _Woven:
    """What is put in around one step: each list in its order, the steps that hold others behind them."""

    def __init__(self) -> None:
        self.before: list[Part] = []
        self.after: list[Part] = []
        self.first: list[StepId] = []  # of `before`, those that stand in the chain
        self.last: list[StepId] = []  # of `after`, likewise
        self.beside: list[StepId] = []  # of `after`, those that run beside each other at the end


def woven(kitchen: Kitchen, parts: list[Part], formula: Formula) -> list[Part]:
    """The parts with the advice of one formula, which does not advise what it puts in itself."""
    picks = selects(formula.pointcuts)
    around: dict[StepId, _Woven] = {}
    for advice in formula.advice:
        fits = glob(advice.target)
        meant = [part for part in parts if fits(part.id)]
        picked = [part for part in meant if picks(part)]
        for part in picked:
            _advise(kitchen, part, advice, around.setdefault(part.id, _Woven()))
        # By itself an aspect has nothing that it could touch but its own analyses.
        if not picked and not (formula is kitchen.formula and formula.type == "aspect"):
            why = f"pointcuts keep it from {meant[0].id}" if meant else "no step fits"
            where = Where(advice.path or formula.path, advice.line)
            kitchen.warn(where, f'the advice of {formula.name} for "{advice.target}" adds nothing: {why}')
    return _joined(parts, around) if around else parts


def analysed(kitchen: Kitchen, parts: list[Part], formula: Formula) -> list[Part]:
    """The parts with the `[[aspects]]` of a formula, beside each other after each step that it selects.

    Without pointcuts they come once, after the last steps of all.
    """
    if not formula.aspects:
        return parts
    if not formula.pointcuts:
        ends = tuple(part.id for part in sinks(part for part in parts if not part.parent))
        steps = [replace(leg_step(leg, leg.id, formula), needs=ends) for leg in formula.aspects]
        return [*parts, *grown(kitchen, steps, TOP, kitchen.base)]
    picks = selects(formula.pointcuts)
    around: dict[StepId, _Woven] = {}
    if not any(map(picks, parts)):
        where = Where(formula.path, formula.aspects[0].line)
        kitchen.warn(where, f"aspect {formula.name} adds nothing: its pointcuts fit no step")
    for part in parts:
        if not picks(part):
            continue
        new = around.setdefault(part.id, _Woven())
        env = _env(kitchen, part)
        for leg in formula.aspects:
            step = leg_step(leg, f"{part.id}.{leg.id}", formula)
            new.after += grown(kitchen, [step], part.parent, env)
            new.beside.append(step.id)
    return _joined(parts, around) if around else parts


def leg_step(leg: Leg, ident: str, formula: Formula) -> FStep:
    """The step that a leg or an analysis is."""
    texts = (leg.focus.strip(), leg.description.strip())
    reviews = leg.review_only or formula.review_only
    step = FStep(
        id=StepId(ident),
        title=leg.title or leg.id,
        description="\n\n".join(text for text in texts if text),
        agent=leg.agent or formula.agent,
        run=leg.run,
        metadata={"review_only": "true"} if reviews else {},
        path=leg.path or formula.path,
        line=leg.line,
    )
    return replace(step, id=checked_id(ident, step))


def selects(pointcuts: Sequence[Pointcut]) -> Callable[[Part], bool]:
    """Whether an aspect may touch a step: one of the pointcuts fits in all that it says, or there is none."""
    tests = [(glob(each.glob) if each.glob else None, each.type, each.label) for each in pointcuts]

    def picks(part: Part) -> bool:
        return not tests or any(
            (fits is None or fits(part.id))
            and (not type_ or part.type == type_)
            and (not label or label in part.labels)
            for fits, type_, label in tests
        )

    return picks


def _env(kitchen: Kitchen, part: Part) -> dict[str, str]:
    title = kitchen.fill(part.title, part.env)
    return {**part.env, "step": part.id, "step.id": part.id, "step.title": title}


def _advise(kitchen: Kitchen, part: Part, advice: Advice, new: _Woven) -> None:
    env = _env(kitchen, part)
    before = [placed(step, env) for step in advice.before]
    after = [placed(step, env) for step in advice.after]
    kitchen.made(len(before) + len(after), part)
    new.before += grown(kitchen, before, part.parent, env)
    new.after += grown(kitchen, after, part.parent, env)
    new.first += [step.id for step in before]
    new.last += [step.id for step in after]


def _joined(parts: list[Part], around: Mapping[StepId, _Woven]) -> list[Part]:
    """Before-steps take the needs of their step; who needed it needs the last of its after-steps."""
    instead = {ident: tuple(new.beside or new.last[-1:]) for ident, new in around.items()}
    moved = {ident: ends for ident, ends in instead.items() if ends}
    starts = _starts(parts)
    fore: dict[int, list[Part]] = {}
    found: list[Part] = []
    rest: list[tuple[int, list[Part]]] = []
    for place, part in enumerate(parts):
        part = _redirected(part, moved)
        new = around.get(part.id)
        if new is None:
            rest.append((place, [part]))
            continue
        before = _chained(new.before, new.first, part.needs)
        fore.setdefault(starts[part.id], []).extend(before)
        after = _beside(new, part.id) if new.beside else _chained(new.after, new.last, (part.id,))
        rest.append((place, [with_needs(part, new.first[-1:]), *after]))
    for place, some in rest:
        found += [*fore.get(place, ()), *some]
    return found


def _redirected(part: Part, moved: Mapping[StepId, tuple[StepId, ...]]) -> Part:
    if not any(need in moved for need in part.needs):
        return part
    needs = [new for need in part.needs for new in moved.get(need, (need,))]
    if part.waits_for:
        # Whose children it waits for is said by the first of its needs.
        needs.insert(0, part.needs[0])
    return replace(part, needs=tuple(dict.fromkeys(needs)))


def _chained(new: Iterable[Part], chain: Sequence[StepId], needs: Sequence[StepId]) -> list[Part]:
    """The new steps, the first of the chain with these needs, each other one behind the one before it."""
    wanted: dict[StepId, Sequence[StepId]] = {}
    for place, ident in enumerate(chain):
        wanted[ident] = (chain[place - 1],) if place else needs
    return [with_needs(part, wanted.get(part.id, ())) for part in new]


def _beside(new: _Woven, target: StepId) -> list[Part]:
    return [with_needs(part, (target,) if part.id in new.beside else ()) for part in new.after]


def _starts(parts: Sequence[Part]) -> dict[StepId, int]:
    """Where each step begins, with what is in it: that stands in front of it."""
    starts: dict[StepId, int] = {}
    for place, part in enumerate(parts):
        begin = starts.setdefault(part.id, place)
        if part.parent:
            starts[part.parent] = min(starts.get(part.parent, place), begin)
    return starts
