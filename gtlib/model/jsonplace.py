"""Where something stands in a JSON text, so that an error can name its line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

_DECODER: Final = json.JSONDecoder()
_BLANK: Final = re.compile(r"[ \t\r\n]*")


def line_of(text: str, keys: Sequence[str]) -> int:
    """The line, from 1, of the key that `keys` lead to from the top; of the last one of them that is there.

    The text is JSON that parses.
    """
    at = _skip(text, 0)
    shown = at
    for key in keys:
        found = _member(text, at, key)
        if found is None:
            break
        shown, at = found
    return text.count("\n", 0, shown) + 1


def _member(text: str, at: int, wanted: str) -> tuple[int, int] | None:
    """Where key and value of a member of the object at `at` begin; of several the last, as JSON has it."""
    if text[at : at + 1] != "{":
        return None
    found = None
    at = _skip(text, at + 1)
    while text[at : at + 1] == '"':
        begin = at
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # behind the colon
        if key == wanted:
            found = begin, at
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at
