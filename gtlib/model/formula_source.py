"""The text of a formula file: read as TOML or JSON, and where in it a thing stands.

The TOML and JSON parsers tell positions only for syntax errors, so the lines that errors
about meaning name are looked up in the text. A line that is not found falls back to the
nearest thing above it that is.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from typing import NoReturn

from gtlib.errors import FileError

_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]\]?\s*(?:#.*)?$")
_STEP_ID = re.compile(r"""["']?\bid["']?\s*[:=]\s*["']([^"']*)["']""")
_TOML_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `word`, if any is like it."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """A hint that names the nearest known name, else `otherwise`."""
    near = nearest(word, known)
    return f"did you mean {near}?" if near else otherwise


class NotYet(FileError):
    """The formula is well written, but this version does not run all of the language."""


class Source:
    """One formula file: `path` as people are shown it, and its text."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        self.json = path.endswith(".json")
        self.lines = list(enumerate(self.text.split("\n"), 1)) if self.json else list(_skeleton(self.text))

    @cached_property
    def _step_heads(self) -> list[int]:
        """Where the steps begin; a formula may have thousands, so they are looked up once."""
        return (
            [] if self.json else [number for number, line in self.lines if _header(line) == ("[[", "steps")]
        )

    @cached_property
    def _step_ids(self) -> dict[str, int]:
        found = ((mark[1], number) for number, line in self.lines for mark in _STEP_ID.finditer(line))
        return dict(reversed(list(found)))

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
        if not isinstance(values, dict):
            raise FileError(self.path, 1, "not a formula", 'write {"formula": "name", "steps": [...]}')
        return values

    def step_line(self, index: int, step: str) -> int:
        """The line of the step with this place (from 0) and id; its `[[steps]]` where it has one."""
        if index < len(self._step_heads):
            return self._step_heads[index]
        return self._step_ids.get(step) or self.key_line(0, "steps")

    def var_line(self, name: str) -> int:
        """The line of `[vars.NAME]`, or of `NAME = ...` below `[vars]`."""
        table = 0
        for number, line in self.lines:
            header = _header(line)
            if header == ("[", f"vars.{name}"):
                return number
            if header == ("[", "vars") or (self.json and '"vars"' in line):
                table = number
        return self.key_line(table, name)

    def key_line(self, start: int, key: str) -> int:
        """The line of `key` in the table that begins at `start` (0: the file's top), else `start` or 1."""
        mark = re.compile(rf'\s*[{{,]?\s*["\']?{re.escape(key)}["\']?\s*[.=:]')
        head = _header(dict(self.lines).get(start, ""))[1] if start and not self.json else ""
        inline = start and not head and not self.json
        if not key or inline:
            return start or 1
        below = False
        for number, line in self.lines[bisect_right(self.lines, (start, "\U0010ffff")) :]:
            name = "" if self.json else _header(line)[1]
            if name == (f"{head}.{key}" if head else key):
                return number
            if name and head and not name.startswith(f"{head}."):
                break
            below = below or bool(name)
            if not below and mark.match(line):
                return number
        return start or 1


class Table:
    """One table of a formula, with typed look-ups that refuse by line and name."""

    def __init__(self, source: Source, values: dict[str, Any], line: int, label: str) -> None:
        self.source = source
        self.values = values
        self.line = line
        self.label = label

    def refuse(self, key: str, what: str, hint: str) -> NoReturn:
        """Raise the FileError for `key` of this table."""
        raise FileError(self.source.path, self.source.key_line(self.line, key), what, hint)

    def not_yet(self, key: str, what: str, hint: str) -> NoReturn:
        """Raise NotYet for `key` of this table."""
        raise NotYet(self.source.path, self.source.key_line(self.line, key), what, hint)

    def text(self, key: str) -> str:
        """The text under `key`, "" when absent; FileError when it is something else."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            self.refuse(key, f"`{key}` of {self.label} is not text", "put it in quotes")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts under `key`, () when absent."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(key, f"`{key}` of {self.label} is not a list of texts", f'write {key} = ["..."]')
        return tuple(value)

    def flag(self, key: str) -> bool:
        """The true or false under `key`, false when absent."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.refuse(key, f"`{key}` of {self.label} is neither true nor false", f"write {key} = true")
        return value

    def whole(self, key: str, default: int, least: int, most: int | None = None) -> int:
        """The whole number under `key`, within the limits."""
        value = self.values.get(key, default)
        limit = f"a whole number from {least}" + ("" if most is None else f" to {most}")
        if type(value) is not int or value < least or (most is not None and value > most):
            self.refuse(key, f"`{key}` of {self.label} is not {limit}", f"write {key} = {default}")
        return value

    def refuse_later(self, later: dict[str, str]) -> None:
        """Refuse the keys of the full language that this version does not run (a hint for each)."""
        for key, hint in later.items():
            if self.values.get(key):
                self.not_yet(key, f"{self.label}: this version does not yet run `{key}`", hint)

    def unknown(self, known: Iterable[str]) -> Iterator[str]:
        """A warning for each key that nobody knows."""
        known = sorted(known)
        for key in self.values:
            if key not in known:
                line = self.source.key_line(self.line, key)
                hint = did_you_mean(key, known, "it is kept and does nothing")
                yield f"{self.source.path}:{line}: unknown key `{key}` of {self.label}; {hint}"


def _skeleton(text: str) -> Iterator[tuple[int, str]]:
    """The lines that do not begin inside a multi-line string, numbered from 1."""
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not inside:
            yield number, line
        rest = line
        while True:
            if inside:
                _, found, rest = rest.partition(inside)
                if not found:
                    break
                inside = ""
            opening = re.search(r'"""|\'\'\'', rest)
            if not opening:
                break
            inside, rest = opening[0], rest[opening.end() :]


def _header(line: str) -> tuple[str, str]:
    found = _HEADER.match(line)
    if not found:
        return ("", "")
    return (found[1], re.sub(r"[\s\"']", "", found[2]))
