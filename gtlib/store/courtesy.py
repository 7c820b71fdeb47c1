"""When a transition holds back for a person who is committing or editing the index (FACTS 11, 19).

git reads HEAD before any git hook runs, and refuses a commit when HEAD moved meanwhile. So `apply`
waits while a commit is marked in progress, while another holds index.lock or touched the index just now.
Clocks only say when to look again, and the whole town together waits `commit_wait` at most.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from gtlib.model.config import Limits
from gtlib.store.indexlock import IndexLock
from gtlib.system import procinfo

_POLL = 0.02
_START_SLACK = 2.0  # /proc tells start times to about a second


class Courtesy:
    """Looks at `.git/gt/mark` (written by the git hook shims) and at the index file's stat."""

    def __init__(self, git_dir: Path, index_lock: IndexLock) -> None:
        self._index_lock = index_lock
        self._index = git_dir / "index"
        self._mark = git_dir / "gt" / "mark"
        self._seen = git_dir / "gt" / "index.seen"
        self._held = git_dir / "gt" / "held"

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
        """Whether somebody else is committing, holds git's index.lock, or touched the index just now."""
        return self._index_lock.foreign() or self.commit_in_progress() or self._touched_within(limits.courtesy)

    def commit_in_progress(self) -> bool:
        """Whether a live git process has marked its commit; our own ancestors don't count."""
        try:
            pid = int(self._mark.read_text(encoding="ascii"))
            written = self._mark.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return False
        began = procinfo.started(pid)
        if began is None or began > written + _START_SLACK:
            return False
        return pid not in procinfo.ancestors()

    def remember(self) -> None:
        """The index as it is now is accounted for: our own writing, or a git command that has ended."""
        self._seen.write_text(self.signature(), encoding="ascii")

    def unmark(self) -> None:
        """The commit that was marked has ended (post-commit, post-merge, post-rewrite)."""
        self._mark.unlink(missing_ok=True)

    def _touched_within(self, seconds: float) -> bool:
        try:
            age = time.time() - self._index.stat().st_mtime
        except FileNotFoundError:
            return False
        if not 0 <= age < seconds:
            return False
        try:
            return self._seen.read_text(encoding="ascii") != self.signature()
        except FileNotFoundError:
            return True

    def signature(self) -> str:
        """Changes whenever anybody writes the index."""
        try:
            stat = os.stat(self._index)
        except FileNotFoundError:
            return "none"
        return f"{stat.st_mtime_ns} {stat.st_size} {stat.st_ino}"

    def _held_since(self) -> float:
        """When the town began to hold back; the first who waits writes it down."""
        try:
            return self._held.stat().st_mtime
        except FileNotFoundError:
            self._held.touch()
            return time.time()
