"""The newest snapshot for commands that only read: no pygit2, and no parser, while the index is fresh."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from collections.abc import Mapping
from pathlib import Path
from posixpath import dirname

from msgspec.structs import replace

from gtlib.errors import FileError
from gtlib.model.archive import Rows
from gtlib.model.bead import Bead
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.model.source import to_bytes
from gtlib.names import CommitId
from gtlib.store import tip
from gtlib.store.archived import StoredRows
from gtlib.store.blobs import read_blob
from gtlib.store.index import DAMAGED
from gtlib.store.index import Index
from gtlib.store.index import Parsed
from gtlib.store.index import throw_away
from gtlib.store.index import throw_away_damaged
from gtlib.store.roots import branch_ref


def read(root: Path) -> Snapshot:
    """The snapshot at the tip of the town's branch.

    Answers from `.gt/index.sqlite` when that stands at the tip; else parses what changed, and
    leaves the index fresh for the next reader.
    """
    newest = tip.read(root / ".git", branch_ref(root / ".git"))
    if newest is not None:
        found = _indexed(root, newest)
        if found is not None:
            return found
    from gtlib.store.town import Town  # libgit2 costs 70 ms, which a fresh index saves

    town = Town.open(root, to_read=True)
    snapshot = town.snapshot()
    town.save_index()
    return _indexed(root, snapshot.commit) or snapshot


def _indexed(root: Path, newest: CommitId) -> Snapshot | None:
    if not (root / ".gt" / "index.sqlite").exists():
        return None
    try:
        index = Index(root)
        index.hold()
        if index.commit() != newest:
            return None
        return Snapshot(newest, index.folders(), _IndexSource(root, index, newest))
    except (sqlite3.Error, OSError) as error:  # a cache that can't be read costs time, never an answer
        throw_away_damaged(root, error)
        return None


class _IndexSource:
    """Parsed items straight from the index; texts, which few readers want, from the object store."""

    def __init__(self, root: Path, index: Index, commit: CommitId) -> None:
        self._root = root
        self._commit = commit
        self._touched: Mapping[str, str] | None = None
        self._index = index
        self._loaded: set[str] = set()
        self._items: dict[str, Item | FileError | None] = {}
        self._parsed: Snapshot | None = None
        self._archive: StoredRows | None = None
        self._born = index.born()

    def text(self, blob: str) -> str:
        data = read_blob(self._root, blob)
        if data is None:
            from gtlib.store.repo import Repo  # as above

            data = Repo(self._root).blob(blob)
        return "" if data is None else data.decode("utf-8", "surrogateescape")

    def item(self, path: str, blob: str) -> Item | FileError | None:
        found = self._items.get(path)
        if found is not None and self._parsed is None:
            return found
        if path not in self._items and dirname(path) not in self._loaded:
            self._learn(self._index.one(path))
        return self._parsed.error(path) or self._parsed.get(path) if self._parsed else self._items.get(path)

    def last_good(self, path: str, blob: str) -> Item | None:
        from gtlib.store.town import Town  # as above

        return Town.open(self._root, to_read=True).snapshot().get(path)

    def preload(self, paths: Mapping[str, str]) -> None:
        folder = dirname(next(iter(paths), ""))
        if paths and folder not in self._loaded:
            self._learn(self._index.items(folder))
            self._loaded.add(folder)

    def touched(self, path: str) -> str:
        if self._touched is None:
            self._touched, whole = self._index.touched(self._commit)
            if not whole:
                from gtlib.store.touched import times  # runs git, which a fresh index saves

                self._touched = times(self._root, self._commit)
        return self._touched.get(path, "")

    def archive(self, months: Mapping[str, str]) -> Rows:
        if self._archive is None:
            self._archive = StoredRows(
                self._root, months, lambda blob: to_bytes(self.text(blob)), self._older
            )
        return self._archive

    def _older(self, path: str) -> Iterable[str]:
        from gtlib.store.repo import Repo  # as above

        return Repo(self._root).older_blobs(self._commit, path)

    def _learn(self, rows: Iterable[Parsed]) -> None:
        try:
            if self._born:
                rows = ((path, self._dated(path, item)) for path, item in rows)
            self._items.update(rows)
        except DAMAGED:
            from gtlib.store.town import Town  # as above

            throw_away(self._root)
            self._parsed = Town.open(self._root, to_read=True).snapshot()

    def _dated(self, path: str, item: Item | FileError | None) -> Item | FileError | None:
        """A bead that does not say when it was created was created at its commit's time."""
        if path in self._born and isinstance(item, Bead) and not item.created:
            return replace(item, created=self._born[path])
        return item
