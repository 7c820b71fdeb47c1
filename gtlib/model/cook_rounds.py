"""From parts to cooked steps, with the bodies of loops whose rounds are not known and of fan-outs."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from msgspec.structs import replace

from gtlib.model.cook_flatten import finished
from gtlib.model.cook_loops import ROUND
from gtlib.model.cook_loops import Ids
from gtlib.model.cook_loops import in_condition
from gtlib.model.cook_loops import in_waiting
from gtlib.model.cook_part import CONDITIONAL
from gtlib.model.cook_part import MAX_STEPS
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import Where
from gtlib.model.cook_part import members
from gtlib.model.cook_part import refuse
from gtlib.model.cooked import CStep
from gtlib.model.cooked import Fan
from gtlib.model.formula_parts import FanOut
from gtlib.names import StepId

Body = Callable[[Part, FanOut], tuple[CStep, ...]]


class Finish:
    """Makes cooked steps of parts whose needs are final. `body` cooks what a step fans out to."""

    def __init__(self, kitchen: Kitchen, parts: Sequence[Part], body: Body) -> None:
        self.kitchen = kitchen
        self.parts = parts
        self.inside = members(parts)
        self.body = body
        self.every = {part.id: part for part in parts}

    def steps(self) -> tuple[CStep, ...]:
        """All of them; the first round of a loop with `until` is round 1."""
        return tuple(self._step(part, _first_round(part.env)) for part in self.parts)

    def _step(self, part: Part, env: Mapping[str, str]) -> CStep:
        step = finished(self.kitchen, part, env)
        if part.until:
            step = replace(step, body=self._round(part))
        if part.on_complete:
            step = replace(step, fan=self._fan(part, part.on_complete, env))
        return step

    def _fan(self, part: Part, fan: FanOut, env: Mapping[str, str]) -> Fan:
        # `{item}` and `{index}` are those of the fan-out, whatever a loop calls its variable.
        known = {name: value for name, value in env.items() if name not in ("item", "index")}
        return Fan(
            output=fan.for_each.removeprefix("output."),
            body=self.body(part, fan),
            vars={name: self.kitchen.fill(text, known) for name, text in fan.vars.items()},
            parallel=fan.parallel,
            formula=fan.bond,
        )

    def _round(self, loop: Part) -> tuple[CStep, ...]:
        """One round as any later one begins: ids as in the formula, `{round}` not known."""
        prefix = f"{loop.id}.iter1."
        within = [part for part in self._in(loop) if part.id != f"{loop.id}.start"]
        ids = Ids({part.id: StepId(part.id.removeprefix(prefix)) for part in within})
        return tuple(self._later(loop, part, ids, prefix) for part in within)

    def _later(self, loop: Part, part: Part, ids: Ids, prefix: str) -> CStep:
        env = part.env if self._nearest(part) is loop else _first_round(part.env)
        env = {name: value.replace(prefix, f"{loop.id}.iter{ROUND}.") for name, value in env.items()}
        step = self._step(part, env)
        condition, gate = step.when, step.gate
        if gate and gate.type == CONDITIONAL:
            gate = replace(gate, condition=in_condition(gate.condition, ids, {}, part))
        return replace(
            step,
            id=ids[part.id],
            needs=tuple(ids[need] for need in part.needs if need in ids),
            parent=ids.get(part.parent, StepId("")),
            waits_for=in_waiting(step.waits_for, ids),
            when=in_condition(condition, ids, {}, part),
            gate=gate,
            env={name: value for name, value in step.env.items() if value != ROUND},
        )

    def _in(self, loop: Part) -> Iterator[Part]:
        """What is in a loop, in the order of the steps."""
        for part in self.inside.get(loop.id, ()):
            yield from self._in(part)
            yield part

    def _nearest(self, part: Part) -> Part | None:
        """The loop with `until` that a part is in."""
        around = self.every.get(part.parent)
        while around is not None and not around.until:
            around = self.every.get(around.parent)
        return around


def _first_round(env: Mapping[str, str]) -> Mapping[str, str]:
    if not any(ROUND in value for value in env.values()):
        return env
    return {name: value.replace(ROUND, "1") for name, value in env.items()}


def check_size(steps: Sequence[CStep], where: Where) -> None:
    """Refuse steps whose bodies are too many together."""
    sizes: dict[int, int] = {}

    def size(some: tuple[CStep, ...]) -> int:
        if id(some) not in sizes:
            sizes[id(some)] = len(some) + sum(
                size(step.body) + (size(step.fan.body) if step.fan else 0)
                for step in some
                if step.body or step.fan
            )
        return sizes[id(some)]

    if size(tuple(steps)) > MAX_STEPS:
        what = f"with its loops and fan-outs the formula has more than {MAX_STEPS:,} steps"
        refuse(where, what, "split it, or fan out to smaller formulas")
