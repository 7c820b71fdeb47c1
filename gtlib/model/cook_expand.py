"""Expansion: one step becomes the steps of a template, inline or by `compose.expand` and `compose.map`."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

from msgspec.structs import replace

from gtlib.model.cook_extends import loaded
from gtlib.model.cook_loops import unrolled
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import Where
from gtlib.model.cook_part import chained
from gtlib.model.cook_part import checked_id
from gtlib.model.cook_part import flat
from gtlib.model.cook_part import refuse
from gtlib.model.cook_text import fill
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Expand
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import every
from gtlib.model.formula_source import did_you_mean
from gtlib.model.formula_vars import Var
from gtlib.model.formula_vars import complaint
from gtlib.model.formula_vars import taken
from gtlib.names import StepId

LONGEST_ID = 120

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)


def inline(kitchen: Kitchen, parts: Iterable[Part], chain: tuple[str, ...] = ()) -> list[Part]:
    """The parts with those that have `expand` as the steps of its template. `chain`: as `chained` has it."""
    found: list[Part] = []
    for part in parts:
        if part.expand:
            does = f'step "{part.id}" expands'
            found += _expanded(kitchen, part, part.expand, part.expand_vars, (part, does), chain)
        else:
            found.append(part)
    return found


def grown(kitchen: Kitchen, steps: Iterable[FStep], parent: StepId, env: Mapping[str, str]) -> list[Part]:
    """Steps that come in from elsewhere as parts: flat, with their loops and expansions made."""
    return inline(kitchen, unrolled(kitchen, flat(steps, parent, env)))


def composed(kitchen: Kitchen, parts: list[Part], one: tuple[Expand, ...]) -> list[Part]:
    """`compose.expand`: a step each becomes the steps of a template."""
    for each in one:
        where = Where(each.path or kitchen.formula.path, each.line)
        target = next((part for part in parts if part.id == each.target), None)
        if target is None:
            hint = did_you_mean(each.target, [part.id for part in parts][:2000], "name a step as target")
            refuse(where, f'compose.expand: there is no step "{each.target}"', hint)
        parts = _replaced(kitchen, parts, {target.id}, each, (where, "compose.expand names"))
    return parts


def mapped(kitchen: Kitchen, parts: list[Part], maps: tuple[Expand, ...]) -> list[Part]:
    """`compose.map`: every step that the glob means, save those with others in them, becomes a template."""
    for each in maps:
        where = Where(each.path or kitchen.formula.path, each.line)
        fits = glob(each.target)
        ids = {part.id for part in parts if fits(part.id) and not part.joins and not part.control}
        if not ids:
            hint = "write a glob that fits the id of a step, such as impl-*"
            refuse(where, f'compose.map: no step fits "{each.target}"', hint)
        parts = _replaced(kitchen, parts, ids, each, (where, "compose.map names"))
    return parts


def glob(pattern: str) -> Callable[[str], bool]:
    """Whether an id fits the glob: `*`, `?` and `[..]`."""
    fits = re.compile(fnmatch.translate(pattern)).match
    return lambda ident: fits(ident) is not None


def _replaced(
    kitchen: Kitchen, parts: list[Part], ids: set[StepId], each: Expand, named: tuple[Where, str]
) -> list[Part]:
    found: list[Part] = []
    for part in parts:
        if part.id in ids:
            found += _expanded(kitchen, part, each.with_, each.vars, named, ())
        else:
            found.append(part)
    return found


def _expanded(
    kitchen: Kitchen,
    target: Part,
    name: str,
    given: Mapping[str, str],
    named: tuple[FStep | Where, str],
    chain: tuple[str, ...],
) -> list[Part]:
    """What stands in the place of the target: the steps of the template, and the target as their end.

    `named` is what names the template: where, and as `step "x" expands`.
    """
    where, does = named
    chain = chained(chain or (kitchen.formula.name,), name, where, "expand")
    formula = loaded(kitchen, name, where, does)
    if formula.type != "expansion" or not formula.template:
        what = f"formula {name} has no template" if formula.type == "expansion" else f"{name} is no expansion"
        refuse(where, what, 'expand with a formula of type = "expansion" that has [[template]] steps')
    if target.joins or target.control:
        hint = "expand the steps in it instead"
        refuse(where, f'step "{target.id}" has others in it and cannot be expanded', hint)
    for key, had in (("run", target.run), ("retry", target.retry), ("on_complete", target.on_complete)):
        if had is not None:
            kitchen.warn(where, f'`{key}` of step "{target.id}" is left out: {name} stands in its place')
    kitchen.made(sum(1 for _ in every(formula.template)), where)
    parts = [_heir(target, part) for part in template(kitchen, formula, target, given, where)]
    end = replace(
        target,
        expand="",
        expand_vars={},
        run=None,
        retry=None,
        on_complete=None,
        control="group",
        joins="sinks",
    )
    return [*inline(kitchen, parts, chain), end]


def _heir(target: Part, part: Part) -> Part:
    return replace(
        part,
        labels=part.labels or target.labels,
        assignee=part.assignee or target.assignee,
        agent=part.agent or target.agent,
        priority=target.priority if part.priority == 2 else part.priority,
    )


def template(
    kitchen: Kitchen, formula: Formula, target: Part, given: Mapping[str, str], where: FStep | Where
) -> list[Part]:
    """The steps of an expansion for a target, in it, with their loops made."""
    env = {
        **target.env,
        **_values(kitchen, formula, target, given, where),
        "target": target.id,
        "target.id": target.id,
        "target.title": kitchen.fill(target.title, target.env),
        "target.description": kitchen.fill(target.description, target.env).strip(),
    }
    steps = tuple(placed(step, env) for step in formula.template)
    return unrolled(kitchen, flat(steps, target.id, env))


def _values(
    kitchen: Kitchen, formula: Formula, target: Part, given: Mapping[str, str], where: FStep | Where
) -> dict[str, str]:
    """The variables of the expansion: what is given, else their defaults."""
    values = {name: each.default for name, each in formula.vars.items() if each.default is not None}
    for name, text in given.items():
        if not _NAME.fullmatch(name) or taken(name) or name in ("target", "round"):
            refuse(where, f"a variable of {formula.name} cannot be called {name!r}", "give it another name")
        values[name] = kitchen.fill(text, target.env)
        if formula.vars and name not in formula.vars:
            hint = did_you_mean(name, formula.vars, f"it has {', '.join(formula.vars)}")
            kitchen.warn(where, f'formula {formula.name} has no variable "{name}"; {hint}')
    for name, var in formula.vars.items():
        _enforce(kitchen, formula, var, values.get(name), where)
    return values


def _enforce(kitchen: Kitchen, formula: Formula, var: Var, value: str | None, where: FStep | Where) -> None:
    alone = formula is kitchen.formula  # a template by itself, which nobody has given anything
    if kitchen.compiling and (alone or "{" in (value or "")) or (value is not None and "{{" in value):
        return
    if value is None:
        if var.required:
            hint = f'write vars = {{ {var.name} = "..." }} there (expand_vars in a step)'
            refuse(where, f"expansion {formula.name} needs a value for {var.name}", hint)
    elif wrong := complaint(var, value):
        refuse(where, f"expansion {formula.name}: {var.name}={value!r} {wrong}", "give another value")


def placed(step: FStep, env: Mapping[str, str]) -> FStep:
    """A template or advice step with the names in ids, needs and conditions replaced; texts come later."""
    # No id is longer, and a text that is put into one many times could fill the memory.
    env = {name: value for name, value in env.items() if len(value) <= LONGEST_ID}
    gate, loop = step.gate, step.loop
    if gate and gate.condition:
        gate = replace(gate, condition=_short(gate.condition, env))
    if loop:
        body = tuple(placed(each, env) for each in loop.body)
        loop = replace(loop, until=_short(loop.until, env), body=body)
    return replace(
        step,
        id=checked_id(fill(step.id, {}, env), step),
        needs=tuple(StepId(fill(need, {}, env)) for need in step.needs),
        waits_for=fill(step.waits_for, {}, env),
        condition=_short(step.condition, env),
        children=tuple(placed(child, env) for child in step.children),
        gate=gate,
        loop=loop,
    )


def _short(text: str, env: Mapping[str, str]) -> str:
    """A condition with the ids it names; values are put in where it is decided."""
    ids = {name: env[name] for name in ("target", "target.id", "step.id") if name in env}
    return fill(text, {}, ids)
