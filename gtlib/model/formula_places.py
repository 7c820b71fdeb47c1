"""Where each value of a TOML or JSON text stands, which their parsers do not tell.

Only for text that its parser has accepted: nothing is checked here, and what is not understood
has no place.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left

# The keys and list places (from 0) that lead to a value: ("steps", 3, "gate", "type").
Where = tuple[str | int, ...]

_PART = r"""(?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_PARTS = re.compile(_PART)
_OPENING = ("[", "{")
_SKIP = re.compile(r"(?:\s|#[^\n]*)*")
_HEAD = re.compile(rf"(\[\[?)[ \t]*({_DOTTED})[ \t]*\]\]?")
_KEY = re.compile(rf"({_DOTTED})\s*[=:]\s*")
_SCALAR = re.compile(
    r'"""[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"{3,5}'
    r"|'''[\s\S]*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"""|[^\n#\[\]{},"']+"""
)


class Places:
    """The places of the values of one text; `line` answers for what is absent by what holds it."""

    def __init__(self, text: str, *, is_json: bool) -> None:
        self._text = text
        self._found: dict[Where, int] = {}
        self._ends = [found.start() for found in re.finditer("\n", text)]
        start = self._skip(0)
        if is_json:
            self._value(start, ())
        else:
            self._statements(start)

    def line(self, where: Where) -> int:
        """The line (from 1) of a value, else of the nearest thing around it; 1 when there is none."""
        while where and where not in self._found:
            where = where[:-1]
        return bisect_left(self._ends, self._found[where]) + 1 if where else 1

    def __contains__(self, where: Where) -> bool:
        return where in self._found

    def _skip(self, at: int) -> int:
        found = _SKIP.match(self._text, at)
        return found.end() if found else at

    def _statements(self, at: int) -> None:
        table: Where = ()
        lengths: dict[Where, int] = {}
        while at < len(self._text):
            if head := _HEAD.match(self._text, at):
                table = self._head(head, lengths)
                at = self._skip(head.end())
            elif key := _KEY.match(self._text, at):
                at = self._skip(self._value(key.end(), self._key(table, key[1], at)))
            else:
                return

    def _head(self, head: re.Match[str], lengths: dict[Where, int]) -> Where:
        where: Where = ()
        *above, last = _names(head[2])
        for name in above:
            where = (*where, name)
            self._found.setdefault(where, head.start())
            if where in lengths:
                where = (*where, lengths[where] - 1)
        where = (*where, last)
        self._found.setdefault(where, head.start())
        if head[1] == "[[":
            lengths[where] = lengths.get(where, 0) + 1
            where = (*where, lengths[where] - 1)
        self._found[where] = head.start()
        return where

    def _key(self, table: Where, text: str, at: int) -> Where:
        for name in _names(text):
            table = (*table, name)
            self._found.setdefault(table, at)
        return table

    def _value(self, at: int, where: Where) -> int:
        """Past the value that begins at `at`, its parts noted."""
        text = self._text
        if text[at : at + 1] not in _OPENING:
            return self._opened(at, where, [])
        open_: list[list[int | Where]] = []  # where it is, and how many items it has: -1 for a table
        while True:
            at = self._opened(at, where, open_)
            while True:
                at = self._skip(at)
                if not open_ or at >= len(text):
                    return at
                if text[at] in "]}":
                    open_.pop()
                elif text[at] != ",":
                    break
                at += 1
            holder, count = open_[-1]
            assert isinstance(holder, tuple) and isinstance(count, int)
            if count < 0:
                key = _KEY.match(text, at)
                if not key:
                    return len(text)
                where, at = self._key(holder, key[1], at), key.end()
            else:
                where, open_[-1][1] = (*holder, count), count + 1
                if text[at] in "[{":
                    self._found[where] = at

    def _opened(self, at: int, where: Where, open_: list[list[int | Where]]) -> int:
        if self._text[at : at + 1] in _OPENING:
            open_.append([where, 0 if self._text[at] == "[" else -1])
            return at + 1
        scalar = _SCALAR.match(self._text, at)
        return scalar.end() if scalar else len(self._text)


def _names(dotted: str) -> list[str]:
    if dotted.isidentifier():
        return [dotted]
    return [_name(part) for part in _PARTS.findall(dotted)]


def _name(part: str) -> str:
    if part[0] not in "\"'":
        return part
    inner = part[1:-1]
    if part[0] == "'" or "\\" not in inner:
        return inner
    try:
        # A key of TOML escapes as one of JSON does, but for \\U, which hardly any key has.
        return str(json.loads(part))
    except ValueError:
        return inner
