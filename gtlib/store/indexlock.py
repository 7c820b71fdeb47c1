"""git's own index.lock, taken as git takes it: while we hold it no git command touches the index.

The lock is a hard link to a file of ours, so one that a killed transition left behind is known by
its inode; anybody else's is never removed by age (DESIGN 4).
"""

from __future__ import annotations

import os
from pathlib import Path


class IndexLock:
    """`.git/index.lock`; used under the town's lock only."""

    def __init__(self, git_dir: Path) -> None:
        self._path = git_dir / "index.lock"
        self._token = git_dir / "gt" / "index.token"

    def take(self) -> bool:
        """Whether it is ours now. One that we left behind in a crash counts as ours."""
        if not self._token.exists():
            self._token.write_text("held by the town: gt doctor\n", encoding="ascii")
        try:
            os.link(self._token, self._path)
        except FileExistsError:
            return self.ours()
        return True

    def ours(self) -> bool:
        try:
            return os.path.samestat(self._path.stat(), self._token.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give it back; another's lock is left alone."""
        if self.ours():
            self._path.unlink()

    def foreign(self) -> bool:
        """Whether somebody else holds it."""
        return self._path.exists() and not self.ours()
