"""What an expression of `bd query` asks of a bead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatchcase

from msgspec import Struct

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.rules import fields
from gtlib.rules import times
from gtlib.rules.base import instant
from gtlib.rules.query_syntax import CONTAINED
from gtlib.rules.query_syntax import MOMENTS
from gtlib.rules.query_syntax import SWITCHES
from gtlib.rules.query_syntax import Both
from gtlib.rules.query_syntax import Compare
from gtlib.rules.query_syntax import Node
from gtlib.rules.query_syntax import Not

Test = Callable[[Bead], bool]

_TEXTS: dict[str, Callable[[Bead], tuple[str, ...]]] = {
    "id": lambda bead: (bead.id,),
    "status": lambda bead: (bead.status,),
    "type": lambda bead: (bead.type,),
    "assignee": lambda bead: (bead.assignee,) if bead.assignee else (),
    "owner": lambda bead: (bead.owner,) if bead.owner else (),
    "label": lambda bead: bead.labels,
    "spec": lambda bead: (bead.spec,) if bead.spec else (),
    "parent": lambda bead: (bead.parent,) if bead.parent else (),
    "mol_type": lambda bead: (bead.mol_type,) if bead.mol_type else (),
}


class Known(Struct, frozen=True):
    """The words for status and type that this town has beside the built-in ones."""

    statuses: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()


def compiled(node: Node, now: datetime, known: Known = Known()) -> Test:  # noqa: B008  frozen
    """What the expression asks of a bead. UserError, with the column, for a value its field does not take."""
    if isinstance(node, Not):
        inner = compiled(node.inner, now, known)
        return lambda bead: not inner(bead)
    if isinstance(node, Both):
        tests = [compiled(part, now, known) for part in node.parts]
        if node.word == "AND":
            return lambda bead: all(test(bead) for test in tests)
        return lambda bead: any(test(bead) for test in tests)
    try:
        return _comparison(node, now, known)
    except UserError as error:
        raise UserError(f"column {node.column}: {error.what}", error.hint) from None


def _comparison(node: Compare, now: datetime, known: Known) -> Test:
    if node.field == "priority":
        return _priority(node)
    if node.field in MOMENTS:
        return _moment(node, now)
    _only_equal(node)
    if node.field in SWITCHES:
        wanted = _truth(node) == (node.operator == "=")
        return lambda bead: bool(getattr(bead, node.field)) == wanted
    test = _contained(node) if node.field in CONTAINED else _text(node, known)
    return test if node.operator == "=" else lambda bead: not test(bead)


def _only_equal(node: Compare) -> None:
    if node.operator not in ("=", "!="):
        raise UserError(
            f"{node.field} takes = and !=, not {node.operator}", "order is for priority and times"
        )


def _is_none(node: Compare) -> bool:
    return not node.quoted and node.value.lower() == "none"


def _priority(node: Compare) -> Test:
    level, compare = fields.priority(node.value), _ORDER[node.operator]
    return lambda bead: compare(bead.priority, level)


def _moment(node: Compare, now: datetime) -> Test:
    if _is_none(node):
        _only_equal(node)
        wanted = node.operator == "="
        return lambda bead: (not getattr(bead, node.field)) == wanted
    limit, compare = times.past(node.value, now), _ORDER[node.operator]
    day = re.fullmatch(r"\d{4}-\d\d-\d\d", node.value.strip()) is not None

    def test(bead: Bead) -> bool:
        found = instant(getattr(bead, node.field))
        if found is None:
            return node.operator == "!="
        if day:  # a date means the whole day
            found = clock.parse(found.astimezone(limit.tzinfo).strftime("%Y-%m-%d"))
        return compare(found, limit)

    return test


def _truth(node: Compare) -> bool:
    word = node.value.lower()
    if word not in ("true", "false", "yes", "no"):
        raise UserError(f"{node.field} is true or false, not {node.value!r}", "write true or false")
    return word in ("true", "yes")


def _contained(node: Compare) -> Test:
    if _is_none(node):
        return lambda bead: not getattr(bead, node.field).strip()
    wanted = node.value.lower()
    if "*" in wanted:
        glob = f"*{_glob(wanted)}*"
        return lambda bead: fnmatchcase(getattr(bead, node.field).lower(), glob)
    return lambda bead: wanted in getattr(bead, node.field).lower()


def _text(node: Compare, known: Known) -> Test:
    found = _TEXTS[node.field]
    if _is_none(node):
        return lambda bead: not found(bead)
    wanted = node.value
    if "*" in wanted:
        glob = _glob(wanted.lower())
        return lambda bead: any(fnmatchcase(each.lower(), glob) for each in found(bead))
    if node.field == "status":
        wanted = fields.status(wanted, known.statuses)
    elif node.field == "type":
        wanted = fields.kind(wanted, known.types)
    wanted = wanted.lower()
    return lambda bead: any(each.lower() == wanted for each in found(bead))


def _glob(text: str) -> str:
    """Only `*` is special in a value."""
    return text.replace("[", "[[]").replace("?", "[?]")


_ORDER: dict[str, Callable[..., bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}
