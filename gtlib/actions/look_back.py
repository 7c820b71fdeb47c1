"""The town as it was: at a commit, a branch or tag, or a time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.names import CommitId
from gtlib.rules.times import past
from gtlib.store.town import Town
from gtlib.system import git


def snapshot_at(root: Path, text: str, now: datetime) -> Snapshot:
    """The town's snapshot at what `text` names. UserError when that is neither a revision nor a time."""
    town = Town.open(root, to_read=True)
    return town.snapshot_at(commit_at(town, text, now))


def commit_at(town: Town, text: str, now: datetime) -> CommitId:
    """The commit that a revision names, else the town's last one at or before a time (`2d`: 2 days ago).

    UserError when it is neither, or the town had not begun.
    """
    found = town.repo.resolve(text) if text.strip() else None
    if found is not None:
        return found
    try:
        moment = past(text, now)
    except UserError:
        raise UserError(
            f"{text!r} is neither a commit of the town nor a time", "write a commit, a tag, 2d, or 2026-11-20"
        ) from None
    seconds = int(moment.timestamp())
    line = ["rev-list", "--max-count=1", "--first-parent", f"--min-age={seconds}", town.tip()]
    commit = git.run(line, town.root).text
    if not commit:
        raise UserError(f"the town had not begun at {clock.stamp(moment)}", "see its beginning with: git log")
    return CommitId(commit)
