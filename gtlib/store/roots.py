"""Where the town is, and which branch holds its truth."""

from __future__ import annotations

import os
import platform
import shlex
from collections.abc import Mapping
from pathlib import Path

from gtlib.errors import UserError

UNINSTALLED = "uninstalled"  # below .git/gt: git is to be left alone until the next gt install


def branch_ref(git_dir: Path) -> str:
    """The full name of the town's branch, as kept at install; in a new clone the one that is checked out."""
    try:
        return "refs/heads/" + (git_dir / "gt" / "branch").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        pass
    try:
        head = (git_dir / "HEAD").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        head = ""
    found = head.removeprefix("ref: ")
    return found if found.startswith("refs/heads/") and found != head else "refs/heads/main"


def host_of(root: Path) -> str:
    """This machine's name, as kept at install; in a new clone what install would keep."""
    try:
        return (root / ".git" / "gt" / "host").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return platform.node() or "localhost"


def is_town(root: Path) -> bool:
    """Whether a town is there: one that was set up on this machine, or a clone that was not yet."""
    return (root / "town.yaml").is_file() and ((root / ".git" / "gt").is_dir() or is_clone(root))


def is_clone(root: Path) -> bool:
    """Whether that is a clone of a town that nobody has set up on this machine: it is only read."""
    git_dir = root / ".git"
    looks_so = (root / "town.yaml").is_file() and (root / "beads").is_dir() and git_dir.is_dir()
    return looks_so and not (git_dir / "gt" / "branch").is_file()


def find_root(start: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """The top folder of the town around `start`; GT_TOWN overrides. UserError when there is none."""
    named = environ.get("GT_TOWN")
    if named:
        root = Path(named)
        if is_town(root):
            return root
        raise UserError(f"GT_TOWN={named} is not a town", "unset it, or make one with: gt install PATH --git")
    for folder in (start, *start.parents):
        if is_town(folder):
            return folder
        if (folder / ".git" / "gt" / "branch").is_file():
            again = f"git -C {shlex.quote(str(folder))} checkout HEAD -- town.yaml"
            hint = f"{again}, or git revert the commit that took it"
            raise UserError(f"{folder} has lost its town.yaml", hint)
    raise UserError(
        f"{start} is not in a town", "go into one with cd, or make one with: gt install PATH --git"
    )
