"""What print modes say, read from recorded output of the real programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.runtimes.base import Usage
from gtlib.runtimes.printed import Result
from gtlib.runtimes.printed import passes
from gtlib.runtimes.results import LINE_BYTES
from gtlib.runtimes.results import Reader
from gtlib.runtimes.results import total

DATA = Path(__file__).parent.parent / "data" / "results"
CLAUDE = "11111111-2222-4333-8444-555555555555"
CODEX = "01a1fa8d-6220-76f1-8de9-547643be78b3"


def recorded(name: str, size: int = 100) -> tuple[Result, list[str]]:
    """The recorded output, fed in small pieces."""
    data = (DATA / f"{name}.jsonl").read_bytes()
    reader = Reader(name.partition("-")[0])
    said = [line for at in range(0, len(data), size) for line in reader.feed(data[at : at + size])]
    return reader.result(), said


def fed(format: str, *events: object) -> Result:
    reader = Reader(format)
    for event in events:
        reader.feed(json.dumps(event).encode() + b"\n")
    return reader.result()


def test_claude() -> None:
    result, said = recorded("claude-ok")

    used = Usage(
        input=200, output=40, cache_read=14, cache_write=6, cost=0.0016328000000000002, turns=2,
        model="claude-opus-5-5",
    )  # fmt: skip
    assert result == Result(native=CLAUDE, text="All done.", asked=True, ended=True, usage=used, so_far=True)
    commit = "echo hello > hello.txt && git add -A && git commit -qm 'scripted commit' && git log --oneline"
    assert said == ["Committing.", f"$ Bash: {commit}", "All done."]


def test_what_a_resumed_claude_says_counts_the_whole_session() -> None:
    first, second = recorded("claude-ok")[0], recorded("claude-resume")[0]

    used = total(total(Usage(), first), second)

    assert (second.native, second.text) == (CLAUDE, "Second turn.")
    assert (used.input, used.output, used.turns, used.cost) == (300, 60, 2, 0.0024492000000000003)


@pytest.mark.parametrize(
    ("error", "later"),
    [
        ('API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', True),
        ("exceeded retry limit, last status: 429 Too Many Requests", True),
        ("API Error: Rate limit reached", True),
        ("unexpected status 401 Unauthorized: bad key, url: http://127.0.0.1:42955/v1", False),
        ("it ended with exit status 1", False),
        ("", False),
    ],
)
def test_what_passes(error: str, later: bool) -> None:
    assert passes(error) is later


def test_claude_without_a_key() -> None:
    result, said = recorded("claude-err")

    assert result.error == "Failed to authenticate. API Error: 401 bad key"
    assert (result.asked, result.ended) == (True, True)
    assert said[-1] == f"error: {result.error}"
    before = Usage(input=5, turns=1)
    assert total(before, result) == before


def test_claude_that_does_not_know_the_session() -> None:
    result, _ = recorded("claude-unknown")

    assert result.error == "No conversation found with session ID: 99999999-2222-4333-8444-555555555555"
    assert not result.asked


def test_claude_as_one_document() -> None:
    result, _ = recorded("claude-fork")

    assert (result.text, result.error) == ("Because.", "")


def test_codex() -> None:
    result, said = recorded("codex-ok")

    used = Usage(input=200, output=40, cache_read=14, turns=1)
    assert result == Result(native=CODEX, text="All done.", asked=True, ended=True, usage=used, so_far=True)
    assert [line for line in said if "hello" in line] == [
        "$ /bin/bash -lc \"echo hello > hello.txt && git add -A && git commit -qm 'scripted commit' "
        '&& git log --oneline"'
    ]


def test_codex_without_a_key() -> None:
    result, _ = recorded("codex-err")

    assert result.error.startswith("unexpected status 401 Unauthorized: bad key")
    assert result.ended


def test_gemini_as_a_stream_and_as_one_document() -> None:
    stats = {"input_tokens": 10, "output_tokens": 4, "cached": 2}
    streamed = fed(
        "gemini",
        {"type": "init", "session_id": "g-1", "model": "m"},
        {"type": "message", "role": "user", "content": "q"},
        {"type": "message", "role": "assistant", "content": "Al", "delta": True},
        {"type": "message", "role": "assistant", "content": "l.", "delta": True},
        {"type": "result", "status": "success", "stats": stats},
    )
    tokens = {"prompt": 10, "candidates": 3, "thoughts": 1, "cached": 2}
    document = {"session_id": "g-1", "response": "All.", "stats": {"models": {"m": {"tokens": tokens}}}}
    reader = Reader("gemini")
    reader.feed(json.dumps(document, indent=1).encode())

    used = Usage(input=8, output=4, cache_read=2, turns=1, model="m")
    assert streamed == Result(native="g-1", text="All.", asked=True, ended=True, usage=used)
    assert reader.result() == streamed


def test_opencode() -> None:
    tokens = {"input": 3, "output": 2, "reasoning": 1, "cache": {"read": 5, "write": 7}}
    result = fed(
        "opencode",
        {"type": "text", "sessionID": "ses_1", "part": {"text": "Hi."}},
        {"type": "step_finish", "sessionID": "ses_1", "part": {"reason": "tool-calls", "tokens": tokens}},
        {
            "type": "step_finish",
            "sessionID": "ses_1",
            "part": {"reason": "stop", "tokens": tokens, "cost": 0.5},
        },
    )

    used = Usage(input=6, output=6, cache_read=10, cache_write=14, cost=0.5)
    assert result == Result(native="ses_1", text="Hi.", asked=True, ended=True, usage=used)
    wrong = fed("opencode", {"type": "error", "error": {"name": "APIError", "data": {"message": "no key"}}})
    assert wrong.error == "no key"


def test_copilot() -> None:
    result = fed(
        "copilot",
        {"type": "assistant.message", "data": {"content": "Hi."}},
        {"type": "result", "sessionId": "c-1", "exitCode": 0, "usage": {"inputTokens": 3, "outputTokens": 2}},
    )

    used = Usage(input=3, output=2, turns=1)
    assert result == Result(native="c-1", text="Hi.", asked=True, ended=True, usage=used)


def test_pi() -> None:
    message = {
        "role": "assistant", "model": "m", "stopReason": "stop", "content": [{"type": "text", "text": "Hi."}],
        "usage": {"input": 3, "output": 2, "cacheRead": 1, "cacheWrite": 0, "cost": {"total": 0.25}},
    }  # fmt: skip
    result = fed(
        "pi",
        {"type": "session", "id": "p-1"},
        {"type": "message_end", "message": message},
        {"type": "agent_end"},
    )

    used = Usage(input=3, output=2, cache_read=1, cost=0.25, model="m")
    assert result == Result(native="p-1", text="Hi.", asked=True, ended=True, usage=used)
    wrong = fed(
        "pi", {"type": "message_end", "message": {**message, "stopReason": "error", "errorMessage": "x"}}
    )
    assert wrong.error == "x"


def test_plain_text() -> None:
    reader = Reader("text")

    assert reader.feed(b"one\ntwo \x1b[31mred\x1b[0m") == ["one"]
    assert reader.result() == Result(text="one\ntwo \x1b[31mred\x1b[0m", asked=True)


@pytest.mark.parametrize("format", ["claude", "codex", "gemini", "opencode", "copilot", "pi", "text"])
def test_nothing_that_is_printed_breaks_it(format: str) -> None:
    reader = Reader(format)
    strange = [
        b"null", b"[]", b"{}", b'{"type": 3, "message": [], "item": "x", "usage": null}', b"\xff\xfe", b"{" * 9999,
        b'{"type": "result", "num_turns": 1e999, "total_cost_usd": NaN, "modelUsage": {"x": 1}, "errors": 1}',
        b'{"type": "message_end", "message": {"role": "assistant", "content": [1, {"type": "text"}]}}',
        b'{"type": "assistant", "message": {"content": [{"type": "tool_use", "input": []}]}}',
    ]  # fmt: skip
    for line in strange:
        reader.feed(line + b"\n")
    reader.feed(b"x" * (LINE_BYTES + 1))
    reader.feed(b"more of it\nshort\n")

    assert len(reader.result().text) <= 64 * 1024


def test_a_line_without_an_end_is_left_out() -> None:
    reader = Reader("claude")

    said = [*reader.feed(b"x" * (LINE_BYTES + 1)), *reader.feed(b"yy\nnext\n")]

    assert said == ["[a line that is too long was left out]", "next"]
