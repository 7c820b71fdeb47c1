"""`bd query`: a small language over beads, such as `status=open AND (priority<=1 OR label=urgent)`.

    expression = term {OR term}        term = factor {AND factor}        factor = NOT factor | ( expression )
               | field (= != > >= < <=) value
A value is a word, or a text in quotes. `none` means empty; `*` in a value stands for any text; times are as
in filters (`7d` is 7 days ago). Words of the language and names of fields may be in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal
from typing import NamedTuple

from msgspec import Struct

from gtlib.errors import UserError

Operator = Literal["=", "!=", ">", ">=", "<", "<="]

TEXTS = ("id", "status", "type", "assignee", "owner", "label", "spec", "parent", "mol_type")
CONTAINED = ("title", "description", "notes")
MOMENTS = ("created", "updated", "started", "closed", "due", "defer")
SWITCHES = ("pinned", "ephemeral", "template")
FIELDS = (*TEXTS, *CONTAINED, *MOMENTS, *SWITCHES, "priority")
ALIASES = {
    "desc": "description",
    "labels": "label",
    "spec_id": "spec",
    "priorities": "priority",
    "moltype": "mol_type",
}
DEPTH = 50

_TOKEN = re.compile(
    r"\s*(?:(?P<op>!=|>=|<=|=|>|<)|(?P<open>\()|(?P<close>\))"
    r"|(?P<quoted>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<word>[^\s()=!<>\"']+))",
    re.DOTALL,
)


class Compare(Struct, frozen=True):
    """One comparison. `column` counts from 1; `quoted`: the value stood in quotes, and is no word."""

    field: str
    operator: Operator
    value: str
    quoted: bool
    column: int


class Not(Struct, frozen=True):
    """What must not hold."""

    inner: Node


class Both(Struct, frozen=True):
    """AND: all of them hold. OR: one of them does."""

    word: Literal["AND", "OR"]
    parts: tuple[Node, ...]


Node = Compare | Not | Both


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def parse(text: str) -> Node:
    """The expression. UserError, with the column, where it is none."""
    if not text.strip():
        raise UserError("the query is empty", "write one, such as: status=open AND priority<=1")
    return _Parser(_tokens(text)).whole()


def said(node: Node) -> str:
    """The expression again, with the parentheses that say how it was read."""
    if isinstance(node, Compare):
        if not node.quoted:
            return f"{node.field}{node.operator}{node.value}"
        escaped = node.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{node.field}{node.operator}"{escaped}"'
    if isinstance(node, Not):
        return f"NOT {_inside(node.inner)}"
    return f" {node.word} ".join(map(_inside, node.parts))


def fields_of(node: Node) -> frozenset[str]:
    """The fields that it asks about."""
    if isinstance(node, Compare):
        return frozenset({node.field})
    parts = (node.inner,) if isinstance(node, Not) else node.parts
    return frozenset[str]().union(*map(fields_of, parts))


def _inside(node: Node) -> str:
    return f"({said(node)})" if isinstance(node, Both) else said(node)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            column = len(text) - len(text[at:].lstrip())
            bad = text[column]
            what = "a quote that is not closed" if bad in "\"'" else f"{bad!r} is not expected"
            raise UserError(f"column {column + 1}: {what}", "write field=value, with AND, OR, NOT and ( )")
        column = token.start(token.lastgroup) + 1
        found.append(_Token(token.lastgroup, token[token.lastgroup], column))
        at = token.end()
    found.append(_Token("end", "", len(text.rstrip()) + 1))
    return found


class _Parser:
    """One walk over the tokens. Kept as a class for what the steps share: the position and the depth."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens = tokens
        self.next = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self.either()
        if self.peek().kind != "end":
            raise self.wrong("AND, OR or the end is expected")
        return node

    def either(self) -> Node:
        return self.line("OR", self.all_of)

    def all_of(self) -> Node:
        return self.line("AND", self.factor)

    def line(self, word: Literal["AND", "OR"], part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self.is_word(word):
            self.next += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else Both(word, tuple(parts))

    def factor(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH:
            raise self.wrong(f"more than {DEPTH} levels")
        try:
            if self.is_word("NOT"):
                self.next += 1
                return Not(self.factor())
            if self.peek().kind != "open":
                return self.compare()
            self.next += 1
            node = self.either()
            if self.peek().kind != "close":
                raise self.wrong("a closing parenthesis is expected")
            self.next += 1
            return node
        finally:
            self.depth -= 1

    def compare(self) -> Compare:
        token = self.take("word", "the name of a field is expected")
        word = token.text.lower().replace("-", "_")
        field = ALIASES.get(word, word)
        if field not in FIELDS:
            near = get_close_matches(field, FIELDS, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"one of: {', '.join(FIELDS)}"
            raise UserError(f"column {token.column}: no field {token.text!r}", hint)
        operator = self.take("op", "=, !=, >, >=, < or <= is expected").text
        value = self.peek()
        if value.kind not in ("word", "quoted"):
            raise self.wrong("a value is expected")
        self.next += 1
        quoted = value.kind == "quoted"
        text = re.sub(r"\\(.)", r"\1", value.text[1:-1], flags=re.DOTALL) if quoted else value.text
        return Compare(field, operator, text, quoted, token.column)  # type: ignore[arg-type]

    def peek(self) -> _Token:
        return self.tokens[self.next]

    def take(self, kind: str, expected: str) -> _Token:
        token = self.peek()
        if token.kind != kind:
            raise self.wrong(expected)
        self.next += 1
        return token

    def is_word(self, word: str) -> bool:
        token = self.peek()
        return token.kind == "word" and token.text.upper() == word

    def wrong(self, expected: str) -> UserError:
        token = self.peek()
        there = f", not {token.text!r}" if token.text else ""
        return UserError(f"column {token.column}: {expected}{there}", "see bd query --help")
