"""The keys of the interchange format, the field that each is, and how values are taken and given."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from gtlib import clock
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edges import TO_ANYTHING
from gtlib.names import ItemId

TITLE_LIMIT = 500

_WORD = re.compile(r"[a-z][a-z0-9_-]*\Z")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}\Z")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FILE_KEYS = frozenset((*Bead.__struct_fields__, "await"))


class Key(NamedTuple):
    """`take(raw)` gives the field's value, as near as it comes, or UserError; `give(value)` the raw one."""

    key: str
    field: str
    take: Callable[[Any], Any]
    give: Callable[[Any], Any]


def text_of(raw: Any) -> str:
    """A raw value as text that a file can hold."""
    if raw is None:
        return ""
    return _SURROGATE.sub("\ufffd", raw if isinstance(raw, str) else json.dumps(raw))


def is_target(text: str, type: str) -> bool:
    """Whether an edge of that type may lead there."""
    if type in TO_ANYTHING:
        return bool(text.strip())
    try:
        names.item_id(text) if type == "parent-child" else names.target(text)
    except UserError:
        return False
    return True


def is_own_key(key: str) -> bool:
    """Whether a key that is not of the format may stand in a file under its own name."""
    return bool(_KEY.match(key)) and key not in _FILE_KEYS and key not in FIELD_OF


def is_plain(value: Any) -> bool:
    """Whether a value of an unknown key reads back from YAML as it is."""
    if isinstance(value, str):
        return not _SURROGATE.search(value)
    if isinstance(value, dict):
        return all(len(k) < 100 and k and is_plain(k) and is_plain(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, bool) or (isinstance(value, int) and abs(value) < 10**18)


def _id(raw: Any) -> str:
    return names.item_id(text_of(raw))


def _title(raw: Any) -> str:
    found = text_of(raw)
    if not found.strip():
        raise UserError("it is empty", "give it a title")
    return found if len(found) <= TITLE_LIMIT else f"{found[: TITLE_LIMIT - 1]}…"


def _word(raw: Any) -> str:
    found = text_of(raw)
    if not _WORD.match(found):
        found = re.sub(r"[^a-z0-9_]+", "-", found.strip().lower()).strip("-")
    if not _WORD.match(found):
        raise UserError(f"{text_of(raw)!r} is no word", "write one word in lower case")
    return found


def _priority(raw: Any) -> int:
    found = re.fullmatch(r"[pP]?([0-4])", text_of(raw))
    if found is None:
        raise UserError(f"{text_of(raw)} is not from 0 to 4", "write a number from 0 to 4")
    return int(found[1])


def _minutes(raw: Any) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 10**15 else None


def _moment(raw: Any) -> str:
    try:
        clock.parse(text_of(raw))
    except UserError:
        return ""
    return text_of(raw)


def _span(raw: Any) -> str:
    return clock.span(raw) if isinstance(raw, int) and 0 < raw < 10**20 else ""


def _object(raw: Any) -> dict[str, Any]:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            return {}
    plain = raw if isinstance(raw, dict) else {}
    return {key: value for key, value in plain.items() if is_plain({key: value})}


def _texts(raw: Any) -> tuple[str, ...]:
    return tuple(text_of(one) for one in raw if text_of(one)) if isinstance(raw, list) else ()


def _labels(raw: Any) -> tuple[str, ...]:
    return tuple(sorted(set(_texts(raw))))


def _same(value: Any) -> Any:
    return value


def _list(value: tuple[str, ...]) -> list[str]:
    return list(value)


_TEXT = (text_of, _same)
_TIME = (_moment, _same)
_FLAG = (bool, _same)

# in the order in which trackers write them
KEYS = tuple(
    Key(key, field, *how)
    for key, field, how in (
        ("id", "id", (_id, _same)),
        ("title", "title", (_title, _same)),
        ("description", "description", _TEXT),
        ("design", "design", _TEXT),
        ("acceptance_criteria", "acceptance", _TEXT),
        ("notes", "notes", _TEXT),
        ("spec_id", "spec", _TEXT),
        ("status", "status", (_word, _same)),
        ("priority", "priority", (_priority, _same)),
        ("issue_type", "type", (_word, _same)),
        ("assignee", "assignee", _TEXT),
        ("owner", "owner", _TEXT),
        ("estimated_minutes", "estimate", (_minutes, _same)),
        ("created_at", "created", _TIME),
        ("created_by", "created_by", _TEXT),
        ("updated_at", "updated", _TIME),
        ("started_at", "started", _TIME),
        ("closed_at", "closed", _TIME),
        ("close_reason", "close_reason", _TEXT),
        ("closed_by_session", "session", _TEXT),
        ("evidence", "evidence", _TEXT),
        ("due_at", "due", _TIME),
        ("defer_until", "defer", _TIME),
        ("external_ref", "external_ref", _TEXT),
        ("metadata", "metadata", (_object, _same)),
        ("labels", "labels", (_labels, _list)),
        ("sender", "sender", _TEXT),
        ("ephemeral", "ephemeral", _FLAG),
        ("wisp_type", "wisp_type", _TEXT),
        ("pinned", "pinned", _FLAG),
        ("is_template", "template", _FLAG),
        ("await_type", "await_", _TEXT),
        ("await_id", "on", _TEXT),
        ("timeout", "timeout", (_span, clock.nanoseconds)),
        ("waiters", "waiters", (_texts, _list)),
        ("mol_type", "mol_type", _TEXT),
        ("work_type", "work_type", _TEXT),
        ("event_kind", "event_kind", _TEXT),
        ("actor", "actor", _TEXT),
        ("target", "target", _TEXT),
        ("payload", "payload", _TEXT),
    )
)
FIELD_OF = {each.key: each for each in KEYS}
ALWAYS = frozenset({"id", "title", "status", "priority", "issue_type"})

_BLANK = Bead(id=ItemId(""), title="")


def value_of(key: Key, raw: Any) -> Any:
    """The field's value for a raw one; an explicit null means the default, for a priority 0."""
    if raw is None:
        return 0 if key.key == "priority" else getattr(_BLANK, key.field)
    return key.take(raw)
