"""The journal tells after a crash whose change a dirty path is (`.git/gt/journal`)."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from gtlib.names import CommitId
from gtlib.store.desk import DeskStep


class Entry(Struct, frozen=True, kw_only=True):
    """One transition on its way into the checkout.

    `owed` is the commit that the checkout still stands at, when earlier transitions went in by ref
    alone (somebody held git's index.lock); None when the checkout stands at `base`.
    """

    branch: str
    base: CommitId
    new: CommitId
    owed: CommitId | None = None
    steps: tuple[DeskStep, ...] = ()


class Journal:
    """One file, replaced whole; there is at most one entry, written under the town's lock."""

    def __init__(self, local: Path) -> None:
        self.path = local / "journal"

    def read(self) -> Entry | None:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        return msgspec.json.decode(data, type=Entry)

    def write(self, entry: Entry, *, durable: bool) -> None:
        temporary = self.path.with_suffix(".new")
        with open(temporary, "wb") as file:
            file.write(msgspec.json.encode(entry))
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, self.path)
        if durable:
            _sync_folder(self.path.parent)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
