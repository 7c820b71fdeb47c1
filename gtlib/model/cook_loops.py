"""Loops: the rounds of a loop's body, one after the other, and the loop behind them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import conditions
from gtlib.model import ranges
from gtlib.model.cook_conditions import doubled
from gtlib.model.cook_part import CONDITIONAL
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import checked_id
from gtlib.model.cook_part import entries
from gtlib.model.cook_part import flat
from gtlib.model.cook_part import refuse
from gtlib.model.cook_part import sinks
from gtlib.model.cook_part import with_needs
from gtlib.model.cook_text import fill
from gtlib.model.cook_text import names_in
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Loop
from gtlib.model.formula_parts import every
from gtlib.model.formula_vars import taken
from gtlib.names import StepId

# What stands for the number of a round that is not known yet.
ROUND = "{round}"
# More edges than this between two rounds, and one control step stands between them.
MAX_EDGES = 64


class Ids(dict[StepId, StepId]):
    """New ids by old ones; `x.one` follows `x`, of which it will be made when that is expanded."""

    def of(self, ident: str) -> StepId:
        """The new id, the old one when it does not change."""
        found = self.get(StepId(ident))
        if found is not None:
            return found
        head, dot, tail = ident.rpartition(".")
        return StepId(f"{self.of(head)}.{tail}") if dot else StepId(ident)


def unrolled(kitchen: Kitchen, parts: Iterable[Part]) -> list[Part]:
    """The parts with every loop as its rounds. Raises UserError for loops that cannot be made."""
    found: list[Part] = []
    for part in parts:
        if part.loop is None:
            found.append(part)
        else:
            found += _loop(kitchen, part, part.loop)
    return found


def _loop(kitchen: Kitchen, part: Part, loop: Loop) -> list[Part]:
    if part.joins:
        refuse(part, f'step "{part.id}" has both a loop and children', "put the children into the body")
    if loop.until and part.run is not None:
        hint = "put the `run` into the body, or into a step that needs the loop"
        refuse(part, f'step "{part.id}" has both `run` and a loop with `until`', hint)
    if taken(loop.var):
        hint = "give it another name"
        refuse(part, f"a loop's variable cannot be called {loop.var}", hint)
    numbers = _numbers(kitchen, part, loop)
    size = max(1, sum(1 for _ in every(loop.body)))
    found: list[Part] = []
    last: list[Part] = []
    for number, value in enumerate(numbers, 1):
        kitchen.made(size, part)
        env = {**part.env, **value, "round": ROUND if loop.until else str(number)}
        body = _round(kitchen, part, loop, number, env)
        own = [each for each in body if each.parent == part.id]
        if last:
            body = _behind(part, number, body, own, last, found)
            own = [each for each in body if each.parent == part.id]
        last = sinks(own)
        found += body
    whole = replace(
        part,
        loop=None,
        control="loop" if part.run is None else "",
        joins="sinks",
        until=doubled(loop.until, part.env),
        max=loop.max,
    )
    return [*found, whole]


def _numbers(kitchen: Kitchen, part: Part, loop: Loop) -> Iterable[Mapping[str, str]]:
    """What each round gets beside its number."""
    if loop.until:
        return ({},)
    var = loop.var or "i"
    if not loop.range:
        return ({var: str(number)} for number in range(1, loop.count + 1))
    values = {**kitchen.values, **part.env}
    if kitchen.compiling or not kitchen.open.isdisjoint(ranges.needs(loop.range)):
        defaults = {name: each.default for name, each in kitchen.formula.vars.items()}
        values = {name: value for name, value in defaults.items() if value is not None} | values
        unset = [name for name in ranges.needs(loop.range) if name not in values]
        if unset:
            text = f'step "{part.id}": one round is shown, its range needs a value for {", ".join(unset)}'
            if kitchen.open:
                refuse(part, f'the range of step "{part.id}" is known too late', "use a number, or `until`")
            kitchen.warn(part, text)
            return ({},)
    try:
        first, last = ranges.bounds(loop.range, values)
    except UserError as error:
        refuse(part, f'step "{part.id}": {error.what}', error.hint)
    return ({var: str(number)} for number in range(first, last + 1))


def _round(kitchen: Kitchen, part: Part, loop: Loop, number: int, env: Mapping[str, str]) -> list[Part]:
    prefix = f"{part.id}.iter{number}."
    own = {loop.var or "i": str(number), **env}
    ids = Ids({step.id: checked_id(fill(prefix + step.id, {}, own), step) for step in _own(loop.body)})
    steps = renamed(loop.body, ids, env)
    body = [
        replace(each, assignee=each.assignee or part.assignee, agent=each.agent or part.agent)
        for each in flat(steps, part.id, env)
    ]
    return unrolled(kitchen, body)


def _behind(
    part: Part, number: int, body: list[Part], own: list[Part], last: list[Part], found: list[Part]
) -> list[Part]:
    """The round with its first steps needing the last ones of the round before."""
    first = entries(own)
    needs = [each.id for each in last]
    if len(first) * len(needs) > MAX_EDGES:
        ident = StepId(f"{part.id}.iter{number - 1}")
        end = Part(
            id=ident,
            title=f"End of round {number - 1}: {part.title}",
            control="group",
            needs=tuple(needs),
            parent=part.id,
            env=part.env,
            path=part.path,
            line=part.line,
        )
        found.append(end)
        needs = [ident]
    changed = {each.id: with_needs(each, needs) for each in first}
    return [changed.get(each.id, each) for each in body]


def _own(steps: Iterable[FStep]) -> Iterable[FStep]:
    """The steps and their children, without the bodies of loops in them."""
    for step in steps:
        yield step
        yield from _own(step.children)


def renamed(steps: Sequence[FStep], ids: Ids, env: Mapping[str, str]) -> tuple[FStep, ...]:
    """The steps with other ids, wherever they name each other. Steps of an inner loop keep theirs."""
    return tuple(_renamed(step, ids, env) for step in steps)


def _renamed(step: FStep, ids: Ids, env: Mapping[str, str]) -> FStep:
    loop, gate = step.loop, step.gate
    if loop:
        hidden = {each.id for each in _own(loop.body)}
        inner = Ids({old: new for old, new in ids.items() if old not in hidden})
        known = {**env, loop.var or "i": "", "round": ""}
        until = in_condition(loop.until, inner, known, step)
        loop = replace(loop, body=renamed(loop.body, inner, known), until=until)
    if gate and gate.type == CONDITIONAL:
        gate = replace(gate, condition=in_condition(gate.condition, ids, env, step))
    return replace(
        step,
        id=ids.of(step.id),
        loop=loop,
        gate=gate,
        needs=tuple(ids.of(need) for need in step.needs),
        waits_for=in_waiting(step.waits_for, ids),
        condition=in_condition(step.condition, ids, env, step),
        children=renamed(step.children, ids, env),
    )


def in_waiting(text: str, ids: Ids) -> str:
    """A `waits_for` with the step it names by its new id."""
    if not text.startswith("children-of("):
        return text
    return f"children-of({ids.of(text[12:-1].strip())})"


def in_condition(text: str, ids: Ids, env: Mapping[str, str], where: FStep) -> str:
    """A runtime condition with the steps it names by their new ids; one that values decide as it stands."""
    if not text:
        return text
    text = doubled(text, env)
    if conditions.static(text) is not None:
        return text
    try:
        named = conditions.names_in(conditions.parse(text, dict.fromkeys(names_in(text), "1")))
        return conditions.renamed(text, {ident: ids.of(ident) for ident in named})
    except UserError as error:
        refuse(where, f'step "{where.id}": {error.what}', error.hint)
