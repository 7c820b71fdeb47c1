"""What a key of a file takes: readers from raw text to values. Each raises Bad for what it does not take."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from typing import TypeVar

from gtlib import clock
from gtlib import names
from gtlib.errors import UserError

_Reader = TypeVar("_Reader", bound=Callable[[Any], Any])


class Bad(Exception):
    """A raw value is not what its key takes. `steps` lead from the key to the part at fault."""

    def __init__(self, what: str, hint: str, *steps: str | int) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.steps = steps


def made(read: _Reader, how: Callable[..., Any], *of: Any) -> _Reader:
    """Note how a reader was made, and of what: JSON Schemas are generated from that."""
    vars(read)["made"] = (how, of)
    return read


def text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise Bad("holds more than one value", "write one text after the colon")
    return raw


def matching(check: Callable[[str], Any]) -> Callable[[Any], str]:
    """A text that a checking constructor accepts; empty is the same as absent."""

    def read(raw: Any) -> str:
        value = text(raw)
        if value:
            try:
                check(value)
            except UserError as e:
                raise Bad(f"is {value!r}", e.hint) from None
        return value

    return made(read, matching, check)


item_id = matching(names.item_id)
target = matching(names.target)
moment = matching(clock.parse)
duration = matching(clock.seconds)

_WORD = re.compile(r"[a-z][a-z0-9_-]*\Z")


def word(raw: Any) -> str:
    value = text(raw)
    if not _WORD.match(value):
        raise Bad(f"is {value!r}", "write one word in lower case")
    return value


BUILT_IN_STATUSES = frozenset(
    ("open", "in_progress", "hooked", "blocked", "deferred", "pinned", "closed", "tombstone")
)


def own_status(name: str) -> None:
    """Raise Bad for what cannot name a status of one's own."""
    if name in BUILT_IN_STATUSES or not _WORD.match(name):
        raise Bad("is no name for a status of your own", "write another word in lower case")


def one_of(*words: str) -> Callable[[Any], str]:
    def read(raw: Any) -> str:
        value = text(raw)
        if value not in words:
            raise Bad(f"is {value!r}", f"write {', '.join(words[:-1])} or {words[-1]}")
        return value

    return made(read, one_of, *words)


def integer(low: int, high: int | None = None) -> Callable[[Any], int]:
    span = f"from {low} to {high}" if high is not None else f"of {low} or more"

    def read(raw: Any) -> int:
        value = text(raw)
        if not re.fullmatch(r"-?[0-9]{1,15}", value) or not low <= int(value) <= (high or 10**15):
            raise Bad(f"is {value!r}", f"write a whole number {span}")
        return int(value)

    return made(read, integer, low, high)


def number(raw: Any) -> float:
    value = text(raw)
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value):
        raise Bad(f"is {value!r}", "write a number, as 0.3")
    return float(value)


def flag(raw: Any) -> bool:
    value = text(raw)
    if value not in ("true", "false"):
        raise Bad(f"is {value!r}", "write true or false")
    return value == "true"


def title(raw: Any) -> str:
    value = text(raw)
    if not value.strip():
        raise Bad("is empty", "write a title")
    if len(value) > 500:
        raise Bad(f"has {len(value)} characters", "shorten it to 500 and put the rest into the text")
    return value


def many(read_one: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """A list; a single value counts as a list of one."""

    def read(raw: Any) -> tuple[Any, ...]:
        if isinstance(raw, str):
            return (read_one(raw),) if raw else ()
        if not isinstance(raw, list):
            raise Bad("is no list", "write one `- item` a line")
        found = []
        for i, one in enumerate(raw):
            try:
                found.append(read_one(one if one is not None else ""))
            except Bad as e:
                raise Bad(f"has an item that {e.what}", e.hint, i, *e.steps) from None
        return tuple(found)

    return made(read, many, read_one)


def filled(read_one: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(raw: Any) -> Any:
        if raw == "":
            raise Bad("is empty", "write a value, or remove it")
        return read_one(raw)

    return made(read, filled, read_one)


def mapping(
    read_one: Callable[[Any], Any], check_key: Callable[[str], object] = str, most: int = 0
) -> Callable[[Any], dict[str, Any]]:
    """A mapping of at most so many keys; 0 is any number."""

    def read(raw: Any) -> dict[str, Any]:
        if raw == []:
            return {}
        if not isinstance(raw, dict):
            raise Bad("has no keys", "write one `key: value` a line below it, indented")
        if most and len(raw) > most:
            raise Bad(f"has {len(raw)} keys", f"leave {most} at most")
        found = {}
        for key, one in raw.items():
            try:
                check_key(key)
                found[key] = read_one(one)
            except Bad as e:
                raise Bad(f"has a {key} that {e.what}", e.hint, key, *e.steps) from None
        return found

    return made(read, mapping, read_one, check_key, most)


def json_object(raw: Any) -> dict[str, Any]:
    """Any mapping, as it is."""
    if not isinstance(raw, dict):
        raise Bad("has no keys", "write one `key: value` a line below it, indented")
    return raw


def either(*reads: Callable[[Any], Any]) -> None:
    """How a reader is noted (`made`) that takes what any of these take."""


texts = many(filled(text))
item_ids = many(filled(item_id))
targets = many(filled(target))
