"""What a program asked of the model, whichever protocol it speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from typing import Final
from typing import Literal
from typing import NamedTuple

from msgspec import Struct

# Shell tools by program: claude has Bash, codex one of the others.
SHELL_TOOLS: Final = ("Bash", "exec_command", "shell_command", "shell", "local_shell")
SESSION_HEADERS: Final = ("x-claude-code-session-id", "session_id", "session-id")

# main: a conversation with a shell tool, the only one that uses up a step. side: what programs ask besides
# (titles, topics, quota). count: tokens. stray: what was meant for somebody else than the model.
Kind = Literal["main", "side", "count", "other", "stray"]
Protocol = Literal["anthropic", "responses", ""]


class Turn(NamedTuple):
    """One message of a conversation; `tool`: it is the result of a tool, not what somebody said."""

    role: str
    text: str
    tool: bool


class Request(Struct, frozen=True, kw_only=True, dict=True):
    """One request: who asked (`agent`: the first part of the path), what, and in which session of his."""

    number: int
    agent: str
    kind: Kind
    protocol: Protocol = ""
    method: str = "POST"
    path: str
    headers: dict[str, str] = {}
    body: dict[str, Any] = {}

    @property
    def model(self) -> str:
        return str(self.body.get("model", "scripted"))

    @property
    def session(self) -> str:
        """The program's own id for its session; empty when it does not say."""
        found = [self.headers[name] for name in SESSION_HEADERS if name in self.headers]
        return found[0] if found else str(self.body.get("prompt_cache_key", ""))

    @cached_property
    def tools(self) -> tuple[str, ...]:
        return tools(self.body)

    @property
    def shell(self) -> str:
        """What the program calls its shell tool; empty when it offers none."""
        return next((name for name in SHELL_TOOLS if name in self.tools), "")

    @cached_property
    def words(self) -> str:
        """All that the model is shown, its own earlier words too, but not the descriptions of tools."""
        shown = ("system", "instructions", "messages", "input")
        return "\n".join(word for key in shown for word in _strings(self.body.get(key)))

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """The conversation, oldest first."""
        return tuple(_messages(self.body) if self.protocol == "anthropic" else _items(self.body))

    @cached_property
    def last_prompt(self) -> tuple[str, int]:
        """The last words of a user, and how many answers of the model follow them."""
        text, answers, before = "", 0, ""
        for role, said, tool in self.turns:
            if role == "user" and not tool and said.strip():
                text = f"{text}\n{said}" if before == "user" else said
                answers, before = 0, "user"
            elif role == "assistant":
                # One answer may hold several calls, which codex lists one by one.
                answers += 0 if before == "assistant" else 1
                before = "assistant"
            elif tool:
                before = "tool"
        return text, answers


def tools(body: dict[str, Any]) -> tuple[str, ...]:
    """The names of the tools that a request offers; codex groups some of them."""
    offered = [tool for tool in body.get("tools") or () if isinstance(tool, dict)]
    inner = [each for tool in offered if tool.get("type") == "namespace" for each in tool.get("tools") or ()]
    return tuple(tool.get("name") or tool.get("type") or "" for tool in [*offered, *inner])


def _messages(body: dict[str, Any]) -> Iterator[Turn]:
    for message in body.get("messages") or ():
        content = message.get("content")
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        texts = [part.get("text", "") for part in parts if part.get("type") == "text"]
        yield Turn(
            message["role"], "\n".join(texts), any(part.get("type") == "tool_result" for part in parts)
        )


def _items(body: dict[str, Any]) -> Iterator[Turn]:
    items = body.get("input") or ()
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        kind = item.get("type", "message")
        if kind == "message":
            yield Turn(item.get("role", "user"), "\n".join(_strings(item.get("content"))), False)
        elif kind.endswith("_call"):
            yield Turn("assistant", "", False)
        elif kind.endswith("_output"):
            yield Turn("user", "", True)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def read_body(raw: bytes) -> dict[str, Any]:
    """A body as an object; what is not one stands under `raw`."""
    try:
        found = json.loads(raw) if raw else {}
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"raw": raw[:2000].decode("latin-1")}
