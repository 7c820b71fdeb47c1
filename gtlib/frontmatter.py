"""YAML front matter: read it strictly, change single keys of it, never reflow it.

Only the parser's events are used: they say where each key and value stands, so that a change
touches the lines of what changed and no other byte. Every scalar is text; what it means is
for the reader of the key to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from functools import cache
from typing import Any
from typing import Literal
from typing import NamedTuple
from typing import NoReturn

from gtlib.errors import FileError
from gtlib.errors import UserError

MAX_CHARS = 256 * 1024  # of YAML in one file
MAX_DEPTH = 20

_FENCE = re.compile(r"---[ \t]*\r?(?:\n|\Z)")
_END = re.compile(r"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_CONFLICT = re.compile(r"^<{7}(?:[ \r\n]|\Z)", re.MULTILINE)
_CONFLICT_REST = re.compile(r"^(?:={7}|>{7}|\|{7})(?:[ \r\n]|\Z)", re.MULTILINE)
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_LINES = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])|[^\n\r\x85\u2028\u2029]+")
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_ITEM = re.compile(r"[ ]*-[ \t]+")


class Node:
    """One scalar, list or mapping of a document and where it stands (0-based, columns in characters).

    `value` is a str or None, a list of nodes, or a dict of key -> (key node, value node).
    `end` is the line after its last one; `end_col` the column where it ends in that last line.
    """

    __slots__ = ("col", "end", "end_col", "kind", "line", "style", "value")

    def __init__(self, kind: Literal["scalar", "list", "map"], value: Any, style: str, start: Any) -> None:
        self.kind = kind
        self.value = value
        self.style = style  # "" plain or block, "flow", or the scalar's quote or block indicator
        self.line: int = start.line
        self.col: int = start.column
        self.end: int = self.line + 1
        self.end_col: int = self.col

    def raw(self) -> Any:
        """The value as str, None, list and dict; keys without a value are left out."""
        if self.kind == "scalar":
            return self.value
        if self.kind == "list":
            return [one.raw() for one in self.value]
        return {k: raw for k, (_, node) in self.value.items() if (raw := node.raw()) is not None}


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


# Reading


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
        if event.implicit[0] and value in _NULL:
            value = None
        node = Node("scalar", value, event.style or "", event.start_mark)
        end = event.end_mark
        node.end = end.line + 1 if end.column or end.line == node.line else end.line
        node.end_col = end.column
        return node

    def list_node(self, event: Any, depth: int) -> Node:
        items: list[Node] = []
        node = Node("list", items, "flow" if event.flow_style else "", event.start_mark)
        while (event := self.next()).__class__ is self.scalar or hasattr(event, "anchor"):
            items.append(self.node(event, depth))
        self.finish(node, event, items[-1] if items else None)
        return node

    def map_node(self, event: Any, depth: int) -> Node:
        items: dict[str, tuple[Node, Node]] = {}
        node = Node("map", items, "flow" if event.flow_style else "", event.start_mark)
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
        return "?" in _lines(self.head)[key.line][: key.col]

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
    bad = _UNREADABLE.search(head)
    if bad:
        line = first_line + len(_BREAK.findall(head, 0, bad.start()))
        raise FileError(path, line, f"the character U+{ord(bad[0]):04X} cannot stand in YAML", "remove it")
    try:
        return _Reader(path, head, first_line).document_root()
    except _yaml().error as e:
        mark = getattr(e, "problem_mark", None) or getattr(e, "context_mark", None)
        what = getattr(e, "problem", None) or "this is not YAML"
        at = min(mark.line if mark else 0, max(len(_lines(head)) - 1, 0))
        raise FileError(
            path,
            first_line + at,
            str(what),
            "write one `key: value` a line; put text with special signs in quotes",
        ) from None


# Writing

_PLAIN = re.compile(r"(?:[^\W]|[/(+.](?=\w))(?:.*\S)?\Z")
_NOT_PLAIN = re.compile(r": |:\Z| #")
_LOOKS_TYPED = re.compile(
    r"(?:y|n|yes|no|on|off|true|false|null"
    r"|[-+]?(?:0x[0-9a-f_]+|0o[0-7_]+|0b[01_]+"
    r"|[0-9][0-9_]*(?::[0-9]+)*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?"
    r"|\.[0-9][0-9_]*(?:e[-+]?[0-9]+)?|\.inf)|\.nan)\Z",
    re.IGNORECASE,
)


def scalar(text: str) -> str:
    """A text as one YAML scalar on one line: plain where every reader takes it for this text, else quoted."""
    if (
        _PLAIN.match(text)
        and text.isprintable()
        and not _NOT_PLAIN.search(text)
        and not _LOOKS_TYPED.match(text)
    ):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if quoted.isprintable() else "".join(map(_escape, quoted))


def _escape(char: str) -> str:
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def dump(values: Mapping[str, Any]) -> str:
    """Front matter for a new file, with both fences; None is left out. Order as given."""
    return f"---\n{dump_yaml(values)}---\n"


def dump_yaml(values: Mapping[str, Any]) -> str:
    """A new YAML file; None is left out. Order as given."""
    return "".join(f"{line}\n" for line in _map_lines(values, ""))


def _inline(value: Any) -> str | None:
    """A value that needs no lines of its own."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        return None if value else "{}"
    if isinstance(value, list | tuple):
        return None if value else "[]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _map_lines(values: Mapping[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in values.items():
        if value is not None:
            lines.extend(_key_lines(f"{indent}{scalar(key)}:", value, indent))
    return lines


def _key_lines(start: str, value: Any, indent: str) -> list[str]:
    inline = _inline(value)
    return [f"{start} {inline}"] if inline is not None else [start, *_block_lines(value, indent + "  ")]


def _block_lines(value: Any, indent: str) -> list[str]:
    if isinstance(value, Mapping):
        return _map_lines(value, indent)
    return [line for one in value for line in _item_lines(one, indent)]


def _item_lines(value: Any, indent: str) -> list[str]:
    inline = _inline(value)
    if inline is not None:
        return [f"{indent}- {inline}"]
    lines = _block_lines(value, indent + "  ")
    if isinstance(value, Mapping) and lines:
        return [f"{indent}- {lines[0].lstrip(' ')}", *lines[1:]]
    return [f"{indent}-", *lines] if lines else [f"{indent}- {{}}"]


# Changing


def set_keys(path: str, text: str, changes: Mapping[str, Any]) -> str:
    """The text with these keys changed (None removes one); every other line stays byte for byte.

    Items of a list that remain keep their lines and comments; the order is the one given (`place`
    finds where a new item belongs). FileError when the text does not parse.
    """
    return splice(split(path, text), text, changes)


def set_yaml(path: str, text: str, changes: Mapping[str, Any]) -> str:
    """The same for a file that is YAML as a whole."""
    return splice(load_yaml(path, text), text, changes)


def place(present: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """The wanted items in the order of those present; new ones sorted in if that was sorted, else last."""
    want = list(dict.fromkeys(wanted))
    known = set(want)
    kept = [one for one in dict.fromkeys(present) if one in known]
    fresh = [one for one in want if one not in set(kept)]
    return sorted(kept + fresh) if kept == sorted(kept) else kept + fresh


def splice(front: Front, text: str, changes: Mapping[str, Any]) -> str:
    """The same for a text that was taken apart already."""
    head = _Writer(front.head, "\r\n" if "\r\n" in text[: front.offset + len(front.head)] else "\n").changed(
        front.root, changes
    )
    if len(head) > MAX_CHARS:
        raise UserError(
            f"{front.path} would have more YAML than {MAX_CHARS // 1024} KiB", "move long text into the body"
        )
    return text[: front.offset] + head + text[front.offset + len(front.head) :]


def _lines(text: str) -> list[str]:
    return _LINES.findall(text)


class _Edit(NamedTuple):
    start: int
    end: int
    lines: list[str]


class _CannotSplice(Exception):
    """The value's layout is too unusual for a change in place: rewrite the lines of its key."""


class _Writer:
    """Collects replacements of whole lines and applies them at the end."""

    def __init__(self, head: str, newline: str) -> None:
        self.lines = _lines(head)
        self.newline = newline
        self.open_end = bool(self.lines) and not _BREAK.search(self.lines[-1])
        if self.open_end:
            self.lines[-1] += newline

    def changed(self, root: Node | None, changes: Mapping[str, Any]) -> str:
        if root is None:
            lines = self.lines + self.ended(_map_lines(changes, ""))
        else:
            lines = _applied(self.lines, self.map_edits(root, changes, len(self.lines)), 0)
        text = "".join(lines)
        return text.removesuffix(self.newline) if self.open_end else text

    def ended(self, lines: Iterable[str]) -> list[str]:
        return [line + self.newline for line in lines]

    def map_edits(self, node: Node, changes: Mapping[str, Any], end: int) -> list[_Edit]:
        edits: list[_Edit] = []
        fresh: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in node.value:
                fresh[name] = value
            elif value is None:
                key, old = node.value[name]
                if self.lines[key.line][: key.col].strip():
                    raise _CannotSplice
                edits.append(_Edit(key.line, old.end, []))
            else:
                key, old = node.value[name]
                edits.extend(self.value_edits(key, old, value))
        added = _map_lines(fresh, " " * node.col)
        return [*edits, _Edit(end, end, self.ended(added))] if added else edits

    def value_edits(self, key: Node, old: Node, new: Any) -> list[_Edit]:
        if old.raw() == new:
            return []
        try:
            if old.kind == "map" and not old.style and isinstance(new, Mapping) and new:
                return self.map_edits(old, _differing(old, new), old.end)
            if old.kind == "list" and not old.style and isinstance(new, list | tuple) and new:
                return [_Edit(key.line + 1, old.end, self.list_lines(key, old, list(new)))]
        except _CannotSplice:
            pass
        return [_Edit(key.line, old.end, self.rewritten(key, old, new))]

    def rewritten(self, key: Node, old: Node, new: Any) -> list[str]:
        line = self.lines[key.line]
        colon = line.index(":", key.end_col) + 1
        on_one_line = old.line == key.line and old.end == key.line + 1 and old.style not in ("|", ">")
        ending = _BREAK.search(line)
        after = ending[0] if ending else self.newline
        if on_one_line and old.col != old.end_col:
            if _inline(new) is not None:
                return [f"{line[: old.col]}{_inline(new)}{line[old.end_col :]}"]
            after = line[old.end_col :]
        elif on_one_line:
            after = line[colon:]
        first, *rest = _key_lines(line[:colon], new, " " * key.col)
        return [first + after, *self.ended(rest)]

    def list_lines(self, key: Node, old: Node, new: list[Any]) -> list[str]:
        """The lines below the key: items that stay with the comments above them, in the new order."""
        items: list[Node] = old.value
        origin: list[int | None] = _matched([one.raw() for one in items], new)
        comments: dict[int, list[str]] = {}
        carried: list[str] = []
        before = key.line + 1
        for i, item in enumerate(items):
            if not _ITEM.fullmatch(self.lines[item.line][: item.col]) or item.line < before:
                raise _CannotSplice
            carried += self.lines[before : item.line]
            before = item.end
            if i in origin:
                comments[i], carried = carried, []
        indent = self.lines[items[0].line].partition("-")[0]
        lines: list[str] = []
        for value, at in zip(new, origin, strict=True):
            if at is None:
                lines += self.ended(_item_lines(value, indent))
            else:
                lines += comments[at] + self.item_lines(items[at], value, indent)
        return lines + carried

    def item_lines(self, item: Node, new: Any, indent: str) -> list[str]:
        lines = self.lines[item.line : item.end]
        if item.raw() == new:
            return lines
        try:
            return _applied(lines, self.map_edits(item, _differing(item, new), item.end), item.line)
        except _CannotSplice:
            return self.ended(_item_lines(new, indent))


def _differing(old: Node, new: Mapping[str, Any]) -> dict[str, Any]:
    gone = {k: None for k, (_, node) in old.value.items() if k not in new and node.raw() is not None}
    return gone | {k: v for k, v in new.items() if k not in old.value or old.value[k][1].raw() != v}


def _matched(old: list[Any], new: list[Any]) -> list[int | None]:
    """For every new item the index of the old one that it is, or that it is a later state of."""
    free = list(range(len(old)))
    found: list[int | None] = [None] * len(new)
    for same in (lambda a, b: a == b, _same_thing):
        for j, value in enumerate(new):
            if found[j] is None:
                found[j] = next((i for i in free if same(old[i], value)), None)
                if found[j] is not None:
                    free.remove(found[j])  # type: ignore[arg-type]
    return found


def _same_thing(a: Any, b: Any) -> bool:
    return (
        isinstance(a, dict) and isinstance(b, dict) and next(iter(a.items()), 0) == next(iter(b.items()), 1)
    )


def _applied(lines: list[str], edits: list[_Edit], base: int) -> list[str]:
    result = list(lines)
    # From the last line upwards, so that earlier numbers stay right. Where several begin, what is added
    # before a line comes after its replacement, and the last added comes first.
    order = sorted(range(len(edits)), key=lambda i: (edits[i].start, edits[i].end, i), reverse=True)
    for edit in (edits[i] for i in order):
        result[edit.start - base : edit.end - base] = edit.lines
    return result
