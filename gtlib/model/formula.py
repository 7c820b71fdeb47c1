"""A formula: a workflow as people write it, and the reader of its file.

`parse` reads `<name>.formula.toml` (or `.json`), checks everything that can be checked
without variables, and refuses what this version does not run instead of leaving it out.
"""

from __future__ import annotations

import hashlib
import re
from graphlib import CycleError
from graphlib import TopologicalSorter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gtlib import names
from gtlib.errors import UserError
from gtlib.model import formula_keys as keys
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
from gtlib.model.formula_vars import Var
from gtlib.model.formula_vars import read_variables
from gtlib.names import StepId

PLACEHOLDER = re.compile(r"\{\{([a-zA-Z_][a-zA-Z0-9_]*)\}\}", re.ASCII)
FORMULA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_FILE = re.compile(r"([^/:]*)\.formula\.(?:toml|json)$")
_TYPES = ("workflow", "expansion", "aspect", "convoy")
_STEP_TYPES = ("task", "bug", "feature", "epic", "chore")


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


def blob_hash(text: str) -> str:
    """The git blob id of a text as git stores it in the town (line ends are LF there)."""
    data = text.replace("\r\n", "\n").encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def parse(path: str, text: str, origin: str = "") -> Formula:
    """The formula in a file. Raises FileError with the line, the step and what to write instead."""
    source = Source(path, text)
    values = source.load()
    top = Table(source, values, 0, "the formula")
    name = top.text("formula")
    if not name:
        top.refuse("formula", "the formula has no name", 'write formula = "name" at the top')
    if not FORMULA_NAME.fullmatch(name):
        hint = "use letters, digits, dots, dashes and underscores"
        top.refuse("formula", f"{name!r} is not a name for a formula", hint)
    _check_type(top)
    top.refuse_later(keys.FORMULA_LATER)
    warnings = list(top.unknown((*keys.FORMULA_KEYS, *keys.FORMULA_KEPT, *keys.FORMULA_LATER)))
    file = _FILE.search(path)
    if file and file[1] != name:
        line = source.key_line(0, "formula")
        warnings.append(f"{path}:{line}: formula {name} is in a file that is found as {file[1]}; rename one")
    if top.flag("pour"):
        line = source.key_line(0, "pour")
        warnings.append(f"{path}:{line}: `pour` is kept, but steps stay in the molecule's file; leave it out")
    variables = read_variables(top, warnings)
    steps = _steps(top, warnings)
    _check_needs(source, steps)
    formula = Formula(
        name=name,
        description=top.text("description"),
        version=top.whole("version", 1, 0) or 1,
        vars=variables,
        steps=steps,
        pour=top.flag("pour"),
        path=path,
        origin=origin,
        hash=blob_hash(text),
        extra={key: value for key, value in values.items() if key not in keys.FORMULA_KEYS},
    )
    return replace(formula, warnings=(*warnings, *_undeclared(formula)))


def texts_of(formula: Formula) -> list[tuple[int, str]]:
    """Every text in which placeholders are replaced, with the line of the step it belongs to."""
    texts = [(1, formula.description)]
    for step in formula.steps:
        arguments = step.run if isinstance(step.run, tuple) else ()
        texts += [
            (step.line, text)
            for text in (step.title, step.description, step.notes, step.acceptance, *arguments)
        ]
    return texts


def _check_type(top: Table) -> None:
    kind = top.text("type") or "workflow"
    if kind not in _TYPES:
        top.refuse("type", f'unknown type "{kind}"', did_you_mean(kind, _TYPES, "write workflow"))
    if kind != "workflow":
        hint = "write it as a workflow with [[steps]]"
        top.not_yet("type", f"this version does not yet run formulas of type {kind}", hint)


def _steps(top: Table, warnings: list[str]) -> tuple[FStep, ...]:
    entries = top.values.get("steps", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        top.refuse("steps", "`steps` is not a list of tables", "write [[steps]] above each step")
    if not entries:
        top.refuse("steps", "the formula has no steps", "add [[steps]] with an id and a title")
    steps: list[FStep] = []
    first: dict[str, int] = {}
    for index, entry in enumerate(entries):
        line = top.source.step_line(index, str(entry.get("id", "")))
        table = Table(top.source, entry, line, f'step "{entry.get("id") or index + 1}"')
        step = _step(table, index, line, warnings)
        if step.id in first:
            what = f'duplicate step id "{step.id}", first at line {first[step.id]}'
            table.refuse("id", what, "give one of them another id")
        first[step.id] = line
        steps.append(step)
    return tuple(steps)


def _step(table: Table, index: int, line: int, warnings: list[str]) -> FStep:
    table.refuse_later(keys.STEP_LATER)
    warnings += table.unknown((*keys.STEP_KEYS, *keys.STEP_KEPT, *keys.STEP_LATER))
    ident = table.text("id")
    if not ident:
        table.refuse("id", f"step {index + 1} has no id", 'write id = "a-short-name"')
    title = table.text("title")
    if not title.strip():
        table.refuse("title", f'step "{ident}" has no title', 'write title = "What is to be done"')
    kind = table.text("type") or "task"
    if kind not in _STEP_TYPES:
        where = f"{table.source.path}:{table.source.key_line(line, 'type')}"
        warnings.append(f'{where}: unknown type "{kind}" of {table.label}; it is taken as task')
        kind = "task"
    return FStep(
        id=_step_id(table, "id", ident),
        title=title,
        description=table.text("description"),
        notes=table.text("notes"),
        type=kind,
        priority=table.whole("priority", 2, 0, 4),
        labels=table.texts("labels"),
        needs=_needs(table),
        run=_run(table),
        acceptance=_acceptance(table),
        assignee=table.text("assignee"),
        line=line,
        extra={key: value for key, value in table.values.items() if key not in keys.STEP_KEYS},
    )


def _step_id(table: Table, key: str, text: str) -> StepId:
    try:
        return names.step_id(text)
    except UserError as error:
        table.refuse(key, f"{table.label}: {error.what}", error.hint)


def _needs(table: Table) -> tuple[StepId, ...]:
    wanted = (*table.texts("needs"), *table.texts("depends_on"))
    return tuple(dict.fromkeys(StepId(text) for text in wanted))


def _acceptance(table: Table) -> str:
    if isinstance(table.values.get("acceptance"), list):
        return "\n".join(f"- {item}" for item in table.texts("acceptance"))
    return table.text("acceptance")


def _run(table: Table) -> tuple[str, ...] | str | None:
    value = table.values.get("run")
    if value is None:
        return None
    words = value if isinstance(value, list) else [value]
    if not all(isinstance(word, str) for word in words):
        hint = 'write run = ["program", "argument"] or run = "a script", each in quotes'
        table.refuse("run", f"`run` of {table.label} is neither a list of texts nor a script", hint)
    if not words or not words[0].strip():
        table.refuse("run", f"`run` of {table.label} is empty", "leave it out when nothing is run")
    if any("\0" in word for word in words):
        table.refuse("run", f"`run` of {table.label} holds a NUL character", "take it out")
    return tuple(words) if isinstance(value, list) else str(value)


def _check_needs(source: Source, steps: tuple[FStep, ...]) -> None:
    order = {step.id: place for place, step in enumerate(steps)}
    for step in steps:
        table = Table(source, {}, step.line, f'step "{step.id}"')
        for need in step.needs:
            if need not in order:
                hint = did_you_mean(need, order, f"the steps are: {', '.join(order)}")
                table.refuse("needs", f'step "{step.id}" needs "{need}", which is no step', hint)
    try:
        TopologicalSorter({step.id: step.needs for step in steps}).prepare()
    except CycleError as error:
        # graphlib spells a cycle from what is needed to what needs it; people read it the other way.
        loop = list(reversed(error.args[1][:-1]))
        start = loop.index(min(loop, key=lambda ident: order[ident]))
        loop = loop[start:] + loop[: start + 1]
        shown = loop if len(loop) <= 12 else [*loop[:6], "...", *loop[-3:]]
        table = Table(source, {}, steps[order[loop[0]]].line, "")
        table.refuse("needs", f"steps need each other: {' -> '.join(shown)}", "take one of these needs out")


def _undeclared(formula: Formula) -> list[str]:
    if not formula.vars:
        return []
    found: dict[str, int] = {}
    for line, text in texts_of(formula):
        for name in PLACEHOLDER.findall(text):
            if name not in formula.vars:
                found.setdefault(name, line)
    return [
        f"{formula.path}:{line}: {{{{{name}}}}} is no variable and stays as it is; "
        + did_you_mean(name, formula.vars, f"declare it as [vars.{name}]")
        for name, line in found.items()
    ]
