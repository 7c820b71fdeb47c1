"""A log that a flood can't make large: the first and the last part of what is printed are kept."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Final
from typing import Self

# Bytes: what one run may add to a log, and what is left of its begin and its end when it printed more.
LIMIT: Final = 1024 * 1024
HEAD: Final = 512 * 1024
TAIL: Final = 256 * 1024
_LINE: Final = 256


class BoundedLog:
    """Appends to a file, as it comes; a context manager. Raises OSError when the file can't be written."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        self._start = self._size()
        self._added = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def add(self, data: bytes) -> None:
        """Append no more than 128 KiB; the middle gives way when it gets large."""
        if self._size() - self._start + len(data) + _LINE > LIMIT:
            self._leave_out()
        self._added += len(data)
        self._write(data)

    def _leave_out(self) -> None:
        size = self._size()
        tail = os.pread(self._file, TAIL, size - TAIL)
        os.ftruncate(self._file, self._start + HEAD)
        left_out = self._added - HEAD - len(tail)
        self._write(f"\n[{left_out:,} bytes of output left out here]\n".encode("ascii") + tail)

    def _size(self) -> int:
        return os.fstat(self._file).st_size

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._file, data) :]
