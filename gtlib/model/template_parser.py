"""The text of a prompt template, read into its parts."""

from __future__ import annotations

import re
from typing import Literal
from typing import NamedTuple

from msgspec import Struct
from msgspec import field

from gtlib.errors import UserError
from gtlib.model.template_tree import FUNCTIONS
from gtlib.model.template_tree import Block
from gtlib.model.template_tree import Expression
from gtlib.model.template_tree import Node
from gtlib.model.template_tree import Show
from gtlib.model.template_tree import Text
from gtlib.model.template_tree import Tokens
from gtlib.model.template_tree import wrong

LONGEST = 256 * 1024  # characters of a template

_DEEPEST = 32  # levels of blocks
_CALL = "|".join(FUNCTIONS)
# What opens an action: all else between braces, such as {{name}} or {{#if x}}, is no template and stays.
_OPENING = re.compile(
    r"\{\{(?P<trim>-(?=\s))?\s*(?="
    r'\.(?![.0-9])|[$"`(]|/\*'
    r"|(?:if|range|with)(?:\s|\}\})"
    r"|else(?:\s+if\s|\s*(?:\s-)?\}\})|end\s*(?:\s-)?\}\}"
    rf"|(?:{_CALL})\s+(?!-\}}\}})[^\s}}]"
    r"|[A-Za-z_][A-Za-z0-9_]*\s+[.$\"`(]"
    r")"
)
_STOP = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`|(?P<trim>\s-)?\}\}|["`]')
_COMMENT_END = re.compile(r"(?P<trim>\s-)?\s*\}\}")


class _Action(NamedTuple):
    start: int
    end: int
    text: str  # "" of a comment
    trim_before: bool
    trim_after: bool


class _Open(Struct, kw_only=True):
    """A block that is not closed yet; `chained`: its `end` closes the one around it, too."""

    kind: Literal["if", "range", "with"]
    expression: Expression
    line: int
    names: tuple[str, ...] = ()
    chained: bool = False
    body: list[Node] = field(default_factory=list)
    other: list[Node] | None = None

    @property
    def nodes(self) -> list[Node]:
        return self.body if self.other is None else self.other

    def closed(self) -> Block:
        return Block(
            self.kind, self.expression, self.line, self.names, tuple(self.body), tuple(self.other or ())
        )


def parse(text: str) -> tuple[Node, ...]:
    """The parts of a template. UserError with the line (1-based) for what is no good syntax."""
    if len(text) > LONGEST:
        raise UserError(f"the prompt is longer than {LONGEST} characters", "shorten it")
    top: list[Node] = []
    stack: list[_Open] = []
    at, line, trims = 0, 1, False
    while True:
        action = _next(text, at, line)
        said = text[at : action.start if action else len(text)]
        shown = said.lstrip() if trims else said
        shown = shown.rstrip() if action and action.trim_before else shown
        if shown:
            (stack[-1].nodes if stack else top).append(Text(shown))
        line += said.count("\n")
        if not action:
            break
        if action.text:
            _act(action.text, line, top, stack)
        line += text.count("\n", action.start, action.end)
        at, trims = action.end, action.trim_after
    if stack:
        first = stack[-1]
        raise wrong(first.line, f"{{{{{first.kind}}}}} is not closed", "write {{end}} where it ends")
    return tuple(top)


def _next(text: str, at: int, line: int) -> _Action | None:
    opening = _OPENING.search(text, at)
    if not opening:
        return None
    start, begin, trim = opening.start(), opening.end(), opening["trim"] is not None
    if text.startswith("/*", begin):
        end = text.find("*/", begin + 2)
        closing = _COMMENT_END.match(text, end + 2) if end >= 0 else None
        if closing:
            return _Action(start, closing.end(), "", trim, closing["trim"] is not None)
    else:
        for stop in _STOP.finditer(text, begin):
            if stop[0].endswith("}}") and stop[0][0] not in '"`':
                return _Action(start, stop.end(), text[begin : stop.start()], trim, stop["trim"] is not None)
            if stop[0] in ('"', "`"):
                break
    number = line + text.count("\n", at, start)
    raise wrong(number, f"{text[start : start + 30]!r} is not closed", "write }} at its end")


def _act(text: str, line: int, top: list[Node], stack: list[_Open]) -> None:
    """Adds what an action says where it belongs."""
    word = text.split(maxsplit=1)[0]
    rest = text.strip()[len(word) :]
    if word == "end":
        _end(line, top, stack)
    elif word == "else":
        _else(rest.strip(), line, stack)
    elif word in ("if", "range", "with"):
        _open(word, rest, line, stack)
    else:
        tokens = Tokens(text, line)
        name = "".join(tokens.declared(1))
        (stack[-1].nodes if stack else top).append(Show(tokens.whole(), line, name))


def _open(word: str, rest: str, line: int, stack: list[_Open], *, chained: bool = False) -> None:
    if len(stack) >= _DEEPEST:
        raise wrong(line, f"blocks nest deeper than {_DEEPEST} levels", "write it with fewer")
    tokens = Tokens(rest, line)
    names = tokens.declared(2 if word == "range" else 1)
    kind: Literal["if", "range", "with"] = "if" if word == "if" else "range" if word == "range" else "with"
    stack.append(_Open(kind=kind, expression=tokens.whole(), line=line, names=names, chained=chained))


def _else(rest: str, line: int, stack: list[_Open]) -> None:
    if not stack:
        raise wrong(line, "{{else}} belongs to no block", "write {{if ...}} before it, or leave it out")
    block = stack[-1]
    if block.other is not None:
        raise wrong(line, "{{else}} stands twice in one block", "leave one out")
    block.other = []
    if rest:
        if block.kind != "if":
            raise wrong(line, f"{{{{else if}}}} stands in {{{{{block.kind}}}}}", "write {{else}}{{if ...}}")
        _open("if", rest[len("if") :], line, stack, chained=True)


def _end(line: int, top: list[Node], stack: list[_Open]) -> None:
    if not stack:
        raise wrong(line, "{{end}} closes nothing", "leave it out")
    while True:
        block = stack.pop()
        (stack[-1].nodes if stack else top).append(block.closed())
        if not block.chained:
            return
