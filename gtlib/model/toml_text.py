"""Values written as TOML, for people to go on with: tables under headers, long texts over several lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gtlib.errors import UserError

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def dump(values: Mapping[str, Any]) -> str:
    """The text of these values; what is null is left out, as TOML has no such thing.

    Reading it gives the same values again. UserError for a text that is no Unicode.
    """
    try:
        text = "\n".join(_table((), values)) + "\n"
        text.encode()
    except UnicodeEncodeError:
        raise UserError("a text holds half a character", "mend the \\u escapes in it") from None
    return text.lstrip("\n")


def _table(path: tuple[str, ...], values: Mapping[str, Any]) -> list[str]:
    """What stands under a header: plain values first, as whatever follows a header belongs to it."""
    plain, tables, lists = [], [], []
    for key, value in values.items():
        if isinstance(value, Mapping):
            tables.append((key, value))
        elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
            lists.append((key, value))
        elif value is not None:
            plain.append(f"{_key(key)} = {_value(value)}")
    lines = plain
    for key, value in tables:
        inner = (*path, key)
        below = _table(inner, value)
        lines += ["", f"[{_header(inner)}]", *below]
    for key, items in lists:
        inner = (*path, key)
        for item in items:
            lines += ["", f"[[{_header(inner)}]]", *_table(inner, item)]
    return lines


def _header(path: tuple[str, ...]) -> str:
    return ".".join(_key(part) for part in path)


def _key(key: str) -> str:
    return key if _BARE.match(key) else _basic(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _long(value) if "\n" in value.rstrip("\n") else _basic(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value if each is not None)}]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items() if each is not None)
        return f"{{ {inner} }}" if inner else "{}"
    return str(value)


def _basic(text: str) -> str:
    return f'"{_escaped(text, keep="")}"'


def _long(text: str) -> str:
    body = _escaped(text, keep='\n\t"').replace('"""', '""\\"')
    if body.endswith('"'):
        body = f'{body[:-1]}\\"'
    return f'"""\n{body}"""'


def _escaped(text: str, keep: str) -> str:
    found = text.replace("\\", "\\\\")
    if '"' not in keep:
        found = found.replace('"', '\\"')
    for char, said in _SHORT.items():
        if char not in keep:
            found = found.replace(char, said)
    return _CONTROL.sub(lambda each: f"\\u{ord(each[0]):04x}", found)
