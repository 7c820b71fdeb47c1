"""Write YAML front matter, and change single keys of it without touching any other byte.

No file is ever reflowed: a change replaces the lines of what changed (docs/decisions/0001).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from gtlib.errors import UserError
from gtlib.frontmatter import MAX_CHARS
from gtlib.frontmatter import Front
from gtlib.frontmatter import lines_of
from gtlib.frontmatter import split
from gtlib.node import Node

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ITEM = re.compile(r"[ ]*-[ \t]+")
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
    return "".join(f"{line}\n" for line in _maplines_of(values, ""))


def _inline(value: Any) -> str | None:
    """A value that needs no lines of its own."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        return None if value else "{}"
    if isinstance(value, list | tuple):
        return None if value else "[]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _maplines_of(values: Mapping[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in values.items():
        if value is not None:
            lines.extend(_keylines_of(f"{indent}{scalar(key)}:", value, indent))
    return lines


def _keylines_of(start: str, value: Any, indent: str) -> list[str]:
    inline = _inline(value)
    return [f"{start} {inline}"] if inline is not None else [start, *_blocklines_of(value, indent + "  ")]


def _blocklines_of(value: Any, indent: str) -> list[str]:
    if isinstance(value, Mapping):
        return _maplines_of(value, indent)
    return [line for one in value for line in _itemlines_of(one, indent)]


def _itemlines_of(value: Any, indent: str) -> list[str]:
    inline = _inline(value)
    if inline is not None:
        return [f"{indent}- {inline}"]
    lines = _blocklines_of(value, indent + "  ")
    if isinstance(value, Mapping) and lines:
        return [f"{indent}- {lines[0].lstrip(' ')}", *lines[1:]]
    return [f"{indent}-", *lines] if lines else [f"{indent}- {{}}"]


def set_keys(path: str, text: str, changes: Mapping[str, Any]) -> str:
    """The text with these keys changed (None removes one); every other line stays byte for byte.

    Items of a list that remain keep their lines and comments; the order is the one given (`place`
    finds where a new item belongs). FileError when the text does not parse.
    """
    return splice(split(path, text), text, changes)


def place(present: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """The wanted items in the order of those present; new ones sorted in if that was sorted, else last."""
    want = list(dict.fromkeys(wanted))
    known = set(want)
    there = dict.fromkeys(present)
    kept = [one for one in there if one in known]
    fresh = [one for one in want if one not in there]
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


class _Edit(NamedTuple):
    start: int
    end: int
    lines: list[str]


class _CannotSplice(Exception):
    """The value's layout is too unusual for a change in place: rewrite the lines of its key."""


class _Writer:
    """Collects replacements of whole lines and applies them at the end."""

    def __init__(self, head: str, newline: str) -> None:
        self.lines = lines_of(head)
        self.newline = newline
        self.open_end = bool(self.lines) and not _BREAK.search(self.lines[-1])
        if self.open_end:
            self.lines[-1] += newline

    def changed(self, root: Node | None, changes: Mapping[str, Any]) -> str:
        if root is None:
            lines = self.lines + self.ended(_maplines_of(changes, ""))
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
        added = _maplines_of(fresh, " " * node.col)
        return [*edits, _Edit(end, end, self.ended(added))] if added else edits

    def value_edits(self, key: Node, old: Node, new: Any) -> list[_Edit]:
        if old.raw() == new:
            return []
        try:
            if old.kind == "map" and not old.style and isinstance(new, Mapping) and new:
                return self.map_edits(old, _differing(old, new), old.end)
            if old.kind == "list" and not old.style and isinstance(new, list | tuple) and new:
                return [_Edit(key.line + 1, old.end, self.listlines_of(key, old, list(new)))]
        except _CannotSplice:
            pass
        return [_Edit(key.line, old.end, self.rewritten(key, old, _as_it_was(old, new)))]

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
        first, *rest = _keylines_of(line[:colon], new, " " * key.col)
        return [first + after, *self.ended(rest)]

    def listlines_of(self, key: Node, old: Node, new: list[Any]) -> list[str]:
        """The lines below the key: items that stay with the comments above them, in the new order."""
        items: list[Node] = old.value
        origin: list[int | None] = _matched([one.raw() for one in items], new)
        stays = set(origin)
        comments: dict[int, list[str]] = {}
        carried: list[str] = []
        before = key.line + 1
        for i, item in enumerate(items):
            if not _ITEM.fullmatch(self.lines[item.line][: item.col]) or item.line < before:
                raise _CannotSplice
            carried += self.lines[before : item.line]
            before = item.end
            if i in stays:
                comments[i], carried = carried, []
        indent = self.lines[items[0].line].partition("-")[0]
        lines: list[str] = []
        for value, at in zip(new, origin, strict=True):
            if at is None:
                lines += self.ended(_itemlines_of(value, indent))
            else:
                lines += comments[at] + self.itemlines_of(items[at], value, indent)
        return lines + carried

    def itemlines_of(self, item: Node, new: Any, indent: str) -> list[str]:
        lines = self.lines[item.line : item.end]
        if item.raw() == new:
            return lines
        try:
            return _applied(lines, self.map_edits(item, _differing(item, new), item.end), item.line)
        except _CannotSplice:
            return self.ended(_itemlines_of(new, indent))


def _as_it_was(old: Node, new: Any) -> Any:
    """The new value, where what stays has the type that it had: a rewritten number is no text."""
    if old.raw() == new:
        return old.typed()
    if old.kind == "map" and isinstance(new, Mapping):
        return {k: _as_it_was(old.value[k][1], v) if k in old.value else v for k, v in new.items()}
    if old.kind == "list" and isinstance(new, list | tuple):
        items = _matched([one.raw() for one in old.value], list(new))
        return [v if i is None else _as_it_was(old.value[i], v) for i, v in zip(items, new, strict=True)]
    return new


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
