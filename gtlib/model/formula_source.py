"""The text of a formula file: read as TOML or JSON, with typed look-ups that know their lines.

What is wrong is noted and reading goes on, so that all of it is told at once.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import shlex
import tomllib
from collections.abc import Callable
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from gtlib import clock
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.formula_parts import Run
from gtlib.model.formula_places import Places
from gtlib.model.formula_places import Where

PLACEHOLDER = re.compile(r"\{\{([a-zA-Z_][a-zA-Z0-9_]*)\}\}", re.ASCII)
SLOT = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_.]*)\}", re.ASCII)
FORMULA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
NAME_HINT = "use letters, digits, dots, dashes and underscores"

_LONG = 100  # characters of a word that could be a mistyped name
MANY = 50  # so many hints are made for one file: looking for what is alike takes its time
_SHOWN = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_TOML_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_FILE = re.compile(r"(?:^|[/:])(?:formula-overlays/([^/:]+)\.toml|([^/:]+)\.formula\.(?:toml|json))$")


def blob_hash(text: str) -> str:
    """The git blob id of a text as git stores it in the town (line ends are LF there)."""
    data = text.replace("\r\n", "\n").encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `word`, if any is like it."""
    if len(word) > _LONG:
        return None
    known = list(known)
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    # The only one that begins so is meant, however much longer it is.
    found = found or [each for each in known if word[2:] and each.startswith(word)]
    return found[0] if len(found) == 1 else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """A hint that names the nearest known name, else `otherwise`."""
    near = nearest(word, known)
    return f"did you mean {near}?" if near else otherwise


def as_text(value: object) -> str:
    """A value as variables hold it: true and false as these words."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def plain(text: str) -> str:
    """A message that may hold words of the file, on one line and not endless."""
    shown = _CONTROL.sub(" ", text)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."


class FormulaErrors(FileError):
    """More than one thing is wrong with a file: the first of them, and `all` in the order of the lines."""

    def __init__(self, found: tuple[FileError, ...]) -> None:
        first, file = found[0], _FILE.search(found[0].path)
        name = file[1] or file[2] if file else first.path
        more = f"and {len(found) - 1} more; see them all: bd formula show {shlex.quote(name)} --check"
        what = first.what.removeprefix(f"{first.path}:{first.line}: ")
        super().__init__(first.path, first.line, what, f"{first.hint}; {more}")
        self.all = found


def errors_of(error: FileError) -> tuple[FileError, ...]:
    """All that is wrong with the file."""
    return error.all if isinstance(error, FormulaErrors) else (error,)


class Source:
    """One formula file: `path` as people are shown it, its text, and what was found in it so far."""

    def __init__(self, path: str, text: str, read: Callable[[str], str] | None = None) -> None:
        self.path = path
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        self.json = path.endswith(".json")
        self.read = read
        self.errors: list[FileError] = []
        self.warnings: list[str] = []
        self._tables: dict[int, Where] = {}

    @cached_property
    def _places(self) -> Places:
        return Places(self.text, is_json=self.json)

    def load(self) -> dict[str, Any]:
        """The values of the file; FileError when it is not the TOML or JSON that its name says."""
        try:
            values = json.loads(self.text) if self.json else tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            where = _TOML_WHERE.search(str(error))
            line = int(where[1]) if where and where[1] else self.text.count("\n") + 1
            what = f"not TOML: {_TOML_WHERE.sub('', str(error))}"
            raise FileError(self.path, line, what, "mend the line") from None
        except json.JSONDecodeError as error:
            raise FileError(self.path, error.lineno, f"not JSON: {error.msg}", "mend the line") from None
        except RecursionError:
            raise FileError(self.path, 1, "nested too deeply", "write a flat list of steps") from None
        except ValueError as error:
            # A number of more digits than Python reads, or a date that the calendar has not.
            raise FileError(self.path, 1, f"a value is out of range: {error}", "mend it") from None
        if not isinstance(values, dict):
            raise FileError(self.path, 1, "not a formula", 'write {"formula": "name", "steps": [...]}')
        return values

    def line(self, where: Where) -> int:
        """The line of a value, else of the nearest thing around it."""
        return self._places.line(where)

    def begin(self, where: Where) -> int:
        """The line at which a step (or another table) begins; `within` finds its keys by it."""
        line = self.line(where)
        # Of several on one line the keys are there too.
        self._tables.setdefault(line, where)
        return line

    def within(self, path: str, line: int, key: str) -> int:
        """The line of a key (`gate.type`) of the step that begins at `line` of this file."""
        assert path == self.path
        where = self._tables.get(line)
        return self.line((*where, *key.split("."))) if where is not None else line

    def refuse(self) -> None:
        """Raise what was found to be wrong, if anything: FileError, or FormulaErrors."""
        found = sorted(self.errors, key=lambda error: error.line)
        if found:
            raise found[0] if len(found) == 1 else FormulaErrors(tuple(found))


class Table:
    """One table of a formula. What is wrong with a value is noted, and an empty one taken in its place."""

    def __init__(self, source: Source, values: dict[str, Any], where: Where, label: str) -> None:
        self.source = source
        self.values = values
        self.where = where
        self.label = label

    def wrong(self, key: str, what: str, hint: str) -> None:
        """Note an error at `key` of this table."""
        self.source.errors.append(FileError(self.source.path, self.line(key), plain(what), plain(hint)))

    def warn(self, key: str, text: str) -> None:
        """Note a warning at `key` of this table: `what; what to do`."""
        self.source.warnings.append(f"{self.source.path}:{self.line(key)}: {plain(text)}")

    def line(self, key: str = "") -> int:
        """The line of `key`, of the table itself without one."""
        return self.source.line((*self.where, key) if key else self.where)

    def begin(self) -> int:
        """The line of the table, which keeps its keys findable by it."""
        return self.source.begin(self.where)

    def text(self, key: str) -> str:
        """The text under `key`, "" when absent."""
        value = self.values.get(key, "")
        if isinstance(value, str):
            return value
        self.wrong(key, f"`{key}` of {self.label} is not text", "put it in quotes")
        return ""

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts under `key`, () when absent."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.wrong(key, f"`{key}` of {self.label} is not a list of texts", f'write {key} = ["..."]')
        return ()

    def flag(self, key: str) -> bool:
        """The true or false under `key`, false when absent."""
        value = self.values.get(key, False)
        if isinstance(value, bool):
            return value
        self.wrong(key, f"`{key}` of {self.label} is neither true nor false", f"write {key} = true")
        return False

    def whole(self, key: str, default: int, least: int, most: int | None = None) -> int:
        """The whole number under `key`, within the limits."""
        value = self.values.get(key, default)
        if type(value) is int and least <= value and (most is None or value <= most):
            return value
        limit = f"a whole number from {least}" + ("" if most is None else f" to {most}")
        self.wrong(key, f"`{key}` of {self.label} is not {limit}", f"write {key} = {default}")
        return default

    def scalar(self, key: str) -> str:
        """The text, number or truth under `key` as text."""
        value = self.values[key]
        if isinstance(value, (str, int, float)):
            return as_text(value)
        self.wrong(key, f"`{key}` of {self.label} is not text", "put it in quotes")
        return ""

    def words(self, key: str) -> dict[str, str]:
        """The table of texts under `key`, numbers and truths as text."""
        table = self.table(key)
        return {name: table.scalar(name) for name in table.values} if table else {}

    def table(self, key: str, label: str = "") -> Table | None:
        """The table under `key`; None when absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, dict):
            return Table(self.source, value, (*self.where, key), label or f"`{key}` of {self.label}")
        hint = f'write "{key}": {{...}}' if self.source.json else f"write {key} = {{ ... }}"
        self.wrong(key, f"`{key}` of {self.label} is not a table", hint)
        return None

    def tables(self, key: str, label: str, *, one: bool = False) -> list[Table]:
        """The list of tables under `key`, each called `label` and its id or place; `one` table will do."""
        value = self.values.get(key, [])
        where = (*self.where, key)
        if one and isinstance(value, dict):
            return [Table(self.source, value, where, self._called(label, value, 0))]
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            shown = ".".join(str(part) for part in where if isinstance(part, str))
            of = f" of {self.label}" if self.where else ""
            hint = (
                f'write "{key}": [{{...}}]' if self.source.json else f"write [[{shown}]] above each {label}"
            )
            self.wrong(key, f"`{key}`{of} is not a list of tables", hint)
            return []
        return [
            Table(self.source, item, (*where, place), self._called(label, item, place))
            for place, item in enumerate(value)
        ]

    def run(self, key: str = "run") -> Run | None:
        """The argument list or script under `key`."""
        value = self.values.get(key)
        if value is None:
            return None
        words = value if isinstance(value, list) else [value]
        if not all(isinstance(word, str) for word in words):
            hint = f'write {key} = ["program", "argument"] or {key} = "a script", each in quotes'
            self.wrong(key, f"`{key}` of {self.label} is neither a list of texts nor a script", hint)
        elif not words or not words[0].strip():
            self.wrong(key, f"`{key}` of {self.label} is empty", "leave it out when nothing is run")
        elif any("\0" in word for word in words):
            self.wrong(key, f"`{key}` of {self.label} holds a NUL character", "take it out")
        else:
            return tuple(words) if isinstance(value, list) else str(value)
        return None

    def formula(self, key: str) -> str:
        """The name of another formula under `key`, "" when absent."""
        name = self.text(key)
        if name and not FORMULA_NAME.fullmatch(name):
            self.wrong(key, f"`{key}` of {self.label}: {name!r} is not a name for a formula", NAME_HINT)
        return name

    def span(self, key: str) -> str:
        """The length of time under `key`, as it is written there; one with a placeholder is known later."""
        value = self.values.get(key)
        text = str(value) if type(value) is int else self.text(key)
        try:
            if text and not SLOT.search(text) and clock.nanoseconds(text) <= 0:
                self.wrong(key, f"`{key}` of {self.label} is no time at all", "write it as 30m, 2h or 1h30m")
        except UserError as error:
            hint = f'write {key} = "{text}s"' if text.isdecimal() else error.hint
            self.wrong(key, f"`{key}` of {self.label}: {error.what}", hint)
        return text

    def unknown(self, known: frozenset[str]) -> None:
        """Warn of each key that nobody knows."""
        for key in self.values:
            if key not in known:
                near = sorted(known) if len(self.source.warnings) < MANY else ()
                hint = did_you_mean(key, near, "it is kept and does nothing")
                self.warn(key, f"unknown key `{key}` of {self.label}; {hint}")

    def _called(self, label: str, values: dict[str, Any], place: int) -> str:
        ident = values.get("id") or values.get("step_id")
        if ident and isinstance(ident, str):
            return f'{label} "{ident}"'
        return f"{label} {place + 1}" + (f" of {self.label}" if self.where else "")
