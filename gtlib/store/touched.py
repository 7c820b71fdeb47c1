"""When the last commit that touched an item's file was made.

The index keeps it as commits come; what it does not know after it was made anew is looked up once, in the
history, when somebody asks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gtlib import clock
from gtlib import layout
from gtlib.names import CommitId
from gtlib.store.index import Index
from gtlib.store.index import throw_away_damaged
from gtlib.system import git

if TYPE_CHECKING:
    from gtlib.store.repo import Change
    from gtlib.store.repo import Repo

FEW = 8  # commits: more are listed by the git program
MANY = 20_000  # commits: who was not touched by so many has no time but that of its file

_FOLDERS = tuple(f"{folder}/" for folder in layout.ITEM_FOLDERS)


def times(root: Path, commit: CommitId) -> Mapping[str, str]:
    """When each item's file was last touched, {path: time}, as of that commit."""
    try:
        index = Index(root)
        known, whole = index.touched(commit)
        found = known if whole else {**_log(root, commit), **known}
        if not whole:
            index.save_touched(commit, found)
        index.close()
    except (sqlite3.Error, OSError) as error:  # a cache that can't be read costs time, never an answer
        throw_away_damaged(root, error)
        return _log(root, commit)
    return found


def since(repo: Repo, old: CommitId, new: CommitId, changes: Iterable[Change]) -> dict[str, str]:
    """The same for what changed between two commits."""
    tip = next(repo.history(new))
    paths = {change.path for change in changes if change.new and change.path.startswith(_FOLDERS)}
    if not paths:
        return {}
    found: Mapping[str, str] = {}
    if tip.parents != (old,):
        walked = list(repo.commits(old, new))
        if len(walked) <= FEW:
            found = {
                change.path: _stamp(info.committed)
                for info in walked
                if len(info.parents) == 1
                for change in repo.changes(info.parents[0], info.id)
            }
        else:
            found = _log(repo.root, f"{old}..{new}")
    return {path: found.get(path) or _stamp(tip.committed) for path in paths}


def _log(root: Path, line: str) -> dict[str, str]:
    argv = ["log", "--no-renames", "--no-show-signature", "-z", f"--max-count={MANY}"]
    found: dict[str, str] = {}
    # no paths are named: to leave out other commits costs git three times as much as to list them
    for block in git.run([*argv, "--format=%x01%ct", "--name-only", line], root).text.split("\x01")[1:]:
        seconds, *names = block.split("\0")
        stamp = _stamp(int(seconds))
        for name in names:
            path = name.lstrip("\n")
            if path.startswith(_FOLDERS):
                found.setdefault(path, stamp)  # the newest comes first
    return found


def _stamp(seconds: int) -> str:
    return clock.stamp(datetime.fromtimestamp(seconds, UTC))
