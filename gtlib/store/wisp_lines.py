"""What is kept of wisps that are gone: a line of JSON each, beside the wisps themselves."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from typing import TypeVar

import msgspec
from msgspec import Struct

from gtlib.store.wisps import folder
from gtlib.store.wisps import replace_file

DIGESTS: Final = "digests.jsonl"
ENDED: Final = "ended.jsonl"

T = TypeVar("T", bound=Struct)


def read(root: Path, name: str, type_: type[T]) -> list[T]:
    """The lines of a file, oldest first; one that nobody can read is passed over, and stays where it is."""
    found = (_decoded(line, type_) for line in _lines(root, name))
    return [value for value in found if value is not None]


def append(root: Path, name: str, values: Iterable[Struct]) -> None:
    """Put lines at the end. For the holder of the wisps' lock."""
    text = "".join(f"{msgspec.json.encode(value).decode()}\n" for value in values)
    path = folder(root) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            # a crash may have left half a line: what follows is to be read for itself
            text = text if file.read(1) == b"\n" else f"\n{text}"
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def keep(root: Path, name: str, type_: type[T], values: Iterable[T]) -> None:
    """Leave these lines in the file, and those that nobody can read. For the holder of the wisps' lock."""
    strange = [line for line in _lines(root, name) if _decoded(line, type_) is None]
    _write(root, name, [*strange, *(msgspec.json.encode(value).decode() for value in values)])


def _decoded(line: str, type_: type[T]) -> T | None:
    try:
        return msgspec.json.decode(line, type=type_)
    except msgspec.MsgspecError:
        return None


def _lines(root: Path, name: str) -> list[str]:
    path = folder(root) / name
    if not path.is_file():
        return []
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    return [line for line in text.split("\n") if line.strip()]


def _write(root: Path, name: str, lines: list[str]) -> None:
    replace_file(folder(root) / name, "".join(f"{line}\n" for line in lines))
