"""Whether a session moves: timers alone are no movement."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.deacon import still
from gtlib.deacon.still import Still
from gtlib.deacon.still import words
from gtlib.model.agent import Agent
from gtlib.names import Address
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State

AGENT = Agent(address=Address("mayor"))
RUN = Run(address=Address("mayor"), mode="tmux", session="s-1", ended=False)
CLAUDE = "● Bash(make)\n  ⎿  Running…\n\n✻ Working… (59s · ↓ 980 tokens · esc to interrupt)\n❯"
CODEX = "• Working (0s • esc to interrupt)\n› "


@pytest.mark.parametrize(
    ("screen", "later"),
    [
        (CLAUDE, CLAUDE.replace("✻", "✽").replace("59s", "1m 20s").replace("980", "1.2k")),
        (CODEX, CODEX.replace("•", "◦").replace("0s", "1h 03m 12s")),
        ("| retrying in 5 seconds (attempt 1/10)", "/ retrying in 30 seconds (attempt 10/10)"),
    ],
)
def test_timers_and_spinners_are_no_movement(screen: str, later: str) -> None:
    assert words(screen) == words(later)
    assert words(screen) != words(f"compiling main.c\n{screen}")


class Shown:
    """A runtime that shows what the test says."""

    def __init__(self) -> None:
        self.screen = CLAUDE
        self.looks = 0

    def look(self, run: Run, lines: int) -> str:
        self.looks += 1
        return self.screen


def test_hooks_transcript_and_screen_each_are_a_sign_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, found, clock = Shown(), Still(tmp_path), [1000.0]
    monkeypatch.setattr(still, "runtime_of", lambda mode: shown)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    path = tmp_path / "transcript"
    path.write_text("one")
    os.utime(path, (5, 5))
    state = State(session="s-1", transcript=str(path), activity="busy", at=1.0)

    def after(seconds: float, state: State = state) -> float:
        clock[0] += seconds
        return found.seconds(AGENT, RUN, state)

    assert found.is_due("s-1", 1800.0) and after(0) == 0
    assert not found.is_due("s-1", 1800.0)
    shown.screen = CLAUDE.replace("59s", "1m 59s")
    assert after(60) == 60 and found.is_due("s-1", 0.0)
    looks = shown.looks
    os.utime(path, (65, 65))
    assert after(60) == 0 and shown.looks == looks  # a file says it: no look at the screen
    assert after(60) == 60
    later = replace(state, at=2.0)
    assert after(60, later) == 0 and after(30, later) == 30
    shown.screen = "other words"
    assert after(30, later) == 0
    found.keep(set())
    assert found.is_due("s-1", 1800.0)
