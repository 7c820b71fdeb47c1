"""The last of cooking: needs and gates go down to where work begins, and parts become cooked steps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from graphlib import CycleError
from graphlib import TopologicalSorter

from msgspec.structs import replace

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model.conditions import static
from gtlib.model.cook_conditions import condition
from gtlib.model.cook_part import CONDITIONAL
from gtlib.model.cook_part import MAX_STEPS
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import Where
from gtlib.model.cook_part import entries
from gtlib.model.cook_part import members
from gtlib.model.cook_part import refuse
from gtlib.model.cook_part import sinks
from gtlib.model.cook_part import with_needs
from gtlib.model.cook_text import names_in
from gtlib.model.cook_text import one_line
from gtlib.model.cook_text import text_of
from gtlib.model.cooked import CStep
from gtlib.model.formula_parts import Gate
from gtlib.model.formula_parts import Run
from gtlib.model.formula_source import did_you_mean
from gtlib.names import StepId

CHILDREN_OF = re.compile(r"children-of\((.+)\)")
# More edges than this between two sets of steps, and one control step stands between them.
MAX_EDGES = 64


def lower(parts: list[Part]) -> list[Part]:
    """Needs, gate and waiting of a step with others in it become those of the first of them.

    The step itself needs what is in it: all children, else the last ones. Where a gate
    cannot stand on one step, a control step `<id>.start` has it.
    """
    inside = members(parts)
    now = {part.id: _spawner(part) for part in parts}
    starts: dict[StepId, Part] = {}
    queue = [part.id for part in inside.get(StepId(""), [])]
    for ident in queue:
        if ident not in inside:
            continue
        whole, group = now[ident], [now[part.id] for part in inside[ident]]
        queue += [part.id for part in group]
        first, start = _handed_down(whole, entries(group))
        now.update((part.id, part) for part in first)
        if start:
            starts[start.id] = start
            now[start.id] = start
        ends = group if whole.joins == "all" else sinks(group)
        now[ident] = replace(whole, needs=tuple(part.id for part in ends), gate=None, waits_for="")
    return _placed(parts, now, starts)


def _handed_down(whole: Part, first: list[Part]) -> tuple[list[Part], Part | None]:
    gate = whole.gate is not None and (len(first) != 1 or first[0].gate is not None or whole.until != "")
    waits = bool(whole.waits_for) and any(part.waits_for for part in first)
    if not (gate or waits or len(whole.needs) * len(first) > MAX_EDGES):
        return [
            replace(
                with_needs(part, whole.needs),
                gate=part.gate or whole.gate,
                waits_for=part.waits_for or whole.waits_for,
            )
            for part in first
        ], None
    start = start_of(whole)
    return [with_needs(part, (start.id,)) for part in first], replace(start, parent=whole.id)


def start_of(whole: Part, ident: str = "") -> Part:
    """A control step in front of another: it has its needs, its gate and its waiting."""
    return Part(
        id=StepId(ident or f"{whole.id}.start"),
        title=f"Start: {whole.title}",
        control="group",
        needs=whole.needs,
        gate=whole.gate,
        waits_for=whole.waits_for,
        parent=whole.parent,
        env=whole.env,
        path=whole.path,
        line=whole.line,
    )


def _placed(parts: list[Part], now: Mapping[StepId, Part], starts: Mapping[StepId, Part]) -> list[Part]:
    """In the order of before, a start in front of the first that needs it."""
    placed: list[Part] = []
    left = dict(starts)
    for part in parts:
        for need in now[part.id].needs if left else ():
            fronts = []
            while start := left.pop(need, None):
                fronts.append(start)
                need = start.needs[-1] if start.needs else need  # that of what it is in itself
            placed += reversed(fronts)
        placed.append(now[part.id])
    return placed


def _spawner(part: Part) -> Part:
    if not part.waits_for:
        return part
    found = CHILDREN_OF.fullmatch(part.waits_for)
    return with_needs(part, (StepId(found[1].strip()),)) if found else part


def check(parts: list[Part], where: Where) -> None:
    """Refuse duplicate ids, needs that lead nowhere, and too many steps."""
    if len(parts) > MAX_STEPS:
        refuse(where, f"the formula makes {len(parts):,} steps, and {MAX_STEPS:,} are the most", "split it")
    seen: dict[StepId, Part] = {}
    for part in parts:
        if part.id in seen:
            one = seen[part.id]
            at = f"{one.path}:{one.line}" if one.path else "another step"
            refuse(part, f'two steps get the id "{part.id}", the first from {at}', "give one another id")
        seen[part.id] = part
    for part in parts:
        waited = CHILDREN_OF.fullmatch(part.waits_for)
        for need in (*part.needs, *((StepId(waited[1].strip()),) if waited else ())):
            if need not in seen:
                hint = did_you_mean(need, list(seen)[:2000], "name a step that is there once all is cooked")
                refuse(part, f'step "{part.id}" needs "{need}", which is no step', hint)


def check_order(parts: list[Part]) -> None:
    """Refuse steps that need each other."""
    try:
        TopologicalSorter({part.id: part.needs for part in parts}).prepare()
    except CycleError as error:
        seen = {part.id: part for part in parts}
        order = {part.id: place for place, part in enumerate(parts)}
        # graphlib spells a cycle from what is needed to what needs it; people read it the other way.
        loop = list(reversed(error.args[1][:-1]))
        start = loop.index(min(loop, key=lambda ident: order[ident]))
        loop = loop[start:] + loop[: start + 1]
        shown = loop if len(loop) <= 12 else [*loop[:6], "...", *loop[-3:]]
        hint = "take one of these needs out"
        refuse(seen[loop[0]], f"steps need each other: {' -> '.join(shown)}", hint)


def finished(kitchen: Kitchen, part: Part, env: Mapping[str, str]) -> CStep:
    """The cooked step: texts with values put in, `run`, `check` and gate as they stand."""
    retry = part.retry
    runs = [part.run, retry.check if retry else None, part.gate.run if part.gate else None]
    return CStep(
        id=part.id,
        title=one_line(kitchen.fill(part.title, env)) or part.id,
        text=kitchen.fill(text_of(part), env),
        type=part.type,
        priority=part.priority,
        labels=tuple(kitchen.fill(label, env) for label in part.labels),
        metadata={key: kitchen.fill(value, env) for key, value in part.metadata.items()},
        needs=part.needs,
        parent=part.parent,
        control=part.control,
        assignee=kitchen.fill(part.assignee, env),
        agent=kitchen.fill(part.agent, env),
        run=part.run,
        timeout=_span(kitchen, part, part.timeout, env),
        check=retry.check if retry else None,
        check_timeout=_span(kitchen, part, retry.check_timeout, env) if retry else "",
        attempts=retry.attempts if retry else 0,
        exhausted=retry.exhausted if retry else "hold",
        env={**_asked(kitchen, part, env), **_env_of(kitchen, runs, env)},
        gate=_gate(kitchen, part, env),
        when=condition(kitchen, part, part.condition, env),
        waits_for=part.waits_for,
        until=condition(kitchen, part, part.until, env),
        max=part.max,
    )


def _env_of(kitchen: Kitchen, runs: Iterable[Run | None], env: Mapping[str, str]) -> dict[str, str]:
    """What commands may need: long texts only where they are named, and no variable left to chance."""
    given = [run for run in runs if run is not None]
    if not given:
        return {}
    found = {name: value for name, value in env.items() if not name.endswith(".description")}
    if len(found) < len(env):
        said = set[str]().union(*(names_in(word) for run in given for word in _words(run)))
        found |= {name: value for name, value in env.items() if name in said}
    if any(isinstance(run, str) for run in given) and not kitchen.compiling:
        unset = [name for name in kitchen.formula.vars if name not in kitchen.values]
        found = {name: "" for name in unset if name not in kitchen.open} | found
    for word in (word for run in given if not isinstance(run, str) for word in run):
        # A variable without a value that an argument names is noted as missing.
        kitchen.fill(word, env)
    return found


def _asked(kitchen: Kitchen, part: Part, env: Mapping[str, str]) -> dict[str, str]:
    """What a condition asks beside the variables that get their values later."""
    asked = static(part.condition) if kitchen.open and part.condition else None
    known = {**kitchen.values, **env}
    return {name: known[name] for name in (asked.names if asked else ()) if name in known}


def _span(kitchen: Kitchen, part: Part, text: str, env: Mapping[str, str]) -> str:
    """A span of time with values put in; one that has all of them has to be one."""
    found = kitchen.fill(text, env)
    if found and "{" not in found and not kitchen.missing:
        try:
            clock.nanoseconds(found)
        except UserError as error:
            refuse(part, f'step "{part.id}": timeout: {error.what}', error.hint)
    return found


def _words(run: Run) -> tuple[str, ...]:
    return (run,) if isinstance(run, str) else run


def _gate(kitchen: Kitchen, part: Part, env: Mapping[str, str]) -> Gate | None:
    gate = part.gate
    if gate is None:
        return None
    return replace(
        gate,
        id=kitchen.fill(gate.id, env),
        timeout=_span(kitchen, part, gate.timeout, env),
        condition=condition(kitchen, part, gate.condition, env)
        if gate.type == CONDITIONAL
        else kitchen.fill(gate.condition, env),
    )
