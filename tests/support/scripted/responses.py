"""OpenAI Responses, which codex speaks: an answer as one object, and as the events of a stream."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.support.scripted import script
from tests.support.scripted.request import Request

Event = tuple[str, dict[str, Any]]


def answer(request: Request, step: Mapping[str, Any]) -> dict[str, Any]:
    """The response that a step is."""
    calls = script.calls(step, request.shell)
    items = [_call(tool, given) for tool, given in calls]
    if step.get("text") or not calls:
        content = [{"type": "output_text", "text": step.get("text", ""), "annotations": []}]
        items.insert(0, {"type": "message", "id": _id("msg"), "role": "assistant", "content": content})
    used = script.usage(step, request.body)
    everything = used["in"] + used["cache_read"]
    return {
        "id": _id("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed",
        "model": request.model,
        "output": [{**item, "status": "completed"} for item in items],
        "usage": {
            "input_tokens": everything,
            "input_tokens_details": {"cached_tokens": used["cache_read"]},
            "output_tokens": used["out"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": everything + used["out"],
        },
        "error": None,
        "incomplete_details": None,
        "parallel_tool_calls": True,
        "tools": [],
        "tool_choice": "auto",
    }


def events(response: dict[str, Any]) -> Iterator[Event]:
    """The same as a stream. Its beginning is what comes before a cut."""
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    everything = [("response.created", {"response": begun}), ("response.in_progress", {"response": begun})]
    for index, item in enumerate(response["output"]):
        everything += _item(index, item)
    everything.append(("response.completed", {"response": response}))
    for number, (name, data) in enumerate(everything):
        yield name, {**data, "sequence_number": number}


def _item(index: int, item: dict[str, Any]) -> list[Event]:
    at = {"item_id": item["id"], "output_index": index}
    begun = {**item, "status": "in_progress"}
    ended: Event = ("response.output_item.done", {"output_index": index, "item": item})
    if item["type"] == "message":
        part, at = item["content"][0], {**at, "content_index": 0}
        return [
            ("response.output_item.added", {"output_index": index, "item": {**begun, "content": []}}),
            ("response.content_part.added", {**at, "part": {**part, "text": ""}}),
            ("response.output_text.delta", {**at, "delta": part["text"]}),
            ("response.output_text.done", {**at, "text": part["text"]}),
            ("response.content_part.done", {**at, "part": part}),
            ended,
        ]
    added: list[Event] = [("response.output_item.added", {"output_index": index, "item": begun})]
    if item["type"] == "function_call":
        added += [
            ("response.function_call_arguments.delta", {**at, "delta": item["arguments"]}),
            ("response.function_call_arguments.done", {**at, "arguments": item["arguments"]}),
        ]
    return [*added, ended]


def _call(tool: str, given: dict[str, Any]) -> dict[str, Any]:
    if tool == "local_shell":
        action = {"type": "exec", "command": given["command"]}
        return {"type": "local_shell_call", "id": _id("lsh"), "call_id": _id("call"), "action": action}
    return {
        "type": "function_call",
        "id": _id("fc"),
        "call_id": _id("call"),
        "name": tool,
        "arguments": json.dumps(given),
    }


def _id(kind: str) -> str:
    return f"{kind}_{uuid4().hex[:24]}"
