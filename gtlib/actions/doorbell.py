"""Tell a running session to look: one short line of our own, typed or given as its program takes words."""

from __future__ import annotations

from pathlib import Path

from gtlib import names
from gtlib.actions.modes import runtime as runtime_of
from gtlib.errors import UserError
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.nudges import Nudge
from gtlib.runtimes.runs import Run

MARK = "[gt] "
NUDGE = "Look: a nudge waits for you."
SHOW = "gt nudge show"
WAIT_SECONDS = 8.0


def ring(local: Path, run: Run, words: str, wait: float = WAIT_SECONDS) -> str:
    """Empty when the program took the line, else why not. What there is to see, its prompt hook shows."""
    return runtime_of(run.mode).deliver(run, f"{MARK}{words}", wait)


def ring_for_nudges(local: Path, run: Run, wait: float = WAIT_SECONDS) -> str:
    """As `ring`, and where no hook of the program shows nudges, with the command that does.

    The words of a nudge are never typed: a program takes what is typed for its user's.
    """
    if run.mode != "tmux" or runs.state_of(local, run.address, run.session) is not None:
        return ring(local, run, NUDGE, wait)
    left = nudges.waiting(local, run.address)
    if not left:
        return ""
    what = f"a nudge{_sender(left[0])} waits" if len(left) == 1 else f"{len(left)} nudges wait"
    return ring(local, run, f"{what}: run `{SHOW}`", wait)


def _sender(nudge: Nudge) -> str:
    """Where it is an address, which holds no words of anybody's."""
    try:
        return f" from {names.address(nudge.sender)}"
    except UserError:
        return ""
