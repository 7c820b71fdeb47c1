"""Cooking: a formula and the values of its variables become texts and commands.

`{{name}}` is replaced in the texts that people read, once: what a value holds is not looked
at again. A placeholder that is no variable of the formula stays as it is. Commands never
become shell text: each argument is replaced by itself, and a script gets the variables as
environment, under their own names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.formula import PLACEHOLDER
from gtlib.model.formula import Formula
from gtlib.model.formula import texts_of
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_source import did_you_mean
from gtlib.model.formula_vars import complaint


class Command(Struct, frozen=True, kw_only=True):
    """What a step runs: an argument list, and the environment to add to the usual one."""

    argv: tuple[str, ...]
    env: dict[str, str] = {}


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with `{{name}}` replaced for every name in `values`."""

    def value(found: re.Match[str]) -> str:
        return values.get(found[1], found[0])

    return PLACEHOLDER.sub(value, text)


def resolve(formula: Formula, given: Mapping[str, str]) -> dict[str, str]:
    """The values of the variables: what is given, else the defaults.

    A variable that is neither given nor has a default is left out, unless it is required or
    a text uses it. Resolving the result again gives the same. Raises UserError for unknown
    variables, missing ones and values that their variable does not take.
    """
    for name in given:
        if name not in formula.vars:
            known = f"it has {', '.join(formula.vars)}" if formula.vars else "it has none"
            what = f'formula {formula.name} has no variable "{name}"'
            raise UserError(what, did_you_mean(name, formula.vars, known))
    used = {name for _, text in texts_of(formula) for name in PLACEHOLDER.findall(text)}
    values: dict[str, str] = {}
    missing: list[str] = []
    for name, var in formula.vars.items():
        value = given.get(name, var.default)
        if value is not None:
            values[name] = value
        elif var.required or name in used:
            missing.append(name)
    if missing:
        flags = " ".join(f"--var {name}=..." for name in missing)
        raise UserError(f"formula {formula.name} needs a value for {', '.join(missing)}", f"add {flags}")
    for name, value in values.items():
        if wrong := complaint(formula.vars[name], value):
            said = formula.vars[name].description
            hint = f"give another --var {name}=..." + (f" ({said})" if said else "")
            raise UserError(f"{name}={value!r} {wrong}", hint)
    return values


def cook(formula: Formula, given: Mapping[str, str] | None) -> Formula:
    """What the formula becomes: with `given` None as it stands, else with its texts filled in.

    `run` stays as the file says it; `command` says what it becomes. Raises as `resolve` does.
    """
    if given is None:
        return formula
    values = resolve(formula, given)
    return replace(
        formula,
        description=substitute(formula.description, values),
        steps=tuple(
            replace(
                step,
                title=substitute(step.title, values),
                description=substitute(step.description, values),
                notes=substitute(step.notes, values),
                acceptance=substitute(step.acceptance, values),
            )
            for step in formula.steps
        ),
    )


def command(step: FStep, values: Mapping[str, str]) -> Command | None:
    """What a step of an uncooked formula runs with these values; None when nobody runs it but people."""
    if step.run is None:
        return None
    if isinstance(step.run, str):
        return Command(argv=("sh", "-c", step.run), env=dict(values))
    return Command(argv=tuple(substitute(word, values) for word in step.run))


def command_of(formula: Formula, step_id: str, given: Mapping[str, str]) -> Command | None:
    """What the step of a molecule runs, its values checked again: its file may have been edited by hand.

    A script finds every declared variable in its environment, empty when it has no value, so
    none leaks in from outside. None when the step has no `run`. Raises UserError for an
    unknown step and as `resolve` does.
    """
    values = resolve(formula, given)
    for step in formula.steps:
        if step.id == step_id:
            return command(step, dict.fromkeys(formula.vars, "") | values)
    known = [step.id for step in formula.steps]
    what = f'formula {formula.name} has no step "{step_id}"'
    raise UserError(what, did_you_mean(step_id, known, f"its steps are: {', '.join(known)}"))
