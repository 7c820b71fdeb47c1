"""A formula: a workflow as people write it, and the reader of its file.

`parse` reads `<name>.formula.toml` (or `.json`) of every dialect, and checks everything that can
be checked without the formulas that it names and without variables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gtlib.model import formula_check
from gtlib.model import formula_compose
from gtlib.model import formula_convoy
from gtlib.model import formula_keys as keys
from gtlib.model import formula_prompts
from gtlib.model import formula_source
from gtlib.model import formula_texts
from gtlib.model.formula_parts import Advice
from gtlib.model.formula_parts import Compose
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Input
from gtlib.model.formula_parts import Leg
from gtlib.model.formula_parts import Pointcut
from gtlib.model.formula_parts import Reports
from gtlib.model.formula_parts import Synthesis
from gtlib.model.formula_source import Source
from gtlib.model.formula_source import Table
from gtlib.model.formula_source import did_you_mean
from gtlib.model.formula_source import nearest
from gtlib.model.formula_steps import read_steps
from gtlib.model.formula_vars import Var
from gtlib.model.formula_vars import read_variables

PLACEHOLDER = formula_source.PLACEHOLDER
FORMULA_NAME = formula_source.FORMULA_NAME
NAME_HINT = formula_source.NAME_HINT
blob_hash = formula_source.blob_hash

_FILE = re.compile(r"([^/:]*)\.formula\.(?:toml|json)$")
_KNOWN = frozenset((*keys.FORMULA_KEYS, *keys.FORMULA_KEPT))
_PHASES = ("liquid", "vapor")
# Which sections tell a type, in the order in which they are asked.
_TELLING = (
    ("workflow", ("extends", "steps")),
    ("convoy", ("legs",)),
    ("expansion", ("template",)),
    ("aspect", ("advice", "aspects")),
)
# The sections of which a formula of that type has at least one, and what is said when it has none.
_MADE_OF = {
    "workflow": ("steps",),
    "convoy": ("legs",),
    "expansion": ("template",),
    "aspect": ("advice", "aspects"),
}
_MISSING = {
    "workflow": ("steps", "the formula has no steps", "add [[steps]] with an id and a title"),
    "convoy": ("legs", "the formula has no legs", "add [[legs]] with an id and a title"),
    "expansion": ("template", "the formula has no template", 'add [[template]] with id = "{target}.one"'),
    "aspect": ("advice", "the formula has no advice", "add [[advice]] with a target and the steps to add"),
}


class Formula(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A formula file. `path` is as people are shown it, `hash` the git blob id of its text.

    `origin` says where it was found: rig, town, built-in, path or history. `warnings` are
    whole lines (`path:line: ...`) about what is odd but harmless.
    """

    name: str
    description: str = ""
    version: int = 1
    type: str = "workflow"
    vars: dict[str, Var] = {}
    extends: tuple[str, ...] = ()
    extends_line: int = 0
    steps: tuple[FStep, ...] = ()
    template: tuple[FStep, ...] = ()
    compose: Compose = Compose()
    advice: tuple[Advice, ...] = ()
    pointcuts: tuple[Pointcut, ...] = ()
    aspects: tuple[Leg, ...] = ()
    phase: str = ""
    pour: bool = False
    agent: str = ""
    review_only: bool = False
    inputs: dict[str, Input] = {}
    prompts: dict[str, str] = {}
    output: Reports = Reports()
    legs: tuple[Leg, ...] = ()
    synthesis: Synthesis | None = None
    path: str = ""
    origin: str = ""
    hash: str = ""
    warnings: tuple[str, ...] = ()
    extra: dict[str, Any] = {}


def parse(path: str, text: str, origin: str = "", read: Callable[[str], str] | None = None) -> Formula:
    """The formula in a file.

    `read` gives the text of a file by its path relative to the formula's folder, and raises
    UserError when there is none inside it; without `read`, `description_file` is refused.
    Raises FileError with the line, the step and what to write instead; FormulaErrors for several.
    """
    source = Source(path, text, read)
    top = Table(source, source.load(), (), "the formula")
    _check_name(top)
    kind = _type(top)
    top.unknown(_KNOWN)
    _check_sections(top, kind)
    variables = read_variables(top)
    legs = formula_convoy.read_legs(top, "legs", "leg")
    formula = Formula(
        name=top.text("formula"),
        description=top.text("description"),
        version=top.whole("version", 1, 0) or 1,
        type=kind,
        vars=variables,
        extends=formula_compose.read_extends(top),
        steps=read_steps(top.tables("steps", "step")),
        template=read_steps(top.tables("template", "step"), _template_slots(variables)),
        compose=formula_compose.read_compose(top),
        advice=formula_compose.read_advice(top),
        pointcuts=formula_compose.read_pointcuts(top),
        aspects=formula_convoy.read_legs(top, "aspects", "aspect"),
        extends_line=top.line("extends") if top.values.get("extends") else 0,
        phase=_phase(top),
        pour=top.flag("pour"),
        agent=top.text("agent"),
        review_only=top.flag("review_only"),
        inputs=formula_convoy.read_inputs(top),
        prompts=top.words("prompts"),
        output=formula_convoy.read_output(top),
        legs=legs,
        synthesis=formula_convoy.read_synthesis(top, legs),
        path=path,
        origin=origin,
        hash=blob_hash(text),
        warnings=(),
        extra={key: value for key, value in top.values.items() if key not in keys.FORMULA_KEYS},
    )
    source.errors += formula_check.check(formula, whole=not formula.extends, locate=source.within)
    formula_prompts.check(top, formula)
    source.refuse()
    if not formula.extends:
        source.warnings += formula_texts.odd(formula)
    return replace(formula, warnings=tuple(source.warnings))


def texts_of(formula: Formula) -> list[tuple[int, str]]:
    """Every text in which placeholders are replaced, with the line of the step it belongs to."""
    found = (*formula_texts.prose(formula), *formula_texts.executed(formula))
    return [(each.line, each.text) for each in found]


def _check_name(top: Table) -> None:
    name = top.text("formula")
    if not name:
        top.wrong("formula", "the formula has no name", 'write formula = "name" at the top')
    elif not FORMULA_NAME.fullmatch(name):
        top.wrong("formula", f"{name!r} is not a name for a formula", NAME_HINT)
    file = _FILE.search(top.source.path)
    if name and file and file[1] != name:
        top.warn("formula", f"formula {name} is in a file that is found as {file[1]}; rename one")
    if file and not FORMULA_NAME.fullmatch(file[1]):
        top.warn("", f"nothing finds a formula in a file called {file[1]!r}; rename it, {NAME_HINT}")


def _type(top: Table) -> str:
    """The type of the formula, as it says or as its sections do."""
    kind = top.text("type")
    if kind in keys.SECTIONS:
        return kind
    if kind:
        hint = did_you_mean(kind, keys.SECTIONS, f"write one of {', '.join(keys.SECTIONS)}")
        top.wrong("type", f'unknown type "{kind}"', hint)
    for found, sections in _TELLING:
        if any(top.values.get(section) for section in sections):
            return found
    return "workflow"


def _check_sections(top: Table, kind: str) -> None:
    """That the formula has what its type is made of; warn of what belongs to another type."""
    if not top.values.get("extends") and not any(top.values.get(section) for section in _MADE_OF[kind]):
        section, what, hint = _MISSING[kind]
        meant = next((key for key in top.values if key not in _KNOWN and nearest(key, [section])), "")
        if meant:
            what, hint = f"unknown key `{meant}`, and {what}", f"did you mean {section}?"
        top.wrong(meant or section, what, hint)
    for other, sections in keys.SECTIONS.items():
        for section in sections:
            if other != kind and top.values.get(section):
                top.warn(section, f"`{section}` means nothing in a formula of type {kind}; leave it out")
    for key in keys.FORMULA_IDLE:
        if top.values.get(key):
            top.warn(key, f"`{key}` is kept and means nothing here; leave it out")


def _template_slots(variables: dict[str, Var]) -> frozenset[str]:
    return frozenset(("target", "target.id", *variables))


def _phase(top: Table) -> str:
    phase = top.text("phase")
    if phase and phase not in _PHASES:
        hint = did_you_mean(phase, _PHASES, "write liquid or vapor, or leave it out")
        top.wrong("phase", f'unknown phase "{phase}"', hint)
    return phase
