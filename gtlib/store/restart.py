"""A worktree as its branch has it, after all that a cut-off step left in it was saved."""

from __future__ import annotations

from pathlib import Path

from gtlib.names import CommitId
from gtlib.store import rescue
from gtlib.store import worktrees
from gtlib.store.rig import PROCESSED
from gtlib.store.rig import Rig


def unserved_steps(rig: Rig, branch: str) -> set[str]:
    """What `Step:` trailers name in those of the branch's own commits whose claims were not looked at yet."""
    out = rig.bare.git(
        "log", "--format=%(trailers:key=Step,valueonly)",
        f"refs/heads/{branch}", "--not", rig.tracking, f"--glob={PROCESSED}*", "--",
    ).text  # fmt: skip
    return {line.strip() for line in out.split("\n") if line.strip()}


def take_back(rig: Rig, path: Path) -> CommitId | None:
    """Save what is not committed under refs/gt/rescue/, then bring the files back to HEAD.

    The saved commit; None when nothing was there to save. Ignored files stay. Raises UserError or GitError,
    and changes nothing, when anything is in doubt.
    """
    if not rig.worktree_status(path).dirty:
        return None
    tree = worktrees.get(rig.bare, path)
    saved = rescue.save(tree, f"cut-off/{path.name}")
    tree.git("read-tree", "--reset", "-u", "HEAD")
    tree.git("clean", "-d", "--force", "--quiet")
    return saved
