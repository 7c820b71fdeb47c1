"""A rig's own repository, bare: refs, commits, and git commands that cannot stray into another one."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib.names import CommitId
from gtlib.system import git
from gtlib.system import process
from gtlib.system.git import Result

ZERO: Final = "0" * 40
UNLOCK_SECONDS: Final = 5.0


class Bare(Struct, frozen=True):
    """The repository at `git_dir`, known by that path alone and never by where a command stands."""

    git_dir: Path

    def git(
        self,
        *args: str,
        check: bool = True,
        input: bytes | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run git on this repository; as `gtlib.system.git.run`. Raises GitError."""
        argv = [*git.RIG_FLAGS, f"--git-dir={self.git_dir}", *args]
        return git.run(argv, self.git_dir.parent, check=check, input=input, env=env, timeout=timeout)

    def write(self, *args: str, timeout: float | None = None) -> Result:
        """As `git`, for a command that writes refs: a lock that a killed git left does not stop it."""
        done = self.git(*args, check=False, timeout=timeout)
        if done.code != 0 and b".lock': File exists" in done.err and self._unlock():
            done = self.git(*args, check=False, timeout=timeout)
        if done.code != 0:
            raise git.GitError(args, self.git_dir.parent, done.code, done.err)
        return done

    def aside(self, locks: Iterable[Path], *folders: Path) -> tuple[Path, ...]:
        """Move these locks away, unless git is at work in one of the folders; where they are now."""
        stale = [(lock, lock.stat().st_ino) for lock in locks if lock.exists()]
        if not stale or process.git_at_work(*folders):
            return ()
        place = self.git_dir / "gt" / "stale"
        place.mkdir(parents=True, exist_ok=True)
        moved = []
        for lock, inode in stale:
            try:
                # Another file of that name is the lock of a git that began since.
                if lock.stat().st_ino == inode:
                    moved.append(lock.rename(place / f"{lock.stat().st_mtime_ns}-{lock.name}"))
            except FileNotFoundError:
                continue
        return tuple(moved)

    def _unlock(self) -> bool:
        # Who commits in a worktree locks its branch, so those wait for every git in the rig's folder.
        agents = set((self.git_dir / "refs" / "heads").rglob("*.lock"))
        ours = {*(self.git_dir / "refs").rglob("*.lock"), self.git_dir / "packed-refs.lock"} - agents
        here = self.git_dir.parent
        process.until(lambda: not process.git_at_work(here), UNLOCK_SECONDS)
        return bool(self.aside(sorted(ours), here) + self.aside(sorted(agents), here.parent))

    def commit(self, rev: str) -> CommitId | None:
        """The commit that a ref or an id names; None when there is none."""
        argv = ("rev-parse", "--verify", "--quiet", "--end-of-options", rev + "^{commit}")
        found = self.git(*argv, check=False)
        return CommitId(found.text) if found.code == 0 else None

    def refs(self, *prefixes: str) -> dict[str, CommitId]:
        """Full names of the refs below these prefixes, and their commits."""
        found = self.git("for-each-ref", "--format=%(objectname) %(refname)", *prefixes).text
        pairs = (line.split(" ", 1) for line in found.splitlines())
        return {name: CommitId(commit) for commit, name in pairs}

    def set_ref(self, ref: str, new: CommitId, old: CommitId | None) -> None:
        """Move a ref that is still at `old` (None: that does not exist). Raises GitError when it is not."""
        self.write("update-ref", "--create-reflog", "-m", "gt", ref, new, old or ZERO)

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` contains `old`. Raises GitError when one is no commit here."""
        argv = ("merge-base", "--is-ancestor", old, new)
        found = self.git(*argv, check=False)
        if found.code > 1:
            raise git.GitError(argv, self.git_dir.parent, found.code, found.err)
        return found.code == 0
