"""A rig's own repository, bare: refs, commits, and git commands that cannot stray into another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib.names import CommitId
from gtlib.system import git

ZERO: Final = "0" * 40


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
    ) -> git.Result:
        """Run git on this repository; as `gtlib.system.git.run`. Raises GitError."""
        argv = [*git.RIG_FLAGS, f"--git-dir={self.git_dir}", *args]
        return git.run(argv, self.git_dir.parent, check=check, input=input, env=env, timeout=timeout)

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
        self.git("update-ref", "--create-reflog", "-m", "gt", ref, new, old or ZERO)

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` contains `old`. Raises GitError when one is no commit here."""
        argv = ("merge-base", "--is-ancestor", old, new)
        found = self.git(*argv, check=False)
        if found.code > 1:
            raise git.GitError(argv, self.git_dir.parent, found.code, found.err)
        return found.code == 0
