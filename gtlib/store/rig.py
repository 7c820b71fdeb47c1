"""A rig: a project's own repository and worktrees in the town, read and written by the git program only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.config import RigConfig
from gtlib.names import CommitId
from gtlib.store import beginnings
from gtlib.store import worktrees
from gtlib.store.bare import Bare
from gtlib.store.cloning import REMOTE
from gtlib.store.cloning import TRACKING
from gtlib.store.cloning import clone
from gtlib.system import git

__all__ = ["Rig", "RigCommit", "WorktreeStatus", "clone"]

PROCESSED: Final = "refs/gt/processed/"
NETWORK_SECONDS: Final = 600.0
_HEADS: Final = "refs/heads/"
_FIELDS: Final = ("%H", "%P", "%an <%ae>", "%at", "%B")


class RigCommit(Struct, frozen=True):
    """A commit on an agent's branch. `author` is `Name <email>`, `author_time` seconds since 1970."""

    commit: CommitId
    author: str
    author_time: int
    message: str
    parents: tuple[CommitId, ...]
    branch: str


class WorktreeStatus(Struct, frozen=True):
    """`branch` is empty on a detached HEAD, `ahead` counts commits not in the target (all without one)."""

    branch: str
    dirty: bool
    ahead: int
    head: CommitId


class Rig(Struct, frozen=True):
    """The rig that `config` describes, in the town at `root`."""

    root: Path
    config: RigConfig

    @property
    def folder(self) -> Path:
        """The rig's folder in the town."""
        return self.root / layout.rig_folder(self.config.name)

    @property
    def bare(self) -> Bare:
        """Its repository."""
        return Bare(self.root / layout.repo_folder(self.config.name))

    @property
    def target(self) -> str:
        """The branch that work lands on."""
        return self.config.branch

    @property
    def tracking(self) -> str:
        """The ref that is the target's truth."""
        return TRACKING + self.target

    def hooks_dir(self) -> Path:
        """The folder of git hooks that all worktrees share."""
        return self.bare.git_dir / "hooks"

    def other_hooks_path(self, worktree: Path) -> str:
        """Where git looks for git hooks in a worktree when that is not our folder; empty when it is."""
        found = git.run(["rev-parse", "--git-path", "hooks"], worktree).text
        ours = self.hooks_dir()
        return "" if (worktree / found).resolve() == ours.resolve() else found

    def fetch(self) -> None:
        """Bring the tracking refs up to date. Raises GitError."""
        self.bare.write(
            "fetch",
            "--quiet",
            "--prune",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            REMOTE,
            timeout=NETWORK_SECONDS,
        )

    def target_tip(self) -> CommitId:
        """The target's commit as last seen. Raises UserError when the target is gone."""
        tip = self.bare.commit(self.tracking)
        if tip is None:
            hint = f"bring the branch back, or correct branch: in {self.config.name}/rig.yaml"
            raise UserError(f"the rig {self.config.name} has no branch {self.target} on its remote", hint)
        return tip

    def exists(self) -> bool:
        """Whether the clone is there on this machine."""
        return self.bare.git_dir.is_dir()

    def fork_point(self, commit: CommitId, branch: str, landed: Iterable[str] = ()) -> CommitId | None:
        """Where a branch's work, up to `commit`, left the target; None when they share no history.

        The commit itself when there is no work but what `landed` contains. Raises UserError when the
        target is gone; GitError.
        """
        self.target_tip()
        return beginnings.fork_point(self.bare, self.tracking, commit, branch, landed)

    def branches(self, *patterns: str) -> dict[str, CommitId]:
        """Agents' branches and their commits; patterns as `polecat/*` or one whole name, by default all."""
        wanted = patterns or ("polecat/*", "crew/*")
        found = self.bare.refs(*(_HEADS + pattern.removesuffix("*") for pattern in wanted))
        return {name.removeprefix(_HEADS): commit for name, commit in found.items()}

    def processed(self, branch: str) -> CommitId | None:
        """How far the claims of a branch were looked at; None for a new branch."""
        return self.bare.commit(PROCESSED + branch)

    def looked_at(self) -> tuple[dict[str, CommitId], dict[str, CommitId]]:
        """`branches`, and `processed` of every branch, by one process."""
        found = self.bare.refs(_HEADS + "polecat/", _HEADS + "crew/", PROCESSED)
        branches, processed = (
            {name.removeprefix(prefix): commit for name, commit in found.items() if name.startswith(prefix)}
            for prefix in (_HEADS, PROCESSED)
        )
        return branches, processed

    def set_processed(self, branch: str, commit: CommitId) -> None:
        """Note how far the claims of a branch were looked at."""
        # Without an expected value: two that catch up at once may end in either order, and a claim
        # that is looked at again is one that was served.
        self.bare.git("update-ref", PROCESSED + branch, commit)

    def claims_range(
        self, branch: str, processed: CommitId | None, target: str | None = None
    ) -> tuple[RigCommit, ...]:
        """The commits of a branch not looked at yet, oldest first; a new one's begin at its fork point.

        What is in the target, or was looked at on another branch, is not among them; but when the target
        contains all of the branch already, what was made on it is. Raises UserError when the target is
        gone; GitError.
        """
        self.target_tip()
        tip = _HEADS + branch
        line = f"{processed}..{tip}" if processed else tip
        found = self._log(branch, line, TRACKING + (target or self.target))
        began = processed or beginnings.noted(self.bare, branch) if not found else None
        own = beginnings.made(self.bare, branch) if began else ()
        return tuple(c for c in self._log(branch, f"{began}..{tip}") if c.commit in own) if own else found

    def rewritten(self, branch: str, processed: CommitId) -> tuple[RigCommit, ...]:
        """The commits up to `processed` that a branch has no more: an amend or a rebase took their place."""
        return self._log(branch, processed, _HEADS + branch)

    def _log(self, branch: str, line: str, *known: str) -> tuple[RigCommit, ...]:
        """Commits of a range, oldest first, but for what is `known` or was looked at on another branch."""
        out = self.bare.git(
            "log",
            "-z",
            "--reverse",
            "--topo-order",
            "--no-patch",
            "--no-show-signature",
            "--no-color",
            "--no-mailmap",
            "--encoding=UTF-8",
            "--format=" + "%x00".join(_FIELDS),
            line,
            "--not",
            *known,
            f"--exclude={PROCESSED}{branch}",
            f"--glob={PROCESSED}*",
            "--",
        ).out
        fields = out.decode("utf-8", "replace").split("\0")
        records = [fields[i : i + len(_FIELDS)] for i in range(0, len(fields) - 1, len(_FIELDS))]
        return tuple(
            RigCommit(
                commit=CommitId(commit),
                author=author,
                author_time=int(seconds),
                message=message,
                parents=tuple(CommitId(parent) for parent in parents.split()),
                branch=branch,
            )
            for commit, parents, author, seconds, message in records
        )

    def add_worktree(self, path: Path, branch: str, start: CommitId) -> None:
        """Make the worktree of an agent's branch (from `start` unless the branch exists), or complete it.

        `path` is absolute or below the rig's folder. Safe to repeat. Raises UserError when the folder is
        something else or stands on another branch; GitError.
        """
        if not branch.startswith(("polecat/", "crew/")):
            raise UserError(f"{branch} is no branch of an agent", "name it polecat/NAME/BEAD or crew/NAME")
        worktrees.add(self.bare, self.folder / path, branch, start)

    def is_whole(self, path: Path, branch: str = "") -> bool:
        """Whether a worktree was made to its end and stands on `branch` (empty: on any)."""
        return worktrees.is_whole(self.bare, self.folder / path, branch)

    def has_worktree(self, path: Path) -> bool:
        """Whether git knows a worktree of this rig in that folder."""
        return worktrees.find(self.bare, self.folder / path) is not None

    def rebasing(self) -> dict[str, str]:
        """The branches that a rebase (or `git am`) is about to move, and the commits they move from ("")."""
        return worktrees.rebasing(self.bare)

    def remove_worktree(self, path: Path, unless: str = "") -> CommitId | None:
        """Save all that is in a worktree under refs/gt/rescue/, then remove it; the commit, or None.

        One that stands on the branch `unless` stays. Raises UserError or GitError, and removes nothing,
        when anything is in doubt.
        """
        full = self.folder / path
        label = str(full.relative_to(self.folder)) if full.is_relative_to(self.folder) else full.name
        return worktrees.remove(self.bare, full, label, unless)

    def worktree_status(self, path: Path) -> WorktreeStatus:
        """Branch, dirt and commits of a worktree. Raises UserError when it is none; GitError."""
        tree = worktrees.get(self.bare, self.folder / path)
        out = tree.git("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal").text
        lines = [line for line in out.split("\0") if line]
        notes = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
        count = tree.git("rev-list", "--count", "--ignore-missing", "HEAD", "--not", self.tracking, "--").text
        branch = notes["branch.head"]
        return WorktreeStatus(
            branch="" if branch == "(detached)" else branch,
            dirty=any(not line.startswith("# ") for line in lines),
            ahead=int(count),
            head=CommitId(notes["branch.oid"]),
        )

    def unlock_stale(self, path: Path) -> tuple[Path, ...]:
        """Move aside the lock files that a killed git left in a worktree; where they are now.

        None are touched while a live git process stands in it. Raises UserError when it is no worktree.
        """
        return worktrees.unlock_stale(self.bare, self.folder / path)
