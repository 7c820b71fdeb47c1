"""The lines that each program's print mode writes, as what they say of a turn."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gtlib.runtimes import fields
from gtlib.runtimes.base import Usage
from gtlib.runtimes.fields import Event


class Result(Struct, frozen=True, kw_only=True):
    """One turn so far. `native` is the session's id with the program, `text` its last answer, `error` why the
    turn failed (empty: it did not), `asked` whether the model was, `ended` that the program said it is over.
    `usage` is the turn's, or with `so_far` that of the whole session.
    """

    native: str = ""
    text: str = ""
    error: str = ""
    asked: bool = False
    ended: bool = False
    usage: Usage = Usage()
    so_far: bool = False


Step = tuple[Result, str]
# As services and programs say that they are asked too much, which passes.
_PASSES: Final = re.compile(
    r"\b(?:429|529)\b|overloaded|rate[ _-]?limit|too many requests|at capacity|service unavailable",
    re.IGNORECASE,
)


def passes(error: str) -> bool:
    """Whether a turn failed because the model's service was asked too much at the time: later it will not."""
    return _PASSES.search(error) is not None


def _claude(at: Result, event: Event) -> Step:
    kind = event.get("type")
    at = replace(at, native=fields.text(event, "session_id") or at.native)
    if kind == "system" and event.get("subtype") == "init":
        return replace(at, usage=replace(at.usage, model=fields.text(event, "model"))), ""
    if kind == "system" and event.get("subtype") == "api_retry":
        return at, f"the model's service answered {fields.text(event, 'error')}, it is asked again"
    if kind == "assistant":
        text, tools = fields.content(event.get("message"))
        said = [text, *tools]
        return replace(at, asked=True, text=text or at.text), "\n".join(line for line in said if line)
    if kind != "result":
        return at, ""
    wrong = event.get("is_error") is True
    errors = event.get("errors")
    why = fields.text(event, "result") or "; ".join(map(str, errors if isinstance(errors, list) else ()))
    used = event.get("modelUsage")
    usage = _sum_claude(used if isinstance(used, dict) else {}, at.usage.model)
    usage = replace(
        usage, cost=fields.decimal(event, "total_cost_usd"), turns=fields.number(event, "num_turns")
    )
    found = replace(
        at, ended=True, usage=usage, so_far=True, asked=at.asked or fields.number(event, "num_turns") > 0,
        text=at.text if wrong else (fields.text(event, "result") or at.text),
        error=(why or fields.text(event, "subtype") or "an error") if wrong else "",
    )  # fmt: skip
    return found, f"error: {found.error}" if wrong else ""


def _codex(at: Result, event: Event) -> Step:
    kind, item = fields.text(event, "type"), fields.part(event, "item")
    if kind == "thread.started":
        return replace(at, native=fields.text(event, "thread_id")), ""
    if kind == "turn.started":
        return replace(at, asked=True), ""
    if kind == "item.started" and fields.text(item, "type") == "command_execution":
        return at, f"$ {fields.text(item, 'command')}"
    if kind == "item.completed" and fields.text(item, "type") == "agent_message":
        return replace(at, text=fields.text(item, "text")), fields.text(item, "text")
    if kind == "turn.completed":
        used = fields.part(event, "usage")
        cached = fields.number(used, "cached_input_tokens")
        usage = Usage(
            input=fields.number(used, "input_tokens") - cached,
            output=fields.number(used, "output_tokens"),
            cache_read=cached,
            cache_write=fields.number(used, "cache_write_input_tokens"),
            turns=1,
        )
        return replace(at, ended=True, usage=usage, so_far=True, error=""), ""
    if kind == "turn.failed":
        why = fields.text(fields.part(event, "error"), "message") or "an error"
        return replace(at, ended=True, error=why), f"error: {why}"
    return at, f"error: {fields.text(event, 'message')}" if kind == "error" else ""


def _gemini(at: Result, event: Event) -> Step:
    kind = fields.text(event, "type")
    at = replace(at, native=fields.text(event, "session_id") or at.native)
    if kind == "init":
        return replace(at, usage=replace(at.usage, model=fields.text(event, "model"))), ""
    if kind == "message" and event.get("role") == "assistant":
        said = fields.text(event, "content")
        text = at.text + said if event.get("delta") is True else said
        return replace(at, asked=True, text=text[-fields.TEXT_CHARS :]), said
    if kind == "tool_use":
        return replace(at, asked=True, text=""), f"$ {fields.tool(event, 'tool_name', 'parameters')}"
    if kind == "error" or (kind == "result" and event.get("status") == "error"):
        why = (
            fields.text(fields.part(event, "error"), "message") or fields.text(event, "message") or "an error"
        )
        failed = kind == "result" or event.get("severity") != "warning"
        return replace(at, ended=at.ended or kind == "result", error=why if failed else at.error), (
            f"error: {why}"
        )
    if kind not in ("result", ""):
        return at, ""
    return _gemini_end(at, event)


def _gemini_end(at: Result, event: Event) -> Step:
    """The last line of a stream, or the one document that `-o json` prints."""
    why = fields.text(fields.part(event, "error"), "message")
    stats = fields.part(event, "stats")
    usage = Usage(
        input=fields.number(stats, "input_tokens") - fields.number(stats, "cached"),
        output=fields.number(stats, "output_tokens"),
        cache_read=fields.number(stats, "cached"),
        model=at.usage.model,
    )
    for model, each in fields.part(stats, "models").items():
        tokens = fields.part(each if isinstance(each, dict) else {}, "tokens")
        if tokens:
            cached = fields.number(tokens, "cached")
            usage = Usage(
                input=usage.input + fields.number(tokens, "prompt") - cached,
                output=usage.output + fields.number(tokens, "candidates") + fields.number(tokens, "thoughts"),
                cache_read=usage.cache_read + cached,
                model=str(model),
            )
    text = fields.text(event, "response") or at.text
    return replace(at, ended=True, asked=not why, text=text, error=why, usage=replace(usage, turns=1)), ""


def _opencode(at: Result, event: Event) -> Step:
    kind, part = fields.text(event, "type"), fields.part(event, "part")
    at = replace(at, native=fields.text(event, "sessionID") or at.native)
    if kind == "text":
        return replace(at, asked=True, text=fields.text(part, "text")), fields.text(part, "text")
    if kind == "tool_use":
        return replace(
            at, asked=True
        ), f"$ {fields.tool({**part, **fields.part(part, 'state')}, 'tool', 'input')}"
    if kind == "step_finish":
        tokens, cache = fields.part(part, "tokens"), fields.part(fields.part(part, "tokens"), "cache")
        more = Usage(
            input=fields.number(tokens, "input"),
            output=fields.number(tokens, "output") + fields.number(tokens, "reasoning"),
            cache_read=fields.number(cache, "read"),
            cache_write=fields.number(cache, "write"),
            cost=fields.decimal(part, "cost"),
        )
        ended = fields.text(part, "reason") != "tool-calls"
        return replace(at, asked=True, ended=ended, usage=plus(at.usage, more)), ""
    if kind == "error":
        wrong = fields.part(event, "error")
        why = fields.text(fields.part(wrong, "data"), "message") or fields.text(wrong, "name") or "an error"
        return replace(at, error=why), f"error: {why}"
    return at, ""


def _copilot(at: Result, event: Event) -> Step:
    kind, data = fields.text(event, "type"), fields.part(event, "data")
    at = replace(at, native=fields.text(event, "sessionId") or fields.text(data, "sessionId") or at.native)
    if kind == "assistant.message":
        said = fields.text(data, "content")
        return replace(at, asked=True, text=said or at.text), said
    if kind == "tool.execution_start":
        return replace(at, asked=True), f"$ {fields.tool(data, 'toolName', 'arguments')}"
    if kind == "session.error":
        why = fields.text(data, "message") or "an error"
        return replace(at, error=why), f"error: {why}"
    if kind == "result":
        code = fields.number(event, "exitCode")
        used = fields.part(event, "usage")
        usage = Usage(
            input=fields.number(used, "inputTokens"), output=fields.number(used, "outputTokens"), turns=1
        )
        return replace(
            at, ended=True, usage=usage, error=at.error or (f"exit status {code}" if code else "")
        ), ""
    return at, ""


def _pi(at: Result, event: Event) -> Step:
    kind, message = fields.text(event, "type"), fields.part(event, "message")
    if kind == "session":
        return replace(at, native=fields.text(event, "id")), ""
    if kind == "tool_execution_start":
        return at, f"$ {fields.tool(event, 'toolName', 'args')}"
    if kind == "agent_end":
        return replace(at, ended=True), ""
    if kind != "message_end" or message.get("role") != "assistant":
        return at, ""
    text, _ = fields.content(message)
    wrong = fields.text(message, "errorMessage") or "an error" if message.get("stopReason") == "error" else ""
    usage = plus(at.usage, pi_usage(message))
    return replace(at, asked=True, text=text or at.text, error=wrong, usage=usage), text or wrong


def pi_usage(message: Event) -> Usage:
    """What one message of pi used."""
    used = fields.part(message, "usage")
    return Usage(
        input=fields.number(used, "input"),
        output=fields.number(used, "output"),
        cache_read=fields.number(used, "cacheRead"),
        cache_write=fields.number(used, "cacheWrite"),
        cost=fields.decimal(fields.part(used, "cost"), "total"),
        model=fields.text(message, "model"),
    )


def _sum_claude(models: Event, main: str) -> Usage:
    usage = Usage(model=main)
    for each in models.values():
        used = each if isinstance(each, dict) else {}
        more = Usage(
            input=fields.number(used, "inputTokens"),
            output=fields.number(used, "outputTokens"),
            cache_read=fields.number(used, "cacheReadInputTokens"),
            cache_write=fields.number(used, "cacheCreationInputTokens"),
        )
        usage = plus(usage, more)
    return usage


def plus(one: Usage, two: Usage) -> Usage:
    """Both together; the model is the later one's."""
    costs = [each for each in (one.cost, two.cost) if each is not None]
    return Usage(
        input=one.input + two.input,
        output=one.output + two.output,
        cache_read=one.cache_read + two.cache_read,
        cache_write=one.cache_write + two.cache_write,
        cost=sum(costs) if costs else None,
        turns=one.turns + two.turns,
        model=two.model or one.model,
    )


FORMATS: Final[dict[str, Callable[[Result, Event], Step]]] = {
    "claude": _claude,
    "codex": _codex,
    "gemini": _gemini,
    "opencode": _opencode,
    "copilot": _copilot,
    "pi": _pi,
}
