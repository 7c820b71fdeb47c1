"""Tables as TOML text that people go on with: a table a step, long texts over several lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any


def dump(table: Mapping[str, Any]) -> str:
    """The text of a table of texts, numbers, switches, lists, tables; what is None or empty is left out."""
    return "\n".join(_lines(table, ())).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    given = {key: value for key, value in table.items() if value not in (None, "", (), [], {})}
    below = {key: value for key, value in given.items() if _is_table(value)}
    for key, value in given.items():
        if key not in below:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        name = ".".join(_key(each) for each in (*path, key))
        many = isinstance(value, list | tuple)
        for each in value if many else (value,):
            yield ""
            yield f"[[{name}]]" if many else f"[{name}]"
            yield from _lines(each, (*path, key))


def _is_table(value: Any) -> bool:
    """Whether it stands below a heading of its own: lists of tables, and tables with such in them."""
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(each, Mapping) for each in value)
    return isinstance(value, Mapping) and any(
        isinstance(each, list | tuple) and any(isinstance(one, Mapping) for one in each)
        for each in value.values()
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return _long(value) if "\n" in value.strip("\n") else _text(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_flat(each)}" for key, each in value.items() if each is not None)
        return f"{{ {inside} }}"
    return f"[{', '.join(_flat(each) for each in value)}]"


def _flat(value: Any) -> str:
    return _text(value) if isinstance(value, str) else _value(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _long(text: str) -> str:
    lines = [_text(line)[1:-1].replace('\\"', '"') for line in text.split("\n")]
    inside = "\n".join(lines).replace('"""', '""\\"')
    if inside.endswith('"'):
        inside = f'{inside[:-1]}\\"'
    return f'"""\n{inside}"""'


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if bare else _text(key)
