"""Memories as lines of the interchange format."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.memory import Memory

# the key of a file whose name had to differ from what the memory is called
CALLED = "called"


def memory_of(line: Mapping[str, Any]) -> Memory:
    """The memory that a line of the interchange format means. UserError when it has no key or no value."""
    called, value = line.get("key"), line.get("value")
    if not isinstance(called, str) or not called.strip():
        raise UserError("it is a memory without a key", "give it a key")
    if not isinstance(value, str):
        raise UserError("it is a memory whose value is no text", "write its value as a text")
    key = _file_key(called)
    more = {CALLED: called} if key != called else {}
    return Memory(key=key, text=_sound(value), extra={name: _sound(text) for name, text in more.items()})


def line_of(memory: Memory) -> dict[str, Any]:
    """The memory as an object of the interchange format."""
    called = memory.extra.get(CALLED)
    return {"_type": "memory", "key": called if isinstance(called, str) else memory.key, "value": memory.text}


def _file_key(called: str) -> str:
    try:
        return names.memory_key(called)
    except UserError:
        pass
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", called).strip("-_")[:60].strip("-_")
    digest = hashlib.sha256(called.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{word}-{digest}" if word else f"memory-{digest}"


def _sound(text: str) -> str:
    """Half characters have no bytes in a file."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
