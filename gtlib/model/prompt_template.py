"""Prompts of convoy formulas: the part of Go's text/template that they use.

`{{.x.y}}`, `{{if}}`, `{{range}}` and `{{with}}` with `{{else}}` and `{{end}}`, variables, comments,
trimming by `{{-` and `-}}`, and the functions eq, ne, and, or, not, len. A value is data: braces in
it mean nothing. What is missing shows as nothing, where Go writes <no value>.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import assert_never

from gtlib.errors import UserError
from gtlib.model.template_parser import parse
from gtlib.model.template_tree import Block
from gtlib.model.template_tree import Call
from gtlib.model.template_tree import Expression
from gtlib.model.template_tree import Node
from gtlib.model.template_tree import Path
from gtlib.model.template_tree import Show
from gtlib.model.template_tree import Text
from gtlib.model.template_tree import Value
from gtlib.model.template_tree import paths_in
from gtlib.model.template_tree import wrong

MOST_PARTS = 100_000  # that one rendering goes through
_GO = re.compile(r"\{\{-?\s*(?:\.|\$|/\*|(?:if|range|with)\b)")
LARGEST = 4 * 1024 * 1024  # characters of a rendered prompt


def is_template(text: str) -> bool:
    """Whether a text is meant as a template at all: `{{name}}` alone is none."""
    return _GO.search(text) is not None


def render(text: str, values: Mapping[str, Any]) -> str:
    """The prompt with these values, which are JSON. UserError with the line for bad syntax or a bad range."""
    rendering = _Rendering(values)
    rendering.nodes(parse(text), values, {"$": values})
    return "".join(rendering.out)


def names_in(text: str) -> tuple[str, ...]:
    """The values that the template asks for, as `x` or `x.y`, each once.

    What is asked of an element, within range and with, or of a variable, is not among them.
    """
    found: dict[str, None] = {}
    for path, is_top in _asked(parse(text), True):
        if path.names and (path.base == "$" or (path.base == "." and is_top)):
            found[".".join(path.names)] = None
    return tuple(found)


def _asked(nodes: Sequence[Node], is_top: bool) -> Iterator[tuple[Path, bool]]:
    """Every path, and whether the dot is the whole there."""
    for node in nodes:
        if isinstance(node, Text):
            continue
        for path in paths_in(node.expression):
            yield path, is_top
        if isinstance(node, Block):
            yield from _asked(node.body, is_top and node.kind == "if")
            yield from _asked(node.other, is_top)


class _Rendering:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.out: list[str] = []
        self.size = 0
        self.parts = 0

    def nodes(self, nodes: Sequence[Node], dot: Any, variables: dict[str, Any]) -> None:
        """Adds these parts; `variables` by name with the dollar sign, and what is declared is added there."""
        for node in nodes:
            self._count()
            match node:
                case Text():
                    self._add(node.text)
                case Show():
                    value = self._value(node.expression, dot, variables, node.line)
                    if node.name:
                        variables[node.name] = value
                    else:
                        self._add(_shown(value))
                case Block():
                    self._block(node, dot, variables)
                case _:
                    assert_never(node)

    def _block(self, block: Block, dot: Any, variables: dict[str, Any]) -> None:
        value = self._value(block.expression, dot, variables, block.line)
        if not value:
            self.nodes(block.other, dot, dict(variables))
        elif block.kind == "range":
            for index, element in _elements(value, block.line):
                self._count()
                given = (element,) if len(block.names) == 1 else (index, element)
                self.nodes(block.body, element, variables | dict(zip(block.names, given, strict=False)))
        else:
            inner = variables | dict.fromkeys(block.names, value)
            self.nodes(block.body, value if block.kind == "with" else dot, inner)

    def _count(self) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise UserError(f"the prompt has more than {MOST_PARTS} parts", "range over less")

    def _add(self, text: str) -> None:
        self.size += len(text)
        if self.size > LARGEST:
            raise UserError(f"the prompt grows larger than {LARGEST} characters", "put less in it")
        self.out.append(text)

    def _value(self, expression: Expression, dot: Any, variables: Mapping[str, Any], line: int) -> Any:
        self._count()
        match expression:
            case Value():
                return expression.value
            case Path():
                return self._found(expression, dot, variables, line)
            case Call():
                return self._called(expression, dot, variables, line)
            case _:
                assert_never(expression)

    def _found(self, path: Path, dot: Any, variables: Mapping[str, Any], line: int) -> Any:
        if path.base != "." and path.base not in variables:
            raise wrong(
                line,
                f"the variable {path.base} is not declared",
                f"write {{{{{path.base} := .name}}}} before",
            )
        value = dot if path.base == "." else variables[path.base]
        for name in path.names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def _called(self, call: Call, dot: Any, variables: Mapping[str, Any], line: int) -> Any:
        given = [self._value(argument, dot, variables, line) for argument in call.arguments]
        match call.name:
            case "eq":
                return any(_equal(given[0], other) for other in given[1:])
            case "ne":
                return not _equal(given[0], given[1])
            case "and":
                return next((value for value in given if not value), given[-1])
            case "or":
                return next((value for value in given if value), given[-1])
            case "not":
                return not given[0]
            case _:
                return len(given[0]) if isinstance(given[0], str | list | tuple | Mapping) else 0


def _elements(value: Any, line: int) -> Iterator[tuple[Any, Any]]:
    """What range goes through, with the index or the key; an object's keys in order."""
    if isinstance(value, Mapping):
        return iter(sorted(value.items()))
    if isinstance(value, list | tuple):
        return iter(enumerate(value))
    raise wrong(line, f"{_shown(value)[:40]!r} is no list to range over", "give a list, or write {{if ...}}")


def _equal(one: Any, other: Any) -> bool:
    """Values are equal when they show the same: what is given on a command line is always text."""
    return _shown(one) == _shown(other)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
