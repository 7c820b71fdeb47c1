"""Tell a running session to look: one short line of our own, typed or given as its program takes words."""

from __future__ import annotations

from pathlib import Path

from gtlib.actions.modes import runtime as runtime_of
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run

MARK = "[gt] "
NUDGE = "Look: a nudge waits for you."
WAIT_SECONDS = 8.0


def ring(local: Path, run: Run, words: str, wait: float = WAIT_SECONDS) -> str:
    """Empty when the program took the line, else why not. What there is to see, its prompt hook shows."""
    return runtime_of(run.mode).deliver(run, f"{MARK}{words}", wait)


def ring_for_nudges(local: Path, run: Run, wait: float = WAIT_SECONDS) -> str:
    """As `ring` where the program's own hook shows nudges; where it has none, the words themselves."""
    if run.mode != "tmux" or runs.state_of(local, run.address, run.session) is not None:
        return ring(local, run, NUDGE, wait)
    mine = nudges.take(local, run.address)
    if not mine:
        return ""
    # On one line: many programs take each line of what is typed as words of its own.
    told = "; ".join(f"nudge from {each.sender}: {' '.join(each.message.split())}" for each in mine)
    why = ring(local, run, told, wait)
    if why:
        nudges.give_back(local, run.address, mine)
    return why
