"""Full-text search in `.gt/index.sqlite`: which beads can hold some words, without reading the others.

The tables hold every three characters that follow each other, of live and of archived beads. They are
brought up to date by who searches, so that no transition pays for them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gtlib.model.archive import FOLDER as ARCHIVE
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.model.written import written
from gtlib.store.archived import blobs
from gtlib.store.index import DAMAGED
from gtlib.store.index import Index
from gtlib.store.index import throw_away_damaged

_FTS = "using fts5(text, content='', detail=none, tokenize='trigram')"
_SCHEMA = (
    "drop table if exists live_words",
    "drop table if exists old_words",
    "drop table if exists searched",
    f"create virtual table live_words {_FTS}",
    f"create virtual table old_words {_FTS}",
    "create table searched (number integer primary key autoincrement, path text unique, blob text)",
    "delete from meta where key in ('searched', 'old_searched')",
)
_NEW = """
select f.path, f.blob, f.value from files f left join searched s on s.path = f.path
where f.folder = 'beads' and f.kind = 'Bead' and s.blob is not f.blob limit ?
"""
_LIVE = "select s.path from live_words w join searched s on s.number = w.rowid where live_words match ?"
_OLD = "select a.id from old_words w join archived a on a.number = w.rowid where old_words match ?"
_NEW_OLD = "select number, value from archived where number > ? and kind = 'bead' order by number limit ?"
_BROKEN = "select path from files where folder = 'beads' and error is not null"
BATCH = 2000
MOST = 60  # of the characters of a question count; more would find no less

_BEAD = msgspec.json.Decoder(Bead)


def search(root: Path, snapshot: Snapshot, text: str, *, archived: bool = False) -> frozenset[str] | None:
    """The ids of all beads in which every word of `text` can stand, and perhaps of some others: look there.

    Archived ones are among them when asked for. None when any bead may hold them: the words are too short
    for the index, or it does not stand at the snapshot.
    """
    asked = _question(text)
    if not asked:
        return None
    try:
        index = Index(root)
        live = _live(index, snapshot, asked)
        old = _old(index, snapshot, asked) if archived and live is not None else ()
        index.close()
    except (sqlite3.Error, OSError, ValueError, *DAMAGED) as error:
        throw_away_damaged(root, error)
        return None  # a cache that can't be read costs time, never an answer
    return None if live is None or old is None else frozenset((*live, *old))


def _question(text: str) -> str:
    """The words as a question to the tables; "" when none of them has three characters."""
    threes = dict.fromkeys(word[at : at + 3] for word in _clean(text).split() for at in range(len(word) - 2))
    return " AND ".join('"' + three.replace('"', '""') + '"' for three in list(threes)[:MOST])


def _clean(text: str) -> str:
    """Text as both sides see it: half characters and NUL, which the tables can't hold, are left out."""
    return text.lower().encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")


def _live(index: Index, snapshot: Snapshot, asked: str) -> Iterable[str] | None:
    db = index.db
    _make(index)
    while True:
        db.execute("begin immediate" if index.meta("searched") != snapshot.commit else "begin")
        try:
            if index.commit() != snapshot.commit:
                return None
            if index.meta("searched") == snapshot.commit:
                paths = [path for (path,) in (*db.execute(_LIVE, (asked,)), *db.execute(_BROKEN))]
                return [path.rpartition("/")[2][:-3] for path in paths]
            rows = db.execute(_NEW, (BATCH,)).fetchall()
            for path, blob, value in rows:
                bead = _BEAD.decode(value)
                db.execute("delete from searched where path = ?", (path,))
                number = db.execute("insert into searched (path, blob) values (?, ?)", (path, blob)).lastrowid
                words = _clean(f"{bead.id}\n{written(bead)}")
                db.execute("insert into live_words (rowid, text) values (?, ?)", (number, words))
            if len(rows) < BATCH:
                db.execute("delete from searched where path not in (select path from files)")
                index.set_meta("searched", snapshot.commit)
            db.execute("commit")
        finally:
            if db.in_transaction:
                db.execute("rollback")


def _make(index: Index) -> None:
    """The tables, at the first search, and anew when most of them is out of reach: what beads said before."""
    if index.meta("search") == "made":
        made, there = index.db.execute("select max(number), count(*) from searched").fetchone()
        if not made or made <= 3 * there + 1000:
            return
    index.db.execute("begin immediate")
    try:
        for statement in _SCHEMA:
            index.db.execute(statement)
        index.set_meta("search", "made")
        index.db.execute("commit")
    finally:
        if index.db.in_transaction:
            index.db.execute("rollback")


def _old(index: Index, snapshot: Snapshot, asked: str) -> Iterable[str] | None:
    months = {path: snapshot.blob(path) for path in snapshot.paths(f"{ARCHIVE}/")}
    if not months or not len(snapshot.archive):  # which brings the table to these files
        return ()
    db = index.db
    while True:
        db.execute("begin immediate")
        try:
            last = int(index.meta("old_searched") or 0)
            rows = db.execute(_NEW_OLD, (last, BATCH)).fetchall()
            if not rows:
                known = blobs(db) == months
                return [id for (id,) in db.execute(_OLD, (asked,))] if known else None
            texts = (_clean("\n".join(_texts(msgspec.json.decode(value)))) for _, value in rows)
            numbered = zip((number for number, _ in rows), texts, strict=True)
            db.executemany("insert into old_words (rowid, text) values (?, ?)", numbered)
            index.set_meta("old_searched", str(rows[-1][0]))
            db.execute("commit")
        finally:
            if db.in_transaction:
                db.execute("rollback")


def _texts(value: Any) -> Iterator[str]:
    """Every text in a line of the archive: more than is looked for, and cheaper than to tell them apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
