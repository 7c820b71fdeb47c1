"""Change the settings of the town or of a rig: one commit."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.actions import loosened
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model import settings_text
from gtlib.model.edit import Edit
from gtlib.model.settings import Settings
from gtlib.model.settings import parse
from gtlib.model.settings import path_for
from gtlib.model.settings_text import Change
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import OVERSEER
from gtlib.rules.target import find_rig
from gtlib.runtimes import advice
from gtlib.runtimes import programs
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town


class Changed(Struct, frozen=True, kw_only=True):
    """What an edit of settings has come to. `commit` is empty when they said so already; `warnings` are lines
    on what nothing knows there now and did not stand there before.
    """

    path: str
    commit: str = ""
    warnings: tuple[str, ...] = ()


def config_edit(town: Town, rig: str, what: str, change: Change, actor: str, said: str = "") -> Changed:
    """Let `change` alter what the file says; `what` is for the commit's subject, `said` the key that is said.

    What agents of it run, and which roles have a sandbox, is allowed on this machine when a person says it
    here. UserError when the rig is not
    known, FileError for settings that can't be read; nothing is changed then.
    """
    path = path_for(find_rig(town.snapshot(), rig).name if rig else "")
    seen: list[tuple[Snapshot, str, str]] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        text = settings_text.text_of(snapshot, rig)
        made = settings_text.changed(path, text, change)
        seen.append((snapshot, text, made))
        return Edit(subject=f"config: {what}", files=((path, made),)) if made != text else None

    applied = transition(town, plan, actor)
    if applied is not None:
        town.notes += applied.notes
    old, before, after = seen[-1]
    if actor == OVERSEER:
        _allow(town, path, before, after)
        loosened.keep(town.local, old, town.snapshot(), f"{path} {said}")
    stood = {_said(line) for line in _warnings(old, path, before)}
    new = tuple(line for line in _warnings(town.snapshot(), path, after) if _said(line) not in stood)
    return Changed(path=path, commit=applied.commit if applied else "", warnings=new)


def after_change(snapshot: Snapshot, rig: str, change: Change) -> Snapshot:
    """The town as it would be with that change. Raises as `config_edit`."""
    path = path_for(rig)
    made = settings_text.changed(path, settings_text.text_of(snapshot, rig), change)
    return snapshot.with_edit(Edit(subject="", files=((path, made),)))


def refuse_unknown(snapshot: Snapshot, rig: str, change: Change) -> None:
    """UserError when after the change the settings name an agent that nobody knows, and did not before."""
    after = after_change(snapshot, rig, change)
    known = programs.known(after)
    path, text = path_for(rig), settings_text.text_of(snapshot, rig)
    before = {*advice.unknown_names(parse(path, text), known)}
    for found in advice.unknown_names(parse(path, settings_text.text_of(after, rig)), known):
        if found not in before:
            error = programs.unknown(known, found[1])
            raise UserError(error.what, f"{error.hint}; --force says it all the same")


def setting(keys: tuple[str, ...], value: object) -> Change:
    """The change that says one value."""

    def change(raw: dict[str, Any]) -> None:
        settings_text.put(raw, keys, value)

    return change


def commands(settings: Settings) -> dict[str, str]:
    """What its agents run, as it is allowed, by their names."""
    all_ = (*settings.agents.values(), *filter(None, [settings.runtime]))
    return {each.name: text for each in all_ if (text := programs.text_of(each))}


def _allow(town: Town, path: str, before: str, after: str) -> None:
    old = set(commands(parse(path, before)).values())
    for name, text in commands(parse(path, after)).items():
        if text not in old:
            allow_text(town.local, text, f"{path} agent {name}")


def _warnings(snapshot: Snapshot, path: str, text: str) -> tuple[str, ...]:
    try:
        known = programs.known(snapshot)
    except UserError:  # of another file, which whoever reads it is told of
        known = programs.known()
    return advice.warnings(parse(path, text), text, known)


def _said(line: str) -> str:
    """The warning without its place: lines move, what is said does not."""
    return line.partition(": ")[2]
