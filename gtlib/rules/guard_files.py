"""Which files an agent's program may not remove: all that is not in its worktree, nor temporary."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

UNKNOWN: Final = "?"  # a folder that can't be told
_TEMPORARY: Final = ("/tmp", "/var/tmp", "/private/tmp", "/dev/shm")
_HOME: Final = re.compile(r"(?:~[\w-]*|\$HOME|\$\{HOME\})(?=/|$)")

_EVERY: Final = re.compile(r"((?:.*/)?)[?.\[\]!{},]*\*[*?.\[\]!{},]*")

NO_REMOVE: Final = "remove single files of your worktree by name; temporary ones belong below /tmp"


class Facts(Struct, frozen=True, kw_only=True):
    """Who runs a command, and where. `target` is the rig's default branch, `branch` the one that is checked
    out; paths are absolute, empty when they are not known. `cwd` is where the command starts.
    """

    role: str = "polecat"
    town: str = ""
    worktree: str = ""
    cwd: str = ""
    target: str = "main"
    branch: str = ""


def why_denied(name: str, rest: Sequence[str], facts: Facts) -> str:
    """Why these files may not be removed by `name`, with what to do instead; empty when they may."""
    ends = rest.index("--") if "--" in rest else len(rest)
    options = [word for word in rest[:ends] if word.startswith("-")]
    paths = [word for word in rest[:ends] if not word.startswith("-")] + list(rest[ends + 1 :])
    if "--no-preserve-root" in options:
        return f"denied: {name} of everything: {NO_REMOVE}"
    deep = name != "rm" or any(re.fullmatch(r"-\w*[rR]\w*|--recursive", word) for word in options)
    for path in paths:
        if deep and is_outside(path, facts):
            return f"denied: {name} of {path[:200]!r}, which is not in your worktree: {NO_REMOVE}"
        if posixpath.basename(path.rstrip("/")) == ".git":
            return f"denied: {path[:200]!r} ties a worktree to its repository: {NO_REMOVE}"
    return ""


def is_outside(path: str, facts: Facts) -> bool:
    """Whether a path surely is not inside of the worktree, nor temporary; the worktree itself is outside."""
    every = _EVERY.fullmatch(path)
    path = every[1] or "." if every else path[:-1] if path.endswith("*") else path
    if _HOME.match(path):
        return True
    if path.startswith("$"):
        return False  # nobody can tell
    full = resolve(path, facts.cwd)
    if not full:
        return path in (".", "..", "./") or path.startswith("../")
    if _below(full, facts.worktree):
        return False
    ours = any(
        folder and (full == folder or _below(full, folder) or _below(folder, full)) for folder in _ours(facts)
    )
    return ours or not any(_below(full, folder) for folder in _TEMPORARY)


def resolve(path: str, cwd: str) -> str:
    """The absolute path; empty when it can't be told."""
    if "$" in path or path.startswith("~") or path == "-":
        return ""
    if not path.startswith("/") and not cwd.startswith("/"):
        return ""
    return "/" + posixpath.normpath(posixpath.join(cwd, path)).lstrip("/")


def _ours(facts: Facts) -> tuple[str, str]:
    return facts.town, facts.worktree


def _below(path: str, folder: str) -> bool:
    return bool(folder) and path != folder and path.startswith(folder.rstrip("/") + "/")
