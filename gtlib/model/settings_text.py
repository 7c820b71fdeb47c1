"""Change a settings file: the order of its keys, what nobody knows, and its indent stay."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Final

from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.settings import Settings
from gtlib.model.settings import parse
from gtlib.model.settings import path_for
from gtlib.model.snapshot import Snapshot

_INDENT: Final = re.compile(r'\{[ \t]*\r?\n([ \t]+)"')

Change = Callable[[dict[str, Any]], None]


def blank(rig: str) -> str:
    """A settings file that says nothing yet."""
    return render({"type": "rig-settings" if rig else "town-settings", "version": 1}, "")


def text_of(snapshot: Snapshot, rig: str) -> str:
    """The text of the town's or a rig's settings, or that of a file that says nothing."""
    return snapshot.text(path_for(rig)) or blank(rig)


def changed(path: str, text: str, change: Change) -> str:
    """The text with what `change` does to the object that it says. FileError for a text that is no settings,
    UserError for a change after which it would be none.
    """
    raw = json.loads(json.dumps(parse(path, text).raw))
    change(raw)
    made = render(raw, text)
    try:
        parse(path, made)
    except FileError as error:
        raise UserError(error.what.partition(": ")[2], error.hint) from None
    return text if parse(path, made).raw == parse(path, text).raw else made


def render(raw: Mapping[str, Any], like: str) -> str:
    """The object as JSON, indented as the text `like`."""
    found = _INDENT.match(like.lstrip())
    text = json.dumps(raw, indent=found[1] if found else "  ", ensure_ascii=False)
    if any("\ud800" <= each <= "\udfff" for each in text):  # half a letter, which no file can hold by itself
        text = json.dumps(raw, indent=found[1] if found else "  ")
    return f"{text}\n"


def split(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The keys that a dotted one names, the longest that are there first: names of agents may have dots."""
    parts, found = key.split("."), []
    at: object = raw
    while parts:
        here = at if isinstance(at, Mapping) else {}
        size = next((n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in here), 1)
        name = ".".join(parts[:size])
        found.append(name)
        parts, at = parts[size:], here.get(name)
    if not all(found):
        raise UserError(f"{key!r} is no key", "write it as role_agents.polecat")
    return tuple(found)


def get(raw: Mapping[str, Any], keys: Sequence[str]) -> tuple[bool, Any]:
    """Whether something stands there, and what."""
    at: Any = raw
    for key in keys:
        if not isinstance(at, Mapping) or key not in at:
            return False, None
        at = at[key]
    return True, at


def put(raw: dict[str, Any], keys: Sequence[str], value: object) -> None:
    """Say a value there. UserError where something else than a table is on the way."""
    at = raw
    for number, key in enumerate(keys[:-1], 1):
        below = at.setdefault(key, {})
        if below is None:
            below = at[key] = {}
        if not isinstance(below, dict):
            raise UserError(f"{'.'.join(keys[:number])} is no table", f"gt config get {keys[0]} shows it")
        at = below
    at[keys[-1]] = value


def drop(raw: dict[str, Any], keys: Sequence[str]) -> None:
    """Take what stands there away, if there is something."""
    found, at = get(raw, keys[:-1])
    if found and isinstance(at, dict):
        at.pop(keys[-1], None)


def value_of(text: str) -> object:
    """What a person means by a word: JSON, or else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def named_in(settings: Settings, agent: str) -> tuple[str, ...]:
    """The keys by which the settings give that agent to somebody."""
    found = [key for key in ("default_agent", "agent") if getattr(settings, key) == agent]
    for table in ("role_agents", "crew_agents", "worker_agents"):
        found += [f"{table}.{name}" for name, said in getattr(settings, table).items() if said == agent]
    found += [f"roles.{name}.agent" for name, role in settings.roles.items() if role.agent == agent]
    return tuple(found)
