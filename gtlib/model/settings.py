"""`settings/config.json` of the town and of a rig: agents and how roles are given to them.

The shape is Gas Town's; `sessions` and `permissions` and an agent's `session` are ours. What is not known is
kept as written, and warned about (`gtlib.model.settings_keys`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from typing import Final

from msgspec import Struct

from gtlib import layout
from gtlib.errors import FileError
from gtlib.model import jsonplace
from gtlib.model.snapshot import Snapshot

MODES: Final = ("tmux", "headless", "manual")
PERMISSIONS: Final = ("autonomous", "sandbox")
EFFORTS: Final = ("low", "medium", "high", "max")
PROMPT_MODES: Final = ("arg", "none")
DEFAULT: Final = "default"  # the entry of `sessions` and `permissions` for every role without one
OLDER: Final = "runtime"  # the agent that the older key `runtime` describes, by its name
VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class AgentConfig(Struct, frozen=True, kw_only=True):
    """A custom agent. `provider` is the preset that it behaves as; empty: what `command` names.

    `args` None: those of the preset; an empty one: none at all. `session` is the mode it runs in, empty: its
    role's. `ready_prefix` begins the line of its screen that waits for words.
    """

    name: str
    provider: str = ""
    command: str = ""
    args: tuple[str, ...] | None = None
    env: dict[str, str] = {}
    model: str = ""
    session: str = ""
    prompt_mode: str = ""
    exec_wrapper: tuple[str, ...] = ()
    instructions: str = ""
    ready_prefix: str = ""


class Role(Struct, frozen=True, kw_only=True):
    """What the older key `roles` says of one. `patrol`: its agent is to look round by itself."""

    agent: str = ""
    patrol: bool = False


class Namepool(Struct, frozen=True, kw_only=True):
    """Where new polecats get their names: a theme, or names of one's own. `themes` are the town's own."""

    style: str = ""
    names: tuple[str, ...] = ()
    max_before_numbering: int = 50
    themes: dict[str, tuple[str, ...]] = {}


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of the town or of a rig. `raw` is all that the file says."""

    path: str = layout.SETTINGS
    default_agent: str = ""
    agent: str = ""
    agents: dict[str, AgentConfig] = {}
    role_agents: dict[str, str] = {}
    crew_agents: dict[str, str] = {}
    worker_agents: dict[str, str] = {}
    role_effort: dict[str, str] = {}
    roles: dict[str, Role] = {}
    runtime: AgentConfig | None = None
    cost_tier: str = ""
    sessions: dict[str, str] = {}
    permissions: dict[str, str] = {}
    namepool: Namepool = Namepool()
    default_formula: str = ""
    crew_startup: str = ""
    scheduler: dict[str, Any] = {}
    raw: dict[str, Any] = {}


def path_for(rig: str = "") -> str:
    """The settings file of a rig, or of the town."""
    return f"{rig}/{layout.SETTINGS}" if rig else layout.SETTINGS


def town_settings(snapshot: Snapshot) -> Settings:
    """The town's, or none at all. FileError for a file that can't be read as settings."""
    return parse(layout.SETTINGS, snapshot.text(layout.SETTINGS) or "{}")


def rig_settings(snapshot: Snapshot, rig: str) -> Settings | None:
    """A rig's; None where it has none. FileError for a file that can't be read as settings."""
    text = snapshot.text(path_for(rig)) if rig else None
    return None if text is None else parse(path_for(rig), text)


@lru_cache(maxsize=64)
def parse(path: str, text: str) -> Settings:
    """The settings that a file says. FileError, with the line, for what is no JSON and for a wrong type."""
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise FileError(
            path, error.lineno, f"this is not JSON: {error.msg}", "mend it; JSON has no comments"
        ) from None
    except (RecursionError, ValueError):  # braces without end, a number of thousands of digits
        raise FileError(path, 1, "this is no JSON that settings have", "mend it") from None
    if not isinstance(raw, dict):
        raise FileError(path, 1, "these are no settings", 'write {"key": value}')
    reader = _Reader(path, text)
    top = reader.at(raw)
    pool, workflow, crew = top.table("namepool"), top.table("workflow"), top.table("crew")
    return Settings(
        path=path,
        default_agent=top.text("default_agent"),
        agent=top.text("agent"),
        agents={name: _agent(name, each) for name, each in top.tables("agents").items()},
        role_agents=top.texts("role_agents"),
        crew_agents=top.texts("crew_agents"),
        worker_agents=top.texts("worker_agents"),
        role_effort=top.texts("role_effort", EFFORTS),
        roles={name: _role(each) for name, each in top.tables("roles").items()},
        runtime=_agent(OLDER, top.table("runtime")) if "runtime" in raw else None,
        cost_tier=top.text("cost_tier"),
        sessions=top.texts("sessions", MODES),
        permissions=top.texts("permissions", PERMISSIONS),
        namepool=Namepool(
            style=pool.text("style"),
            names=pool.list("names") or (),
            max_before_numbering=pool.number("max_before_numbering", 50),
            themes=pool.lists("themes"),
        ),
        default_formula=workflow.text("default_formula"),
        crew_startup=crew.text("startup"),
        scheduler=top.table("scheduler").values,
        raw=raw,
    )


def _role(table: _Table) -> Role:
    return Role(agent=table.text("agent"), patrol=table.flag("patrol"))


def _agent(name: str, table: _Table) -> AgentConfig:
    """`session` is a table in Gas Town's files: only a mode there is ours."""
    provider = table.text("provider") or table.text("preset")
    session = "" if isinstance(table.values.get("session"), dict) else table.text("session", MODES)
    env = table.texts("env")
    for key in env:
        if not VARIABLE.fullmatch(key) or "\0" in env[key]:
            raise table.wrong(("env", key), "is no variable that a program can be given", "NAME: text")
    model, file = table.text("model"), table.table("instructions").text("file")
    if model.startswith("-"):
        raise table.wrong(("model",), "is a flag", "the name of a model")
    if file.startswith("/") or "\\" in file or ".." in file.split("/"):
        raise table.wrong(("instructions", "file"), "leaves the worktree", "a name such as AGENTS.md")
    return AgentConfig(
        name=name,
        provider=provider,
        command=table.text("command"),
        args=table.list("args"),
        env=env,
        model=model,
        session=session,
        prompt_mode=table.text("prompt_mode", PROMPT_MODES),
        exec_wrapper=table.list("exec_wrapper") or (),
        instructions=file,
        ready_prefix=table.table("tmux").text("ready_prompt_prefix"),
    )


class _Reader:
    """The file that tables are read from."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def at(self, values: dict[str, Any], keys: Sequence[str] = ()) -> _Table:
        return _Table(self, values, tuple(keys))


class _Table:
    """One object of the file and where it stands."""

    def __init__(self, reader: _Reader, values: dict[str, Any], keys: tuple[str, ...]) -> None:
        self.reader = reader
        self.values = values
        self.keys = keys

    def wrong(self, keys: Sequence[str], what: str, wanted: str) -> FileError:
        """The error that names a key below this table, and its line."""
        full = (*self.keys, *keys)
        line = jsonplace.line_of(self.reader.text, full)
        return FileError(self.reader.path, line, f"{'.'.join(full)} {what}", f"write {wanted}")

    def text(self, key: str, known: Sequence[str] = ()) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or "\0" in value:
            raise self.wrong((key,), "is no text", '"..."')
        if known and value and value not in known:
            raise self.wrong((key,), f"can't be {json.dumps(value)}", " or ".join(known))
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong((key,), "is neither true nor false", "one of them, without quotes")
        return bool(value)

    def number(self, key: str, default: int) -> int:
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong((key,), "is no number", "a whole number, not below 0")
        return value

    def list(self, key: str) -> tuple[str, ...] | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) and "\0" not in one for one in value):
            raise self.wrong((key,), "is no list of texts", '["...", "..."]')
        return tuple(value)

    def table(self, key: str) -> _Table:
        value = self.values.get(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.wrong((key,), "is no table", '{"key": value}')
        return self.reader.at(value, (*self.keys, key))

    def tables(self, key: str) -> Mapping[str, _Table]:
        inner = self.table(key)
        return {name: inner.table(name) for name in inner.values}

    def lists(self, key: str) -> dict[str, tuple[str, ...]]:
        inner = self.table(key)
        return {name: inner.list(name) or () for name in inner.values}

    def texts(self, key: str, known: Sequence[str] = ()) -> dict[str, str]:
        inner = self.table(key)
        found = {name: inner.text(name, known) for name in inner.values}
        return {name: value for name, value in found.items() if value or key == "env"}
