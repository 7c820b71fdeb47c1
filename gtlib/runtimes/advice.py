"""What is odd in the agents of settings: flags, providers and names that nothing knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Final

from gtlib.errors import UserError
from gtlib.model import jsonplace
from gtlib.model.settings import AgentConfig
from gtlib.model.settings import Settings
from gtlib.model.settings_keys import nearest
from gtlib.model.settings_keys import unknown_keys
from gtlib.runtimes import programs
from gtlib.runtimes.presets import Preset

_FLAG: Final = re.compile(r"--?[A-Za-z][\w-]*")
_SECRET: Final = re.compile(r"(?i)(key|token|secret|password)$")
_NAMED: Final = ("role_agents", "crew_agents", "worker_agents")


def warnings(settings: Settings, text: str, known: Iterable[str]) -> tuple[str, ...]:
    """A line for each thing in the file (`text`) that nothing knows, with what is nearest; `known` are the
    names that stand for programs. All of it is kept as written.
    """
    return (*unknown_keys(settings, text), *_agents(settings, text), *_names(settings, text, [*known]))


def unknown_flags(program: Preset, args: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Flags that the help of the program does not name, and the nearest that it does (or nothing)."""
    if not program.known_flags:
        return
    for word in args:
        if word == "--":
            return
        found = _FLAG.match(word)
        if found and found[0] == word.partition("=")[0] and found[0] not in program.known_flags:
            yield word, nearest(found[0], program.known_flags)


def _agents(settings: Settings, text: str) -> Iterator[str]:
    custom: list[tuple[tuple[str, ...], AgentConfig]] = [
        (("agents", name), each) for name, each in settings.agents.items()
    ]
    if settings.runtime is not None:
        custom.append((("runtime",), settings.runtime))
    for keys, config in custom:
        where = f"{settings.path}:{jsonplace.line_of(text, keys)}: {'.'.join(keys)}"
        try:
            program = programs.resolve(config)
        except UserError as error:
            yield f"{settings.path}:{jsonplace.line_of(text, keys)}: {error}"
            continue
        for flag, near in unknown_flags(program, config.args or ()):
            hint = f"did you mean {near}?" if near else "it is kept as it is"
            yield f"{where}: {program.command} does not know {flag}; {hint}"
        for key in _secrets(config):
            yield f"{where}: {key} is committed with the town; leave it to the environment of gt up"


def _secrets(config: AgentConfig) -> Iterator[str]:
    return (key for key, value in config.env.items() if value and _SECRET.search(key))


def unknown_names(settings: Settings, known: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """(keys, name) of each that the settings name for a role and nobody knows as a program."""
    said: list[tuple[tuple[str, ...], str]] = [
        ((key,), getattr(settings, key)) for key in ("default_agent", "agent")
    ]
    for table in _NAMED:
        said += [((table, name), value) for name, value in getattr(settings, table).items()]
    said += [(("roles", name, "agent"), role.agent) for name, role in settings.roles.items()]
    names = {*known}
    return ((keys, value) for keys, value in said if value and value not in names)


def _names(settings: Settings, text: str, known: list[str]) -> Iterator[str]:
    for keys, value in unknown_names(settings, known):
        near = nearest(value, known)
        hint = f"did you mean {near}?" if near else f'gt config agent set {value} "COMMAND" makes it known'
        line = jsonplace.line_of(text, keys)
        yield f"{settings.path}:{line}: {'.'.join(keys)}: no runtime {value!r}; {hint}"
