"""Values that a save set back to what they were before a transition, told from values that it changed.

A save is an older version, the buffer, with a person's changes. The buffer is the version that the save
differs least from, among those that are no older than the newest one of whose own values the save keeps.
Only transitions after the buffer can have been saved over, and of those the ones of which all is as in the
buffer: who takes back a part of one knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from gtlib.model.bead import Comment

_GONE = object()  # in place of a value that is not there
_TEXTS = frozenset(
    ("description", "design", "acceptance", "notes", "text", "outputs", "purpose", "log", "body")
)

_WORD = re.compile(r"\w+")

_At = tuple[Any, ...]  # the names and keys that lead to a value
_Leaves = dict[_At, Any]


class Version(NamedTuple):
    """One change of a value. `ours`: a transition of the town made it."""

    before: Any
    after: Any
    ours: bool


class Back(NamedTuple):
    """The value as it should be, whether something in it was set back, and whether something else changed."""

    value: Any
    back: bool = False
    other: bool = False


def struct_fields(history: Sequence[Version], now: Any, saved: Any) -> dict[str, Back]:
    """What to make of each field of the struct `saved`, which replaced `now`. `history`: the changes that led
    to `now`, newest first.

    What was saved over is as in `now` again; what differs otherwise is meant. Lists are looked at by item,
    structs and mappings by key.
    """
    return _fields(now, saved, _lost(history, now, saved), ())


def _lost(history: Sequence[Version], now: Any, saved: Any) -> frozenset[_At]:
    """Where the save has lost what a transition wrote."""
    versions = [_leaves(now), *(_leaves(version.before) for version in history)]
    changed = [_differ(*pair) for pair in zip(versions, versions[1:], strict=False)]
    mine = _leaves(saved)
    buffer = _buffer(versions, changed, mine)
    taken: set[_At] = set()
    lost: set[_At] = set()
    for version, places in zip(history[:buffer], changed, strict=False):
        if version.ours and all(_get(mine, at) == _get(versions[buffer], at) for at in places):
            lost |= places - taken
        taken |= places
    differ = _differ(versions[0], mine)
    return frozenset(at for at in lost & differ if not _cut(at, _get(mine, at), versions[0].get(at)))


def _buffer(versions: Sequence[_Leaves], changed: Sequence[set[_At]], mine: _Leaves) -> int:
    """Which of the versions, newest first, was in the editor."""
    oldest = len(changed)
    for number, places in enumerate(changed):
        if any(_keeps(mine, versions[number:], at) for at in places):
            oldest = number
            break
    return min(range(oldest + 1), key=lambda number: len(_differ(versions[number], mine)))


def _keeps(mine: _Leaves, versions: Sequence[_Leaves], at: _At) -> bool:
    """Whether the save has there what the first of the versions brought and the older ones never had."""
    value, brought, *olds = (_get(leaves, at) for leaves in (mine, *versions))
    if value == brought:
        return value not in olds
    return bool(_lines(value) & _lines(brought).difference(*map(_lines, olds)))


def _lines(value: Any) -> set[str]:
    """The lines of a text that say something."""
    if not isinstance(value, str):
        return set()
    return {line for each in value.splitlines() if any(map(str.isalnum, line := each.strip()))}


def _cut(at: _At, saved: Any, now: Any) -> bool:
    """Whether all that the save did to a text is to cut something out: a password, say."""
    if not (at and at[-1] in _TEXTS and isinstance(saved, str) and isinstance(now, str)):
        return False
    words, rest = _WORD.findall(saved), iter(_WORD.findall(now))
    return bool(words) and all(word in rest for word in words)


def _get(leaves: _Leaves, at: _At) -> Any:
    return leaves.get(at, _GONE)


def _differ(one: _Leaves, other: _Leaves) -> set[_At]:
    return {at for at in one.keys() | other.keys() if _get(one, at) != _get(other, at)}


def _leaves(value: Any, at: _At = ()) -> _Leaves:
    """All single values in it, by place, and the type of what holds them."""
    if value is _GONE:
        return {}
    parts = _parts(value)
    if parts is None:
        return {at: value}
    found: _Leaves = {at: type(value)}
    for key, part in parts.items():
        found.update(_leaves(part, (*at, key)))
    return found


def _parts(value: Any) -> Mapping[Any, Any] | None:
    """What a struct, a list or a mapping holds; None for a value that is looked at as a whole."""
    if isinstance(value, dict):
        return value
    if isinstance(value, msgspec.Struct):  # where a step stands follows from the text
        return {name: getattr(value, name) for name in value.__struct_fields__ if name != "line"}
    if not isinstance(value, tuple):
        return None
    try:
        items = {_key(item): item for item in value}
    except TypeError:  # a mapping in it, which nothing can be told by
        return None
    return items if len(items) == len(value) else None


def _rebuilt(now: Any, saved: Any, lost: frozenset[_At], at: _At) -> Back:
    if now is saved or now == saved:
        return Back(saved)
    differ = _differ(_leaves(now, at), _leaves(saved, at))
    if differ and differ <= lost:
        return Back(now, back=True)
    old, new = _parts(now), _parts(saved)
    if differ.isdisjoint(lost) or old is None or new is None or type(now) is not type(saved):
        return Back(saved, other=True)
    if isinstance(saved, msgspec.Struct):
        fields = _fields(now, saved, lost, at)
        return Back(replace(saved, **{name: part.value for name, part in fields.items()}), *_flags(fields))
    parts = {
        key: _rebuilt(old.get(key, _GONE), new.get(key, _GONE), lost, (*at, key))
        for key in dict.fromkeys((*new, *old))
    }
    if isinstance(saved, dict):
        values = {key: part.value for key, part in parts.items() if part.value is not _GONE}
        return Back(values, *_flags(parts))
    return Back(_in_order(parts, old, new), *_flags(parts))


def _fields(now: Any, saved: Any, lost: frozenset[_At], at: _At) -> dict[str, Back]:
    return {
        name: _rebuilt(getattr(now, name), getattr(saved, name), lost, (*at, name))
        for name in saved.__struct_fields__
        if name != "line"
    }


def _flags(parts: Mapping[Any, Back]) -> tuple[bool, bool]:
    return any(part.back for part in parts.values()), any(part.other for part in parts.values())


def _in_order(parts: Mapping[Any, Back], old: Mapping[Any, Any], new: Mapping[Any, Any]) -> tuple[Any, ...]:
    """Items in the order of the save; one that comes back stands behind the one that it stood behind."""
    order = [key for key in new if parts[key].value is not _GONE]
    above = None
    for key in old:
        if key not in order and parts[key].value is not _GONE:
            order.insert(order.index(above) + 1 if above in order else 0, key)
        above = key
    return tuple(_distinct([parts[key].value for key in order], new))


def _key(value: Any) -> Any:
    """By what an item is the same one. Two comments that got one id at the same time are two."""
    if isinstance(value, Comment):
        return value.id, value.author, value.created
    id = getattr(value, "id", None)
    hash(value if id is None else id)
    return value if id is None else (type(value), id)


def _distinct(values: list[Any], saved: Mapping[Any, Any]) -> Iterator[Any]:
    """A comment that came back gets another id where the save gave its id to one of its own."""
    theirs = {value.id for value in values if isinstance(value, Comment) and _key(value) in saved}
    taken = {value.id for value in values if isinstance(value, Comment)}
    for value in values:
        if isinstance(value, Comment) and _key(value) not in saved and value.id in theirs:
            value = replace(value, id=_free(taken))
            taken.add(value.id)
        yield value


def _free(taken: set[str]) -> str:
    number = len(taken) + 1
    while f"c{number}" in taken:
        number += 1
    return f"c{number}"
