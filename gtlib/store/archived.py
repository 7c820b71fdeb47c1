"""Archived items in `.gt/index.sqlite`: found by id, however many there are.

The table answers for the archive files whose blobs it knows. Who asks for others brings it there first: of
a file that has only grown, what is new is read; a file that has not changed is never read again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from gtlib.errors import FileError
from gtlib.model.archive import Rows
from gtlib.model.archive import TextRows
from gtlib.model.archive import last_whole
from gtlib.model.archive import standing
from gtlib.model.archive_line import Line
from gtlib.model.archive_line import parse
from gtlib.store.index import Index
from gtlib.store.index import throw_away_damaged

_COLUMNS = "id, path, kind, status, title, closed, parent, value"
_SEEN = "a.path not in (select value from json_each(:hidden))"
_NEWEST = (
    _SEEN + " and not exists (select 1 from archived b where b.id = a.id and b.path > a.path"
    " and b.path not in (select value from json_each(:hidden)))"
)
_FIND = f"select {_COLUMNS} from archived a where id = :id and {_SEEN} order by path desc limit 1"
_PLACES = f"select path from archived a where id = :id and {_SEEN}"
_LIKE = f"select distinct id from archived a where instr(id, :part) and :kind in ('', kind) and {_SEEN}"
_STARTING = f"select distinct id from archived a where id >= :head and id < :end and {_SEEN}"
_BELOW = f"select {_COLUMNS} from archived a where parent = :parent and parent != '' and {_NEWEST}"
_PAGE = (
    f"select number, {_COLUMNS} from archived a where (path, number) > (:path, :number) and {_NEWEST}"
    " order by path, number limit 1000"
)
_COUNT = f"select coalesce(sum(items), 0) from archives a where {_SEEN}"
_ERRORS = f"select errors from archives a where errors != x'' and {_SEEN} order by path"


class _Known(Struct, frozen=True):
    blob: str
    size: int
    lines: int
    errors: bytes


class StoredRows:
    """Rows of the table. `months` is {path: blob} of all archive files, `data` gives the bytes of a blob,
    `older` the blobs that stood at a path, newest first.

    While the table can't be used the files themselves answer: that costs time, never an answer.
    """

    def __init__(
        self,
        root: Path,
        months: Mapping[str, str],
        data: Callable[[str], bytes],
        older: Callable[[str], Iterable[str]],
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._root = root
        self._months = months
        self._data = data
        self._older = older
        self._hidden = hidden
        self._index: Index | None = None
        seen = [path for path in months if path not in hidden]
        self._texts = TextRows(seen, lambda path: data(months[path]), self._whole)

    def without(self, paths: frozenset[str]) -> Rows:
        return StoredRows(self._root, self._months, self._data, self._older, self._hidden | paths)

    def _whole(self, path: str) -> bytes:
        return last_whole(path, (self._data(blob) for blob in self._older(path)))

    def keep_up(self) -> None:
        """Read what is new, where somebody has asked before: who never asks need not pay."""
        try:
            index = Index(self._root)
            asked = index.db.execute("select 1 from archives limit 1").fetchone()
            index.close()
        except (sqlite3.Error, OSError):  # a cache that can't be read costs time, never an answer
            return
        if asked:
            self.count()

    def find(self, id: str) -> Line | None:
        rows = self._ask(_FIND, id=id)
        return self._texts.find(id) if rows is None else next((Line(*row) for row in rows), None)

    def places(self, id: str) -> Iterable[str]:
        rows = self._ask(_PLACES, id=id)
        return self._texts.places(id) if rows is None else [row[0] for row in rows]

    def like(self, part: str, kind: str) -> Iterable[str]:
        rows = self._ask(_LIKE, part=part, kind=kind)
        return self._texts.like(part, kind) if rows is None else [row[0] for row in rows]

    def starting(self, head: str) -> Iterable[str]:
        rows = self._ask(_STARTING, head=head, end=head + "\U0010ffff")
        return self._texts.starting(head) if rows is None else [row[0] for row in rows]

    def below(self, parent: str) -> Iterable[Line]:
        rows = self._ask(_BELOW, parent=parent)
        return self._texts.below(parent) if rows is None else [Line(*row) for row in rows]

    def every(self) -> Iterator[Line]:
        """In pages, so that nobody is kept from writing while a caller takes its time."""
        path, number = "", 0
        while rows := self._ask(_PAGE, path=path, number=number):
            for row in rows:
                yield Line(*row[1:])
            path, number = rows[-1][2], rows[-1][0]
        if rows is None:
            yield from (line for line in self._texts.every() if not path or line.path > path)

    def count(self) -> int:
        rows = self._ask(_COUNT)
        return self._texts.count() if rows is None else int(rows[0][0])

    def errors(self) -> Sequence[FileError]:
        rows = self._ask(_ERRORS)
        if rows is None:
            return self._texts.errors()
        return [FileError(*each) for row in rows for each in msgspec.json.decode(row[0])]

    def _ask(self, query: str, **values: str | int) -> list[tuple[Any, ...]] | None:
        """What the table says of our archive files; None when it can't be used."""
        try:
            with self._table() as db:
                return db.execute(query, {**values, "hidden": json.dumps(sorted(self._hidden))}).fetchall()
        except UnicodeEncodeError:  # asked for what is no text
            return None
        except (sqlite3.Error, OSError) as error:
            self._index = None
            throw_away_damaged(self._root, error)
            return None

    @contextmanager
    def _table(self) -> Iterator[sqlite3.Connection]:
        """The table as it is for our archive files, held still."""
        if self._index is None:
            self._index = Index(self._root)
        db = self._index.db
        db.execute("begin")
        try:
            if blobs(db) != self._months:
                db.execute("rollback")
                db.execute("begin immediate")
                bring(db, self._months, self._data, self._whole)
            yield db
        except BaseException:
            if db.in_transaction:
                db.execute("rollback")
            raise
        db.execute("commit")


def bring(
    db: sqlite3.Connection,
    months: Mapping[str, str],
    data: Callable[[str], bytes],
    whole: Callable[[str], bytes],
) -> None:
    """Let the table hold what these archive files ({path: blob}) say, in a transaction of the caller."""
    known = {
        path: _Known(*rest)
        for path, *rest in db.execute("select path, blob, size, lines, errors from archives")
    }
    for path in known.keys() - months.keys():
        db.execute("delete from archived where path = ?", (path,))
        db.execute("delete from archives where path = ?", (path,))
    for path, blob in months.items():
        before = known.get(path)
        if before is None or before.blob != blob:
            _bring_file(db, path, blob, data(blob), whole, before)


def _bring_file(
    db: sqlite3.Connection,
    path: str,
    blob: str,
    data: bytes,
    whole: Callable[[str], bytes],
    before: _Known | None,
) -> None:
    if before is not None and not before.errors and _has_grown(before, data):
        lines, errors = parse(path, data[before.size :], before.lines + 1)
        found = {line.id: line for line in lines}
    else:
        lines, errors = standing(path, data, whole)
        found = {line.id: line for line in lines}
        if before is not None:
            stood = dict(db.execute("select id, value from archived where path = ?", (path,)))
            gone = [id for id, value in stood.items() if id not in found or found[id].value != value]
            for id in gone:
                db.execute("delete from archived where id = ? and path = ?", (id, path))
                stood.pop(id)
            found = {id: line for id, line in found.items() if id not in stood}
    if before is not None:
        for id in found:
            db.execute("delete from archived where id = ? and path = ?", (id, path))
    db.executemany(
        f"insert into archived ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (one.id, one.path, one.kind, one.status, one.title, one.closed, one.parent, one.value)
            for one in found.values()
        ),
    )
    said = [
        [each.path, each.line, each.what.removeprefix(f"{each.path}:{each.line}: "), each.hint]
        for each in errors
    ]
    (items,) = db.execute("select count(*) from archived where path = ?", (path,)).fetchone()
    row = (path, blob, len(data), data.count(b"\n"), items, msgspec.json.encode(said) if said else b"")
    db.execute("replace into archives values (?, ?, ?, ?, ?, ?)", row)


def _has_grown(before: _Known, data: bytes) -> bool:
    """Whether what is known is the beginning of these bytes: git's name of it says so."""
    if before.size > len(data) or (before.size and data[before.size - 1 : before.size] != b"\n"):
        return False
    start = hashlib.sha1(b"blob %d\0" % before.size, usedforsecurity=False)
    start.update(memoryview(data)[: before.size])
    return start.hexdigest() == before.blob


def blobs(db: sqlite3.Connection) -> dict[str, str]:
    """The archive files that the table knows, {path: blob}."""
    return dict(db.execute("select path, blob from archives"))
