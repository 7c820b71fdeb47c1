"""Change where new polecats get their names: the theme of a rig, and the town's own themes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gtlib import names
from gtlib.actions.config_edit import Changed
from gtlib.actions.config_edit import config_edit
from gtlib.errors import UserError
from gtlib.model import settings_text
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.rules.namepool import MOST
from gtlib.rules.namepool import THEMES
from gtlib.rules.namepool import check_name
from gtlib.rules.namepool import themes_of
from gtlib.store.town import Town

_KEY = "namepool"


def set_theme(town: Town, rig: str, theme: str, actor: str) -> Changed:
    """Name the rig's new polecats by that theme. UserError when there is none."""
    known = themes_of(town.snapshot())
    if theme not in known:
        raise UserError(f"there is no theme {theme!r} of names", f"one of {', '.join(known)}")
    return _edit(town, rig, f"names of {rig} by {theme}", ("style",), theme, actor)


def add_name(town: Town, rig: str, name: str, actor: str) -> Changed:
    """One more name for new polecats of the rig, before those of the theme. UserError for a bad one."""
    own = rig_settings(town.snapshot(), rig)
    there = own.namepool.names if own is not None else ()
    found = [*there, *([] if check_name(name) in there else [name])]
    return _edit(town, rig, f"name {name} for {rig}", ("names",), found, actor)


def create_theme(town: Town, theme: str, given: Sequence[str], actor: str) -> Changed:
    """A theme of the town's own. UserError for a bad or known name, for none, and for too many names."""
    if theme in THEMES:
        raise UserError(f"{theme} is a theme of gt", "choose another name")
    if names.agent_name(theme) in town_settings(town.snapshot()).namepool.themes:
        raise UserError(f"there is a theme {theme}", f"take it away first: gt namepool delete {theme}")
    found = list(dict.fromkeys(check_name(name) for name in given))
    if not 0 < len(found) <= MOST:
        raise UserError(f"a theme has from 1 to {MOST:,} names", f"gt namepool create {theme} NAME NAME")
    return _edit(town, "", f"theme {theme}", ("themes", theme), found, actor)


def delete_theme(town: Town, theme: str, actor: str) -> Changed:
    """Take a theme of the town's own away. UserError for another, and for one in use."""
    snapshot = town.snapshot()
    if theme in THEMES:
        raise UserError(f"{theme} is a theme of gt", "only own themes can be deleted")
    if theme not in town_settings(snapshot).namepool.themes:
        raise UserError(f"there is no theme {theme!r} of names", "gt namepool themes lists them")
    using = _using(snapshot, theme)
    if using:
        raise UserError(f"{using} has its names from {theme}", "give it others first: gt namepool set THEME")

    def change(raw: dict[str, Any]) -> None:
        settings_text.drop(raw, (_KEY, "themes", theme))

    return config_edit(town, "", f"no theme {theme}", change, actor)


def reset(town: Town, rig: str, actor: str) -> Changed:
    """Let the rig's name choose the theme again, without names of its own."""

    def change(raw: dict[str, Any]) -> None:
        settings_text.drop(raw, (_KEY,))

    return config_edit(town, rig, f"names of {rig} as at first", change, actor)


def _using(snapshot: Snapshot, theme: str) -> str:
    if town_settings(snapshot).namepool.style == theme:
        return "the town"
    rigs = ((each.name, rig_settings(snapshot, each.name)) for each in snapshot.rigs())
    return next((name for name, own in rigs if own is not None and own.namepool.style == theme), "")


def _edit(town: Town, rig: str, what: str, keys: tuple[str, ...], value: object, actor: str) -> Changed:
    def change(raw: dict[str, Any]) -> None:
        settings_text.put(raw, (_KEY, *keys), value)

    return config_edit(town, rig, what, change, actor)
