"""Landing work on a rig's target: merge without a worktree, try it in one, push, read back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.names import CommitId
from gtlib.output import one_line
from gtlib.store import worktrees
from gtlib.store.cloning import REMOTE
from gtlib.store.cloning import TRACKING
from gtlib.store.cloning import local_path
from gtlib.store.evidence import Conflict
from gtlib.store.evidence import Merged
from gtlib.store.evidence import landed
from gtlib.store.evidence import merge
from gtlib.store.rig import NETWORK_SECONDS
from gtlib.store.rig import Rig
from gtlib.system import git

__all__ = [
    "Conflict",
    "Dirty",
    "Merged",
    "Pushed",
    "Rejected",
    "commit_merge",
    "landed_evidence",
    "merge_tree",
    "push",
    "read_back",
    "scratch_worktree",
]

REFINERY: Final = ("refinery", "refinery@gt.invalid")
_UPDATE_INSTEAD: Final = "--receive-pack=git -c receive.denyCurrentBranch=updateInstead receive-pack"
# What receive-pack says when the checkout that it would update has text of its own.
_DIRTY: Final = re.compile(
    "working directory has (un)?staged changes|up-to-date check failed|could not update working tree", re.I
)
_SAID: Final = 200
_AUTHOR: Final = re.compile(r"\s*([^<>\n]*?)\s*<([^<>\n]*)>\s*")


class Pushed(Struct, frozen=True):
    """The target is at this commit now, says the push; `read_back` proves it."""

    commit: CommitId


class Rejected(Struct, frozen=True):
    """The remote did not take it: the target moved, or a rule over there forbids it."""

    reason: str


class Dirty(Struct, frozen=True):
    """The remote is a checkout of the target with uncommitted text in it."""

    reason: str


def merge_tree(rig: Rig, target_commit: CommitId, branch_commit: CommitId) -> Merged | Conflict:
    """Merge a branch's commit onto the target's, without a worktree. Raises GitError."""
    return merge(rig.bare, target_commit, branch_commit)


def commit_merge(rig: Rig, tree: str, parents: Sequence[CommitId], message: str, author: str) -> CommitId:
    """Make the commit that lands, by the committer `refinery`, unsigned. Raises GitError.

    `author` is an address or `Name <email>`.
    """
    named = _AUTHOR.fullmatch(author)
    name, email = named.groups() if named else (author, f"{author}@gt.invalid")
    env = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": REFINERY[0],
        "GIT_COMMITTER_EMAIL": REFINERY[1],
    }
    words = [word for parent in parents for word in ("-p", parent)]
    argv = ("commit-tree", "--no-gpg-sign", *words, "-F", "-", tree)
    return CommitId(rig.bare.git(*argv, input=message.encode(), env=env).text)


@contextmanager
def scratch_worktree(rig: Rig, commit: CommitId) -> Iterator[Path]:
    """A folder with exactly this commit, on no branch; gone afterwards, with whatever was made in it.

    One at a time in a rig; what a killed run left goes first. Raises UserError when one is in use; GitError.
    """
    scratch = rig.root / ".git" / "gt" / "scratch"
    lock = FileLock(scratch / f"{rig.config.name}.lock")
    if not lock.acquire(timeout=0):
        raise UserError(f"the gates of {rig.config.name} run already", "wait for them to end")
    try:
        place = scratch / rig.config.name
        _clear(rig, place)
        path = place / commit[:12]
        place.mkdir(parents=True, exist_ok=True)
        rig.bare.git("worktree", "add", "--quiet", "--detach", str(path), commit)
        try:
            yield path
        finally:
            _clear(rig, place)
    finally:
        lock.release()


def push(rig: Rig, commit: CommitId, target: str, expected: CommitId) -> Pushed | Rejected | Dirty:
    """Move the remote's target from `expected` to `commit`, which must contain it. Nothing is ever forced.

    Raises GitError when the remote cannot be reached.
    """
    if not rig.bare.is_ancestor(expected, commit):
        return Rejected(f"{commit[:12]} does not contain {expected[:12]}, so it would take commits back")
    ref = "refs/heads/" + target
    argv = (
        "push",
        "--porcelain",
        "--no-follow-tags",
        "--no-signed",
        "--recurse-submodules=no",
        f"--force-with-lease={ref}:{expected}",
        *_receiver(rig),
        REMOTE,
        f"{commit}:{ref}",
    )
    done = rig.bare.git(*argv, check=False, timeout=NETWORK_SECONDS)
    if done.code == 0:
        return Pushed(commit)
    for line in done.text.splitlines():
        flag, _, rest = line.partition("\t")
        if flag == "!":
            summary = rest.partition("\t")[2]
            said = _remote_said(done.err)
            return Dirty(summary) if _DIRTY.search(summary) else Rejected(f"{summary}{said and f': {said}'}")
    raise git.GitError(argv, rig.bare.git_dir.parent, done.code, done.err)


def _remote_said(err: bytes) -> str:
    """The words of the remote's own git hooks: why it refused."""
    lines = err.decode("utf-8", "replace").splitlines()
    said = (line.removeprefix("remote:") for line in lines if line.startswith("remote:"))
    return one_line(" ".join(said))[:_SAID]


def read_back(rig: Rig, target: str) -> CommitId:
    """The commit that the remote's target is at, asked there; the tracking ref follows.

    Raises UserError when the branch is gone, GitError when the remote cannot be reached.
    """
    ref = "refs/heads/" + target
    lines = rig.bare.git("ls-remote", REMOTE, ref, timeout=NETWORK_SECONDS).text.splitlines()
    found = [CommitId(line.split("\t")[0]) for line in lines if line.endswith("\t" + ref)]
    if not found:
        raise UserError(f"the remote of {rig.config.name} has no branch {target}", "bring it back there")
    if rig.bare.commit(found[0]) is None:
        rig.fetch()
        return rig.bare.commit(TRACKING + target) or found[0]
    old = rig.bare.commit(TRACKING + target)
    if old != found[0]:
        rig.bare.set_ref(TRACKING + target, found[0], old)
    return found[0]


def landed_evidence(
    rig: Rig, commit: CommitId | None, target: str, branch: str, base: CommitId
) -> CommitId | None:
    """The commit that shows that a branch's work is in the target, None: there is no evidence.

    `commit` is the recorded landing commit, `branch` the branch or its commit, `base` its fork point.
    Looks at the tracking ref: `read_back` or `fetch` first. Raises GitError.
    """
    tip = rig.bare.commit(TRACKING + target)
    head = rig.bare.commit("refs/heads/" + branch) or rig.bare.commit(branch)
    if tip is None or head is None:
        return None
    return landed(rig.bare, commit, tip, head, base)


def _receiver(rig: Rig) -> tuple[str, ...]:
    """For a checkout on this machine: update its files too, without a change to its configuration."""
    path = local_path(rig.bare.git("config", f"remote.{REMOTE}.url").text)
    if path is None or git.run(["rev-parse", "--is-bare-repository"], path).text == "true":
        return ()
    return (_UPDATE_INSTEAD,)


def _clear(rig: Rig, place: Path) -> None:
    for path in sorted(place.glob("*")):
        if worktrees.find(rig.bare, path) is not None:
            rig.bare.git("worktree", "remove", "--force", "--force", str(path), check=False)
        # A gate may have left what git will not remove; nothing here is anybody's work.
        shutil.rmtree(path, ignore_errors=True)
        tree = worktrees.find(rig.bare, path)
        if tree is not None:
            shutil.rmtree(tree.admin)
    for admin in _vanished(rig, place):
        shutil.rmtree(admin)


def _vanished(rig: Rig, place: Path) -> list[Path]:
    """Administrative folders of scratch worktrees whose folder is gone."""
    gitdirs = sorted((rig.bare.git_dir / "worktrees").glob("*/gitdir"))
    return [
        note.parent
        for note in gitdirs
        if Path(note.read_text("utf-8").strip()).is_relative_to(place.resolve())
    ]
