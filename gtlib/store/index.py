"""`.gt/index.sqlite`: the parsed files of one commit, so that reads cost what changed.

Rebuildable and safe to delete at any moment, also while others use it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from posixpath import dirname

import msgspec

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model.kinds import Item
from gtlib.names import CommitId

_VERSION = 9
_SCHEMA = """
create table if not exists meta (key text primary key, value text) without rowid;
create table if not exists files (
  path text, folder text, blob text, kind text, value blob, error blob, primary key (folder, path)
) without rowid;
create index if not exists files_blobs on files (folder, path, blob);
create table if not exists born (path text primary key, time text) without rowid;
create table if not exists touched (path text primary key, time text) without rowid;
create table if not exists archives (
  path text primary key, blob text, size integer, lines integer, items integer, errors blob
) without rowid;
create table if not exists archived (
  number integer primary key autoincrement, id text, path text, kind text, status text, title text,
  closed text, parent text, value blob
);
create unique index if not exists archived_id on archived (id, path);
create index if not exists archived_path on archived (path, number);
create index if not exists archived_parent on archived (parent) where parent != '';
"""

_NO_GOOD = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

# What rows of another version, or of nobody, raise when they are read.
DAMAGED = (KeyError, msgspec.DecodeError)

Row = tuple[str, str, Item | FileError | None]  # path, blob, what it parsed to
Parsed = tuple[str, Item | FileError | None]  # path, what it parsed to


class Index:
    """Opened for one use; any damage throws the file away and starts again."""

    def __init__(self, root: Path) -> None:
        self._path = root / ".gt" / "index.sqlite"
        try:
            self.db = self._open()
        except sqlite3.DatabaseError as error:
            throw_away_damaged(root, error)
            self.db = self._open()

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(exist_ok=True)
        db = sqlite3.connect(self._path, timeout=5, isolation_level=None)
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=off")
        if db.execute("pragma user_version").fetchone() != (_VERSION,):
            _make(db)
        return db

    def meta(self, key: str) -> str | None:
        row = self.db.execute("select value from meta where key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        self.db.execute("replace into meta values (?, ?)", (key, value))

    def hold(self) -> None:
        """From here on all answers are those of one moment, whoever saves meanwhile; until `close`."""
        self.db.execute("begin")
        self.commit()

    def release(self) -> None:
        """End what `hold` began."""
        self.db.execute("rollback")

    def commit(self) -> CommitId | None:
        """The commit whose files it holds."""
        found = self.meta("commit")
        return None if found is None else CommitId(found)

    def folders(self) -> dict[str, dict[str, str]]:
        """{folder: {path: blob}}."""
        rows = self.db.execute(  # far faster than 10,000 rows; no path of git's holds two slashes in a row
            "select folder, group_concat(path, '//'), group_concat(blob, '//')"
            " from files indexed by files_blobs group by folder"
        )
        return {
            folder: dict(zip(paths.split("//"), blobs.split("//"), strict=True))
            for folder, paths, blobs in rows
        }

    def items(self, folder: str) -> Iterable[Parsed]:
        """What the files of one folder parsed to."""
        query = "select path, kind, value, error from files where folder = ?"
        return (_decode(*row) for row in self.db.execute(query, (folder,)))

    def one(self, path: str) -> Iterable[Parsed]:
        """What one file parsed to; nothing when it is not there."""
        query = "select path, kind, value, error from files where folder = ? and path = ?"
        return (_decode(*row) for row in self.db.execute(query, (dirname(path), path)))

    def rows(self, folder: str, path: str = "") -> Iterable[Row]:
        """The same with the blobs that were parsed: of one folder, or of one file in it."""
        query = "select blob, path, kind, value, error from files where folder = ?"
        if path:
            found = self.db.execute(query + " and path = ?", (folder, path))
        else:
            found = self.db.execute(query, (folder,))
        for blob, *row in found:
            at, item = _decode(*row)
            yield at, blob, item

    def born(self) -> dict[str, str]:
        """When the files that do not say it themselves were first committed, by path."""
        return dict(self.db.execute("select path, time from born"))

    def touched(self, commit: CommitId) -> tuple[dict[str, str], bool]:
        """When items' files were last touched, by path, as of that commit; and whether it is known of all."""
        if self.commit() != commit:
            return {}, False
        return dict(self.db.execute("select path, time from touched")), bool(self.meta("touched"))

    def save_touched(self, commit: CommitId, times: Mapping[str, str]) -> None:
        """Remember that of all files; nothing happens when it does not hold that commit any more."""
        with self.db:
            self.db.execute("begin immediate")
            if self.commit() == commit:
                self.db.executemany("insert or ignore into touched values (?, ?)", times.items())
                self.set_meta("touched", "all")

    def save(
        self,
        old: CommitId | None,
        commit: CommitId,
        rows: Iterable[Row],
        gone: Sequence[str],
        born: Mapping[str, str],
        touched: Mapping[str, str],
    ) -> None:
        """Bring it from `old` (None: from nothing) to `commit`: these rows are new, those paths are gone.

        Nothing happens when somebody has brought it elsewhere meanwhile: what differs from there is unknown.
        """
        with self.db:
            self.db.execute("begin immediate")
            if old is None:
                self.db.execute("delete from files")
                self.db.execute("delete from born")
                self.db.execute("delete from touched")
                self.db.execute("delete from meta where key = 'touched'")
            elif self.commit() != old:
                return
            self.db.executemany(
                "delete from files where folder = ? and path = ?", ((dirname(p), p) for p in gone)
            )
            self.db.executemany("delete from born where path = ?", ((path,) for path in gone))
            self.db.executemany("delete from touched where path = ?", ((path,) for path in gone))
            self.db.executemany("replace into touched values (?, ?)", touched.items())
            self.db.executemany("replace into born values (?, ?)", born.items())
            self.db.executemany("replace into files values (?, ?, ?, ?, ?, ?)", map(_encode, rows))
            self.set_meta("commit", commit)

    def close(self) -> None:
        self.db.close()


def _make(db: sqlite3.Connection) -> None:
    """The tables of this version in place of whatever there is."""
    db.execute("begin immediate")
    if db.execute("pragma user_version").fetchone() != (_VERSION,):  # nobody made them while we waited
        # virtual tables first: others belong to them
        query = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        for (name,) in db.execute(query + " order by sql not like 'create virtual%'").fetchall():
            db.execute('drop table if exists "{}"'.format(str(name).replace('"', '""')))
        for statement in _SCHEMA.split(";"):
            db.execute(statement)
        db.execute(f"pragma user_version = {_VERSION}")
    db.execute("commit")


def throw_away(root: Path) -> None:
    """Take the index of the town at `root` away; the next who needs it makes it anew."""
    for suffix in ("", "-wal", "-shm"):
        (root / ".gt" / f"index.sqlite{suffix}").unlink(missing_ok=True)


def throw_away_damaged(root: Path, error: Exception) -> None:
    """Take the index away when an error that it gave says that it is no good; a full disk does not."""
    if isinstance(error, OSError):
        return
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or (code & 0xFF in _NO_GOOD and "no such module" not in str(error)):
        throw_away(root)


def _encode(row: Row) -> tuple[str, str, str, str, bytes | None, bytes | None]:
    path, blob, item = row
    folder = dirname(path)
    if isinstance(item, FileError):
        error = msgspec.json.encode([item.path, item.line, item.what, item.hint])
        return path, folder, blob, "", None, error
    if item is None:
        return path, folder, blob, "", None, None
    return path, folder, blob, type(item).__name__, msgspec.json.encode(item), None


_STRUCTS = {struct.__name__: struct for struct in kinds.STRUCTS.values()}


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[Item]:
    return msgspec.json.Decoder(_STRUCTS[kind])


def _decode(path: str, kind: str, value: bytes | None, error: bytes | None) -> Parsed:
    if value is not None:
        return path, _decoder(kind).decode(value)
    if error is None:
        return path, None
    where, line, what, hint = msgspec.json.decode(error)
    return path, FileError(where, line, what.removeprefix(f"{where}:{line}: "), hint)
