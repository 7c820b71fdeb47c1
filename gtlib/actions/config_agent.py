"""Custom agents of the settings: make one, take one away; and who is the default."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions.config_edit import Changed
from gtlib.actions.config_edit import config_edit
from gtlib.actions.config_value import config_set
from gtlib.errors import UserError
from gtlib.model import settings_text
from gtlib.model.cost_tiers import MODELS
from gtlib.model.settings import OLDER
from gtlib.model.settings import VARIABLE
from gtlib.model.settings import path_for
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.runtimes import presets
from gtlib.runtimes import programs
from gtlib.runtimes.base import OWN
from gtlib.store.town import Town

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Wanted(Struct, frozen=True, kw_only=True):
    """A custom agent as a person types it. `line` is its command as a shell reads it; `session` the mode."""

    line: str
    provider: str = ""
    env: Mapping[str, str] = {}
    session: str = ""
    model: str = ""


def agent_set(town: Town, rig: str, name: str, wanted: Wanted, actor: str) -> Changed:
    """Make a custom agent, or change one: what is not said about it stays.

    UserError for words that can't be, and for a preset that there is not.
    """
    if not _NAME.fullmatch(name) or name in (*OWN, OLDER):
        raise UserError(f"{name!r} is no name for an agent", "use letters, digits, and - _ . within")
    words = _words(wanted.line)
    if wanted.provider and wanted.provider not in presets.presets():
        raise UserError(f"no preset {wanted.provider!r}", f"one of {', '.join(presets.presets())}")
    bad = next((key for key in wanted.env if not VARIABLE.fullmatch(key)), None)
    if bad is not None:
        raise UserError(f"{bad!r} is no variable", "write --env NAME=VALUE")

    def change(raw: dict[str, Any]) -> None:
        _, before = settings_text.get(raw, ("agents", name))
        made = dict(before) if isinstance(before, dict) else {}
        made["command"] = words[0]
        made.pop("args", None)
        if words[1:]:
            made["args"] = words[1:]
        said = {"provider": wanted.provider, "model": wanted.model, "session": wanted.session}
        made |= {key: value for key, value in said.items() if value}
        if wanted.env:
            made["env"] = {**(made.get("env") or {}), **wanted.env}
        settings_text.put(raw, ("agents", name), made)

    done = config_edit(town, rig, f"agent {name}", change, actor)
    return replace(done, warnings=(*done.warnings, *_notes(town.snapshot(), rig, name)))


def _notes(snapshot: Snapshot, rig: str, name: str) -> Iterator[str]:
    """What to know of an agent that was made: whom it replaces, and what it lacks here."""
    where = f" --rig {rig}" if rig else ""
    if name in (*presets.presets(), *MODELS):
        back = f"gt config agent remove {name}{where}"
        yield f"{name} stands for this now, not for the built-in agent of that name: {back} brings it back"
    gone = programs.missing(programs.program_of(snapshot, rig, name))
    if gone:
        yield gone


def agent_remove(town: Town, rig: str, name: str, actor: str, *, force: bool = False) -> Changed:
    """Take a custom agent away.

    UserError when there is none, and, unless by force, when it is named elsewhere.
    """
    snapshot = town.snapshot()
    settings = rig_settings(snapshot, rig) if rig else town_settings(snapshot)
    if settings is None or name not in settings.agents:
        raise UserError(f"{path_for(rig)} has no agent {name!r}", "gt config agent list shows them")
    named = () if force else _named(snapshot, rig, name)
    if named:
        what = f"{name} is named by {', '.join(named)}"
        raise UserError(what, f"name another there first, or: gt config agent remove {name} --force")
    return config_edit(
        town, rig, f"no agent {name}", lambda raw: settings_text.drop(raw, ("agents", name)), actor
    )


def default_agent(town: Town, rig: str, name: str, actor: str, *, force: bool = False) -> Changed:
    """Give the town, or a rig, its default agent. UserError for a name that nobody knows, unless by force."""
    return config_set(town, rig, "agent" if rig else "default_agent", name, actor, force=force)


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UserError(f"{line!r} is no command line: {error}", "close every quote") from None
    if not words or any("\0" in word for word in words):
        raise UserError("an agent needs a command", 'gt config agent set NAME "claude --model opus"')
    return words


def _named(snapshot: Snapshot, rig: str, name: str) -> tuple[str, ...]:
    """Where the agent is named: of the town's, in every rig that has none of that name, and by agents."""
    found: list[str] = []
    for each in (rig,) if rig else ("", *(config.name for config in snapshot.rigs())):
        settings = rig_settings(snapshot, each) if each else town_settings(snapshot)
        if settings is None or (each and not rig and name in settings.agents):
            continue
        found += (f"{settings.path} {key}" for key in settings_text.named_in(settings, name))
    theirs = (agent for agent in snapshot.agents() if agent.runtime == name and rig in ("", agent.rig))
    return (*found, *(agent.address for agent in theirs))
