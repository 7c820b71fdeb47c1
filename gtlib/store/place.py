"""Where HEAD of the town's checkout is, and whether a git operation is in progress there (DESIGN 4)."""

from __future__ import annotations

from msgspec import Struct

from gtlib.store.repo import Repo


class Place(Struct, frozen=True):
    """`on_branch`: the checkout shows the town's branch. `operation`: what is in progress there."""

    on_branch: bool
    operation: str = ""
    way_out: str = ""


_OPERATIONS = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
)


def of(repo: Repo, branch: str) -> Place:
    """Looks at HEAD and git's state files; unmerged entries are seen where the index is read."""
    on_branch = repo.head_branch() == branch
    for name, operation in _OPERATIONS:
        if (repo.git_dir / name).exists():
            return Place(on_branch, operation, f"git {operation} --continue, or git {operation} --abort")
    return Place(on_branch)
