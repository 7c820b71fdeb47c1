"""Anthropic Messages: an answer as one object, and as the events of a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.support.scripted import script
from tests.support.scripted.request import Request

Event = tuple[str, dict[str, Any]]


def answer(request: Request, step: Mapping[str, Any]) -> dict[str, Any]:
    """The message that a step is."""
    calls = script.calls(step, request.shell)
    blocks: list[dict[str, Any]] = []
    if step.get("text") or not calls:
        blocks.append({"type": "text", "text": step.get("text", "")})
    blocks += [
        {"type": "tool_use", "id": f"toolu_{uuid4().hex[:24]}", "name": tool, "input": given}
        for tool, given in calls
    ]
    used = script.usage(step, request.body)
    return {
        "id": f"msg_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": blocks,
        "stop_reason": "tool_use" if calls else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": used["in"],
            "output_tokens": used["out"],
            "cache_read_input_tokens": used["cache_read"],
            "cache_creation_input_tokens": used["cache_write"],
        },
    }


def events(message: dict[str, Any]) -> Iterator[Event]:
    """The same as a stream. Its beginning is what comes before a cut."""
    begun = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    yield "message_start", {"message": begun}
    yield "ping", {}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield "content_block_start", {"index": index, "content_block": empty}
        yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"delta": ended, "usage": message["usage"]}
    yield "message_stop", {}
