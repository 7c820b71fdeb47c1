"""The reader of what a step may have beside its text: condition, gate, loop, retry, fan-out."""

from __future__ import annotations

import re
from posixpath import normpath
from typing import Final

from gtlib.errors import UserError
from gtlib.model import conditions
from gtlib.model import ranges
from gtlib.model.formula_parts import Exhausted
from gtlib.model.formula_parts import FanOut
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Gate
from gtlib.model.formula_parts import Loop
from gtlib.model.formula_parts import Retry
from gtlib.model.formula_parts import Run
from gtlib.model.formula_source import PLACEHOLDER
from gtlib.model.formula_source import Table
from gtlib.model.formula_source import did_you_mean

GATES = ("human", "timer", "gh:run", "gh:pr", "bead", "mail", "exec", "conditional")
MOST_ATTEMPTS = 1_000

_GATE_KEYS = frozenset(("type", "id", "await_id", "timeout", "condition", "run"))
_LOOP_KEYS = frozenset(("count", "range", "var", "until", "max", "body", "children"))
_FAN_KEYS = frozenset(("for_each", "bond", "vars", "parallel", "sequential"))
_RETRY_KEYS = frozenset(("max_attempts", "check", "on_exhausted"))
_CHECK_KEYS = frozenset(("mode", "path", "run", "timeout"))
_SLOT = re.compile(r"(?<!\{)\{([a-zA-Z_][a-zA-Z0-9_.]*)\}(?!\})", re.ASCII)
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OUTPUT = re.compile(r"output\.[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")
_EXHAUSTED: Final[dict[str, Exhausted]] = {
    "hold": "hold",
    "skip": "skip",
    "escalate": "hold",
    "hard_fail": "hold",
    "soft_fail": "skip",
}


def contained(path: str) -> str | None:
    """The relative path in its shortest form; None when it is absolute or leads out."""
    short = normpath(path)
    if not path.strip() or path.startswith("/") or short in (".", "..") or short.startswith("../"):
        return None
    return None if any(letter in path for letter in "\0\n\\") else short


def runtime_problem(text: str) -> UserError | None:
    """What is wrong with a runtime condition, its placeholders and slots filled with samples."""
    sample = _SLOT.sub("x", text)
    try:
        conditions.parse(sample, dict.fromkeys(PLACEHOLDER.findall(sample), "1"))
    except UserError as error:
        return error
    return None


def step_condition(table: Table) -> str:
    """The condition of a step: one that cooking decides, or one that is asked when its turn comes."""
    text = table.text("condition")
    if not text.strip() or conditions.static(_SLOT.sub("x", text)):
        return text
    return sound(table, "condition", text)


def sound(table: Table, key: str, text: str) -> str:
    """The runtime condition under `key`; "" when it is none, which is noted."""
    problem = runtime_problem(text)
    if problem is None:
        return text
    table.wrong(key, f"`{key}` of {table.label}: {problem.what}", problem.hint)
    return ""


def read_gate(table: Table) -> Gate | None:
    """The gate of a step."""
    gate = table.table("gate", f"the gate of {table.label}")
    if gate is None:
        return None
    gate.unknown(_GATE_KEYS)
    kind = gate.text("type")
    if kind not in GATES:
        hint = f"write one of {', '.join(GATES)}"
        what = f'unknown type "{kind}" of {gate.label}' if kind else f"{gate.label} has no type"
        gate.wrong("type", what, did_you_mean(kind, GATES, hint) if kind else hint)
        kind = "human"
    ids = [gate.scalar(key) for key in ("id", "await_id") if gate.values.get(key) is not None]
    if len(set(ids)) > 1:
        gate.wrong("await_id", f"{gate.label} has two ids", "leave out one of `id` and `await_id`")
    read = Gate(
        type=kind,
        id=ids[0] if ids else "",
        timeout=gate.span("timeout"),
        condition=gate.text("condition"),
        run=gate.run(),
    )
    return _fitting(gate, read)


def _fitting(table: Table, gate: Gate) -> Gate:
    """The gate, what its type wants noted where it is missing."""
    if gate.type == "timer" and not gate.timeout:
        table.wrong("timeout", f"{table.label} has no timeout", 'write timeout = "30m"')
    if gate.type in ("bead", "gh:pr") and not gate.id:
        what = "a bead" if gate.type == "bead" else "a pull request"
        table.wrong("id", f"{table.label} does not say which one", f'write id = "..." with the id of {what}')
    if gate.type == "exec" and table.values.get("run") is None:
        table.wrong("run", f"{table.label} has nothing to ask", 'write run = ["program", "argument"]')
    if gate.type != "exec" and gate.run is not None:
        hint = 'write type = "exec", or leave `run` out'
        table.wrong("run", f"{table.label} is of type {gate.type}, which runs nothing", hint)
    if gate.type != "conditional":
        return gate
    if not gate.condition.strip():
        hint = """write condition = "build.status == 'complete'\""""
        table.wrong("condition", f"{table.label} has no condition", hint)
    elif runtime_problem(gate.condition):
        table.warn(
            "condition",
            f"the condition of {table.label} is no condition but free text; somebody has to resolve the gate",
        )
        return Gate(type="human", id=gate.id, timeout=gate.timeout, condition=gate.condition)
    return gate


def read_loop(table: Table, body: tuple[FStep, ...]) -> Loop:
    """The loop of a step; `table` is its own."""
    table.unknown(_LOOP_KEYS)
    given = [key for key in ("count", "range", "until") if table.values.get(key) is not None]
    hint = 'write one of count = 3, range = "1..3" and until = "..."'
    if not given:
        table.wrong("count", f"{table.label} does not say how often", hint)
    for key in given[1:]:
        table.wrong(key, f"{table.label} has `{given[0]}` and `{key}`", hint)
    var = table.text("var")
    if var and not _NAME.fullmatch(var):
        what = f"{var!r} is not a name for the variable of {table.label}"
        table.wrong("var", what, "use letters, digits and underscores, not a digit first")
    until = table.text("until")
    if "until" in given:
        until = sound(table, "until", until)
        if table.values.get("max") is None:
            table.wrong("until", f"{table.label} has no end", "write max = 5 for the most rounds it may take")
    elif table.values.get("max") is not None:
        table.warn("max", f"`max` of {table.label} does nothing without `until`; leave it out")
    return Loop(
        count=table.whole("count", 1, 1, ranges.MOST_ROUNDS) if "count" in given else 0,
        range=_range(table),
        var=var,
        until=until,
        max=table.whole("max", 1, 1, ranges.MOST_ROUNDS) if "max" in table.values else 0,
        body=body,
    )


def _range(table: Table) -> str:
    text = table.text("range")
    if table.values.get("range") is not None and isinstance(table.values["range"], str):
        try:
            ranges.check(text)
            if not ranges.needs(text):
                ranges.bounds(text, {})
        except UserError as error:
            table.wrong("range", f"`range` of {table.label}: {error.what}", error.hint)
    return text


def read_fan_out(table: Table) -> FanOut | None:
    """The `on_complete` of a step."""
    fan = table.table("on_complete", f"`on_complete` of {table.label}")
    if fan is None:
        return None
    fan.unknown(_FAN_KEYS)
    each, bond = fan.text("for_each"), fan.formula("bond")
    if not each:
        fan.wrong("for_each", f"{fan.label} has no `for_each`", 'write for_each = "output.items"')
    elif not _OUTPUT.fullmatch(each):
        what = f'`for_each` of {fan.label}, "{each}", is no output of the step'
        fan.wrong("for_each", what, f'write for_each = "output.{each if _NAME.fullmatch(each) else "items"}"')
    if not bond:
        fan.wrong("bond", f"{fan.label} has no `bond`", "name the formula that is done for each item")
    sequential = fan.flag("sequential")
    if sequential and fan.flag("parallel"):
        fan.wrong("sequential", f"{fan.label} is both parallel and sequential", "leave out one of the two")
    parallel = fan.flag("parallel") if "parallel" in fan.values else not sequential
    return FanOut(for_each=each, bond=bond, vars=fan.words("vars"), parallel=parallel)


def read_retry(table: Table) -> Retry | None:
    """How often a step is tried: its `retry`, `ralph`, `check` and `on_fail` together."""
    values = table.values
    if not any(values.get(key) is not None for key in ("retry", "ralph", "check", "on_fail")):
        return None
    if values.get("retry") is not None and values.get("ralph") is not None:
        table.wrong("ralph", f"{table.label} has `retry` and `ralph`", "write one of them")
    attempts, check, timeout, exhausted = 1, *_check(table), ""
    for key in ("retry", "ralph"):
        if type(values.get(key)) is int:
            attempts = table.whole(key, 3, 1, MOST_ATTEMPTS)
        elif inner := table.table(key, f"`{key}` of {table.label}"):
            inner.unknown(_RETRY_KEYS)
            attempts = inner.whole("max_attempts", 3, 1, MOST_ATTEMPTS)
            exhausted = _word(inner, "on_exhausted", tuple(_EXHAUSTED))
            if check is not None and inner.values.get("check") is not None:
                table.wrong("check", f"{table.label} has two checks", "write one of them")
            elif inner.values.get("check") is not None:
                check, timeout = _check(inner)
            elif key == "ralph":
                inner.wrong("check", f"{inner.label} has no check", 'write check = { path = "check.sh" }')
    on_fail = _word(table, "on_fail", ("retry", "skip", "hold", "escalate"))
    if on_fail == "retry":
        attempts = 3 if attempts == 1 else attempts
    elif on_fail and exhausted and _EXHAUSTED[on_fail] != _EXHAUSTED[exhausted]:
        what = f'{table.label} says on_fail = "{on_fail}" and on_exhausted = "{exhausted}"'
        table.wrong("on_fail", what, "leave out one of the two")
    else:
        exhausted = exhausted or on_fail
    return Retry(
        attempts=attempts,
        check=check,
        check_timeout=timeout,
        exhausted=_EXHAUSTED.get(exhausted, "hold"),
    )


def _word(table: Table, key: str, known: tuple[str, ...]) -> str:
    word = table.text(key)
    if word and word not in known:
        hint = did_you_mean(word, known, f"write one of {', '.join(known)}")
        table.wrong(key, f'`{key}` of {table.label}, "{word}", is unknown', hint)
        return ""
    return word


def _check(table: Table) -> tuple[Run | None, str]:
    """The command under `check`, and how long it may take."""
    if not isinstance(table.values.get("check"), dict):
        return table.run("check"), ""
    check = table.table("check", f"the check of {table.label}")
    assert check is not None
    check.unknown(_CHECK_KEYS)
    mode, path, timeout = check.text("mode") or "exec", check.text("path"), check.span("timeout")
    if mode != "exec":
        check.wrong(
            "mode", f'mode "{mode}" of {check.label} is unknown', 'write mode = "exec" or leave it out'
        )
    if path and check.values.get("run") is not None:
        check.wrong("path", f"{check.label} has `path` and `run`", "leave out one of the two")
    if not path:
        if check.values.get("run") is None:
            check.wrong("path", f"{check.label} names no program", 'write path = "scripts/check.sh"')
        return check.run(), timeout
    short = contained(path)
    if short is None:
        what = f'`path` of {check.label}, "{path}", leads out of the worktree'
        check.wrong("path", what, "name a program of the project, relative to its root")
        return None, timeout
    return (f"./{short}",), timeout
