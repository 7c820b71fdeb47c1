"""Collect the broken versions of files that nobody was told of: which commit brought each, what stands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from gtlib.errors import FileError
from gtlib.model import archive_line
from gtlib.model import trailers
from gtlib.model.archive import FOLDER
from gtlib.model.snapshot import Snapshot
from gtlib.model.source import parsed
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.quarantine import TOLD
from gtlib.rules.quarantine import Unreadable
from gtlib.rules.quarantine import letter_of
from gtlib.rules.quarantine import was_told
from gtlib.store.town import Town
from gtlib.system import git

_LOOK_BACK = 300  # commits of the town among which a mail that was thrown away can be named as told
_VERSIONS = 50  # of a file, among which one that parses is looked for to be named


def unreadable(town: Town, snapshot: Snapshot, changed: frozenset[str] | None) -> tuple[Unreadable, ...]:
    """The broken files among `changed` (None: all of the town), those left out that were told already."""
    if changed is None:  # of a file that holds many items the first fault is enough
        errors = tuple({error.path: error for error in reversed(snapshot.broken())}.values())[::-1]
    else:
        errors = tuple(error for path in sorted(changed) if (error := snapshot.error(path)) is not None)
    untold = [(error, blob) for error in errors if (blob := _untold(snapshot, error)) is not None]
    if not untold:
        return ()
    told: set[str] = set()
    for info in islice(town.repo.history(town.tip()), _LOOK_BACK):
        told.update(value for key, value in trailers.parse(info.message) if key == TOLD)
    return tuple(
        _version(town, error, blob) for error, blob in untold if letter_of(error.path, blob) not in told
    )


def author(snapshot: Snapshot, actor: str) -> str:
    """Who is told: the agent that spoke, when it has a mailbox of its own, else the overseer."""
    return actor if actor and snapshot.agent(Address(actor)) is not None else OVERSEER


def _untold(snapshot: Snapshot, error: FileError) -> str | None:
    blob = snapshot.blob(error.path)
    return None if blob is None or was_told(snapshot, letter_of(error.path, blob)) else blob


def _version(town: Town, error: FileError, blob: str) -> Unreadable:
    broke = stands = ""
    for commit, each in islice(_versions(town, error.path), _VERSIONS):
        if each == blob and not stands:
            broke = commit
        elif each != blob and _parses(town, error.path, each):
            stands = commit
            break
    return Unreadable(
        path=error.path, blob=blob, what=error.what, mend=error.hint, broke=broke, stands=stands
    )


def _versions(town: Town, path: str) -> Iterator[tuple[str, str]]:
    """(commit, blob) of every version of the file, newest first."""
    argv = ["log", "--first-parent", "-m", "--raw", "--no-renames", "--no-abbrev", "--no-show-signature"]
    argv += ["--format=%x00%H", town.tip(), "--", f":(top,literal){path}"]
    for block in git.run(argv, town.root).text.split("\0")[1:]:
        commit, _, raw = block.partition("\n")
        fields = raw.strip().split(maxsplit=4)
        if len(fields) == 5:
            yield commit, fields[3]


def _parses(town: Town, path: str, blob: str) -> bool:
    data = town.repo.blob(blob)
    if data is None:
        return False
    if path.startswith(f"{FOLDER}/"):
        return not archive_line.parse(path, data)[1]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not isinstance(parsed(path, text), FileError)
