"""What a program says of an event to its hooks, in whichever words it says it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct


class Heard(Struct, frozen=True, kw_only=True):
    """What a program says of an event: `name` is its own for it, `native` its own id of the session."""

    format: str = ""
    name: str = ""
    native: str = ""
    transcript: str = ""
    model: str = ""
    source: str = ""
    tool: str = ""
    command: str = ""
    cwd: str = ""
    active: bool = False


def hear(data: bytes, format: str = "") -> Heard:
    """What is said in the event's JSON; what is no JSON, or cut, still may tell whose session it is."""
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = {
            key.decode(): value.decode("utf-8", "replace")
            for key, value in re.findall(rb'"(session_id|transcript_path|cwd)":\s*"([^"\\]*)"', data[:4096])
        }
    said: dict[str, Any] = found if isinstance(found, dict) else {}
    return Heard(
        format=format,
        name=_text(said, "hook_event_name"),
        native=_text(said, "session_id", "sessionId", "conversation_id"),
        transcript=_text(said, "transcript_path", "transcriptPath"),
        model=_text(said, "model"),
        source=_text(said, "source"),
        tool=_text(said, "tool_name", "toolName"),
        command=_command(said),
        cwd=_text(said, "cwd"),
        active=said.get("stop_hook_active") is True,
    )


def _text(said: Mapping[str, Any], *keys: str) -> str:
    return next((value for key in keys if isinstance(value := said.get(key), str)), "")


def _command(said: Mapping[str, Any]) -> str:
    """The command line that a shell is to run, wherever the program has it."""
    given = next((said[key] for key in ("tool_input", "toolArgs") if key in said), said)
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given)
        except msgspec.DecodeError:
            return given
    found = given.get("command", given.get("cmd", "")) if isinstance(given, dict) else ""
    if isinstance(found, list):
        return shlex.join(str(word) for word in found)
    return found if isinstance(found, str) else ""
