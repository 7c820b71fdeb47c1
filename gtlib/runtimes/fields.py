"""Reading what other programs wrote as JSON: whatever has another shape than it should counts as absent."""

from __future__ import annotations

import json
import math
from typing import Any
from typing import Final

# No more than this is kept of a text, in characters.
TEXT_CHARS: Final = 64 * 1024
TOOL_CHARS: Final = 2000

Event = dict[str, Any]


def event_of(line: bytes | str) -> Event | None:
    """The object that a line is; None when it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def part(event: Event, key: str) -> Event:
    """An object in it."""
    found = event.get(key)
    return found if isinstance(found, dict) else {}


def text(event: Event, key: str) -> str:
    """A text in it, the end of a long one."""
    found = event.get(key)
    return found[-TEXT_CHARS:] if isinstance(found, str) else ""


def number(event: Event, key: str) -> int:
    """A count in it."""
    found = event.get(key)
    return int(found) if isinstance(found, int | float) and math.isfinite(found) else 0


def decimal(event: Event, key: str) -> float | None:
    """A number in it; None when it is not there."""
    found = event.get(key)
    return float(found) if isinstance(found, int | float) and math.isfinite(found) else None


def content(message: object) -> tuple[str, list[str]]:
    """The text of a message that is a text or has parts, and a line for each tool that it calls."""
    parts = message.get("content") if isinstance(message, dict) else None
    if isinstance(parts, str):
        return parts[-TEXT_CHARS:], []
    texts, tools = [], []
    for each in parts if isinstance(parts, list) else ():
        kind = each.get("type") if isinstance(each, dict) else "none"
        if kind in (None, "text", "input_text", "output_text"):
            texts.append(text(each, "text"))
        elif kind == "tool_use":
            tools.append(f"$ {tool(each, 'name', 'input')}")
        elif kind == "toolCall":
            tools.append(f"$ {tool(each, 'name', 'arguments')}")
    return "\n".join(line for line in texts if line)[-TEXT_CHARS:], tools


def tool(event: Event, name: str, given: str) -> str:
    """The call of a tool on one line."""
    words = part(event, given)
    told = text(words, "command") or text(words, "cmd") or json.dumps(words, ensure_ascii=False)
    return f"{text(event, name)}: {' '.join(told.split())}"[:TOOL_CHARS]
