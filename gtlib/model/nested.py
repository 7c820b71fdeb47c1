"""Keys inside the mappings of a file that no schema knows: they merge as the known ones do."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from gtlib import frontmatter
from gtlib import splice
from gtlib.errors import UserError
from gtlib.frontmatter import Front
from gtlib.model import kinds
from gtlib.model.sameness import same
from gtlib.model.sameness import same_fields

_GONE = object()


class Clash(NamedTuple):
    """Such a key that both changed: where it stands, and what theirs has there."""

    key: str
    place: tuple[Any, ...]
    theirs: Any

    @property
    def name(self) -> str:
        return ".".join((self.key, *map(str, self.place)))


def carry(path: str, base: str | None, text: str, theirs: str) -> tuple[str, tuple[Clash, ...]]:
    """`text` with what theirs did to such keys, and those in conflict, which are as ours has them."""
    item = kinds.parse(path, text)
    was, other = None if base is None else _front(path, base), _front(path, theirs)
    conflicts = []
    for key, raw in other.values.items():
        ours = _front(path, text).typed(key)
        known = was.typed(key) if was else None
        if not isinstance(raw, dict | list) or same(known, other.typed(key)) or ours is None:
            continue
        for place, before, mine, changed in list(_differing(known, ours, other.typed(key), ())):
            whole = _front(path, text).values[key]
            old, made = (_set(path, text, key, _with(whole, place, value)) for value in (before, changed))
            if made is None or not all(_says(path, each, item) for each in (old, made)):
                continue  # a key that the schema knows, which is merged by now
            clash = Clash(key, place, changed)
            if not same(mine, before):
                conflicts.append(clash)
            else:
                text = _sure(path, made, clash)
    return text, tuple(conflicts)


def with_theirs(path: str, text: str, clashes: Iterable[Clash]) -> str:
    """The text with conflicts settled for theirs. UserError when it can't say that."""
    for clash in clashes:
        whole = _front(path, text).values[clash.key]
        made = _set(path, text, clash.key, _with(whole, clash.place, clash.theirs))
        text = _sure(path, made, clash)
    return text


def _sure(path: str, made: str | None, wanted: Clash) -> str:
    """The text made, when it says what was wanted; a number and a text of the same digits may look alike."""
    if made is not None:
        found = _front(path, made).typed(wanted.key)
        for step in wanted.place:
            found = found.get(step, _GONE) if isinstance(found, dict) else found[step]
        if same(found, wanted.theirs):
            return made
    raise UserError(f"{path}: {wanted.name} can't be written into this file", "merge it by hand")


def changed_keys(path: str, text: str, other: str) -> frozenset[str]:
    """The top-level keys that two texts have otherwise."""
    one, two = _front(path, text), _front(path, other)
    keys = one.values.keys() | two.values.keys()
    return frozenset(key for key in keys if not same(one.typed(key), two.typed(key)))


def _front(path: str, text: str) -> Front:
    return frontmatter.split(path, text) if path.endswith(".md") else frontmatter.load_yaml(path, text)


def _set(path: str, text: str, key: str, value: Any) -> str | None:
    try:
        return splice.splice(_front(path, text), text, {key: value})
    except UserError:
        return None


def _says(path: str, text: str | None, item: Any) -> bool:
    try:
        return text is not None and same_fields(kinds.parse(path, text), item)
    except UserError:
        return False


def _differing(
    was: Any, ours: Any, theirs: Any, place: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Any, Any, Any]]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        before = was if isinstance(was, dict) else {}
        for key in {**before, **theirs}:
            values = [side.get(key, _GONE) for side in (before, ours, theirs)]
            if same(values[2], values[0]) or same(values[2], values[1]):
                continue
            if isinstance(values[1], dict | list) and isinstance(values[2], dict | list):
                yield from _differing(values[0], values[1], values[2], (*place, key))
            else:
                yield (*place, key), *values
    elif isinstance(ours, list) and isinstance(theirs, list):
        known = {_identity(each): each for each in (was if isinstance(was, list) else [])}
        named = {_identity(each): each for each in theirs}
        for number, each in enumerate(ours):
            other = named.get(_identity(each))
            if isinstance(other, dict):
                yield from _differing(known.get(_identity(each)), each, other, (*place, number))


def _identity(value: Any) -> Any:
    if not isinstance(value, dict):
        return None
    return value.get("id") or (value.get("to"), value.get("type"))


def _with(whole: Any, place: tuple[Any, ...], value: Any) -> Any:
    first, *rest = place
    if isinstance(whole, list):
        return [_with(each, tuple(rest), value) if n == first else each for n, each in enumerate(whole)]
    if rest:
        return {**whole, first: _with(whole[first], tuple(rest), value)}
    if value is _GONE:
        return {key: each for key, each in whole.items() if key != first}
    return {**whole, first: value}
