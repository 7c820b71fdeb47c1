"""Where HEAD of the town's checkout is, and whether a git operation is in progress there (DESIGN 4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from gtlib.names import CommitId
from gtlib.store.repo import Repo
from gtlib.system import git


class Place(Struct, frozen=True):
    """`on_branch`: the checkout shows the town's branch. `operation`: what is in progress there."""

    on_branch: bool
    operation: str = ""
    way_out: str = ""


def of(repo: Repo, branch: str) -> Place:
    """Looks at HEAD and git's state files; unmerged entries are seen where the index is read.

    git calls its hooks at the end of an operation while the state files still stand: an operation whose
    result HEAD is already is over.
    """
    head = repo.head_branch()
    for name, operation, is_over in _OPERATIONS:
        path = repo.git_dir / name
        if path.exists() and not is_over(repo, path):
            word = operation or _sequenced(path)
            said = "series of patches" if word == "am" else word
            return Place(head == branch, said, f"git {word} --continue, or git {word} --abort")
    return Place(head == branch)


def _rebased(repo: Repo, state: Path) -> bool:
    """HEAD is back on its branch and nothing is left to pick. Before the first pick HEAD is there too."""
    return (
        repo.head_branch() is not None and (state / "done").exists() and not _todo(state / "git-rebase-todo")
    )


def _never(repo: Repo, state: Path) -> bool:
    return False


def _merged(repo: Repo, state: Path) -> bool:
    head = repo.resolve("HEAD")
    others = _read(state).split()
    return head is not None and all(repo.is_ancestor(CommitId(other), head) for other in others)


def _picked(repo: Repo, state: Path) -> bool:
    """The pick was committed, and no other is to follow. A pick keeps the author and their time; what the
    town has committed since does not count."""
    picked = _author(repo, "--invert-grep", "--grep=^Event: ", "HEAD")
    return _last(repo) and _nothing_staged(repo) and picked == _author(repo, "CHERRY_PICK_HEAD")


def _sequence_ended(repo: Repo, state: Path) -> bool:
    return _last(repo) and _nothing_staged(repo)


def _last(repo: Repo) -> bool:
    """Of several picks or reverts the one that is being done stands in git's list until it is over."""
    return len(_todo(repo.git_dir / "sequencer" / "todo")) <= 1


def _nothing_staged(repo: Repo) -> bool:
    return git.run(["diff-index", "--cached", "--quiet", "HEAD", "--"], repo.root, check=False).code == 0


def _author(repo: Repo, *which: str) -> str:
    return git.run(["log", "-1", "--no-show-signature", "--format=%an%x00%ae%x00%at", *which], repo.root).text


def _sequenced(state: Path) -> str:
    """What git's list is a list of."""
    words = " ".join(_todo(state / "todo")).split()
    return "revert" if words[:1] == ["revert"] else "cherry-pick"


def _todo(path: Path) -> list[str]:
    return [line for line in _read(path).splitlines() if line.strip() and not line.startswith("#")]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


_OPERATIONS: tuple[tuple[str, str, Callable[[Repo, Path], bool]], ...] = (
    ("rebase-merge", "rebase", _rebased),
    ("rebase-apply/applying", "am", _never),
    ("rebase-apply", "rebase", _never),
    ("MERGE_HEAD", "merge", _merged),
    ("CHERRY_PICK_HEAD", "cherry-pick", _picked),
    ("REVERT_HEAD", "revert", _never),
    ("sequencer", "", _sequence_ended),
)
