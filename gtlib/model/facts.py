"""What a runtime condition asks, answered from plain dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from gtlib.model.conditions import NoWorld


class Facts(Struct, frozen=True, kw_only=True):
    """A View of given values: statuses by step in their order, the parent of each child, outputs by step.

    `environ` and `exists` are the world; None says that there is none to ask.
    """

    statuses: Mapping[str, str]
    parents: Mapping[str, str] = {}
    outputs: Mapping[str, Mapping[str, Any]] = {}
    environ: Mapping[str, str] | None = None
    exists: Callable[[str], bool] | None = None

    def status(self, step: str) -> str | None:
        return self.statuses.get(step)

    def output(self, step: str, key: str) -> Any | None:
        return self.outputs.get(step, {}).get(key)

    def children(self, step: str) -> Sequence[str]:
        return [id for id in self.statuses if self.parents.get(id) == step]

    def descendants(self, step: str) -> Sequence[str]:
        """In the order of the statuses; a circle of parents does not hold it up."""
        below: dict[str, list[str]] = {}
        for id in self.statuses:
            below.setdefault(self.parents.get(id, ""), []).append(id)
        found: set[str] = set()
        waiting = [step]
        while waiting:
            fresh = [id for id in below.get(waiting.pop(), ()) if id not in found and id != step]
            found.update(fresh)
            waiting += fresh
        return [id for id in self.statuses if id in found]

    def steps(self, pattern: str) -> Sequence[str]:
        return [id for id in self.statuses if fnmatchcase(id, pattern)]

    def env(self, name: str) -> str | None:
        if self.environ is None:
            raise NoWorld
        return self.environ.get(name)

    def file_exists(self, path: str) -> bool:
        if self.exists is None:
            raise NoWorld
        return self.exists(path)
