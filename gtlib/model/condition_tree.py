"""The tree of a runtime condition: what a step, its outputs, other steps or the world must be."""

from __future__ import annotations

import operator
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import Literal

from msgspec import Struct

OWN = "step"  # stands for the step that the condition belongs to
EACH = ""  # stands for each step that all, any or count looks at

# Each word for a status, and the one that stands for it.
WORDS = {
    "complete": "complete",
    "completed": "complete",
    "closed": "complete",
    "done": "complete",
    "open": "open",
    "pending": "open",
    "in_progress": "in_progress",
    "failed": "failed",
    "skipped": "skipped",
}

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Const(Struct, frozen=True):
    """`true` or `false`."""

    value: bool


class Status(Struct, frozen=True):
    """`<step>.status == 'complete'`; `word` is a value of WORDS, `op` is == or !=."""

    step: str
    op: str
    word: str


class Output(Struct, frozen=True):
    """`<step>.output.<key> == 'v'`; `op` "" asks for truth. `quoted`: whether the value stood in quotes."""

    step: str
    key: str
    op: str = ""
    value: str = ""
    quoted: bool = False


class Counter(Struct, frozen=True):
    """`steps.complete >= 3`; `word` is a value of WORDS."""

    word: str
    op: str
    number: int


class Group(Struct, frozen=True):
    """`children(x).all(...)`, `descendants(x).any(...)`, `steps(x).count(...) >= 2`.

    `of` is the id of a step, for steps a glob. Only count has `op` and `number`.
    """

    kind: Literal["children", "descendants", "steps"]
    of: str
    how: Literal["all", "any", "count"]
    term: Condition
    op: str = ""
    number: int = 0


class File(Struct, frozen=True):
    """`file.exists('path')`; the path is relative and stays inside."""

    path: str


class Env(Struct, frozen=True):
    """`env.NAME == 'v'`; `op` is ==, != or "", which asks for truth."""

    name: str
    op: str = ""
    value: str = ""


class Not(Struct, frozen=True):
    """`not term`."""

    term: Condition


class And(Struct, frozen=True):
    """`a and b and ...`."""

    terms: tuple[Condition, ...]


class Or(Struct, frozen=True):
    """`a or b or ...`."""

    terms: tuple[Condition, ...]


Condition = Const | Status | Output | Counter | Group | File | Env | Not | And | Or


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all that is in it."""
    yield condition
    if isinstance(condition, And | Or):
        for term in condition.terms:
            yield from walk(term)
    elif isinstance(condition, Not | Group):
        yield from walk(condition.term)
