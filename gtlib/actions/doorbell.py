"""Tell a running session to look: one short line of our own, typed or given as its program takes words."""

from __future__ import annotations

from pathlib import Path

from gtlib.actions.modes import runtime as runtime_of
from gtlib.runtimes.runs import Run

MARK = "[gt] "
WAIT_SECONDS = 8.0


def ring(local: Path, run: Run, words: str, wait: float = WAIT_SECONDS) -> str:
    """Empty when the program took the line, else why not. What there is to see, its prompt hook shows."""
    return runtime_of(run.mode).deliver(run, f"{MARK}{words}", wait)
