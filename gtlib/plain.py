"""Read YAML that is as plain as files of the town nearly always are, without the parser.

That costs 15 ms to load and ten times as long to run. Whatever is not plain is left to it: this reads only
what it reads in just the same way.
"""

from __future__ import annotations

import re

from gtlib.node import NULL
from gtlib.node import Node

# A word, a text in double quotes that holds none and nothing escaped, or nothing (a list follows).
_TEXT = r'(?:(?P<plain>[^\W_](?:[^#:\n]|:(?=[^\s]))*)|"(?P<quoted>[^"\\\n]*)")'
_KEY = re.compile(rf"(?P<key>[A-Za-z][A-Za-z0-9_-]{{0,60}}):(?: +{_TEXT})?\Z")
_ITEM = re.compile(rf"(?P<indent> *)- +{_TEXT}\Z")


def read(head: str) -> Node | None:
    """The keys of a document; None when it is not as plain as that.

    `head` is printable but for its line ends.
    """
    lines = head.split("\n")
    if lines.pop() or not lines:
        return None
    items: dict[str, tuple[Node, Node]] = {}
    root = Node("map", items, "", 0, 0)
    at = 0
    while at < len(lines):
        found = _KEY.match(lines[at])
        if found is None or found["key"] in items or found["key"] in NULL:
            return None
        key = _scalar(found["key"], "", at, 0, found.end("key"))
        value = _value(found, at)
        if value is None:
            value = _list(lines, at + 1)
            if value is None:
                return None
        items[found["key"]] = (key, value)
        at = root.end = value.end
        root.end_col = value.end_col
    return root


def _scalar(text: str, style: str, line: int, start: int, end: int) -> Node:
    node = Node("scalar", None if not style and text in NULL else text, style, line, start)
    node.end_col = end
    return node


def _value(found: re.Match[str], line: int) -> Node | None:
    plain, quoted = found["plain"], found["quoted"]
    if quoted is not None:
        return _scalar(quoted, '"', line, found.start("quoted") - 1, found.end("quoted") + 1)
    if plain is None or plain[-1].isspace():
        return None
    return _scalar(plain, "", line, found.start("plain"), found.end("plain"))


def _list(lines: list[str], at: int) -> Node | None:
    """The list that begins in that line; all of its items stand below each other."""
    items: list[Node] = []
    indent = None
    for number in range(at, len(lines)):
        found = _ITEM.match(lines[number])
        if found is None:
            break
        indent = found.end("indent") if indent is None else indent
        item = _value(found, number)
        if item is None or found.end("indent") != indent:
            return None
        items.append(item)
    if not items:
        return None
    node = Node("list", items, "", at, indent or 0)
    node.end, node.end_col = items[-1].end, items[-1].end_col
    return node
