"""Tables as TOML text that people go on with: a table a step, long texts over several lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from gtlib.errors import UserError

_EMPTY: tuple[Any, ...] = (None, "", (), [], {})


def dump(table: Mapping[str, Any], *, lean: bool = False) -> str:
    """The text of a table of texts, numbers, switches, lists, tables; reading it gives the same again.

    What is None is left out, as TOML has no such thing; `lean` leaves out what is empty, too. UserError for a
    text that is no Unicode.
    """
    text = "\n".join(_lines(table, (), lean)).strip("\n") + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserError("a text holds half a character", "mend the \\u escapes in it") from None
    return text


def _lines(table: Mapping[str, Any], path: tuple[str, ...], lean: bool) -> Iterator[str]:
    given = {key: value for key, value in table.items() if value is not None}
    if lean:
        given = {key: value for key, value in given.items() if value not in _EMPTY}
    below = {key: value for key, value in given.items() if _is_table(value)}
    for key, value in given.items():
        # plain values first: what follows a heading belongs to it
        if key not in below:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        inner = (*path, key)
        name = ".".join(_key(each) for each in inner)
        if isinstance(value, list | tuple):
            for each in value:
                yield from ("", f"[[{name}]]")
                yield from _lines(each, inner, lean)
        elif all(isinstance(each, Mapping) for each in value.values()):
            for one, each in value.items():
                yield from ("", f"[{name}.{_key(one)}]")
                yield from _lines(each, (*inner, one), lean)
        else:
            yield from ("", f"[{name}]")
            yield from _lines(value, inner, lean)


def _is_table(value: Any) -> bool:
    """Whether it stands below a heading of its own: lists of tables, and tables with others in them."""
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(each, Mapping) for each in value)
    return isinstance(value, Mapping) and any(
        isinstance(each, Mapping)
        or (isinstance(each, list | tuple) and any(isinstance(one, Mapping) for one in each))
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
        return f"{{ {inside} }}" if inside else "{}"
    return f"[{', '.join(_flat(each) for each in value if each is not None)}]"


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
