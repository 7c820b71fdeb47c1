"""A person's desk: the checkout and index of the town, brought in line with a transition.

Index entry and worktree file are merged separately, each three-way with the old blob as base, so
that staged, unstaged and half-staged text stay each where they were.
"""

from __future__ import annotations

import os
import stat
from hashlib import sha1
from pathlib import Path

from msgspec import Struct

from gtlib.model import threeway
from gtlib.store.repo import Change
from gtlib.store.repo import Repo
from gtlib.store.repo import Staging


class DeskStep(Struct, frozen=True, kw_only=True):
    """What happens to one path. Blob ids; None is absence. `base` and `new` are what the transition changes.

    `index` and `tree` are wanted results; `tree_before` is what the worktree held. `kept` says that
    the person's worktree text conflicts with the transition and stays; `staged` is staged text
    that had to leave the index.
    """

    path: str
    base: str | None
    new: str | None = None
    index: str | None
    tree_before: str | None
    tree: str | None
    kept: bool = False
    staged: str | None = None


class Desk:
    """Plans what becomes of the person's files, and writes the worktree."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._ready: dict[str, Path] = {}  # blob -> a file that holds it

    def plan(self, changes: tuple[Change, ...], staging: Staging) -> tuple[DeskStep, ...]:
        """What each changed path asks of index and worktree, given what the person has there.

        `staging` holds the wanted index afterwards.
        """
        steps = tuple(self._step(change, staging.blob(change.path)) for change in changes)
        staging.write({step.path: step.index for step in steps})
        return steps

    def _step(self, change: Change, staged: str | None) -> DeskStep:
        index, lost = self._merged_index(change, staged)
        before, plain = self._worktree(change)
        tree, kept = before, False
        if before is None and change.new and in_the_way(self._repo.root, change.path):
            kept = True
        elif plain == change.new:
            pass
        elif plain == change.old:
            tree = self._with_line_ends(before, change.old, change.new)
        elif before is not None and change.old and change.new:
            merged = self._merge(change.path, change.old, before, change.new)
            tree, kept = (before, True) if merged is None else (merged, False)
        else:
            kept = True
        return DeskStep(
            path=change.path,
            base=change.old,
            new=change.new,
            index=index,
            tree_before=before,
            tree=tree,
            kept=kept,
            staged=lost,
        )

    def _merged_index(self, change: Change, staged: str | None) -> tuple[str | None, str | None]:
        """(entry to set, staged text that it replaces)."""
        if staged in (change.old, change.new):
            return change.new, None
        if staged and change.old and change.new:
            merged = self._merge(change.path, change.old, staged, change.new)
            if merged is not None:
                return merged, None
        return change.new, staged

    def held(self, path: str) -> str | None:
        """The blob that git would make of what the worktree has there."""
        return self._worktree(Change(path, None, None))[1]

    def _worktree(self, change: Change) -> tuple[str | None, str | None]:
        """(blob of the worktree's bytes, blob that git would make of them).

        A file that is one of the two versions is not stored anew.
        """
        data = read(self._repo.root, change.path)
        if data is None:
            return None, None
        exact = blob_id(data)
        if exact in (change.old, change.new):
            return exact, exact
        return self._repo.write_blob(data), self._repo.filtered_blob(change.path)

    def _with_line_ends(self, before: str | None, old: str | None, new: str | None) -> str | None:
        """`new` as the checkout would hold it: CRLF where the file had CRLF by conversion."""
        if new is None or before in (None, old):
            return new
        data = self._repo.blob(new)
        if data is None or b"\r\n" in data:
            return new
        return self._repo.write_blob(data.replace(b"\n", b"\r\n"))

    def _merge(self, path: str, base: str, mine: str, theirs: str) -> str | None:
        texts = [self._text(blob) for blob in (base, mine, theirs)]
        if any(text is None for text in texts):
            return None
        old, ours, new = (text or "" for text in texts)
        merged = threeway.merge(path, old, ours, new, self._repo.merge_lines)
        return None if merged is None else self._repo.write_blob(merged.encode("utf-8"))

    def _text(self, blob: str) -> str | None:
        data = self._repo.blob(blob)
        try:
            return None if data is None else data.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def prepare(self, steps: tuple[DeskStep, ...]) -> None:
        """Have the new texts at hand and flushed, so that `write` has nothing left to do but rename.

        It runs while git's index.lock is held, and a person's `git add` fails on that.
        """
        self._ready = {}
        with self._repo.many(len(steps)) as together:
            for number, step in enumerate(steps):
                content = self._repo.blob(step.tree) if step.tree and step.tree != step.tree_before else None
                if content is not None and step.tree is not None:
                    place = self._repo.git_dir / "gt" / f"desk.{number}"
                    place.write_bytes(content)
                    if not together:
                        flush(self._repo, place)
                    self._ready[step.tree] = place

    def write(self, steps: tuple[DeskStep, ...]) -> None:
        """Bring the worktree to what the steps want; a file that changed since the plan is left alone."""
        for step in steps:
            if step.tree != step.tree_before:
                self._replace(step.path, step.tree_before, step.tree)

    def take_back(self, steps: tuple[DeskStep, ...]) -> None:
        """Undo `write` where the file still is what it wrote."""
        for step in steps:
            if step.tree != step.tree_before:
                self._replace(step.path, step.tree, step.tree_before)

    def _replace(self, path: str, expected: str | None, wanted: str | None) -> None:
        data = read(self._repo.root, path)
        if (None if data is None else blob_id(data)) != expected:
            return
        if wanted is None:
            remove(self._repo.root, path)
            return
        place = self._ready.pop(wanted, None)
        if place is None:
            content = self._repo.blob(wanted)
            if content is None:
                return
            place = self._repo.git_dir / "gt" / "desk.new"
            place.write_bytes(content)
        put(self._repo.root, path, place)


def blob_id(data: bytes) -> str:
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def read(root: Path, path: str) -> bytes | None:
    """The file's bytes; None when there is no ordinary file. Symlinks are not followed (promise 10)."""
    try:
        # A pipe would be waited for.
        handle = os.open(_contained(root, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read()


def in_the_way(root: Path, path: str) -> bool:
    """Whether something of a person's stands where the file, or a folder above it, would have to be."""
    target = root / path
    folders = [folder for folder in target.parents if folder.is_relative_to(root) and folder != root]
    blocked = (os.path.lexists(each) and (each.is_symlink() or not each.is_dir()) for each in folders)
    return any(blocked) or (os.path.lexists(target) and (target.is_symlink() or not target.is_file()))


def put(root: Path, path: str, text: Path) -> None:
    """Replace the file by the one at `text`, in one step; its mode stays."""
    target = _contained(root, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        text.chmod(stat.S_IMODE(target.stat().st_mode))
    os.replace(text, target)


def flush(repo: Repo, path: Path) -> None:
    """Have the file on disk now, where the town asks for that (`core.fsync`)."""
    if not repo.durable:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(root: Path, path: str) -> None:
    """Remove the file, and the folders that it leaves empty, as git does."""
    target = _contained(root, path)
    target.unlink(missing_ok=True)
    folder = target.parent
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _contained(root: Path, path: str) -> Path:
    """The path below root; an OSError when a folder on the way is a symlink."""
    folder = root
    for name in path.split("/")[:-1]:
        folder = folder / name
        if folder.is_symlink():
            raise NotADirectoryError(f"{folder} is a symlink")
    return root / path
