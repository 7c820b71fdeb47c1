"""The order of cooking: each transform after the other, down to the cooked steps."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import cook_compose
from gtlib.model import cook_convoy
from gtlib.model import cook_values
from gtlib.model.cook_advice import analysed
from gtlib.model.cook_advice import woven
from gtlib.model.cook_compose import Subject
from gtlib.model.cook_conditions import decide
from gtlib.model.cook_expand import composed
from gtlib.model.cook_expand import inline
from gtlib.model.cook_expand import mapped
from gtlib.model.cook_extends import loaded
from gtlib.model.cook_extends import overlaid
from gtlib.model.cook_flatten import check
from gtlib.model.cook_flatten import check_order
from gtlib.model.cook_flatten import lower
from gtlib.model.cook_loops import unrolled
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import Where
from gtlib.model.cook_part import chained
from gtlib.model.cook_part import refuse
from gtlib.model.cook_rounds import Finish
from gtlib.model.cooked import CStep
from gtlib.model.formula_parts import FanOut
from gtlib.model.formula_parts import Overlay
from gtlib.model.formula_source import did_you_mean
from gtlib.names import StepId


def cooked_steps(kitchen: Kitchen, overlay: Overlay | None, bead: Subject | None) -> tuple[CStep, ...]:
    """The steps of the kitchen's formula, which is merged with what it extends; its values are resolved."""
    where = Where(kitchen.formula.path, 1)
    parts = prepared(kitchen, overlay, bead)
    check(parts, where)
    lowered = lower(parts)
    if len(lowered) != len(parts):
        check(lowered, where)
    check_order(lowered)
    return Finish(kitchen, lowered, lambda part, fan: _fan_body(kitchen, part, fan)).steps()


def prepared(kitchen: Kitchen, overlay: Overlay | None, bead: Subject | None) -> list[Part]:
    """Every transform up to the conditions."""
    formula = kitchen.formula
    compose = formula.compose
    parts = cook_convoy.start(kitchen, formula)
    if formula.agent:
        parts = [replace(part, agent=part.agent or formula.agent) for part in parts]
    if overlay is not None:
        parts = overlaid(kitchen, parts, overlay)
    parts = unrolled(kitchen, parts)
    parts = cook_compose.branched(kitchen, parts, compose.branch)
    parts = cook_compose.gated(kitchen, parts, compose.gate)
    parts = woven(kitchen, parts, formula)
    parts = inline(kitchen, parts)
    parts = composed(kitchen, parts, compose.expand)
    parts = mapped(kitchen, parts, compose.map)
    for name in compose.aspects:
        where = Where(*compose.places.get(name, (formula.path, 1)))
        aspect = loaded(kitchen, name, where, "compose.aspects names")
        if aspect.type != "aspect":
            hint = 'name a formula of type = "aspect" there'
            refuse(where, f"compose.aspects: {name} is no aspect", hint)
        parts = analysed(kitchen, woven(kitchen, parts, aspect), aspect)
    parts = _attached(kitchen, parts, bead)
    return decide(kitchen, parts)


def _attached(kitchen: Kitchen, parts: list[Part], bead: Subject | None) -> list[Part]:
    """With the formulas that the hooks of `compose` attach for this bead."""
    formula = kitchen.formula
    points = {point.id: point for point in formula.compose.bond_points}
    came = set[StepId]()
    for hook in formula.compose.hooks:
        if bead is None or not cook_compose.fits(hook.trigger, bead):
            continue
        where = Where(hook.path or formula.path, hook.line)
        chain = chained(kitchen.chain, hook.attach, where, "attach")
        inner = kitchen.within(loaded(kitchen, hook.attach, where, "compose.hooks attaches"), chain)
        given = {name: kitchen.fill(text, kitchen.base) for name, text in hook.vars.items()}
        try:
            inner.values = cook_values.resolve(inner.formula, given)
        except UserError as error:
            refuse(where, f"compose.hooks: {error.what}", "write it in the `vars` of the hook")
        unset = dict.fromkeys(inner.formula.vars, "")
        inner.base = {**unset, **inner.values}
        new = cook_compose.named(prepared(inner, None, bead), hook.attach)
        kitchen.made(len(new), where)
        parts = cook_compose.attached(parts, new, hook, points, came, where)
    return parts


def _fan_body(kitchen: Kitchen, part: Part, fan: FanOut) -> tuple[CStep, ...]:
    """What a step fans out to, once: the variables that the fan-out gives stay open."""
    chain = chained(kitchen.chain, fan.bond, part, "fan out to")
    formula = loaded(kitchen, fan.bond, part, f'step "{part.id}" fans out to')
    known = cook_values.variables(formula)
    for name in fan.vars:
        if name not in known:
            hint = did_you_mean(name, known, f"it has {', '.join(known) or 'none'}")
            refuse(part, f'on_complete of step "{part.id}": {fan.bond} has no variable "{name}"', hint)
    key = (fan.bond, frozenset(fan.vars))
    if key not in kitchen.bodies:
        inner = kitchen.within(formula, chain)
        inner.open = frozenset(fan.vars)
        if kitchen.compiling:
            # What every pour refuses is refused without values, too.
            pouring = kitchen.within(formula, chain)
            pouring.compiling, pouring.bodies, pouring.open = False, {}, inner.open
            pouring.sources, pouring.warnings = dict(kitchen.sources), {}
            _poured_body(part, fan, pouring)
            kitchen.bodies[key] = cooked_steps(inner, None, None)
        else:
            kitchen.bodies[key] = _poured_body(part, fan, inner)
    return kitchen.bodies[key]


def _poured_body(part: Part, fan: FanOut, inner: Kitchen) -> tuple[CStep, ...]:
    inner.values = _defaults(part, inner)
    inner.base = dict(inner.values)
    steps = cooked_steps(inner, None, None)
    if inner.missing:
        _lacking(part, fan.bond, list(inner.missing))
    return steps


def _defaults(part: Part, inner: Kitchen) -> dict[str, str]:
    known = cook_values.variables(inner.formula)
    lacking = [
        name for name, var in known.items() if var.required and var.default is None and name not in inner.open
    ]
    if lacking:
        _lacking(part, inner.formula.name, lacking)
    return {
        name: var.default for name, var in known.items() if var.default is not None and name not in inner.open
    }


def _lacking(part: Part, formula: str, names: list[str]) -> None:
    what = f'on_complete of step "{part.id}": {formula} needs a value for {", ".join(names)}'
    refuse(part, what, 'write it in its `vars`, such as vars = { file = "{item}" }')
