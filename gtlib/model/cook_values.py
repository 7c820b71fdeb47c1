"""The values of a formula's variables and inputs: what is given, the defaults, and what they may be."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping

from gtlib.errors import UserError
from gtlib.model.cook_text import doubles_in
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Input
from gtlib.model.formula_parts import Run
from gtlib.model.formula_source import did_you_mean
from gtlib.model.formula_vars import Var
from gtlib.model.formula_vars import complaint


def resolve(formula: Formula, given: Mapping[str, str]) -> dict[str, str]:
    """The values of the variables and inputs: what is given, else the defaults.

    A variable that is neither given nor has a default is left out, unless it is required or
    a text uses it. Resolving the result again gives the same. With `extends` the formula has
    to be merged before. Raises UserError for unknown variables, missing ones and values that
    their variable does not take.
    """
    known = variables(formula)
    for name in given:
        if name not in known:
            they = f"it has {', '.join(known)}" if known else "it has none"
            what = f'formula {formula.name} has no variable "{name}"'
            raise UserError(what, did_you_mean(name, known, they))
    used = {name for text in _texts(formula) for name in doubles_in(text)}
    values: dict[str, str] = {}
    missing: list[str] = []
    for name, var in known.items():
        value = given.get(name, var.default)
        if value is not None:
            values[name] = value
        elif var.required or (name in used and name in formula.vars):
            missing.append(name)
    missing += [name for name, each in formula.inputs.items() if _is_missing(name, each, values)]
    if missing:
        raise missing_values(formula, dict.fromkeys(missing))
    for name, value in values.items():
        if wrong := complaint(known[name], value):
            said = known[name].description
            hint = f"give another --var {name}=..." + (f" ({said})" if said else "")
            raise UserError(f"{name}={value!r} {wrong}", hint)
    return values


def variables(formula: Formula) -> dict[str, Var]:
    """What may be given: the variables, and the inputs of a convoy formula as such."""
    inputs = {
        name: Var(name=name, description=each.description, default=each.default)
        for name, each in formula.inputs.items()
    }
    return {**inputs, **formula.vars}


def missing_values(formula: Formula, names: Mapping[str, None]) -> UserError:
    """The error that names every missing value at once."""
    flags = " ".join(f"--var {name}=..." for name in names)
    return UserError(f"formula {formula.name} needs a value for {', '.join(names)}", f"add {flags}")


def _is_missing(name: str, each: Input, values: Mapping[str, str]) -> bool:
    if name in values:
        return False
    if each.required_unless:
        return not any(values.get(other) for other in each.required_unless)
    return each.required


def _texts(formula: Formula) -> Iterator[str]:
    yield formula.description
    for step in formula.steps:
        yield from _of_step(step)


def _of_step(step: FStep) -> Iterator[str]:
    yield from (step.title, step.description, step.notes, step.acceptance, step.assignee, *step.labels)
    yield from step.metadata.values()
    yield from _of_run(step.run)
    yield from _of_run(step.retry.check if step.retry else None)
    if step.loop:
        for inner in step.loop.body:
            yield from _of_step(inner)
    for child in step.children:
        yield from _of_step(child)


def _of_run(run: Run | None) -> tuple[str, ...]:
    return run if isinstance(run, tuple) else ()
