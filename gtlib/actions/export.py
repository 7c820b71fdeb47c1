"""Give out a town's beads and memories in the interchange format: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gtlib.errors import UserError
from gtlib.model import jsonl
from gtlib.model.snapshot import Snapshot
from gtlib.rules.exporting import Selection
from gtlib.rules.exporting import ids
from gtlib.rules.exporting import lines


def export(
    snapshot: Snapshot,
    selection: Selection,
    stream: BinaryIO,
    on_line: Callable[[int], None] = lambda number: None,
) -> int:
    """Write the lines to `stream`; gives their number. `on_line` hears of each."""
    number = 0
    for number, line in enumerate(lines(snapshot, selection), 1):
        stream.write(line.encode("utf-8") + b"\n")
        on_line(number)
    return number


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of the file at once when all went well, and never by half."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        if target.is_dir():
            raise UserError(f"{path} is a folder", "name a file, or - for standard output")
        with open(target, "wb") as stream:  # a device or a pipe, which nothing may take the place of
            yield stream
        return
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as problem:
        raise UserError(f"{path}: {problem.strerror}", "name a file that can be written") from None
    try:
        with open(handle, "wb") as stream:
            yield stream
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def refuse_loss(snapshot: Snapshot, path: Path) -> None:
    """UserError when writing over the file would lose beads: those that the town does not know."""
    if not path.is_file() or not path.stat().st_size:
        return
    known = frozenset(ids(snapshot))
    force = "write to another file, or say --force"
    if not known:
        raise UserError(f"the town has no beads, and {path} is not empty", f"import it first, {force}")
    unknown = 0
    first = ""
    with open(path, "rb") as stream:
        for number, raw in jsonl.lines(stream):
            id = _id_of(path, number, raw)
            if id and id not in known:
                first = first or id
                unknown += 1
    if unknown:
        raise UserError(
            f"{path} holds {unknown} beads that the town does not know, {first} is the first",
            f"take them in with bd import {path}, {force}",
        )


def _id_of(path: Path, number: int, raw: bytes | None) -> str:
    """The id in a line; "" for one of a header or a memory. UserError for what is none of the format."""
    try:
        line = jsonl.loads(raw or b"")
    except UserError:
        raise UserError(
            f"{path}:{number} is no line of the interchange format", "write to another file, or say --force"
        ) from None
    id = line.get("id")
    return id if isinstance(id, str) else ""


def _umask() -> int:
    found = os.umask(0o077)
    os.umask(found)
    return found
