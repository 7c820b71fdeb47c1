"""What the conditions of a running molecule ask: its steps and their outputs, files and the environment."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model import conditions
from gtlib.model import outputs
from gtlib.rules.flow import Flow

_WORDS = {"done": "complete", "open": "open", "skipped": "skipped", "failed": "failed"}


class World(Struct, frozen=True):
    """Where files are looked for, and the environment: those of the session that works on the molecule."""

    exists: Callable[[str], bool]
    env: Mapping[str, str]


class Asked:
    """A molecule as conditions see it. `within`, such as `loop.iter2.`: ids below it may leave it out."""

    def __init__(self, flow: Flow, world: World | None = None, within: str = "") -> None:
        self._flow = flow
        self._world = world
        self._within = within

    def status(self, step: str) -> str | None:
        id = self._id(step)
        return _WORDS[self._flow.state(id)] if self._flow.has(id) else None

    def output(self, step: str, key: str) -> Any | None:
        return outputs.of(self._flow.molecule.outputs, self._id(step)).get(key)

    def children(self, step: str) -> Sequence[str]:
        return self._flow.children(self._id(step))

    def descendants(self, step: str) -> Sequence[str]:
        return self._flow.descendants(self._id(step))

    def steps(self, pattern: str) -> Sequence[str]:
        every = [id for id in self._flow.ids if not self._flow.is_control(id)]
        if pattern == "*":
            return every
        return [id for id in every if fnmatchcase(id, pattern) or fnmatchcase(id, self._within + pattern)]

    def env(self, name: str) -> str | None:
        if self._world is None:
            raise conditions.NoWorld
        return self._world.env.get(name)

    def file_exists(self, path: str) -> bool:
        if self._world is None:
            raise conditions.NoWorld
        return self._world.exists(path)

    def _id(self, step: str) -> str:
        return self._within + step if self._within and self._flow.has(self._within + step) else step


def holds(flow: Flow, condition: str, step: str, world: World | None = None, within: str = "") -> bool | None:
    """Whether a condition of `step` holds; None when that needs a world, or the text is no condition."""
    how = flow.recipe.get(step)  # type: ignore[call-overload]
    values = {**flow.molecule.vars, **(how.env if how else {})}
    asked = conditions.static(condition)
    if asked is not None:
        # What a fan-out brings may ask for values that were not known before.
        return conditions.holds(asked, values)
    try:
        parsed = conditions.parse(condition, values)
    except UserError:
        return None
    return conditions.evaluate(parsed, Asked(flow, world, within), step)
