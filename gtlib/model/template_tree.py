"""The parts of a prompt template: what its text is made of, and what is asked in its actions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from typing import Literal

from msgspec import Struct

from gtlib.errors import UserError

FUNCTIONS = {"eq": 2, "ne": 2, "and": 1, "or": 1, "not": 1, "len": 1}  # with the arguments that they want

_DEEPEST = 32  # levels of parentheses
_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<path>(?:\$(?:[A-Za-z_]\w*)?)?(?:\.[A-Za-z_]\w*)+|\$(?:[A-Za-z_]\w*)?|\.)(?![\w.])"
    r'|(?P<text>"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`)'
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?)(?![\w.])"
    r"|(?P<word>[A-Za-z_]\w*)(?![\w.])"
    r"|(?P<sign>:=|[(),|]))",
    re.ASCII,
)
_WORDS = {"true": True, "false": False, "nil": None}


class Path(Struct, frozen=True):
    """`.a.b` (base "."), `$.a` (base "$") or `$x.a` (base "$x")."""

    base: str
    names: tuple[str, ...] = ()


class Value(Struct, frozen=True):
    """A value that stands in the template."""

    value: Any


class Call(Struct, frozen=True):
    """A function of FUNCTIONS and what it is given."""

    name: str
    arguments: tuple[Expression, ...]


Expression = Path | Value | Call


class Text(Struct, frozen=True):
    """What stays as it is."""

    text: str


class Show(Struct, frozen=True):
    """`{{.x}}`; with a name, `{{$x := .y}}`, which shows nothing."""

    expression: Expression
    line: int
    name: str = ""


class Block(Struct, frozen=True):
    """`{{if}}`, `{{range}}` or `{{with}}`; `names` are the variables that it declares."""

    kind: Literal["if", "range", "with"]
    expression: Expression
    line: int
    names: tuple[str, ...]
    body: tuple[Node, ...]
    other: tuple[Node, ...]


Node = Text | Show | Block


class Tokens:
    """The tokens of one action, as (kind, text), and what they say."""

    def __init__(self, text: str, line: int) -> None:
        self.line = line
        self.at = 0
        self.all: list[tuple[str, str]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if not found or not found.lastgroup:
                raise wrong(line, f"{text[at:].strip()[:40]!r} is not understood", _HINT)
            self.all.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        place = self.at + ahead
        return self.all[place] if place < len(self.all) else ("end", "")

    def declared(self, most: int) -> tuple[str, ...]:
        """The variables before `:=`, passed; () when there is none. `most`: how many there may be."""
        names: list[str] = []
        while self.peek(2 * len(names))[1].startswith("$") and "." not in self.peek(2 * len(names))[1]:
            names.append(self.peek(2 * len(names))[1])
            sign = self.peek(2 * len(names) - 1)[1]
            if sign == ":=" and len(names) <= most and "$" not in names:
                self.at = 2 * len(names)
                return tuple(names)
            if sign != ",":
                break
        return ()

    def whole(self) -> Expression:
        """The one expression that the rest is: a value, or a function and its arguments."""
        found = self._expression(0)
        if self.at < len(self.all):
            sign = self.peek()[1]
            hint = "put what comes before it in parentheses" if sign == "|" else _HINT
            raise wrong(self.line, f"{sign!r} is not expected", hint)
        return found

    def _expression(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise wrong(self.line, f"parentheses nest deeper than {_DEEPEST} levels", "use fewer")
        kind, text = self.peek()
        if kind != "word" or text in _WORDS:
            return self._operand(depth)
        if text not in FUNCTIONS:
            raise wrong(self.line, f"there is no function {text}", f"use {', '.join(FUNCTIONS)}")
        self.at += 1
        arguments: list[Expression] = []
        while self.peek()[0] != "end" and self.peek()[1] not in (")", "|"):
            arguments.append(self._operand(depth))
        least = FUNCTIONS[text]
        if len(arguments) < least or (text in ("ne", "not", "len") and len(arguments) > least):
            raise wrong(self.line, f"{text} is given {len(arguments)} arguments", f"give it {least}")
        return Call(text, tuple(arguments))

    def _operand(self, depth: int) -> Expression:
        kind, text = self.peek()
        self.at += 1
        if kind == "path":
            base, *names = text.split(".")
            return Path(base or ".", tuple(filter(None, names)))
        if kind == "number":
            return Value(json.loads(text) if re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text) else float(text))
        if kind == "text":
            return Value(text[1:-1] if text[0] == "`" else self._unquoted(text))
        if kind == "word" and text in _WORDS:
            return Value(_WORDS[text])
        if text == "(":
            found = self._expression(depth + 1)
            if self.peek()[1] != ")":
                raise wrong(self.line, "a parenthesis is not closed", "write )")
            self.at += 1
            return found
        what = f"{text!r} is not expected" if text else "something is missing at the end of an action"
        raise wrong(self.line, what, _HINT)

    def _unquoted(self, text: str) -> str:
        try:
            return str(json.loads(text))
        except ValueError:
            raise wrong(
                self.line, f"{text[:40]} has an unknown escape", 'use \\n, \\t, \\" or \\\\'
            ) from None


_HINT = 'write {{.name}}, {{if .name}}, {{if eq .name "text"}}, {{range .names}} or {{end}}'


def wrong(line: int, what: str, hint: str) -> UserError:
    """The error at a line (1-based) of a template."""
    return UserError(f"line {line} of the prompt: {what}", hint)


def paths_in(expression: Expression) -> Iterator[Path]:
    """Every path that the expression asks for."""
    if isinstance(expression, Path):
        yield expression
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from paths_in(argument)
