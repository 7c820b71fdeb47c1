"""Three-way merge of one file, field by field: two sides both keep what they changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model.molecule import Step

LineMerge = Callable[[str, str, str], str | None]

_CONFLICT = object()


def merge(
    path: str, base: str | None, mine: str, theirs: str, lines: LineMerge, *, mine_wins: bool = False
) -> str | None:
    """`mine` with what `theirs` changed since `base`, in mine's own layout; None on a true conflict.

    With `mine_wins` a field in true conflict keeps mine, and only what does not parse gives None.

    `lines(base, mine, theirs)` merges plain text and returns None when it can't. Files that are
    no item of the town, or do not parse, are merged by line as a whole.
    """
    if mine == theirs or base == theirs:
        return mine
    if base == mine:
        return theirs
    if base is None:
        return None
    try:
        was, ours, other = (kinds.parse(path, text) for text in (base, mine, theirs))
    except FileError:
        return None
    if was is None or ours is None or other is None:
        return lines(base, mine, theirs)
    fields: dict[str, Any] = {}
    for name in ours.__struct_fields__:
        value = _field(getattr(was, name), getattr(ours, name), getattr(other, name), lines)
        if value is _CONFLICT:
            if not mine_wins:
                return None
            value = getattr(ours, name)
        fields[name] = value
    return kinds.edit(path, mine, msgspec.structs.replace(ours, **fields))


def _field(base: Any, mine: Any, theirs: Any, lines: LineMerge) -> Any:
    """One field's merged value, or _CONFLICT."""
    if mine == theirs or base == theirs:
        return mine
    if base == mine:
        return theirs
    if isinstance(mine, tuple) and isinstance(theirs, tuple) and isinstance(base, tuple):
        return _sequence(base, mine, theirs, lines)
    if isinstance(mine, dict) and isinstance(theirs, dict) and isinstance(base, dict):
        return _mapping(base, mine, theirs, lines)
    if (
        isinstance(mine, msgspec.Struct)
        and isinstance(theirs, msgspec.Struct)
        and isinstance(base, msgspec.Struct)
    ):
        return _struct(base, mine, theirs, lines)
    if isinstance(mine, str) and isinstance(theirs, str) and "\n" in mine + theirs:
        merged = lines(base or "", mine, theirs)
        return _CONFLICT if merged is None else merged
    return _CONFLICT


def _struct(base: msgspec.Struct, mine: msgspec.Struct, theirs: msgspec.Struct, lines: LineMerge) -> Any:
    fields: dict[str, Any] = {}
    for name in base.__struct_fields__:
        values = [getattr(item, name) for item in (base, mine, theirs)]
        # where a step stands in the file follows from the text, it is no value of its own
        fields[name] = values[1] if name == "line" else _field(values[0], values[1], values[2], lines)
        if fields[name] is _CONFLICT:
            return _CONFLICT
    return msgspec.structs.replace(mine, **fields)


def _mapping(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], lines: LineMerge) -> Any:
    merged: dict[str, Any] = {}
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        value = _field(base.get(key), mine.get(key), theirs.get(key), lines)
        if value is _CONFLICT:
            return _CONFLICT
        if value is not None:
            merged[key] = value
    return merged


def _sequence(base: tuple[Any, ...], mine: tuple[Any, ...], theirs: tuple[Any, ...], lines: LineMerge) -> Any:
    """Lists are sets with real removals; things with an id (steps, comments, sessions) merge by it."""
    keys = [{_key(value): value for value in values} for values in (base, mine, theirs)]
    merged = []
    for key in [*keys[1], *(key for key in keys[2] if key not in keys[1])]:
        was, ours, other = (found.get(key) for found in keys)
        if key in keys[0] and (ours is None or other is None):
            kept = ours if other is None else other
            if kept != was:
                return _CONFLICT
            continue
        value = ours if other is None else other if ours is None else _field(was, ours, other, lines)
        if value is _CONFLICT:
            return _CONFLICT
        merged.append(value)
    return tuple(merged)


def _key(value: Any) -> Any:
    if isinstance(value, Step) or (isinstance(value, msgspec.Struct) and hasattr(value, "id")):
        return value.id
    return value
