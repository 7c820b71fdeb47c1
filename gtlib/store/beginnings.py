"""Where an agent's branch began, and what was made on it: its work, also when the target contains all of it.

Merge-base and branch say the same as soon as the target contains the branch, whoever brought it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from gtlib.names import CommitId
from gtlib.store.bare import Bare
from gtlib.system import git

BEGINNINGS: Final = "refs/gt/base/"
# How the log of a branch tells a commit that was made there from one that was only moved to.
_MADE: Final = re.compile(
    r"(commit( \([a-z]+\))?|revert|am): |cherry-pick: (?!fast-forward$)|(merge|pull)\b.*: Merge made by "
)
_REBASED: Final = re.compile(r"(?:rebase|pull)\b.* \(finish\): refs/heads/\S+ onto (\S+)$")


def note(bare: Bare, branch: str, start: CommitId) -> None:
    """Say where a branch that does not exist yet will begin. Raises GitError."""
    bare.write("update-ref", BEGINNINGS + branch, start)


def noted(bare: Bare, branch: str) -> CommitId | None:
    """Where a branch began; None for one that we did not make."""
    return bare.commit(BEGINNINGS + branch)


def made(bare: Bare, branch: str) -> frozenset[str]:
    """The commits that were made on a branch, says its log: not those it was only moved to."""
    found = bare.git("log", "-g", "--format=%H %gs", "refs/heads/" + branch, "--", check=False).text
    entries = (line.partition(" ") for line in found.splitlines())
    return frozenset(commit for commit, _, how in entries if _is_made(commit, how))


def fork_point(
    bare: Bare, target: str, commit: CommitId, branch: str, landed: Iterable[str] = ()
) -> CommitId | None:
    """Where the work of a branch, up to `commit`, begins.

    The commit itself means that there is no work, None that branch and target share no history.
    When `target` contains the commit, a polecat's work is what was made on its branch, except what the
    commits `landed` contain. A crew member's branch serves bead after bead, so its beginning says nothing.
    Raises GitError.
    """
    fork = _merge_base(bare, target, commit)
    if fork != commit or not branch.startswith("polecat/"):
        return fork
    began = noted(bare, branch)
    return began if began and _has_work(bare, began, commit, branch, landed) else commit


def checked_base(bare: Bare, target: str, commit: CommitId, branch: str, said: str) -> CommitId | None:
    """As `fork_point`, but `said`, which anybody may have edited, when that is later on the way there."""
    fork = _merge_base(bare, target, commit)
    floor = noted(bare, branch) if fork == commit else fork
    base = bare.commit(said) if said else None
    if base and floor and bare.is_ancestor(floor, base) and bare.is_ancestor(base, commit):
        return base if fork != commit or _has_work(bare, base, commit, branch) else commit
    return fork_point(bare, target, commit, branch)


def _has_work(bare: Bare, base: CommitId, commit: CommitId, branch: str, landed: Iterable[str] = ()) -> bool:
    if base == commit or not bare.is_ancestor(base, commit):
        return False
    known = [found for each in landed if each and (found := bare.commit(each))]
    new = bare.git("rev-list", commit, "--not", base, *known).text.splitlines()
    return not made(bare, branch).isdisjoint(new)


def _is_made(commit: str, how: str) -> bool:
    rebased = _REBASED.match(how)
    return rebased[1] != commit if rebased else _MADE.match(how) is not None


def _merge_base(bare: Bare, target: str, commit: CommitId) -> CommitId | None:
    argv = ("merge-base", target, commit)
    found = bare.git(*argv, check=False)
    if found.code > 1:
        raise git.GitError(argv, bare.git_dir.parent, found.code, found.err)
    return CommitId(found.text) if found.text else None
