"""The values of a formula's variables and inputs: what is given, the defaults, and what they may be."""

from __future__ import annotations

from collections.abc import Iterable
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
        raise MissingValues(formula, missing)
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


class MissingValues(UserError):
    """Values that a formula needs; its hint says `--var`."""

    def __init__(self, formula: Formula, names: Iterable[str]) -> None:
        names = tuple(names)
        self.alone = tuple(name for name in names if not _others(formula, name))
        # Of inputs that stand for each other one is enough.
        self.sets = tuple(dict.fromkeys(_others(formula, name) for name in names if _others(formula, name)))
        said = [", ".join(self.alone)] if self.alone else []
        said += [f"one of {', '.join(each)}" for each in self.sets]
        super().__init__(
            f"formula {formula.name} needs a value for {', and '.join(said)}", self.told("--var")
        )

    def told(self, flag: str) -> str:
        """The hint for a command that takes values by that flag."""
        flags = [" ".join(f"{flag} {name}=..." for name in self.alone)] if self.alone else []
        flags += [f"one of {', '.join(f'{flag} {name}=...' for name in each)}" for each in self.sets]
        return f"add {', and '.join(flags)}"


def _others(formula: Formula, name: str) -> tuple[str, ...]:
    """An input and those that may be given in its place, in the order of the file; () when there are none."""
    each = formula.inputs.get(name)
    unless = each.required_unless if each is not None and name not in formula.vars else ()
    return tuple(other for other in formula.inputs if other == name or other in unless) if unless else ()


def missing_values(formula: Formula, names: Iterable[str]) -> MissingValues:
    """The error that names every missing value at once."""
    return MissingValues(formula, names)


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
