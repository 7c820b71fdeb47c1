"""When a transition holds back for a person who is committing or editing the index (FACTS 11, 19).

git reads HEAD before any git hook runs, and refuses a commit when HEAD moved meanwhile. So `apply`
waits while a commit is marked in progress, while another holds index.lock or touched the index just now.
Clocks only say when to look again, and the whole town together waits `commit_wait` at most.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from gtlib.model.config import Limits
from gtlib.store import framework
from gtlib.store.indexlock import IndexLock
from gtlib.system import procinfo

_POLL = 0.02
_START_SLACK = 2.0  # /proc tells start times to about a second


class Courtesy:
    """Looks at `.git/gt/mark` (written by the git hook shims) and at the index file's stat."""

    def __init__(self, git_dir: Path, index_lock: IndexLock, branch_locked: Callable[[], object]) -> None:
        self._index_lock = index_lock
        self._branch_locked = branch_locked
        self._git_dir = git_dir
        self._index = git_dir / "index"
        self._mark = git_dir / "gt" / "mark"
        self._seen = git_dir / "gt" / "index.seen"
        self._held = git_dir / "gt" / "held"
        self._excused = ""

    def wait(self, limits: Limits) -> bool:
        """Return when nobody is committing (True) or the town has waited long enough (False).

        Never called with the town's lock held.
        """
        while self.must_wait(limits):
            if time.time() >= self._held_since() + limits.commit_wait:
                return False
            time.sleep(_POLL)
        self._held.unlink(missing_ok=True)
        return True

    def must_wait(self, limits: Limits) -> bool:
        """Whether somebody else is committing, holds a lock of git's, touched the index just now, or
        runs pre-commit."""
        seconds = limits.courtesy
        locked = self._index_lock.foreign() or bool(self._branch_locked())
        if locked or self.commit_in_progress(seconds) or self._touched_within(seconds):
            return True
        running = framework.at_work(self._git_dir)
        return bool(running) and not framework.is_above_us(running)

    def commit_in_progress(self, seconds: float = 0.0) -> bool:
        """Whether a live git process has marked its commit, or one did that ended within `seconds`.

        Our own ancestors don't count: a git hook runs below the commit that it serves.
        """
        try:
            pid = int(self._mark.read_text(encoding="ascii"))
            written = self._mark.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return False
        began = procinfo.began(pid)
        alive = began is not None and began <= written + _START_SLACK
        return (alive or self._recent(written, seconds)) and pid not in procinfo.ancestors()

    def excuse(self) -> None:
        """In this process alone, the index as it is now is no reason to wait: we run at the end of the
        git command that touched it."""
        self._excused = self.signature()

    def remember(self) -> None:
        """The index as it is now is our own writing."""
        self._seen.unlink(missing_ok=True)  # ext4 flushes a file that is truncated and written again
        self._seen.write_text(self.signature(), encoding="ascii")

    def commit_ends(self) -> None:
        """The marked commit ends now: a person at work often goes on at once, so give them a moment."""
        if self._mark.exists():
            os.utime(self._mark)

    def _touched_within(self, seconds: float) -> bool:
        try:
            if not self._recent(self._index.stat().st_mtime, seconds):
                return False
        except FileNotFoundError:
            return False
        now = self.signature()
        try:
            return now not in (self._excused, self._seen.read_text(encoding="ascii"))
        except FileNotFoundError:
            return now != self._excused

    def signature(self) -> str:
        """Changes whenever anybody writes the index."""
        try:
            stat = os.stat(self._index)
        except FileNotFoundError:
            return "none"
        return f"{stat.st_mtime_ns} {stat.st_size} {stat.st_ino}"

    @staticmethod
    def _recent(moment: float, seconds: float) -> bool:
        return 0 <= time.time() - moment < seconds

    def _held_since(self) -> float:
        """When the town began to hold back; the first who waits writes it down."""
        now = time.time()
        try:
            since = self._held.stat().st_mtime
        except FileNotFoundError:
            since = now + 1
        if since > now:  # nobody wrote it yet, or the clock was put back
            self._held.touch()
        return min(since, now)
