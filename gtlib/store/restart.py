"""A worktree as its branch has it, after all that a cut-off step left in it was saved."""

from __future__ import annotations

from pathlib import Path

from gtlib.names import CommitId
from gtlib.store import rescue
from gtlib.store import worktrees
from gtlib.store.rig import Rig


def committed_steps(rig: Rig, branch: str) -> dict[str, CommitId]:
    """What `Step:` trailers of the branch's own commits name, with the newest commit that does."""
    out = rig.bare.git(
        "log", "--reverse", "--format=%x01%H%n%(trailers:key=Step,valueonly)",
        f"refs/heads/{branch}", "--not", rig.tracking, "--",
    ).text  # fmt: skip
    found = {}
    for record in out.split("\x01")[1:]:
        commit, *values = record.split("\n")
        found.update({value.strip(): CommitId(commit) for value in values if value.strip()})
    return found


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
