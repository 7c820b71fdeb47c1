"""From typed words to the values of one command: pure, over the command's own signature.

Flags stand anywhere among the words, up to `--`. A flag that needs a value takes the next word whatever
it is; one whose value may be left out takes it only behind `=`. A number below zero is a word.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from collections.abc import Sequence

from gtlib.cli.command import Command
from gtlib.cli.command import Param
from gtlib.cli.command import Value
from gtlib.errors import UsageError

HELP = ("-h", "--help")
TRUTH = {"true": True, "false": False}
_NUMBER = re.compile(r"-\d")


def parse(
    command: Command, typed: str, words: Sequence[str], flags: Sequence[Param] = ()
) -> dict[str, Value] | None:
    """The values that `words`, what follows the command's name, give it; None: help is asked for.

    `typed` is the name as typed, for messages; `flags` are those of the program. Raises UsageError.
    """
    reader = _Reader(command, typed, words, flags)
    if not reader.read():
        return None
    reader.place()
    return reader.values


def leading(flags: Sequence[Param], words: Sequence[str]) -> tuple[dict[str, Value], list[str]]:
    """The values of the program's own flags before the first flag of the command, and the words without them.

    Raises UsageError for one without its value.
    """
    spelled = {f"--{each.long}": each for each in flags} | {f"-{e.short}": e for e in flags if e.short}
    values: dict[str, Value] = {}
    left = list(words)
    at = 0
    while at < len(left):
        name, equals, value = left[at].partition("=")
        param = spelled.get(name)
        if param is None and left[at].startswith("-") and left[at] not in (*HELP, "--json"):
            break
        if param is None:
            at += 1
            continue
        del left[at]
        if param.type == "switch":
            if equals and value.lower() not in TRUTH:
                raise UsageError(f"{name} is true or false, not {value!r}", f"write {name}")
            values[param.name] = TRUTH[value.lower()] if equals else True
            continue
        if not equals and at == len(left):
            raise UsageError(f"{name} needs a value", f"write {name} {param.label}")
        values[param.name] = value if equals else left.pop(at)
    return values, left


def usage(command: Command, typed: str) -> str:
    """The command on one line: `gt convoy create NAME [IDS...] [flags]`."""
    shapes = {"word": "{}", "optional": "[{}]", "rest": "[{}...]"}
    parts = [shapes[param.role].format(param.label) for param in command.params if param.role in shapes]
    parts += [f"--{param.long} {param.label}" for param in command.params if _required_flag(param)]
    return " ".join((typed, *parts, "[flags]"))


def nearest(word: str, names: Iterable[str], otherwise: str) -> str:
    """A hint that names what is most like `word`, else `otherwise`."""
    close = difflib.get_close_matches(word, list(names), n=3, cutoff=0.55)
    return f"did you mean {' or '.join(close)}?" if close else otherwise


class _Reader:
    """One pass over the words. Kept as a class for what the steps share: the position and the values."""

    def __init__(self, command: Command, typed: str, words: Sequence[str], flags: Sequence[Param]) -> None:
        self.command = command
        self.typed = typed
        self.words = words
        self.next = 0
        self.plain: list[str] = []
        self.values: dict[str, Value] = {}
        by_name = {param.name: param for param in command.params}
        self.long = {param.long: param for param in (*flags, *command.params)}
        self.long |= {flag: by_name[name] for flag, name in command.spellings.items()}
        self.short = {param.short: param for param in (*flags, *command.params) if param.short}

    def read(self) -> bool:
        """Sort the words into flags and plain words; False when help is asked for."""
        while self.next < len(self.words):
            word = self.words[self.next]
            self.next += 1
            if word == "--":
                self.plain += self.words[self.next :]
                break
            if word == "--help" or (word == "-h" and "h" not in self.short):
                return False
            if word.startswith("--"):
                self.read_long(word)
            elif word.startswith("-") and word != "-" and not self.is_number(word):
                self.read_short(word)
            else:
                self.plain.append(word)
        return True

    def is_number(self, word: str) -> bool:
        return _NUMBER.match(word) is not None and word[1] not in self.short

    def read_long(self, word: str) -> None:
        name, equals, value = word[2:].partition("=")
        name = name.replace("_", "-")
        param = self.long.get(name)
        if param is None and name.startswith("no-") and not equals:
            param = self.long.get(name[3:])
            if param is not None and param.type == "switch":
                self.values[param.name] = False
                return
            param = None
        if param is None:
            raise self.unknown(f"--{name}")
        self.give(param, f"--{name}", value if equals else None)

    def read_short(self, word: str) -> None:
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            param = self.short.get(letter)
            if param is None:
                raise self.unknown(f"-{letter}")
            if param.type == "switch" and not letters.startswith("="):
                self.values[param.name] = True
                continue
            self.give(param, f"-{letter}", letters.removeprefix("=") if letters else None)
            return

    def give(self, param: Param, flag: str, value: str | None) -> None:
        """Set a flag's value; None: nothing is attached to it."""
        if param.type == "switch":
            if value is not None and value.lower() not in TRUTH:
                raise self.wrong(f"{flag} is true or false, not {value!r}")
            self.values[param.name] = True if value is None else TRUTH[value.lower()]
            return
        if value is None:
            value = param.alone
        if value is None:
            if self.next == len(self.words):
                raise self.wrong(f"{flag} needs a value")
            value = self.words[self.next]
            self.next += 1
        self.set(param, flag, value)

    def set(self, param: Param, shown: str, text: str) -> None:
        if param.type == "list":
            given = self.values.get(param.name, ())
            assert isinstance(given, tuple)
            self.values[param.name] = (*given, text)
        elif param.type == "number":
            if re.fullmatch(r"[+-]?[0-9]{1,18}", text) is None:
                raise self.wrong(f"{shown} is a whole number, not {text!r}")
            self.values[param.name] = int(text)
        else:
            self.values[param.name] = text

    def place(self) -> None:
        """Give the plain words to the parameters that take words, and see that nothing is missing."""
        left = iter(self.plain)
        rest = None
        for param in self.command.params:
            if param.role == "rest":
                rest = param
            elif param.role != "flag" and param.name not in self.values:
                for word in left:
                    self.set(param, param.label, word)
                    break
        for word in left:
            if rest is None:
                raise self.wrong(f"{self.typed}: one word too many: {word!r}")
            self.set(rest, rest.label, word)
        missing = [param for param in self.command.params if param.required and param.name not in self.values]
        if missing:
            names = ", ".join(f"--{param.long}" if param.role == "flag" else param.label for param in missing)
            raise self.wrong(f"{self.typed} needs {names}")

    def wrong(self, what: str) -> UsageError:
        return UsageError(what, f"usage: {usage(self.command, self.typed)}")

    def unknown(self, flag: str) -> UsageError:
        names = [f"--{param.typed if name == param.long else name}" for name, param in self.long.items()]
        return UsageError(
            f"{self.typed} has no flag {flag}",
            nearest(flag, names, f"see {self.typed} --help"),
        )


def _required_flag(param: Param) -> bool:
    return param.role == "flag" and param.required
