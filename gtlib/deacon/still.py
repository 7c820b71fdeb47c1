"""Whether a session at work moves: its hooks, its transcript, its branch, and the words on its screen."""

from __future__ import annotations

import os
import re
import time
from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib import layout
from gtlib.actions.modes import runtime as runtime_of
from gtlib.model.agent import Agent
from gtlib.rules.base import live_hook
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State
from gtlib.store import tip

# A look at a screen is a process.
LOOK_SECONDS: Final = 60.0
LINES: Final = 60
# Timers, counts of tokens, spinners: they go on when nothing else does.
_COUNTS: Final = re.compile(r"\S*\d\S*")
_OTHER: Final = re.compile(r"[\W_]+")


class Seen(Struct, frozen=True):
    """What was seen last, since when nothing moved, and when it was looked at, by time.monotonic()."""

    files: tuple[float, float, str]
    screen: str
    since: float
    looked: float


class Still:
    """Of the sessions of one town."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: dict[str, Seen] = {}

    def keep(self, sessions: set[str]) -> None:
        """Forget all others."""
        for gone in set(self._seen) - sessions:
            del self._seen[gone]

    def forget(self, session: str) -> None:
        """Begin anew with that one."""
        self._seen.pop(session, None)

    def is_due(self, session: str, frozen: float) -> bool:
        """Whether it is time to look; `frozen` are the seconds after which it is to be known."""
        before = self._seen.get(session)
        return before is None or time.monotonic() - before.looked >= min(LOOK_SECONDS, frozen)

    def seconds(self, agent: Agent, run: Run, state: State | None) -> float:
        """Look: for how long nothing has moved. UserError when its screen can't be seen."""
        now, before = time.monotonic(), self._seen.get(run.session)
        files = self._files(agent, state)
        if before is not None and before.files != files:
            self._seen[run.session] = Seen(files, before.screen, now, now)
            return 0.0
        screen = words(runtime_of(run.mode).look(run, LINES))
        same = before is not None and before.screen == screen
        since = before.since if before is not None and same else now
        self._seen[run.session] = Seen(files, screen, since, now)
        return now - since

    def _files(self, agent: Agent, state: State | None) -> tuple[float, float, str]:
        hook = live_hook(agent)
        at = ""
        if hook is not None and hook.branch and agent.rig:
            at = tip.read(self._root / layout.repo_folder(agent.rig), f"refs/heads/{hook.branch}") or ""
        return (state.at if state else 0.0, _changed(state.transcript if state else ""), at)


def words(screen: str) -> str:
    """A screen without what moves by itself, as a hash."""
    left = _OTHER.sub(" ", _COUNTS.sub(" ", screen)).strip()
    return sha256(left.encode("utf-8", "replace")).hexdigest()


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime if path else 0.0
    except OSError:  # it is not there yet, or elsewhere
        return 0.0
