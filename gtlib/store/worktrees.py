"""Worktrees of a rig: made so that a killed run is completed, removed only after all in them is saved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.names import CommitId
from gtlib.store import beginnings
from gtlib.store import rescue
from gtlib.store.bare import Bare
from gtlib.store.rescue import Worktree
from gtlib.system import process
from gtlib.system import procinfo

SETTLE_SECONDS: Final = 30.0


def find(bare: Bare, path: Path) -> Worktree | None:
    """The worktree that is registered for this folder, whether the folder is there or not."""
    want = os.path.realpath(path)
    for admin in sorted((bare.git_dir / "worktrees").glob("*")):
        try:
            text = (admin / "gitdir").read_text("utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            continue
        if os.path.dirname(os.path.realpath(admin / text)) == want:
            return Worktree(bare, Path(want), admin)
    return None


def get(bare: Bare, path: Path) -> Worktree:
    """As `find`. Raises UserError when the folder is no worktree of this rig."""
    tree = find(bare, path)
    if tree is None or not path.is_dir():
        raise UserError(f"{path} is no worktree of this rig", "see them with: gt hooks list")
    return tree


def add(bare: Bare, path: Path, branch: str, start: CommitId) -> None:
    """Make a worktree on `branch`, which begins at `start` unless it exists; complete what a killed run left.

    Raises UserError when the folder is something else or stands on another branch; GitError.
    """
    with FileLock(bare.git_dir / "gt" / "worktrees.lock"):
        tree = find(bare, path)
        if tree is None or _unfinished(tree):
            # A git whose caller was killed may still be at it.
            _settle(path)
            tree = find(bare, path)
        if tree is not None and _half_made(tree):
            _discard(tree)
            tree = None
        if tree is None:
            tree = _register(bare, path, branch, start)
        _point_back(tree)
        if not _stands_on(tree, branch):
            raise UserError(
                f"{path} stands on another branch than {branch}",
                f"switch it (git switch {branch}), or hand its work in first",
            )
        _fill(tree)


def is_whole(bare: Bare, path: Path, branch: str = "") -> bool:
    """Whether the worktree was made to its end and stands on `branch` (empty: on any). Starts no process."""
    try:
        pointer = (path / ".git").read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return False
    tree = Worktree(bare, path, Path(pointer.removeprefix("gitdir: ")))
    ours = tree.admin.resolve().is_relative_to(bare.git_dir.resolve()) and (tree.admin / "HEAD").exists()
    return ours and not _unfinished(tree) and (not branch or _stands_on(tree, branch))


def rebasing(bare: Bare) -> dict[str, str]:
    """The branches that a rebase is about to move, in whatever worktree, and the commits they move from.

    git forgets a rebase only after its last git hook: a branch that stands elsewhere has been moved.
    `git am` moves its branch patch by patch, and may take all of them back: it has no such commit ("").
    """
    found = {}
    for state in (bare.git_dir / "worktrees").glob("*/rebase-apply/applying"):
        try:
            head = (state.parent.parent / "HEAD").read_text("utf-8").strip()
        except FileNotFoundError:
            continue
        found[head.removeprefix("ref: refs/heads/")] = ""
    for kind in ("rebase-merge", "rebase-apply"):
        for state in (bare.git_dir / "worktrees").glob(f"*/{kind}"):
            try:
                branch = (state / "head-name").read_text("utf-8").strip().removeprefix("refs/heads/")
                found[branch] = (state / "orig-head").read_text("utf-8").strip()
            except FileNotFoundError:
                continue
    return found


def remove(bare: Bare, path: Path, label: str, unless: str = "") -> CommitId | None:
    """Save all that is in a worktree under refs/gt/rescue/<label>/, then remove it; the commit, or None.

    Without one, or when it stands on the branch `unless`, there is nothing to do. Raises UserError or
    GitError, and removes nothing, when in doubt.
    """
    with FileLock(bare.git_dir / "gt" / "worktrees.lock"):
        tree = find(bare, path)
        if tree is None:
            if os.path.lexists(path):
                raise UserError(f"{path} is no worktree of this rig", "move it away by hand")
            return None
        if unless and _stands_on(tree, unless):
            return None
        _settle(path)
        if not tree.admin.exists():
            return None
        if _half_made(tree):
            _discard(tree)
            return None
        _rebuild(tree)
        saved = rescue.save(tree, label)
        # Without --force git looks for itself once more; with it, the saved commit has just been compared.
        bare.git("worktree", "remove", *(["--force"] if saved else []), str(tree.path))
        return saved


def unlock_stale(bare: Bare, path: Path) -> tuple[Path, ...]:
    """Move aside the locks that a killed git left in a worktree unless git is at work; where they are."""
    tree = get(bare, path)
    locks = [tree.admin / "index.lock", tree.admin / "HEAD.lock"]
    head = (tree.admin / "HEAD").read_text("utf-8").strip()
    if head.startswith("ref: refs/heads/"):
        locks.append(bare.git_dir / (head.removeprefix("ref: ") + ".lock"))
    return bare.aside(locks, tree.path, tree.admin)


def _register(bare: Bare, path: Path, branch: str, start: CommitId) -> Worktree:
    """Without files: git leaves either nothing, or something that `_half_made` knows."""
    if os.path.lexists(path) and not (path.is_dir() and not path.is_symlink() and not any(path.iterdir())):
        raise UserError(f"{path} exists and is no worktree of this rig", "move it away")
    exists = bare.commit("refs/heads/" + branch) is not None
    if not exists:
        # First, so that no branch is without; whoever is killed between says it again.
        beginnings.note(bare, branch, start)
    words = [str(path), branch] if exists else ["-b", branch, str(path), start]
    absolute = ("-c", "worktree.useRelativePaths=false", "-c", "branch.autoSetupMerge=false")
    bare.write(*absolute, "worktree", "add", "--quiet", "--no-checkout", *words)
    tree = find(bare, path)
    if tree is None:
        raise UserError(f"git made no worktree at {path}", "look at it with: git worktree list")
    return tree


def _half_made(tree: Worktree) -> bool:
    lock = tree.admin / "locked"
    return lock.exists() and lock.read_text("utf-8").strip() == "initializing"


def _unfinished(tree: Worktree) -> bool:
    complete = (tree.path / ".git").exists() and (tree.admin / "index").exists()
    return not complete or _half_made(tree)


def _settle(path: Path) -> None:
    # the git command whose hook we are does not end before we do
    above = not set(procinfo.ancestors()).isdisjoint(process.git_at_work(path))
    if above or not process.until(lambda: not process.git_at_work(path), SETTLE_SECONDS):
        raise UserError(f"git still works on {path}", "wait for it, and try again")


def _discard(tree: Worktree) -> None:
    """Take back a `git worktree add` that was killed before it had any file."""
    if tree.path.is_dir():
        if any(entry.name != ".git" for entry in tree.path.iterdir()):
            raise UserError(f"{tree.path} has files, and git never finished making it", "move it away")
        (tree.path / ".git").unlink(missing_ok=True)
        tree.path.rmdir()
    # The folder is gone: git drops its record and touches nothing else.
    tree.bare.git("worktree", "remove", "--force", "--force", str(tree.path))


def _point_back(tree: Worktree) -> None:
    """The folder's `.git` file again, when the folder or the file is missing."""
    tree.path.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(tree.path / ".git"):
        (tree.path / ".git").write_text(f"gitdir: {tree.admin}\n", "utf-8")


def _rebuild(tree: Worktree) -> None:
    """The files of the index again when the folder is missing, so that what was staged can be saved."""
    missing = not tree.path.is_dir()
    _point_back(tree)
    if missing and (tree.admin / "index").exists():
        tree.git("checkout-index", "--all", "--quiet", check=False)


def _fill(tree: Worktree) -> None:
    """The files, unless they are there: git writes its index last, so an index means all were written."""
    if (tree.admin / "index").exists():
        if not any(entry.name != ".git" for entry in tree.path.iterdir()):
            tree.git("checkout-index", "--all", "--quiet", check=False)
        return
    tree.bare.aside([tree.admin / "index.lock"], tree.path, tree.admin)
    if any(entry.name != ".git" for entry in tree.path.iterdir()):
        rescue.save(tree, "half-made/" + tree.path.name)
    tree.git("read-tree", "--reset", "-u", "HEAD")


def _stands_on(tree: Worktree, branch: str) -> bool:
    ref = "refs/heads/" + branch
    if (tree.admin / "HEAD").read_text("utf-8").strip() == "ref: " + ref:
        return True
    # In a rebase HEAD is detached, and the branch is noted beside it.
    names = [tree.admin / kind / "head-name" for kind in ("rebase-merge", "rebase-apply")]
    return any(name.exists() and name.read_text("utf-8").strip() == ref for name in names)
