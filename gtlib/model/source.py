"""Where a snapshot gets texts and parsed items from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model import misplaced
from gtlib.model.archive import Rows
from gtlib.model.archive import TextRows
from gtlib.model.kinds import Item


class Source(Protocol):
    """Texts and parsed items are cached there by blob.

    `preload` takes files of one folder; `touched` is the time of the last commit that touched the file, ""
    when unknown; `archive` takes {path: blob} of all archive files.
    """

    def text(self, blob: str) -> str: ...

    def item(self, path: str, blob: str) -> Item | FileError | None: ...

    def last_good(self, path: str, blob: str) -> Item | None: ...

    def preload(self, paths: Mapping[str, str]) -> None: ...

    def touched(self, path: str) -> str: ...

    def archive(self, months: Mapping[str, str]) -> Rows: ...


class Texts:
    """A source over texts in memory; the key of a text is its place in the list."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._items: dict[tuple[str, str], Item | FileError | None] = {}

    def keep(self, text: str) -> str:
        self._texts.append(text)
        return str(len(self._texts) - 1)

    def text(self, blob: str) -> str:
        return self._texts[int(blob)]

    def item(self, path: str, blob: str) -> Item | FileError | None:
        key = (path, blob)
        if key not in self._items:
            self._items[key] = parsed(path, self.text(blob))
        return self._items[key]

    def last_good(self, path: str, blob: str) -> Item | None:
        return None

    def preload(self, paths: Mapping[str, str]) -> None:
        return None

    def touched(self, path: str) -> str:
        return ""

    def archive(self, months: Mapping[str, str]) -> Rows:
        return TextRows(months, lambda path: to_bytes(self.text(months[path])))


def to_bytes(text: str | None) -> bytes:
    """A text as git has it; nothing for none."""
    return (text or "").encode("utf-8", "surrogateescape")


def parsed(path: str, text: str) -> Item | FileError | None:
    """The item, or the error that says why there is none: also of an item that stands out of its place."""
    try:
        found = kinds.parse(path, text)
    except FileError as error:
        return error
    return misplaced.error(path, text) if found is None else found
