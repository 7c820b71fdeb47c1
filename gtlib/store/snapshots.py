"""Snapshots of the town by commit: each is the one before it, plus what changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collections.abc import Set
from datetime import UTC
from datetime import datetime
from pathlib import Path
from posixpath import dirname

from gtlib import clock
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model import misplaced
from gtlib.model.archive import FOLDER as ARCHIVE
from gtlib.model.archive import Rows
from gtlib.model.archive import TextRows
from gtlib.model.archive import last_whole
from gtlib.model.bead import Bead
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.model.source import parsed
from gtlib.model.source import to_bytes
from gtlib.names import CommitId
from gtlib.store.archived import StoredRows
from gtlib.store.index import DAMAGED
from gtlib.store.index import Index
from gtlib.store.index import Row
from gtlib.store.index import throw_away_damaged
from gtlib.store.repo import Change
from gtlib.store.repo import Repo
from gtlib.store.touched import since
from gtlib.store.touched import times
from gtlib.system import git

_Parsed = Item | FileError | None


class BlobSource:
    """Texts from the object store, parsed items kept by path and blob; what is archived from the index of
    the town at `root`, if one is named.
    """

    def __init__(self, repo: Repo, commit: CommitId | None = None, root: Path | None = None) -> None:
        self.commit = commit
        self._repo = repo
        self._root = root
        self.index: Index | None = None
        self._loaded: set[str] = set()
        self._touched: tuple[CommitId | None, Mapping[str, str]] | None = None
        self._archive: tuple[Mapping[str, str], StoredRows] | None = None
        self._items: dict[str, tuple[str, _Parsed]] = {}
        self._good: dict[tuple[str, str], Item | None] = {}

    def text(self, blob: str) -> str:
        data = self._repo.blob(blob)
        if data is None:
            raise UserError(f"object {blob} is not in the town's repository", "run `git fsck` there")
        return data.decode("utf-8", "surrogateescape")

    def item(self, path: str, blob: str) -> _Parsed:
        known = self._items.get(path)
        if known is not None and known[0] == blob:
            return known[1]
        if known is None and dirname(path) not in self._loaded:
            self._learn(dirname(path), path)
            known = self._items.get(path)
            if known is not None and known[0] == blob:
                return known[1]
        found = self._parse(path, blob)
        self._items[path] = (blob, found)
        return found

    def _parse(self, path: str, blob: str) -> _Parsed:
        if kinds.kind_of(path) is None:
            return misplaced.error(path, self.text(blob)) if misplaced.suspect(path) else None
        text = self.text(blob)
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return FileError(path, 1, "the file is not UTF-8 text", "save it as UTF-8")
        return parsed(path, text)

    def last_good(self, path: str, blob: str) -> Item | None:
        """The newest version below the commit that parsed (promise 3)."""
        key = (path, blob)
        if key not in self._good:
            older = self._repo.older_blobs(self.commit, path) if self.commit else iter(())
            found = (self._parse(path, other) for other in older if other != blob)
            self._good[key] = next((item for item in found if not isinstance(item, FileError | None)), None)
        return self._good[key]

    def preload(self, paths: Mapping[str, str]) -> None:
        folder = dirname(next(iter(paths), ""))
        if paths and folder not in self._loaded:
            self._learn(folder)
            self._loaded.add(folder)

    def remember(self, index: Index | None) -> None:
        """Take what was parsed before from this index: whatever commit it holds, a blob says the same."""
        self.index = index
        self._loaded.clear()

    def _learn(self, folder: str, path: str = "") -> None:
        if self.index is None:
            return
        try:
            for at, blob, item in self.index.rows(folder, path):
                if at not in self._items:
                    self._items[at] = (blob, item)
        except UnicodeEncodeError:  # a file's name that is no text
            return
        except (sqlite3.Error, *DAMAGED) as error:  # a cache that can't be read costs time, never an answer
            self.index = None
            throw_away_damaged(self._repo.root, error)

    def touched(self, path: str) -> str:
        if self._touched is None or self._touched[0] != self.commit:
            self._touched = (self.commit, times(self._repo.root, self.commit) if self.commit else {})
        return self._touched[1].get(path, "")

    def archive(self, months: Mapping[str, str]) -> Rows:
        if self._root is None:
            older = lambda path: last_whole(path, map(self.data, self._older(path)))  # noqa: E731
            return TextRows(months, lambda path: self.data(months[path]), older)
        return self.stored(self._root, months)

    def stored(self, root: Path, months: Mapping[str, str]) -> StoredRows:
        """The table of archived items for these archive files, {path: blob}."""
        if self._archive is None or self._archive[0] != months:
            self._archive = (months, StoredRows(root, months, self.data, self._older))
        return self._archive[1]

    def _older(self, path: str) -> Iterable[str]:
        return self._repo.older_blobs(self.commit, path) if self.commit else ()

    def data(self, blob: str) -> bytes:
        return to_bytes(self.text(blob))

    def forget(self, path: str) -> None:
        self._items.pop(path, None)


class Snapshots:
    """The newest snapshot is kept; the next is made from it and the diff of the two trees.

    The first one starts from the index where that is near, and `save` brings the index up to date.
    """

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._source = BlobSource(repo, root=repo.root)
        self._folders: dict[str, dict[str, str]] = {}
        self._commit: CommitId | None = None
        # what happened since the commit that the index holds, as far as we know
        self._start_of_trail: CommitId | None = None
        self._trail: dict[str, Change] = {}

    def at(self, commit: CommitId) -> Snapshot:
        """The snapshot of the town's newest commit."""
        if self._commit is None:
            self._start(commit)
        elif self._commit != commit:
            self._advance(self._repo.changes(self._commit, commit))
        self._commit = self._source.commit = commit
        return Snapshot(commit, self._folders, self._source)

    def follow(self, base: CommitId, new: CommitId, changes: Sequence[Change]) -> None:
        """A commit of ours: what it changed is known, so that no trees need to be compared."""
        if self._commit == base:
            self._advance(changes)
            self._commit = self._source.commit = new

    def past(self, commit: CommitId) -> Snapshot:
        """The snapshot of any commit, for time travel; keeps nothing."""
        source = BlobSource(self._repo, commit)
        source.remember(self._source.index)
        return Snapshot(commit, self._repo.folders(commit), source)

    def _start(self, commit: CommitId) -> None:
        saved = self._start_of_trail = self._from_index()
        if saved is None:
            self._folders = self._repo.folders(commit)
        else:
            self._advance(self._repo.changes(saved, commit))

    def _from_index(self) -> CommitId | None:
        try:
            index = Index(self._repo.root)
            index.hold()
            saved = index.commit()
            if saved is None or self._repo.resolve(saved) is None:
                return None
            self._folders = index.folders()
            index.release()
        except (sqlite3.Error, OSError) as error:  # a cache that can't be read costs time, never an answer
            throw_away_damaged(self._repo.root, error)
            return None
        self._source.remember(index)
        return saved

    def _advance(self, changes: Iterable[Change]) -> None:
        folders = dict(self._folders)
        copied: set[str] = set()
        for change in changes:
            before = self._trail.get(change.path, change)
            self._trail[change.path] = Change(change.path, before.old, change.new)
            folder = dirname(change.path)
            if folder not in copied:
                folders[folder] = dict(folders.get(folder, {}))
                copied.add(folder)
            if change.new is None:
                folders[folder].pop(change.path, None)
                self._source.forget(change.path)
            else:
                folders[folder][change.path] = change.new
        self._folders = {folder: paths for folder, paths in folders.items() if paths}

    def save(self) -> None:
        """Write what this commit's files parsed to into the index; a failure costs only time."""
        if self._commit is None:
            return
        try:
            index = Index(self._repo.root)
            saved = index.commit()
            if saved == self._commit:
                return
            if saved is None or self._repo.resolve(saved) is None:
                saved = None
                for paths in self._folders.values():
                    self._source.preload(paths)
                rows = [self._row(*pair) for paths in self._folders.values() for pair in paths.items()]
                gone: list[str] = []
            else:
                changes = self._since(saved, self._commit)
                rows = [self._row(change.path, change.new) for change in changes if change.new is not None]
                gone = [change.path for change in changes if change.new is None]
            touched = since(self._repo, saved, self._commit, changes) if saved else {}
            known = index.born() if saved else {}
            silent = {path for path, _, item in rows if isinstance(item, Bead) and not item.created}
            born = born_at(self._repo.root, saved, self._commit, silent - known.keys())
            index.save(saved, self._commit, rows, gone, born, touched)
            index.close()
            self._start_of_trail, self._trail = self._commit, {}
            if self._folders.get(ARCHIVE):
                self._source.stored(self._repo.root, self._folders[ARCHIVE]).keep_up()
        except (sqlite3.Error, OSError) as error:
            throw_away_damaged(self._repo.root, error)
        except UnicodeEncodeError:  # a file's name that is no text
            return

    def _since(self, saved: CommitId, commit: CommitId) -> Sequence[Change]:
        if saved == self._start_of_trail:
            return [change for change in self._trail.values() if change.old != change.new]
        return self._repo.changes(saved, commit)

    def _row(self, path: str, blob: str) -> Row:
        return path, blob, self._source.item(path, blob)


def born_at(root: Path, old: CommitId | None, new: CommitId, paths: Set[str]) -> dict[str, str]:
    """When these files of `beads/` came, as far as commits after `old` (None: all of them) tell.

    A bead without `created` was created at its commit's time (DESIGN 3).
    """
    if not paths:
        return {}
    line = f"{old}..{new}" if old else new
    argv = (
        "log",
        "--diff-filter=A",
        "--no-renames",
        "--no-show-signature",
        "--format=%x00%ct",
        "--name-only",
    )
    found: dict[str, str] = {}
    for block in git.run([*argv, line], root).text.split("\0")[1:]:
        seconds, *names = block.split()
        stamp = clock.stamp(datetime.fromtimestamp(int(seconds), UTC))
        for name in names:
            if name in paths:
                found.setdefault(name, stamp)  # the newest first: a file that was away came again
    return found
