"""The town's repository through libgit2: objects, refs and the index file. The only importer of pygit2.

Rigs are read and written by the git program (`store/rig`); this door opens the town alone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.names import CommitId
from gtlib.store import certificates
from gtlib.store.room import room
from gtlib.store.trees import nested
from gtlib.store.trees import refuse_over

with certificates.unread():
    import pygit2
    from pygit2.enums import FileMode
    from pygit2.enums import SortMode

_TOGETHER = 100  # from so many on one sync of all costs less than one for each

_TRIES = 5
_Made = TypeVar("_Made")

_FILES = (FileMode.BLOB, FileMode.BLOB_EXECUTABLE)
_OVER = (_FILES, (FileMode.TREE,))  # what a file, and what a folder, may be written over


class CommitInfo(Struct, frozen=True):
    """What a walk over commits yields. `when` is the author's time and `committed` the committer's, in
    seconds since the epoch.
    """

    id: CommitId
    message: str
    author: str
    when: int
    parents: tuple[CommitId, ...]
    committed: int


class Change(Struct, frozen=True):
    """A path that differs between two commits; a blob id is None where the path is absent."""

    path: str
    old: str | None
    new: str | None


class Staging:
    """A private copy of the user's index, to be changed and then renamed over it."""

    def __init__(self, source: Path, target: Path) -> None:
        # what a killed transition left; the town's lock is held
        target.with_name(target.name + ".lock").unlink(missing_ok=True)
        if source.exists():
            shutil.copyfile(source, target)
        else:
            target.unlink(missing_ok=True)
        self.path = target
        self._index = pygit2.Index(str(target))

    @property
    def unmerged(self) -> bool:
        """Whether it holds unmerged entries."""
        return self._index.conflicts is not None

    def blob(self, path: str) -> str | None:
        return str(self._index[path].id) if path in self._index else None

    def write(self, wanted: Mapping[str, str | None]) -> None:
        """Set or (None) take out just these entries.

        `index.add(path)` would stage a person's unstaged lines, so entries are set by blob (FACTS 7).
        """
        for path, blob in wanted.items():
            if blob is not None:
                mode = self._index[path].mode if path in self._index else FileMode.BLOB
                self._index.add(pygit2.IndexEntry(path, pygit2.Oid(hex=blob), _file_mode(mode)))
            elif path in self._index:
                self._index.remove(path)
        self.path.unlink(missing_ok=True)  # ext4 flushes a file that another is renamed over
        self._index.write()


class Repo:
    """One open repository. Not shared between threads."""

    def __init__(self, root: Path) -> None:
        try:
            self._repo = pygit2.Repository(str(root / ".git"))
        except pygit2.GitError as error:
            raise UserError(f"{root}: {error}", "see whether `git status` works there") from error
        self.git_dir = Path(self._repo.path)
        self.root = root
        self.durable = "committed" in self.config("core.fsync")
        pygit2.settings.enable_fsync_gitdir(self.durable)

    def config(self, key: str) -> str:
        return str(self._repo.config[key]) if key in self._repo.config else ""

    def signature(self) -> tuple[str, str]:
        """Name and mail address that git would commit under; fallbacks where none is set."""
        return self.config("user.name") or "overseer", self.config("user.email") or "overseer@localhost"

    # objects

    def blob(self, blob: str) -> bytes | None:
        """The bytes of a blob; None when there is no such blob."""
        found = self._repo.get(blob)
        return found.data if isinstance(found, pygit2.Blob) else None

    @contextmanager
    def many(self, number: int) -> Iterator[bool]:
        """Write that many files or objects inside: a lot of them go to disk together, at the end.

        Gives whether they do.
        """
        together = self.durable and number > _TOGETHER
        if together:
            pygit2.settings.enable_fsync_gitdir(False)
        try:
            yield together
        finally:
            if together:
                pygit2.settings.enable_fsync_gitdir(True)
        if together:
            os.sync()

    def write_blob(self, data: bytes) -> str:
        with room(self.git_dir, pygit2.GitError):
            return str(_written(lambda: self._repo.create_blob(data)))

    def filtered_blob(self, path: str) -> str:
        """The blob that `git add` would make of the file in the checkout (line ends converted)."""
        return str(_written(lambda: self._repo.create_blob_fromworkdir(path)))

    def folders(self, commit: CommitId) -> dict[str, dict[str, str]]:
        """folder -> {path: blob} of everything in the commit's tree."""
        found: dict[str, dict[str, str]] = {}
        stack: list[tuple[str, pygit2.Tree]] = [("", self._commit(commit).tree)]
        while stack:
            folder, tree = stack.pop()
            for entry in tree:
                path = f"{folder}/{entry.name}" if folder else str(entry.name)
                if isinstance(entry, pygit2.Tree):
                    stack.append((path, entry))
                elif entry.filemode in _FILES:
                    found.setdefault(folder, {})[path] = str(entry.id)
        return found

    def changes(self, old: CommitId | None, new: CommitId) -> tuple[Change, ...]:
        """What differs between two commits, by path (no rename detection). `old` None: everything.

        Only files count: a link or a submodule is absence.
        """
        new_tree = self._commit(new).tree
        if old is None:
            diff = new_tree.diff_to_tree(swap=True)
        else:
            diff = self._commit(old).tree.diff_to_tree(new_tree)
        found = []
        for delta in diff.deltas:
            sides = (delta.old_file, delta.new_file)
            before, after = (str(side.id) if side.mode in _FILES else None for side in sides)
            if before or after:
                found.append(Change(sides[after is not None].path, before, after))
        return tuple(found)

    def commit(
        self,
        base: CommitId | None,
        blobs: Mapping[str, str | None],
        message: str,
        author: tuple[str, str],
        committer: tuple[str, str],
        when: int,
    ) -> CommitId:
        """A commit object on `base` with those paths set or (None) removed. No ref moves."""
        with room(self.git_dir, pygit2.GitError):
            root = self._commit(base).tree if base else None
            tree = self._tree(root, nested(blobs))
            parents = [] if base is None else [pygit2.Oid(hex=base)]
            made = _written(
                lambda: self._repo.create_commit(
                    None,
                    pygit2.Signature(*author, when, 0),
                    pygit2.Signature(*committer, when, 0),
                    message,
                    tree or pygit2.Oid(hex=str(self._repo.TreeBuilder().write())),
                    parents,
                )
            )
            return CommitId(str(made))

    def _tree(
        self, tree: pygit2.Tree | None, wanted: Mapping[str, object], above: str = ""
    ) -> pygit2.Oid | None:
        """The tree with these changes; None when nothing is left in it. UserError over what is no file."""
        builder = self._repo.TreeBuilder(tree) if tree is not None else self._repo.TreeBuilder()
        for name, value in wanted.items():
            entry = builder.get(name)
            stands = getattr(entry, "filemode", None)
            if value is not None and stands is not None and stands not in _OVER[isinstance(value, dict)]:
                refuse_over(f"{above}{name}", stands)
            if isinstance(value, dict):
                below = self._tree(
                    entry if isinstance(entry, pygit2.Tree) else None, value, f"{above}{name}/"
                )
                if below is not None:
                    builder.insert(name, below, FileMode.TREE)
                elif entry is not None:
                    builder.remove(name)
            elif isinstance(value, str):
                mode = getattr(entry, "filemode", FileMode.BLOB)
                builder.insert(name, pygit2.Oid(hex=value), _file_mode(mode))
            elif entry is not None:
                builder.remove(name)
        return _written(builder.write) if len(builder) else None

    def _commit(self, commit: CommitId) -> pygit2.Commit:
        found = self._repo.get(commit)
        if found is None:
            raise UserError(f"commit {commit} is not in the town's repository", "run `git fsck` there")
        return found.peel(pygit2.Commit)

    # refs and history

    def ref(self, name: str) -> CommitId | None:
        try:
            found = self._repo.lookup_reference(name).resolve()
        except KeyError:
            return None
        return CommitId(str(found.target))

    def head_branch(self) -> str | None:
        """The full name of the ref that HEAD names; None when HEAD is detached."""
        target = self._repo.lookup_reference("HEAD").target
        return target if isinstance(target, str) else None

    def set_ref(self, name: str, commit: CommitId) -> None:
        """Point a ref of ours somewhere, whatever it said before."""
        self._repo.create_reference_direct(name, pygit2.Oid(hex=commit), True)

    def refs(self, prefix: str) -> Iterator[str]:
        return (name for name in self._repo.references if name.startswith(prefix))

    def is_ancestor(self, old: CommitId, new: CommitId) -> bool:
        """Whether `new` holds `old` in its history (a commit holds itself)."""
        if old == new:
            return True
        if self._repo.get(old) is None:
            return False
        return bool(self._repo.descendant_of(new, old))

    def commits(self, hidden: CommitId | None, tip: CommitId) -> Iterator[CommitInfo]:
        """The commits that `tip` has and `hidden` has not, oldest first."""
        walk = self._repo.walk(tip, SortMode.TOPOLOGICAL | SortMode.REVERSE)
        if hidden is not None and self._repo.get(hidden) is not None:
            walk.hide(hidden)
        for commit in walk:
            yield _info(commit)

    def history(self, tip: CommitId) -> Iterator[CommitInfo]:
        """First parents from `tip` down, each read when it is asked for (a walk sorts all of them first)."""
        commit: object = self._commit(tip)
        while isinstance(commit, pygit2.Commit):
            yield _info(commit)
            commit = self._repo.get(commit.parent_ids[0]) if commit.parent_ids else None

    def blob_at(self, commit: CommitId, path: str) -> str | None:
        """The blob of the file in that commit; None when there is no file."""
        return self.blobs_at(commit, (path,))[path]

    def blobs_at(self, commit: CommitId, paths: Iterable[str]) -> dict[str, str | None]:
        """The same for several files; a large folder is read once."""
        root = self._commit(commit).tree
        folders: dict[str, object] = {"": root}
        found: dict[str, str | None] = {}
        for path in paths:
            folder, _, name = path.rpartition("/")
            if folder not in folders and folder in root:
                folders[folder] = root[folder]
            tree = folders.get(folder)
            entry = tree[name] if isinstance(tree, pygit2.Tree) and name in tree else None
            found[path] = str(entry.id) if entry is not None and entry.filemode in _FILES else None
        return found

    def older_blobs(self, tip: CommitId, path: str) -> Iterator[str]:
        """The blobs that stood at `path` below `tip`, newest first, each once."""
        last = None
        for info in self.history(tip):
            try:
                entry = self._commit(info.id).tree[path]
            except KeyError:
                last = None
                continue
            if str(entry.id) != last:
                last = str(entry.id)
                yield last

    def resolve(self, text: str) -> CommitId | None:
        """The commit that a revision names."""
        try:
            return CommitId(str(self._repo.revparse_single(text).peel(pygit2.Commit).id))
        except (KeyError, ValueError, pygit2.GitError):
            return None

    def staging(self, target: Path) -> Staging:
        """A private copy of the user's index, at `target`."""
        return Staging(self.git_dir / "index", target)

    def merge_lines(self, base: str, mine: str, theirs: str) -> str | None:
        """git's own three-way merge of lines; None when it conflicts."""
        first, second, third = (
            pygit2.IndexEntry(
                "text",
                pygit2.Oid(hex=self.write_blob(text.encode("utf-8", "surrogateescape"))),
                FileMode.BLOB,
            )
            for text in (base, mine, theirs)
        )
        merged = self._repo.merge_file_from_index(first, second, third)
        if not merged.automergeable:
            return None
        return str(merged.contents)


def _written(write: Callable[[], _Made]) -> _Made:
    """What `write` makes. Who packs the repository takes a folder of objects away with the last one in it,
    which libgit2 does not notice when it is about to put one there.
    """
    for _ in range(_TRIES):
        try:
            return write()
        except OSError:
            continue
    return write()


def _file_mode(mode: int) -> FileMode:
    """That of a file written where `mode` stood: who made it executable is kept."""
    return FileMode.BLOB_EXECUTABLE if mode == FileMode.BLOB_EXECUTABLE else FileMode.BLOB


def _info(commit: pygit2.Commit) -> CommitInfo:
    return CommitInfo(
        CommitId(str(commit.id)),
        commit.message,
        f"{commit.author.name} <{commit.author.email}>",
        commit.author.time,
        tuple(CommitId(str(parent)) for parent in commit.parent_ids),
        commit.commit_time,
    )
