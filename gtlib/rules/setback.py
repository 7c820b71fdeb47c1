"""Values that a save set back to what they were before a transition, told from values that it changed."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from gtlib.model.bead import Comment

_GONE = object()  # in place of a value that is not there


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


def put_right(history: Sequence[Version], now: Any, saved: Any) -> Back:
    """What to make of `saved`, which replaced `now`. `history`: the changes that led to `now`, newest first.

    What is as it was before a transition, with nobody else's change after that, is `now` again; what
    differs otherwise is meant. Lists are looked at by item, structs and mappings by key.
    """
    if now == saved:
        return Back(saved)
    if any(old == saved for old in _before_ours(history)):
        return Back(now, back=True)
    if isinstance(now, tuple) and isinstance(saved, tuple):
        return _items(history, now, saved)
    if isinstance(now, dict) and isinstance(saved, dict):
        return _mapping(history, now, saved)
    if isinstance(now, msgspec.Struct) and type(now) is type(saved):
        fields = struct_fields(history, now, saved)
        values = {name: part.value for name, part in fields.items()}
        return Back(replace(saved, **values), *_flags(fields.values()))
    return Back(saved, other=True)


def struct_fields(history: Sequence[Version], now: Any, saved: Any) -> dict[str, Back]:
    """The same for each field of a struct."""
    found = {}
    for name in saved.__struct_fields__:
        if name == "line":  # where a step stands follows from the text
            continue
        past = [Version(_attribute(v.before, name), _attribute(v.after, name), v.ours) for v in history]
        found[name] = put_right(past, getattr(now, name), getattr(saved, name))
    return found


def _before_ours(history: Sequence[Version]) -> Iterator[Any]:
    """What the value was before each transition since somebody else last changed it."""
    for version in history:
        if version.before != version.after:
            if not version.ours:
                return
            yield version.before


def _attribute(value: Any, name: str) -> Any:
    return getattr(value, name, _GONE)


def _flags(parts: Any) -> tuple[bool, bool]:
    parts = tuple(parts)
    return any(part.back for part in parts), any(part.other for part in parts)


def _mapping(history: Sequence[Version], now: Mapping[str, Any], saved: Mapping[str, Any]) -> Back:
    parts = _parts(history, now, saved)
    values = {key: part.value for key, part in parts.items() if part.value is not _GONE}
    return Back(values, *_flags(parts.values()))


def _items(history: Sequence[Version], now: tuple[Any, ...], saved: tuple[Any, ...]) -> Back:
    """Items in the order of `saved`; one that comes back stands behind the one that it stood behind."""
    try:
        old, new = _by_key(now), _by_key(saved)
        past = [Version(_by_key(v.before), _by_key(v.after), v.ours) for v in history]
    except TypeError:  # a mapping in it, which nothing can be told by
        return Back(saved, other=True)
    if len(old) != len(now) or len(new) != len(saved):
        return Back(saved, other=True)
    parts = _parts(past, old, new)
    order = [key for key in new if parts[key].value is not _GONE]
    above = None
    for key in old:
        if key not in order and parts[key].value is not _GONE:
            order.insert(order.index(above) + 1 if above in order else 0, key)
        above = key
    values = [parts[key].value for key in order]
    return Back(tuple(_distinct(values, new)), *_flags(parts.values()))


def _parts(history: Sequence[Version], now: Mapping[Any, Any], saved: Mapping[Any, Any]) -> dict[Any, Back]:
    found = {}
    for key in dict.fromkeys((*saved, *now)):
        past = [Version(_at(v.before, key), _at(v.after, key), v.ours) for v in history]
        found[key] = put_right(past, now.get(key, _GONE), saved.get(key, _GONE))
    return found


def _at(values: Any, key: Any) -> Any:
    return values.get(key, _GONE) if isinstance(values, dict) else _GONE


def _by_key(values: Any) -> dict[Any, Any]:
    return {_key(value): value for value in values} if isinstance(values, tuple) else {}


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
