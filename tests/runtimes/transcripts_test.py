"""Transcripts of the real programs, recorded against a scripted model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.runtimes.base import Usage
from gtlib.runtimes.presets import preset
from gtlib.runtimes.transcripts import find
from gtlib.runtimes.transcripts import tail
from gtlib.runtimes.transcripts import usage

DATA = Path(__file__).parent.parent / "data" / "transcripts"
CLAUDE, CODEX, GEMINI, PI = (preset(name) for name in ("claude", "codex", "gemini", "pi"))
ID = "11111111-2222-4333-8444-555555555555"
COMMIT = "echo hello > hello.txt && git add -A && git commit -qm 'scripted commit' && git log --oneline"


def put(path: Path, name: str = "claude") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(DATA / f"{name}.jsonl", path)
    return path


def lines(path: Path, *events: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    return path


def test_claude(tmp_path: Path) -> None:
    path = DATA / "claude.jsonl"

    assert usage(CLAUDE, path) == Usage(
        input=300,
        output=60,
        cache_read=21,
        cache_write=9,
        turns=2,
        model="claude-opus-5-5",
        cost=0.0024492000000000003,
    )
    both = [
        ("user", "please commit"), ("assistant", "Committing."), ("assistant", f"$ Bash: {COMMIT}"),
        ("assistant", "All done."), ("user", "and now?"), ("assistant", "Second turn."),
    ]  # fmt: skip
    assert tail(CLAUDE, path, 2) == tail(CLAUDE, path, 99) == both
    assert tail(CLAUDE, path, 1) == both[-2:]
    assert tail(CLAUDE, path, 0) == []


def test_codex() -> None:
    path = DATA / "codex.jsonl"

    assert usage(CODEX, path) == Usage(input=300, output=60, cache_read=21, turns=2, model="scripted")
    assert tail(CODEX, path, 2) == [
        ("user", "please commit"), ("assistant", "Committing."), ("assistant", f"$ exec_command: {COMMIT}"),
        ("assistant", "All done."), ("user", "and now?"), ("assistant", "Second."),
    ]  # fmt: skip


def test_gemini_and_pi(tmp_path: Path) -> None:
    tokens = {"input": 10, "output": 3, "thoughts": 1, "cached": 2}
    gemini = lines(
        tmp_path / "g", {"sessionId": ID, "type": "user", "content": [{"text": "q"}]},
        {"type": "gemini", "content": "a", "model": "m", "tokens": tokens},
    )  # fmt: skip
    used = {"input": 3, "output": 2, "cacheRead": 1, "cost": {"total": 0.5}}
    call = {"type": "toolCall", "name": "bash", "arguments": {"command": "ls"}}
    pi = lines(
        tmp_path / "p", {"type": "session", "id": ID},
        {"type": "message", "message": {"role": "user", "content": [{"type": "text", "text": "q"}]}},
        {"type": "message", "message": {"role": "assistant", "content": [call], "usage": used, "model": "m"}},
    )  # fmt: skip

    assert usage(GEMINI, gemini) == Usage(input=8, output=4, cache_read=2, turns=1, model="m")
    assert tail(GEMINI, gemini, 1) == [("user", "q"), ("assistant", "a")]
    assert usage(PI, pi) == Usage(input=3, output=2, cache_read=1, cost=0.5, turns=1, model="m")
    assert tail(PI, pi, 1) == [("user", "q"), ("assistant", "$ bash: ls")]


def test_found_by_id_where_the_program_keeps_it(tmp_path: Path) -> None:
    home, cwd = tmp_path / "home", tmp_path / "a_b" / "c.d"
    mangled = str(cwd).replace("/", "-").replace("_", "-").replace(".", "-")
    environ = {"HOME": str(home)}
    claude = put(home / ".claude" / "projects" / mangled / f"{ID}.jsonl")
    codex = put(home / "codex" / "sessions" / "2026" / "11" / "20" / f"rollout-2026-{ID}.jsonl")
    pi = put(home / ".pi" / "agent" / "sessions" / "--x--" / f"2026_{ID}.jsonl")
    lines(home / ".gemini" / "tmp" / "p" / "chats" / "session-1.jsonl", {"sessionId": "other"})
    gemini = lines(home / ".gemini" / "tmp" / "p" / "chats" / "session-2.jsonl", {"sessionId": ID})

    assert find(CLAUDE, ID, cwd, environ) == claude
    assert find(CLAUDE, ID, tmp_path, environ) == claude  # it went on from another folder
    assert find(CODEX, ID, cwd, {**environ, "CODEX_HOME": str(home / "codex")}) == codex
    assert find(PI, ID, cwd, environ) == pi
    assert find(GEMINI, ID, cwd, environ) == gemini
    assert find(CLAUDE, ID.replace("1", "2"), cwd, environ) is None
    assert find(replace(CLAUDE, transcript=""), ID, cwd, environ) is None


@pytest.mark.parametrize(
    "id", ["", "*", "../../etc/passwd", "..", "a/b", "a\nb", "-x", "[a-z]", "a" * 200, "a..b"]
)
def test_no_id_leads_elsewhere(tmp_path: Path, id: str) -> None:
    put(tmp_path / ".claude" / "projects" / "x" / f"{ID}.jsonl")
    put(tmp_path / ".claude" / "projects" / "x" / "-x.jsonl")

    assert find(CLAUDE, id, tmp_path, {"HOME": str(tmp_path)}) is None


def test_no_link_leads_out(tmp_path: Path) -> None:
    secret = put(tmp_path / "secret.jsonl")
    folder = tmp_path / ".claude" / "projects" / "x"
    folder.mkdir(parents=True)
    (folder / f"{ID}.jsonl").symlink_to(secret)

    assert find(CLAUDE, ID, tmp_path, {"HOME": str(tmp_path)}) is None


@pytest.mark.parametrize("program", [CLAUDE, CODEX, GEMINI, PI])
def test_a_damaged_one_says_less(tmp_path: Path, program) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "t"
    path.write_bytes(
        b'{"type": "assistant", "message": 3}\n\xff\n[]\n{"payload": 1, "tokens": {"input": null}}\n{'
    )

    assert usage(program, path) == Usage()
    assert tail(program, path, 3) == []
