"""The conditions of steps: those that variables decide drop steps, the others stay for the molecule."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Container
from collections.abc import Mapping

from msgspec.structs import replace

from gtlib.model.conditions import Static
from gtlib.model.conditions import holds
from gtlib.model.conditions import static
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import refuse
from gtlib.names import StepId

_SINGLE = re.compile(r"(?<!\{)\{([a-zA-Z_][a-zA-Z0-9_]*)\}(?!\})", re.ASCII)
_PLACE = re.compile(r"\{\{([a-zA-Z_][a-zA-Z0-9_]*)\}\}|['\"]", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.-]*")


def decide(kitchen: Kitchen, parts: list[Part]) -> list[Part]:
    """Without the steps whose condition the values make false; one that they make true has none any more."""
    if kitchen.compiling:
        return parts
    out: set[StepId] = set()
    kept: dict[StepId, Part] = {}
    for part in parts:
        kept[part.id] = part
        if not part.condition:
            continue
        asked = static(doubled(part.condition, part.env))
        if asked is None or not kitchen.open.isdisjoint(asked.names):
            continue
        _all_known(kitchen, part, asked)
        if holds(asked, {**kitchen.values, **part.env}):
            kept[part.id] = replace(part, condition="")
        else:
            out.add(part.id)
    return drop([kept[part.id] for part in parts], out) if kept else parts


def _all_known(kitchen: Kitchen, part: Part, asked: Static) -> None:
    for name in asked.names:
        if name not in kitchen.formula.vars and name not in part.env and name not in kitchen.values:
            what = f'the condition of step "{part.id}" asks for {{{{{name}}}}}, which is no variable'
            refuse(part, what, f"declare it as [vars.{name}]")


def drop(parts: list[Part], out: Container[StepId]) -> list[Part]:
    """Without these steps and what is in them; what needed one of them needs what it needed."""
    every = {part.id: part for part in parts}
    gone: dict[StepId, bool] = {}

    def is_gone(ident: StepId) -> bool:
        path = []
        while ident in every and ident not in gone:
            path.append(ident)
            if ident in out:
                break
            ident = every[ident].parent
        verdict = gone.get(ident, ident in out)
        gone.update(dict.fromkeys(path, verdict))
        return verdict

    lost = {part.id for part in parts if is_gone(part.id)}
    if not lost:
        return parts
    instead = _instead(every, lost)
    return [_rewired(part, lost, instead) for part in parts if part.id not in lost]


def _instead(every: Mapping[StepId, Part], lost: Collection[StepId]) -> dict[StepId, tuple[StepId, ...]]:
    """What stands for each dropped step in the needs of others: what is left of its own."""
    found: dict[StepId, tuple[StepId, ...]] = {}
    for first in lost:
        stack = [first]
        while stack:
            ident = stack[-1]
            part = every[ident]
            # The first of what was in a dropped step would have got the needs of that step.
            wanted = (*part.needs, *([part.parent] if part.parent in lost else []))
            found.setdefault(ident, ())  # a cycle is told later
            open_ = [need for need in wanted if need in lost and need not in found]
            if open_:
                stack += open_
                continue
            stack.pop()
            needs = (new for need in wanted for new in found.get(need, (need,)))
            found[ident] = tuple(dict.fromkeys(needs))
    return found


def _rewired(part: Part, lost: Container[StepId], instead: Mapping[StepId, tuple[StepId, ...]]) -> Part:
    if not any(need in lost for need in part.needs) and not part.waits_for:
        return part
    needs = dict.fromkeys(new for need in part.needs for new in instead.get(need, (need,)))
    waits = part.waits_for
    if waits:
        of = [StepId(waits[12:-1].strip())] if waits.startswith("children-of(") else part.needs[:1]
        waits = "" if any(ident in lost for ident in of) else waits
    return replace(part, needs=tuple(needs), waits_for=waits)


def condition(kitchen: Kitchen, part: Part, text: str, env: Mapping[str, str]) -> str:
    """A runtime condition with values put in; one that would change what it asks is refused."""
    text = doubled(text, env)
    values = {**kitchen.values, **env}
    asked = static(text) if text else None
    if asked is not None:
        if kitchen.compiling or not kitchen.open.isdisjoint(asked.names):
            return text
        _all_known(kitchen, part, asked)
        return "true" if holds(asked, values) else "false"
    quote, at = "", 0
    found: list[str] = []
    for place in _PLACE.finditer(text):
        name = place[1]
        if name is None:
            quote = "" if quote == place[0] else quote or place[0]
            continue
        if name not in values:
            kitchen.fill(place[0], env)
            continue
        value = values[name]
        if not _WORD.fullmatch(value) and (not quote or quote in value or "\n" in value):
            what = f'the condition of step "{part.id}" cannot take {name}={value!r}'
            refuse(part, what, f"write '{place[0]}' in quotes there, and give a value without quotes")
        found += [text[at : place.start()], value]
        at = place.end()
    return "".join((*found, text[at:]))


def doubled(text: str, env: Mapping[str, str]) -> str:
    """`{i}` is the same as `{{i}}` where it means something."""
    if "{" not in text or not env:
        return text
    return _SINGLE.sub(lambda found: f"{{{found[0]}}}" if found[1] in env else found[0], text)
