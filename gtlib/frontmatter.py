"""Read YAML front matter strictly.

Only the parser's events are used: they say where each key and value stands, so that a change
(`gtlib.splice`) touches the lines of what changed and no other byte. Every scalar is text; what it
means is for the reader of the key to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterator
from functools import cache
from typing import Any
from typing import NamedTuple
from typing import NoReturn

from gtlib import plain
from gtlib.errors import FileError
from gtlib.node import NULL
from gtlib.node import Node

MAX_CHARS = 256 * 1024  # of YAML in one file
MAX_DEPTH = 20

_FENCE = re.compile(r"---[ \t]*\r?(?:\n|\Z)")
_END = re.compile(r"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_CONFLICT = re.compile(r"^<{7}(?:[ \r\n]|\Z)", re.MULTILINE)
_CONFLICT_REST = re.compile(r"^(?:={7}|>{7}|\|{7})(?:[ \r\n]|\Z)", re.MULTILINE)
# compiled on first use: 3 ms, which git hooks need not pay
_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"
_LINES = "[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])|[^\n\r\x85\u2028\u2029]+"
_UNREADABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"


class Front:
    """A file taken apart. `values`: the keys that have a value; `body`: what follows, from `body_line` on."""

    __slots__ = ("body", "body_line", "first_line", "head", "offset", "path", "root", "values")

    def __init__(self, path: str, head: str, offset: int, first_line: int, body: str, body_line: int) -> None:
        self.path = path
        self.head = head
        self.offset = offset
        self.first_line = first_line
        self.body = body
        self.body_line = body_line
        self.root = _read(path, head, first_line)
        self.values: dict[str, Any] = self.root.raw() if self.root else {}

    def typed(self, key: str) -> Any:
        """The value of a top-level key with JSON's types (`Node.typed`); None when it is absent."""
        return self.root.value[key][1].typed() if self.root and key in self.root.value else None

    @property
    def lines(self) -> dict[str, int]:
        """The line in the file (1-based) of every top-level key."""
        return {k: self.first_line + key.line for k, (key, _) in self.root.value.items()} if self.root else {}

    def line_of(self, *steps: str | int) -> int:
        """The line in the file (1-based) of a key, or of what is inside it; the first line when absent."""
        node, line = self.root, 1
        for step in steps:
            if node is None:
                break
            if node.kind == "map" and step in node.value:
                key, node = node.value[step]
                line = self.first_line + key.line
            elif node.kind == "list" and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = self.first_line + node.line
            else:
                break
        return line


def split(path: str, text: str) -> Front:
    """Take a file with front matter apart. FileError with path and line when it cannot be read."""
    start = 1 if text.startswith("\ufeff") else 0
    _no_conflicts(path, text, _CONFLICT)
    opened = _FENCE.match(text, start)
    if not opened:
        raise FileError(
            path, 1, "there is no front matter", "begin the file with a line --- and close it with one"
        )
    closed = _END.search(text, opened.end())
    if not closed:
        raise FileError(path, 1, "the front matter has no end", "write a line --- after its last key")
    head = text[opened.end() : closed.start()]
    _no_conflicts(path, text[: closed.start()], _CONFLICT_REST)
    return Front(path, head, opened.end(), 2, text[closed.end() :], text.count("\n", 0, closed.start()) + 2)


def load_yaml(path: str, text: str) -> Front:
    """The same for a file that is YAML as a whole and has no body."""
    _no_conflicts(path, text, _CONFLICT)
    _no_conflicts(path, text, _CONFLICT_REST)
    offset = 1 if text.startswith("\ufeff") else 0
    return Front(path, text[offset:], offset, 1, "", text.count("\n") + 1)


def _no_conflicts(path: str, text: str, pattern: re.Pattern[str]) -> None:
    found = pattern.search(text)
    if found:
        raise FileError(
            path,
            text.count("\n", 0, found.start()) + 1,
            f"a conflict marker {found[0].strip()} was left by a merge",
            "choose between the sides and remove the marker lines",
        )


def lines_of(text: str) -> list[str]:
    """The lines as YAML counts them, each with its end."""
    found: list[str] = re.findall(_LINES, text)
    return found


class _Yaml(NamedTuple):
    source: Callable[[str], Callable[[], Any]]
    scalar: type
    map: type
    stream_end: type
    alias: type
    error: type[Exception]


@cache
def _yaml() -> _Yaml:
    # Imported on first use: commands that find everything in the index never parse a file.
    from ruamel.yaml import events
    from ruamel.yaml.error import YAMLError

    return _Yaml(
        _event_source(),
        events.ScalarEvent,
        events.MappingStartEvent,
        events.StreamEndEvent,
        events.AliasEvent,
        YAMLError,
    )


def _event_source() -> Callable[[str], Callable[[], Any]]:
    """What turns text into a function that gives the next event: the C parser, else the pure one."""
    try:
        from ruamel.yaml import cyaml
    except ImportError:
        return _pure_events
    parser: Any = vars(cyaml)["CParser"]
    return lambda text: parser(text).get_event


def _pure_events(text: str) -> Callable[[], Any]:
    from ruamel.yaml import YAML

    stream: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
    return stream.__next__


def _start(event: Any) -> tuple[int, int]:
    return event.start_mark.line, event.start_mark.column


class _Reader:
    """Builds nodes from events and refuses what a person could not have meant."""

    def __init__(self, path: str, head: str, first_line: int) -> None:
        yaml = _yaml()
        self.scalar, self.map, self.stream_end, self.alias = (
            yaml.scalar,
            yaml.map,
            yaml.stream_end,
            yaml.alias,
        )
        self.path, self.head, self.first_line = path, head, first_line
        self.next = yaml.source(head)
        self.complex_keys = "? " in head or "?\n" in head or "?\r" in head

    def fail(self, line: int, what: str, hint: str) -> NoReturn:
        raise FileError(self.path, self.first_line + line, what, hint)

    def document_root(self) -> Node | None:
        self.next()
        event = self.next()
        if event.__class__ is self.stream_end:
            return None
        root = self.node(self.next(), 0)
        ended = self.next()
        if ended.explicit:
            self.fail(
                ended.start_mark.line, "the YAML document ends before the file does", "remove the line ..."
            )
        after = self.next()
        if after.__class__ is not self.stream_end:
            self.fail(after.start_mark.line, "a second YAML document begins", "keep one document in a file")
        if root.kind == "scalar" and root.value is None:
            return None
        if root.kind != "map" or root.style:
            self.fail(root.line, "these are no keys with values", "write one `key: value` a line")
        return root

    def node(self, event: Any, depth: int) -> Node:
        kind = event.__class__
        if kind is self.alias:
            self.fail(
                event.start_mark.line, f"*{event.anchor} is an alias", "write the value out, or quote it"
            )
        if event.anchor is not None:
            self.fail(event.start_mark.line, f"&{event.anchor} is an anchor", "remove it, or quote the value")
        if event.tag is not None:
            self.fail(event.start_mark.line, f"{event.tag} is a tag", "remove it, or quote the value")
        if kind is self.scalar:
            return self.scalar_node(event)
        if depth >= MAX_DEPTH:
            self.fail(event.start_mark.line, f"values are nested deeper than {MAX_DEPTH}", "flatten them")
        if kind is self.map:
            return self.map_node(event, depth + 1)
        return self.list_node(event, depth + 1)

    def scalar_node(self, event: Any) -> Node:
        value: str | None = event.value
        if event.implicit[0] and value in NULL:
            value = None
        node = Node("scalar", value, event.style or "", *_start(event))
        end = event.end_mark
        node.end = end.line + 1 if end.column or end.line == node.line else end.line
        node.end_col = end.column
        return node

    def list_node(self, event: Any, depth: int) -> Node:
        items: list[Node] = []
        node = Node("list", items, "flow" if event.flow_style else "", *_start(event))
        while (event := self.next()).__class__ is self.scalar or hasattr(event, "anchor"):
            items.append(self.node(event, depth))
        self.finish(node, event, items[-1] if items else None)
        return node

    def map_node(self, event: Any, depth: int) -> Node:
        items: dict[str, tuple[Node, Node]] = {}
        node = Node("map", items, "flow" if event.flow_style else "", *_start(event))
        last = None
        while (event := self.next()).__class__ is self.scalar or hasattr(event, "anchor"):
            key = self.key_node(event, node)
            if key.value in items:
                first = self.first_line + items[key.value][0].line
                self.fail(
                    key.line, f"the key {key.value} stands twice (first in line {first})", "keep one of them"
                )
            last = self.node(self.next(), depth)
            if last.value is None and last.line != key.line:
                last.line, last.end = key.line, key.line + 1
            items[key.value] = (key, last)
        self.finish(node, event, last)
        return node

    def key_node(self, event: Any, parent: Node) -> Node:
        if not isinstance(event, self.scalar):
            self.fail(
                event.start_mark.line, "a key is not a word", "write `key: value`; quote braces and brackets"
            )
        key = self.node(event, 0)
        if key.value is None or (key.value == "<<" and not key.style):
            self.fail(key.line, f"{key.value or '~'!r} cannot be a key", "write `key: value`")
        if key.end != key.line + 1 or (self.complex_keys and not parent.style and self.is_complex(key)):
            self.fail(key.line, "a key is not on one line with its colon", "write `key: value`")
        return key

    def is_complex(self, key: Node) -> bool:
        return "?" in lines_of(self.head)[key.line][: key.col]

    def finish(self, node: Node, event: Any, last: Node | None) -> None:
        if node.style or last is None:
            node.end, node.end_col = event.end_mark.line + 1, event.end_mark.column
        else:
            node.end, node.end_col = last.end, last.end_col


def _read(path: str, head: str, first_line: int) -> Node | None:
    if len(head) > MAX_CHARS:
        raise FileError(
            path, 1, f"there is more YAML than {MAX_CHARS // 1024} KiB", "move long text into the body"
        )
    printable = head.replace("\n", "").isprintable()
    plainly = plain.read(head) if printable else None
    if plainly is not None:
        return plainly
    bad = None if printable else re.search(_UNREADABLE, head)  # what can be printed can be read
    if bad:
        line = first_line + len(re.findall(_BREAK, head[: bad.start()]))
        raise FileError(path, line, f"the character U+{ord(bad[0]):04X} cannot stand in YAML", "remove it")
    try:
        return _Reader(path, head, first_line).document_root()
    except _yaml().error as e:
        mark = getattr(e, "problem_mark", None) or getattr(e, "context_mark", None)
        what = getattr(e, "problem", None) or "this is not YAML"
        at = min(mark.line if mark else 0, max(len(lines_of(head)) - 1, 0))
        raise FileError(
            path,
            first_line + at,
            str(what),
            "write one `key: value` a line; put text with special signs in quotes",
        ) from None
