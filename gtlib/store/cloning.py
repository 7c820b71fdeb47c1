"""A rig's bare clone: ours alone, complete or not there at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gtlib.errors import UserError
from gtlib.store.bare import Bare
from gtlib.system import git

REMOTE: Final = "origin"
TRACKING: Final = "refs/remotes/origin/"
_HELPER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
_SCP_LIKE: Final = re.compile(r"[^/:]+:")


def clone(url: str, folder: Path, branch: str | None = None) -> str:
    """Make the bare clone of a rig in `<folder>/.repo/.git`; the branch that work lands on.

    `url` is a URL or a path, `branch` the target (else the remote's HEAD). Nothing changes in the repository
    that is cloned. Raises UserError, and leaves nothing behind, when it cannot be read, is empty or lacks the
    branch.
    """
    where = location(url)
    if os.path.lexists(folder / ".repo" / ".git"):
        raise UserError(f"{folder} has a repository already", "choose another name")
    with _all_or_nothing(folder) as partial:
        bare = Bare(partial)
        _init(bare, where)
        target = _target(bare, url, branch)
        bare.git(
            "fetch",
            "--quiet",
            "--tags",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            REMOTE,
        )
        if bare.commit(TRACKING + target) is None:
            raise UserError(f"{shown(url)} lost its branch {target} while it was read", "try again")
        partial.rename(folder / ".repo" / ".git")
    return target


def location(url: str) -> str:
    """What git is to be given for a URL or path: a path made absolute. Raises UserError for a hostile one."""
    if not url or url.startswith("-") or not url.isprintable() or _HELPER.match(url):
        raise UserError(f"{url!r} is no address of a repository", "give a URL (https, ssh, file) or a path")
    path = Path(url).expanduser()
    if "://" in url or (_SCP_LIKE.match(url) and not path.exists()):
        return url
    return os.path.realpath(path)


def local_path(url: str) -> Path | None:
    """The folder that a URL or path means, when it is on this machine."""
    where = location(url)
    where = where.removeprefix("file://") if where.startswith("file:///") else where
    return Path(where) if where.startswith("/") else None


def shown(url: str) -> str:
    """The URL without a secret in it."""
    return re.sub(r"(https?://)[^/@\s]+@", r"\1***@", url)


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """A name for the repository until it is complete; on an error what was made is gone again."""
    repo, ours = folder / ".repo", not folder.exists()
    partial = repo / ".git.partial"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        repo.mkdir(parents=True, exist_ok=True)
        yield partial
    except OSError as error:
        _undo(folder, ours)
        raise UserError(f"cannot write {folder}: {error.strerror}", "mend that, and try again") from error
    except BaseException:
        _undo(folder, ours)
        raise


def _undo(folder: Path, ours: bool) -> None:
    shutil.rmtree(folder / ".repo", ignore_errors=True)
    if ours and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _init(bare: Bare, where: str) -> None:
    parent = bare.git_dir.parent
    git.run([*git.RIG_FLAGS, "init", "--quiet", "--bare", "--template=", str(bare.git_dir)], parent)
    for name in ("hooks", "info"):
        (bare.git_dir / name).mkdir(exist_ok=True)
    bare.git("config", f"remote.{REMOTE}.url", where)
    bare.git("config", f"remote.{REMOTE}.fetch", f"+refs/heads/*:{TRACKING}*")


def _target(bare: Bare, url: str, branch: str | None) -> str:
    name = shown(url)
    try:
        lines = bare.git("ls-remote", "--symref", REMOTE, "HEAD", "refs/heads/*").text.splitlines()
    except git.GitError as error:
        raise UserError(
            f"cannot read the repository {name}: {git.reason(error.err)}", "check the address and your access"
        ) from error
    pairs = [line.split("\t", 1) for line in lines]
    branches = [ref.removeprefix("refs/heads/") for _, ref in pairs if ref.startswith("refs/heads/")]
    if not branches:
        raise UserError(f"the repository {name} has no commits", "make a first commit there, and try again")
    some = ", ".join(sorted(branches)[:10])
    if branch is not None:
        if branch not in branches:
            raise UserError(f"the repository {name} has no branch {branch}", f"it has: {some}")
        return branch
    heads = [what for what, ref in pairs if ref == "HEAD" and what.startswith("ref: refs/heads/")]
    head = heads[0].removeprefix("ref: refs/heads/") if heads else ""
    if head not in branches:
        what = f"the repository {name} names no branch as its main one"
        raise UserError(what, f"choose with --branch: {some}")
    return head
