"""Copies of files that people write in an editor: each its own, kept until the town has its text."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from gtlib.lock import FileLock
from gtlib.names import ItemId

_TOKEN = re.compile(r"[0-9a-f]{8}\Z")
_WAIT = 5.0  # seconds for somebody who looks whether this draft is free


class Draft:
    """One copy: `path` is what is edited, `base` the text that it began with. It is locked meanwhile."""

    def __init__(self, folder: Path, id: ItemId, lock: FileLock, suffix: str = ".md") -> None:
        self.path = folder / f"{id}{suffix}"
        self._folder = folder
        self._lock = lock

    @property
    def base(self) -> str:
        return _read(self._folder / "base")

    @property
    def text(self) -> str:
        return _read(self.path)

    def write(self, base: str, text: str) -> None:
        """Begin (again) from that base with that text."""
        # the text first: what was merged with a newer base merges with it again
        for path, content in ((self.path, text), (self._folder / "base", base)):
            new = path.with_suffix(".new")
            new.write_bytes(content.encode("utf-8", "surrogateescape"))
            new.replace(path)

    def discard(self) -> None:
        """Its text is in the town, or nobody wants it."""
        shutil.rmtree(self._folder)

    def release(self) -> None:
        """Leave it to whoever comes next."""
        self._lock.release()


def begin(local: Path, id: ItemId, text: str, suffix: str = ".md") -> Draft:
    """A new copy of that text, beside any other; its file ends in `suffix`."""
    folder = local / "edit" / f"{id}.{secrets.token_hex(4)}"
    folder.parent.mkdir(exist_ok=True)
    folder.mkdir()  # fails where somebody has it
    lock = FileLock(folder / "lock")
    if not lock.acquire(_WAIT):
        raise TimeoutError(f"{folder} is locked by another")
    draft = Draft(folder, id, lock, suffix)
    draft.write(text, text)
    return draft


def kept(local: Path, id: ItemId, suffix: str = ".md") -> Draft | None:
    """The oldest copy of that bead's file that was kept and that nobody has open."""
    for folder in _folders(local, id):
        lock = FileLock(folder / "lock")
        if not lock.acquire(0):
            continue
        draft = Draft(folder, id, lock, suffix)
        if (folder / "base").is_file() and draft.path.is_file():
            return draft
        lock.release()  # it begins or ends just now
    return None


def _folders(local: Path, id: ItemId) -> Iterator[Path]:
    found = [
        each
        for each in (local / "edit").glob("*")
        if each.name.rpartition(".")[0] == id and _TOKEN.match(each.name.rpartition(".")[2])
    ]
    return iter(sorted((each for each in found if (each / "base").is_file()), key=_since))


def _since(folder: Path) -> tuple[float, str]:
    return folder.stat().st_mtime, folder.name


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")
