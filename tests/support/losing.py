"""The index of a town, lost or damaged between any two commands."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from contextlib import suppress
from itertools import cycle
from pathlib import Path

NAME = "index.sqlite"


def loser() -> Callable[[Path], None]:
    """Called with the folder of a command: each time the town's index comes to another harm."""
    turns = cycle((_delete, _garble, _empty, _cut, _mislead))

    def lose(folder: Path) -> None:
        for above in (folder, *folder.parents):
            if (above / ".gt" / NAME).exists():
                next(turns)(above / ".gt" / NAME)
                return

    return lose


def _delete(index: Path) -> None:
    for path in index.parent.glob(f"{NAME}*"):
        path.unlink()


def _garble(index: Path) -> None:
    for path in index.parent.glob(f"{NAME}*"):
        path.write_bytes(b"no database" * 1000)


def _empty(index: Path) -> None:
    for path in index.parent.glob(f"{NAME}*"):
        path.write_bytes(b"")


def _cut(index: Path) -> None:
    data = index.read_bytes()
    index.write_bytes(data[: len(data) // 2])


def _mislead(index: Path) -> None:
    """It says to stand at a commit that is none, and holds half of what it held."""
    with closing(sqlite3.connect(index, isolation_level=None)) as db, suppress(sqlite3.DatabaseError):
        if db.execute("select name from sqlite_master where name = 'meta'").fetchone():
            db.execute("update meta set value = ? where key = 'commit'", ("1" * 40,))
            db.execute("delete from files where path > 'c'")
