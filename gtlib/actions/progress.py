"""Whether a session gets on: steps that are over and commits, against what it has asked the model."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec import Struct

from gtlib.actions import running
from gtlib.model.agent import Hook
from gtlib.output import count
from gtlib.runtimes import pace
from gtlib.runtimes.turn import Limits
from gtlib.store.town import Town
from gtlib.system import git


class Bounds(Struct, frozen=True, kw_only=True):
    """`reminders` that bring no progress in a row, turns since a step was over (`steady`), turns in an hour;
    `pause` is how long words of a person are waited for after an interrupt, in seconds.
    """

    reminders: int = 3
    steady: int = pace.STEADY
    hourly: int = pace.HOURLY
    pause: float = 120.0
    turn: Limits = Limits()


class Progress:
    """Of one session in a worktree. `gained` are the steps that were over since its first `look`, `stuck` the
    reminders since anything was brought about.
    """

    def __init__(self, town: Town, worktree: Path, bounds: Bounds) -> None:
        self.gained = 0
        self.stuck = 0
        self._town = town
        self._worktree = worktree
        self._bounds = bounds
        self._asked: list[float] = []  # when
        self._steady = 0
        self._over: int | None = None
        self._tip = ""

    def ask(self) -> None:
        """The model is asked now."""
        self._asked = [*self._asked, time.monotonic()][-self._bounds.hourly :]
        self._steady += 1

    def look(self, hook: Hook) -> None:
        """See what was brought about since the last look."""
        over = running.steps_over(self._town.snapshot(), hook)
        tip = git.run([*git.RIG_FLAGS, "rev-parse", "--verify", "--quiet", "HEAD"], self._worktree).text
        more = 0 if self._over is None else over - self._over
        if more > 0:
            self._steady, self.gained = 0, self.gained + more
        if more > 0 or tip != self._tip:
            self.stuck = 0
        self._over, self._tip = over, tip

    def too_many(self, bead: str) -> str:
        """Why the model may not be asked again; empty when it may."""
        if bead and self._steady >= self._bounds.steady:
            return f"{count(self._steady, 'turn')} in a row brought no step to its end"
        if len(self._asked) >= self._bounds.hourly and time.monotonic() - self._asked[0] < pace.HOUR:
            return f"{count(self._bounds.hourly, 'turn')} in less than an hour"
        return ""
