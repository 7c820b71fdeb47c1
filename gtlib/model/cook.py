"""Cooking: a formula, those that it names, and values become a flat list of steps, ready to be poured.

Every transform is a module `cook_*`. Values are put into the texts that people read, once:
what a value holds is not looked at again. Commands never become shell text: each argument
is filled in by itself, and a script gets its values as environment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model import cook_values
from gtlib.model.cook_compose import Subject as Subject
from gtlib.model.cook_extends import merged
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Where
from gtlib.model.cook_pipeline import cooked_steps
from gtlib.model.cook_rounds import check_size
from gtlib.model.cook_text import fill
from gtlib.model.cook_text import one_line
from gtlib.model.cook_values import MissingValues
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.cooked import Source
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Overlay
from gtlib.model.formula_parts import Run
from gtlib.model.formula_vars import NAME
from gtlib.model.formula_vars import taken

_MENTIONED = re.compile(r"\$\{?[#!]?([a-zA-Z_][a-zA-Z0-9_]*)")
_COUNTED = re.compile(r"\$\(\((.*)")


class Command(Struct, frozen=True, kw_only=True):
    """What a step runs: an argument list, and the environment to add to the usual one."""

    argv: tuple[str, ...]
    env: dict[str, str] = {}


Load = Callable[[str], Formula]


def cook(
    formula: Formula,
    given: Mapping[str, str],
    *,
    load: Load,
    overlay: Overlay | None = None,
    bead: Subject | None = None,
) -> Cooked:
    """What the formula becomes with these values (runtime mode).

    `load` gives the formulas that it names. `bead` is what it is poured for: what `compose.hooks` ask.
    Raises UserError for values that are missing or wrong, FileError where the formula or one that it
    names is wrong.
    """
    return _cooked(formula, Kitchen(formula, load, compiling=False), given, overlay, bead)


def compile_(formula: Formula, *, load: Load, overlay: Overlay | None = None) -> Cooked:
    """What the formula becomes without values: placeholders and conditions stay, hooks are not attached.

    Nothing that is missing is refused. Raises FileError where the formula or one that it names is wrong.
    """
    return _cooked(formula, Kitchen(formula, load, compiling=True), {}, overlay, None)


def _cooked(
    formula: Formula,
    kitchen: Kitchen,
    given: Mapping[str, str],
    overlay: Overlay | None,
    bead: Subject | None,
) -> Cooked:
    kitchen.note(formula)
    kitchen.formula = merged(kitchen, formula)
    if not kitchen.compiling:
        kitchen.values = cook_values.resolve(kitchen.formula, given)
    if overlay is not None:
        origin = {"name": formula.name, "origin": "overlay", "path": overlay.path, "hash": overlay.hash}
        kitchen.sources[f"overlay of {formula.name}"] = Source(**origin)
        kitchen.warnings.update(dict.fromkeys(overlay.warnings))
    steps = cooked_steps(kitchen, overlay, bead)
    check_size(steps, Where(formula.path, 1))
    text = kitchen.values.get("desc") or kitchen.fill(kitchen.formula.description, {})
    if kitchen.missing:
        raise MissingValues(formula, kitchen.missing)
    return Cooked(
        name=formula.name,
        title=_title(formula.name, text.strip(), kitchen.values),
        description=text.strip(),
        version=formula.version,
        hash=formula.hash,
        pour=kitchen.formula.pour,
        values=kitchen.values,
        steps=steps,
        bond_points=kitchen.formula.compose.bond_points,
        sources=tuple(kitchen.sources.values()),
        warnings=tuple(kitchen.warnings),
    )


def _title(name: str, description: str, values: Mapping[str, str]) -> str:
    if said := one_line(values.get("title", "")):
        return said
    first = one_line(description.partition("\n")[0])
    return f"{name}: {first}" if first else name


def command(step: CStep, values: Mapping[str, str]) -> Command | None:
    """What a cooked step runs with the molecule's `values`; None when people do it. Raises UserError."""
    return program(step.run, values, step.env)


def program(run: Run | None, values: Mapping[str, str], env: Mapping[str, str]) -> Command | None:
    """What a `run`, a check or the `run` of a gate becomes; `env` is that of its step.

    In an argument list `{{name}}` is replaced from `env`, else `values`, and `{name}` from `env`. A script
    stays as it is, and gets those of both that its text names as environment, a dot in a name as `_`.
    Raises UserError for what is no name, for one that means something to the programs that a script runs,
    and for text with a NUL character.
    """
    if run is None:
        return None
    if not isinstance(run, str):
        return Command(argv=tuple(_clean("an argument", fill(word, values, env)) for word in run))
    wanted = _named(run)
    given = {}
    for key, value in {**values, **env}.items():
        name = key.replace(".", "_")
        if not NAME.fullmatch(name) and not key.startswith("item."):  # what an item has is not chosen here
            hint = "use letters, digits and underscores, not a digit first"
            raise UserError(f"{key[:40]!r} is not a name for a variable", hint)
        if name not in wanted:
            continue
        if taken(name):
            what = f"a script cannot get the value {name}, which means something to programs that it runs"
            raise UserError(what, "give it another name in the formula")
        given[name] = _clean(name, value)
    return Command(argv=("sh", "-c", _clean("a script", run)), env=given)


def _named(script: str) -> set[str]:
    """The variables that a script names: `$name`, `${name`, and every word behind `$((` on its line.

    No others reach it: a file may hold any name, and the programs that a script runs may look at them.
    """
    counted = (word for line in _COUNTED.findall(script) for word in NAME.findall(line))
    return {*_MENTIONED.findall(script), *counted}


def _clean(name: str, value: str) -> str:
    if "\0" in value:
        raise UserError(f"{name} holds a NUL character", "take it out")
    return value
