"""The reader of `compose`, `advice` and `pointcuts`: what changes the steps of this formula or another."""

from __future__ import annotations

import re

from gtlib.model import formula_steps
from gtlib.model.formula_extras import sound
from gtlib.model.formula_parts import Advice
from gtlib.model.formula_parts import Attach
from gtlib.model.formula_parts import BondPoint
from gtlib.model.formula_parts import Branch
from gtlib.model.formula_parts import Compose
from gtlib.model.formula_parts import Expand
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import GateRule
from gtlib.model.formula_parts import Pointcut
from gtlib.model.formula_source import FORMULA_NAME
from gtlib.model.formula_source import NAME_HINT
from gtlib.model.formula_source import Table
from gtlib.model.formula_source import did_you_mean
from gtlib.names import StepId

ADVICE_SLOTS = frozenset(("step.id",))

_COMPOSE = frozenset(("bond_points", "hooks", "expand", "map", "branch", "gate", "aspects"))
_BOND_POINT = frozenset(("id", "description", "after_step", "before_step", "parallel"))
_HOOK = frozenset(("trigger", "attach", "at", "vars"))
_EXPAND = frozenset(("target", "with", "vars"))
_MAP = frozenset(("select", "with", "vars"))
_BRANCH = frozenset(("from", "steps", "join"))
_GATE = frozenset(("before", "condition"))
_ADVICE = frozenset(("target", "before", "after", "around"))
_AROUND = frozenset(("before", "after"))
_POINTCUT = frozenset(("glob", "type", "label"))
_TRIGGER = re.compile(r"(?:label|type):\S.*|priority:[0-4](?:-[0-4])?")
_TRIGGER_KINDS = ("label:", "type:", "priority:")


def read_compose(top: Table) -> Compose:
    """Everything below `compose`."""
    table = top.table("compose", "compose")
    if table is None:
        return Compose()
    table.unknown(_COMPOSE)
    aspects = _formulas(table, "aspects")
    at = (table.source.path, table.line("aspects"))
    return Compose(
        bond_points=tuple(_bond_point(each) for each in table.tables("bond_points", "bond point", one=True)),
        hooks=tuple(_hook(each) for each in table.tables("hooks", "hook", one=True)),
        expand=tuple(_expand(each, "target") for each in table.tables("expand", "expand", one=True)),
        map=tuple(_expand(each, "select") for each in table.tables("map", "map", one=True)),
        branch=tuple(_branch(each) for each in table.tables("branch", "branch", one=True)),
        gate=tuple(_gate(each) for each in table.tables("gate", "gate", one=True)),
        aspects=aspects,
        places=dict.fromkeys(aspects, at),
    )


def read_extends(top: Table) -> tuple[str, ...]:
    """The names of the parents; one text is one parent."""
    if isinstance(top.values.get("extends"), str):
        name = top.formula("extends")
        return (name,) if name else ()
    return _formulas(top, "extends")


def read_advice(top: Table) -> tuple[Advice, ...]:
    """The advice of an aspect, or of a formula for its own steps."""
    return tuple(_advice(each) for each in top.tables("advice", "advice", one=True))


def read_pointcuts(top: Table) -> tuple[Pointcut, ...]:
    """Which steps an aspect may touch."""
    return tuple(_pointcut(each) for each in top.tables("pointcuts", "pointcut", one=True))


def _formulas(table: Table, key: str) -> tuple[str, ...]:
    found = table.texts(key)
    for name in found:
        if not FORMULA_NAME.fullmatch(name):
            table.wrong(key, f"`{key}` of {table.label}: {name!r} is not a name for a formula", NAME_HINT)
    return tuple(dict.fromkeys(found))


def _wanted(table: Table, key: str, hint: str) -> str:
    text = table.text(key)
    if not text.strip() and isinstance(table.values.get(key, ""), str):
        table.wrong(key, f"{table.label} has no `{key}`", hint)
    return text


def _formula(table: Table, key: str) -> str:
    name = table.formula(key)
    if not name and isinstance(table.values.get(key, ""), str):
        table.wrong(key, f"{table.label} has no `{key}`", f'write {key} = "the name of a formula"')
    return name


def _bond_point(table: Table) -> BondPoint:
    table.unknown(_BOND_POINT)
    after, before = table.text("after_step"), table.text("before_step")
    if after and before:
        what = f"{table.label} has `after_step` and `before_step`"
        table.wrong("before_step", what, "leave out one of the two")
    return BondPoint(
        id=_wanted(table, "id", 'write id = "a-short-name"'),
        description=table.text("description"),
        after_step=StepId(after),
        before_step=StepId(before),
        parallel=table.flag("parallel"),
        path=table.source.path,
        line=table.begin(),
    )


def _hook(table: Table) -> Attach:
    table.unknown(_HOOK)
    hint = 'write trigger = "label:urgent", "type:bug" or "priority:0-1"'
    trigger = _wanted(table, "trigger", hint)
    if trigger.strip() and not _TRIGGER.fullmatch(trigger):
        near = did_you_mean(trigger.partition(":")[0] + ":", _TRIGGER_KINDS, hint)
        table.wrong("trigger", f'unknown trigger "{trigger}" of {table.label}', near)
    return Attach(
        trigger=trigger,
        attach=_formula(table, "attach"),
        at=table.text("at"),
        vars=table.words("vars"),
        path=table.source.path,
        line=table.begin(),
    )


def _expand(table: Table, target: str) -> Expand:
    table.unknown(_EXPAND if target == "target" else _MAP)
    hint = "name the step that is replaced" if target == "target" else 'write select = "impl-*"'
    return Expand(
        target=_wanted(table, target, hint),
        with_=_formula(table, "with"),
        vars=table.words("vars"),
        path=table.source.path,
        line=table.begin(),
    )


def _branch(table: Table) -> Branch:
    table.unknown(_BRANCH)
    steps = table.texts("steps")
    if not steps and not table.values.get("steps"):
        table.wrong("steps", f"{table.label} has no `steps`", 'write steps = ["one", "another"]')
    return Branch(
        from_=StepId(_wanted(table, "from", "name the step that comes before them")),
        steps=tuple(StepId(step) for step in dict.fromkeys(steps)),
        join=StepId(_wanted(table, "join", "name the step that comes after them")),
        path=table.source.path,
        line=table.begin(),
    )


def _gate(table: Table) -> GateRule:
    table.unknown(_GATE)
    condition = _wanted(table, "condition", 'write condition = "steps.complete >= 3"')
    if condition.strip():
        condition = sound(table, "condition", condition)
    return GateRule(
        before=StepId(_wanted(table, "before", "name the step that waits")),
        condition=condition,
        path=table.source.path,
        line=table.begin(),
    )


def _advice(table: Table) -> Advice:
    table.unknown(_ADVICE)
    before, after = _woven(table, "before"), _woven(table, "after")
    if around := table.table("around", f"`around` of {table.label}"):
        around.unknown(_AROUND)
        before, after = (*before, *_woven(around, "before")), (*after, *_woven(around, "after"))
    if not before and not after:
        what = f"{table.label} adds no step"
        table.wrong("", what, "write [advice.before] or [advice.after] below it")
    return Advice(
        target=_wanted(table, "target", 'write target = "*", or the id of a step'),
        before=before,
        after=after,
        path=table.source.path,
        line=table.begin(),
    )


def _woven(table: Table, key: str) -> tuple[FStep, ...]:
    return formula_steps.read_steps(table.tables(key, "step", one=True), ADVICE_SLOTS)


def _pointcut(table: Table) -> Pointcut:
    table.unknown(_POINTCUT)
    read = Pointcut(glob=table.text("glob"), type=table.text("type"), label=table.text("label"))
    if not (read.glob or read.type or read.label):
        table.wrong("", f"{table.label} fits nothing", "write glob, type or label")
    return read
