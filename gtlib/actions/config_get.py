"""Look at one value of the settings."""

from __future__ import annotations

from typing import Any

from gtlib.errors import UserError
from gtlib.model import settings_text
from gtlib.model.settings import parse
from gtlib.model.settings import path_for
from gtlib.model.settings_keys import nearest
from gtlib.model.snapshot import Snapshot
from gtlib.rules.target import find_rig


def config_get(snapshot: Snapshot, rig: str, key: str) -> object:
    """What the file says there. UserError when it says nothing."""
    path = path_for(find_rig(snapshot, rig).name if rig else "")
    raw = parse(path, settings_text.text_of(snapshot, rig)).raw
    found, value = settings_text.get(raw, settings_text.split(raw, key))
    if not found:
        near = nearest(key, _keys(raw))
        raise UserError(
            f"{path} says nothing of {key}", f"did you mean {near}?" if near else "gt config show"
        )
    return value


def _keys(raw: dict[str, Any]) -> list[str]:
    """Every dotted key that says something."""
    found = []
    for key, value in raw.items():
        found.append(key)
        found += [f"{key}.{below}" for below in (_keys(value) if isinstance(value, dict) else ())]
    return found
