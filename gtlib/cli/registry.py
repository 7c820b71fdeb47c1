"""Which module a command is in. Nothing is imported but the module of what was typed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import msgspec

from gtlib.cli.argv import HELP
from gtlib.cli.argv import nearest
from gtlib.cli.command import Command
from gtlib.cli.command import commands_of
from gtlib.errors import UsageError

DEPTH = 3


class Entry(msgspec.Struct, frozen=True):
    """A module with commands: where `gt --help` lists it, and as what."""

    module: str
    section: str
    purpose: str


class Program(msgspec.Struct, frozen=True):
    """A program: its modules by what their commands begin with. Commands of `home` need no group word."""

    name: str
    purpose: str
    entries: Mapping[str, Entry]
    home: str = ""


class Found(msgspec.Struct, frozen=True):
    """What words name: a command, or (None) the group `name`; and the words that follow."""

    command: Command | None
    name: tuple[str, ...]
    rest: tuple[str, ...]


# A key is what commands begin with: a group, a group and a command (so that one command of a group may live
# in a module that imports less), or a command of one word.
ENTRIES: dict[str, Entry] = {
    "mq": Entry("gtlib.cli.mq", "Landing", "the merge queue"),
    "refinery": Entry("gtlib.cli.refinery", "Landing", "land what is ready, without a deacon"),
    "allow": Entry("gtlib.cli.allow", "Landing", "let commands of a file run on this machine"),
    "version": Entry("gtlib.cli.version", "The program", "print the version"),
}

BD_KEYS = ("bead", "formula", "mol", "cook", "version")

GT = Program("gt", "a town of agents made of files", ENTRIES)
BD = Program(
    "bd",
    "work items, formulas and molecules of a town",
    {key: entry for key, entry in ENTRIES.items() if key.split()[0] in BD_KEYS},
    home="bead",
)
PROGRAMS = {"gt": GT, "bd": BD}


def find(program: Program, words: Sequence[str]) -> Found:
    """The command that `words` begin with: the longest name wins. `--json` and `--help` may stand before it.

    Raises UsageError when there is none.
    """
    early, path, rest = _split(program, words)
    for prefix in ((), (program.home,)) if program.home else ((),):
        found = _match(program, (*prefix, *path))
        if found is not None:
            command, size = found
            used = size - len(prefix)
            if used == 1 and _is_typo(program, command, path):
                raise _unknown(program, path)
            if used > 0:
                return Found(command, tuple(path[:used]), (*early, *path[used:], *rest))
    if any(word in HELP for word in (*early, *rest)) and (not path or below(program, path)):
        return Found(None, tuple(path), ())
    raise _unknown(program, path)


def below(program: Program, group: Sequence[str]) -> dict[tuple[str, ...], Command]:
    """The commands of a group, by what follows its name; of no group: those of `home`."""
    groups = (tuple(group), (program.home, *group) if program.home else ())
    return {
        name[len(prefix) :]: command
        for prefix in filter(None, groups)
        for module in dict.fromkeys(
            entry.module for key, entry in program.entries.items() if key.split()[0] == prefix[0]
        )
        for name, command in load(module).items()
        if name[: len(prefix)] == prefix and len(name) > len(prefix)
    }


def every(program: Program) -> Iterator[Command]:
    """Every command, once."""
    for module in dict.fromkeys(entry.module for entry in program.entries.values()):
        seen: list[Command] = []
        for command in load(module).values():
            if command not in seen:
                seen.append(command)
                yield command


def load(module: str) -> dict[tuple[str, ...], Command]:
    """Import a module of commands: its commands, by name."""
    return commands_of(importlib.import_module(module))


def _split(program: Program, words: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """The switches that stand before or in the name, the words that may be the name, and what follows."""
    early: list[str] = []
    path: list[str] = []
    for number, word in enumerate(words):
        if word in HELP or word == "--json":
            early.append(word)
        elif word.startswith("-") or len(path) >= DEPTH:
            return early, path, list(words[number:])
        elif not path and "." in word and not word.startswith("."):
            path += word.split(".")
        else:
            path.append(word)
    return early, path, []


def _match(program: Program, words: tuple[str, ...]) -> tuple[Command, int] | None:
    for size in range(min(DEPTH, len(words)), 0, -1):
        entry = program.entries.get(" ".join(words[:size]))
        commands = load(entry.module) if entry else {}
        for length in range(len(words), 0, -1):
            if words[:length] in commands:
                return commands[words[:length]], length
    return None


def _is_typo(program: Program, default: Command, path: Sequence[str]) -> bool:
    """The default command of a group takes no words, but one follows: it was meant as another command."""
    takes_words = any(param.role != "flag" for param in default.params)
    return len(path) > 1 and not takes_words and bool(below(program, path[:1]))


def _unknown(program: Program, path: Sequence[str]) -> UsageError:
    if not path:
        return UsageError("no command", f"see {program.name} --help")
    for size in range(len(path), -1, -1):
        group = tuple(path[:size])
        names = {name[0] for name in below(program, group)}
        if not group:
            names |= {key.split()[0] for key in program.entries} - {program.home}
        if names:
            break
    typed = " ".join((program.name, *group))
    if size == len(path):
        return UsageError(f"{typed} needs a command", f"one of: {', '.join(sorted(names))}")
    hint = f"one of: {', '.join(sorted(names))}" if group else f"see {program.name} --help"
    return UsageError(f"unknown command {' '.join((typed, path[size]))!r}", nearest(path[size], names, hint))
