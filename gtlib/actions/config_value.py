"""One value of the settings: say it, take it away."""

from __future__ import annotations

from typing import Any

from gtlib.actions.config_edit import Changed
from gtlib.actions.config_edit import after_change
from gtlib.actions.config_edit import config_edit
from gtlib.actions.config_edit import refuse_unknown
from gtlib.actions.config_edit import setting
from gtlib.actions.config_get import config_get
from gtlib.actions.sandbox import newly_sandboxed
from gtlib.actions.sandbox import refuse_sandbox
from gtlib.errors import UserError
from gtlib.model import settings_text
from gtlib.model.settings import parse
from gtlib.model.settings import path_for
from gtlib.model.settings_text import Change
from gtlib.model.snapshot import Snapshot
from gtlib.rules.target import find_rig
from gtlib.store.town import Town


def config_set(town: Town, rig: str, key: str, text: str, actor: str, *, force: bool = False) -> Changed:
    """Say a value: JSON, or text where it is none, or where only text can stand.

    A sandbox for a role is refused where it was not seen to work, and unless by force the name of an agent
    that nobody knows. UserError, and nothing changed, then and for a value that can't stand there.
    """
    snapshot = town.snapshot()
    rig = find_rig(snapshot, rig).name if rig else ""
    keys = settings_text.split(parse(path_for(rig), settings_text.text_of(snapshot, rig)).raw, key)
    if not text.strip() and keys[-2:-1] != ("env",):
        raise UserError(f"nothing is said for {key}", f"gt config unset {key} takes away what stands there")
    change = _fitting(snapshot, rig, keys, text)
    if not force:
        refuse_unknown(snapshot, rig, change)
    after = after_change(snapshot, rig, change)
    for role in newly_sandboxed(snapshot, after, rig):
        refuse_sandbox(town, after, rig, role)
    said = ".".join(keys)
    return config_edit(town, rig, f"set {said}", change, actor, said)


def config_unset(town: Town, rig: str, key: str, actor: str) -> Changed:
    """Say nothing of it any more. UserError when the file does not."""
    config_get(town.snapshot(), rig, key)

    def change(raw: dict[str, Any]) -> None:
        settings_text.drop(raw, settings_text.split(raw, key))

    return config_edit(town, rig, f"unset {key}", change, actor)


def _fitting(snapshot: Snapshot, rig: str, keys: tuple[str, ...], text: str) -> Change:
    """The change with the value as JSON, else as text. UserError when neither can stand there."""
    value = settings_text.value_of(text)
    try:
        after_change(snapshot, rig, setting(keys, value))
    except UserError:
        if isinstance(value, str):
            raise
        after_change(snapshot, rig, setting(keys, text))
        return setting(keys, text)
    return setting(keys, value)
