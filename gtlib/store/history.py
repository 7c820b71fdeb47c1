"""What commits did to files of the town, told by the git program: history of one file, and of a time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from datetime import UTC
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from gtlib import clock
from gtlib.names import CommitId
from gtlib.system import git

_FORMAT = "%x01%H%x00%ct%x00%an%x00%(trailers:key=Actor,valueonly,separator=%x2C)%x00%s%x00"
_ABSENT = re.compile("0+")


class FileChange(Struct, frozen=True):
    """One file in one commit. `old` and `new` are blobs, None where the file is absent; `was` is the path
    that it was renamed from, or "". `actor` is who acted: the trailer, else the author's name.
    """

    commit: CommitId
    time: str
    actor: str
    subject: str
    path: str
    old: str | None
    new: str | None
    was: str = ""


class Difference(Struct, frozen=True):
    """A file that differs between two commits: the blobs, None where it is not there."""

    path: str
    old: str | None
    new: str | None


def of_file(root: Path, path: str, tip: str) -> list[FileChange]:
    """What happened to the file up to `tip`, the newest first, under the names that it had before too.
    Raises GitError.
    """
    return _changes(root, "--follow", "--find-renames=60%", tip, "--", path)


def since(root: Path, start: datetime, tip: str, folder: str) -> tuple[int, list[Difference]]:
    """How many commits were made after `start`, and in what files of a folder differ since. Raises GitError.

    The two ends are compared: to look into each commit takes a second for every 1,500 in a large folder.
    """
    seconds = int(start.timestamp())
    number = git.run(["rev-list", "--count", f"--max-age={seconds}", tip], root).text
    before = git.run(["rev-list", "-1", f"--min-age={seconds}", tip], root).text
    old = before or git.run(["hash-object", "-t", "tree", "--stdin"], root, input=b"").text
    flags = ["-c", "core.quotePath=false", "diff-tree", "-r", "--raw", "--no-abbrev", "--no-renames"]
    found = git.run([*flags, old, tip, "--", folder], root).text
    return int(number), [_difference(line) for line in found.splitlines() if line.startswith(":")]


def blobs(root: Path, ids: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of these blobs, by one process; those that are not there are left out. Raises GitError."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    out = git.run(["cat-file", "--batch"], root, input="\n".join(wanted).encode() + b"\n").out
    found: dict[str, bytes] = {}
    at = 0
    for id in wanted:
        end = out.index(b"\n", at)
        head = out[at:end].split()
        at = end + 1
        if len(head) == 3:
            size = int(head[2])
            found[id] = out[at : at + size]
            at += size + 1
    return found


def _changes(root: Path, *words: str) -> list[FileChange]:
    flags = ["-c", "core.quotePath=false", "log", "--raw", "--no-abbrev", "--no-color", "--no-show-signature"]
    out = git.run([*flags, "--encoding=UTF-8", f"--format={_FORMAT}", *words], root).text
    found: list[FileChange] = []
    for block in out.split("\x01")[1:]:
        commit, seconds, author, actor, subject, raw = block.split("\0", 5)
        time = clock.stamp(datetime.fromtimestamp(int(seconds), UTC))
        for line in raw.splitlines():
            if line.startswith(":"):
                found.append(_change(line, (commit, time, actor.strip() or author, subject)))
    return found


def _difference(line: str) -> Difference:
    meta, path = line.split("\t")
    _, _, old, new, _ = meta.split()
    return Difference(
        path=path,
        old=None if _ABSENT.fullmatch(old) else old,
        new=None if _ABSENT.fullmatch(new) else new,
    )


def _change(line: str, head: Sequence[str]) -> FileChange:
    meta, *paths = line.split("\t")
    _, _, old, new, _ = meta.split()
    commit, time, actor, subject = head
    return FileChange(
        commit=CommitId(commit),
        time=time,
        actor=actor,
        subject=subject,
        path=paths[-1],
        old=None if _ABSENT.fullmatch(old) else old,
        new=None if _ABSENT.fullmatch(new) else new,
        was=paths[0] if len(paths) > 1 else "",
    )
