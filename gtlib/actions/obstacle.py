"""What keeps work from landing although nothing is wrong with it: looked at before any gate runs.

The reasons are compared with the one that a blocked request carries, so the same obstacle always has the
same words.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gtlib.model.config import RigConfig
from gtlib.names import CommitId
from gtlib.output import one_line
from gtlib.store.allowed import is_allowed
from gtlib.store.cloning import local_path
from gtlib.store.rig import Rig
from gtlib.system import git

NOT_ALLOWED: Final = "gates that are not allowed on this machine"
UNCOMMITTED: Final = "uncommitted changes in"
IN_THE_WAY: Final = "untracked files in the way in"
_PASSING: Final = (NOT_ALLOWED, UNCOMMITTED, IN_THE_WAY)
_SHOWN: Final = 5


def passes_by_itself(reason: str) -> bool:
    """Whether a blocked request goes on without a person's retry once this reason is gone."""
    return reason.startswith(_PASSING)


def gates_obstacle(town_local: Path, config: RigConfig) -> str | None:
    """Gates that nobody allowed here (promise 10)."""
    names = [name for name, gate in config.gates.items() if not is_allowed(town_local, gate.command)]
    if not names:
        return None
    shown = one_line(", ".join(names))
    return f"{NOT_ALLOWED}: {shown}; see what would run, and allow it, with: gt allow {config.name}/rig.yaml"


def checkout_obstacle(rig: Rig, target: str, tip: CommitId, new: str) -> str | None:
    """A remote that is a checkout of the target on this machine must be clean: landing updates its files.

    `tip` is where the target stands, `new` the commit or tree that would land. Raises GitError.
    """
    checkout = _checkout(rig, target)
    if checkout is None:
        return None
    if _ask(checkout, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules"):
        return f"{UNCOMMITTED} {checkout}, where {target} is checked out; commit them or put them aside there"
    added = rig.bare.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A", tip, new)
    names = added.out.decode("utf-8", "surrogateescape").split("\0")
    found = [name for name in names if name and _is_file(checkout / name)]
    return f"{IN_THE_WAY} {checkout}: {_some(found)}; move them away" if found else None


def _checkout(rig: Rig, target: str) -> Path | None:
    path = local_path(rig.bare.git("config", "remote.origin.url").text)
    if path is None or _ask(path, "rev-parse", "--is-bare-repository") == "true":
        return None
    head = git.run([*git.RIG_FLAGS, "symbolic-ref", "--quiet", "HEAD"], path, check=False).text
    return Path(_ask(path, "rev-parse", "--show-toplevel")) if head == f"refs/heads/{target}" else None


def _ask(path: Path, *args: str) -> str:
    return git.run([*git.RIG_FLAGS, *args], path).text


def _is_file(path: Path) -> bool:
    return os.path.lexists(path) and (path.is_symlink() or not path.is_dir())


def _some(found: Sequence[str]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return one_line(", ".join(found[:_SHOWN])) + more
