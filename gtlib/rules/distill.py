"""Distilling: from work that was planned or done, the formula that would make it again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.cook_text import doubles_in
from gtlib.model.cook_text import fill
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.formula_parts import Gate
from gtlib.model.formula_parts import Run
from gtlib.model.formula_vars import taken
from gtlib.model.toml_text import dump
from gtlib.names import StepId
from gtlib.rules.bonds import AFTER
from gtlib.rules.templates import texts_of
from gtlib.rules.unfold import sinks

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
Say = Callable[[str], str]


class Distilled(Struct, frozen=True):
    """The text of a formula, how many steps it has, and its variables with their defaults."""

    text: str
    steps: int
    variables: dict[str, str]


def distill(cooked: Cooked, name: str, asked: Iterable[str]) -> Distilled:
    """The formula called `name` that becomes these steps again.

    `asked` are variables, as `value=name` or `name=value`: the value becomes a placeholder where it stands as
    a whole word, and its default. Rounds and copies that came while it ran are left out: their loops make
    them. UserError for a value that stands nowhere, and a name that is none.
    """
    steps = _plain(cooked.steps)
    variables = dict(_variable(cooked, steps, text) for text in asked)
    values = {value: key for key, value in variables.items()}
    say = _sayer(values)
    known = {**{key: cooked.values[key] for key in _asked_for(steps) if key in cooked.values}, **variables}
    for text in (*texts_of(cooked), *_arguments(steps)):
        for each in doubles_in(text):
            known.setdefault(each, f"{{{{{each}}}}}")  # it was text, and stays that
    head = {
        "formula": name,
        "description": say(cooked.description.strip() or cooked.title),
        "version": 1,
        "pour": cooked.pour or None,
    }
    below = _children(steps)
    text = dump(head, lean=True)
    for key, value in known.items():
        text += f"\n[vars.{key}]\n" + (dump({"default": value}, lean=True) if value else 'default = ""\n')
    text += "\n" + dump({"steps": [_step(step, below, say) for step in below.get(StepId(""), ())]}, lean=True)
    return Distilled(text, len(steps), known)


def _variable(cooked: Cooked, steps: Iterable[CStep], text: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or not left or not right:
        raise UserError(f"--var {text} is no pair", "write --var value=name")
    every = [*texts_of(cooked), *_arguments(steps)]

    def stands(value: str) -> bool:
        return any(_word(value).search(each) for each in every)

    for value, name in ((left, right), (right, left)):
        if stands(value) and _NAME.fullmatch(name):
            if taken(name):
                what = f"a variable cannot be called {name}, which means something to programs"
                raise UserError(what, "give it another name")
            return name, value
    name = next((each for each in (right, left) if _NAME.fullmatch(each)), "")
    if not name:
        raise UserError(f"neither {left!r} nor {right!r} is a name for a variable", "write --var value=name")
    value = left if name == right else right
    raise UserError(f"{value!r} stands nowhere as a whole word", "look at the texts with: gt mol show")


def _sayer(names: Mapping[str, str]) -> Say:
    if not names:
        return lambda text: text
    words = "|".join(re.escape(value) for value in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w{{])(?:{words})(?![\w}}])")
    return lambda text: pattern.sub(lambda found: f"{{{{{names[found[0]]}}}}}", text)


def _word(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w{{]){re.escape(value)}(?![\w}}])")


def _asked_for(steps: Iterable[CStep]) -> set[str]:
    """The variables that commands take."""
    found: set[str] = set()
    for step in steps:
        for run in (step.run, step.check, step.gate.run if step.gate else None):
            if isinstance(run, str):
                found |= set(re.findall(r"\$\{?([a-zA-Z_][a-zA-Z0-9_]*)", run))
            elif run is not None:
                found |= {name for word in run for name in doubles_in(word)}
        found |= _asked_for(step.body)
    return found


def _arguments(steps: Iterable[CStep]) -> list[str]:
    runs = (run for step in steps for run in (step.run, step.check))
    return [word for run in runs if isinstance(run, tuple) for word in run]


def _plain(steps: tuple[CStep, ...]) -> tuple[CStep, ...]:
    """Without what came while it ran, and without control steps that hold nothing."""
    known = {step.id: step for step in steps}
    loops = {step.id for step in steps if step.control == "loop" and step.until}
    fans = {step.id for step in steps if step.fan is not None}
    out: set[StepId] = set()
    first: dict[StepId, tuple[StepId, ...]] = {}
    for step in steps:
        above, inside = step.parent, False
        while above in known and not inside:
            inside = above in loops or above in fans
            above = StepId("") if inside else known[above].parent
        if inside:
            out.add(step.id)
    for loop in loops:
        inner = [step for step in steps if step.id.startswith(f"{loop}.")]
        own = {step.id for step in inner}
        needs = (need for step in inner for need in step.needs if need not in own)
        first[loop] = tuple(dict.fromkeys(needs))
    kept = [replace(step, needs=first.get(step.id, step.needs)) for step in steps if step.id not in out]
    parents = {step.parent for step in kept}
    gates: dict[StepId, Gate] = {}
    gone: dict[StepId, tuple[StepId, ...]] = {}
    for step in kept:
        if step.control and step.id not in parents and step.id not in loops:
            gone[step.id] = step.needs
            # a bond to another molecule is no part of how it is done
            if step.gate is not None and not step.title.startswith(f"{AFTER}{step.gate.id}"):
                gates[step.id] = step.gate
    return tuple(_without(step, gone, gates) for step in kept if step.id not in gone)


def _without(step: CStep, gone: Mapping[StepId, tuple[StepId, ...]], gates: Mapping[StepId, Gate]) -> CStep:
    """A step that needs what those needed that are gone, and has their gate when it has none."""
    needs: dict[StepId, None] = {}
    gate = step.gate
    queue = list(step.needs)
    seen: set[StepId] = set()
    while queue:
        need = queue.pop(0)
        if need not in gone:
            needs[need] = None
        elif need not in seen:
            seen.add(need)
            queue = [*gone[need], *queue]
            gate = gate or gates.get(need)
    return replace(step, needs=tuple(needs), gate=gate)


def _children(steps: Iterable[CStep]) -> dict[StepId, list[CStep]]:
    some = tuple(steps)
    known = {step.id for step in some}
    found: dict[StepId, list[CStep]] = {}
    for step in some:
        found.setdefault(step.parent if step.parent in known else StepId(""), []).append(step)
    return found


def _step(step: CStep, below: Mapping[StepId, list[CStep]], say: Say) -> dict[str, Any]:
    inside = below.get(step.id, [])
    ends = {each.id for each in inside} | set(sinks(inside))
    table: dict[str, Any] = {
        "id": step.id,
        "title": say(step.title),
        "description": say(step.text),
        "type": step.type if step.type not in ("task", "epic" if inside or step.control else "") else None,
        "priority": step.priority if step.priority != 2 else None,
        "labels": [say(label) for label in step.labels],
        "needs": [need for need in step.needs if need not in ends],
        "assignee": say(step.assignee),
        "agent": step.agent,
        "run": _run(step.run, step.env, say),
        "timeout": step.timeout,
        "condition": step.when,
        "waits_for": step.waits_for,
        "metadata": {key: say(value) for key, value in step.metadata.items()},
        "gate": _gate(step.gate, step.env, say),
        "retry": _retry(step, say),
    }
    if step.fan is not None:
        fan = step.fan
        table["on_complete"] = {
            "for_each": f"output.{fan.output}",
            "bond": fan.formula,
            "vars": fan.vars,
            **({} if fan.parallel else {"parallel": False}),
        }
        if not fan.formula:
            raise UserError(f"step {step.id} fans out to no formula of a name", "write on_complete by hand")
    if step.until:
        body = _children(step.body)
        inner = [_step(each, body, say) for each in body.get(StepId(""), ())]
        table["loop"] = {"until": step.until, "max": step.max, "body": inner}
    elif inside:
        table["children"] = [_step(each, below, say) for each in inside]
    return {key: value for key, value in table.items() if value not in (None, "", [], (), {})}


def _run(run: Run | None, env: Mapping[str, str], say: Say) -> Any:
    if run is None:
        return None
    if isinstance(run, str):
        said = [name for name in env if re.search(rf"\b{re.escape(name)}\b", run) and _NAME.fullmatch(name)]
        return "".join(f"{name}={shlex.quote(env[name])}\n" for name in said) + run
    return [say(fill(word, {}, env)) for word in run]


def _gate(gate: Gate | None, env: Mapping[str, str], say: Say) -> dict[str, Any] | None:
    if gate is None:
        return None
    table = {
        "type": gate.type,
        "id": say(gate.id),
        "timeout": gate.timeout,
        "condition": gate.condition,
        "run": _run(gate.run, env, say),
    }
    return {key: value for key, value in table.items() if value}


def _retry(step: CStep, say: Say) -> dict[str, Any] | None:
    if not step.attempts:
        return None
    table: dict[str, Any] = {"max_attempts": step.attempts}
    if step.exhausted != "hold":
        table["on_exhausted"] = step.exhausted
    if step.check is not None:
        run = _run(step.check, step.env, say)
        table["check"] = {"run": run, "timeout": step.check_timeout} if step.check_timeout else run
    return table
