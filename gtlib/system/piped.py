"""A child whose output is read by us as it comes: for programs that say in it what they do."""

from __future__ import annotations

import os
import selectors
import subprocess
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final
from typing import Self

from gtlib.system import process
from gtlib.system.process import Proc

CHUNK: Final = 64 * 1024


class Piped:
    """A program in a group of its own, with nothing on standard input; a context manager.

    `env` is all that it gets. Leaving ends what is left of its group. UserError when it can't be started.
    """

    def __init__(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        try:
            self._child = subprocess.Popen(
                list(argv),
                bufsize=0,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,  # some wait for the end of an open pipe
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                close_fds=True,
            )
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise process.cannot_start(argv[0], cwd, error) from error
        self.proc = Proc(self._child.pid, process.started(self._child.pid))
        self._open = selectors.DefaultSelector()
        for stream in (self._child.stdout, self._child.stderr):
            assert stream is not None, "started with pipes"
            self._open.register(stream, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process.kill_group(self.proc.pid)
        self._child.wait()
        self._open.close()
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()

    def read(self, seconds: float) -> tuple[bytes, bytes]:
        """What came on its two outputs within so many seconds, at most a chunk of each."""
        found = {self._child.stdout: b"", self._child.stderr: b""}
        if not self._open.get_map():
            process.until(self.ended, seconds)
            return b"", b""
        for key, _ in self._open.select(seconds):
            data = os.read(key.fd, CHUNK)
            if not data:
                self._open.unregister(key.fileobj)
            elif key.fileobj is self._child.stdout:
                found[self._child.stdout] = data
            else:
                found[self._child.stderr] = data
        return found[self._child.stdout], found[self._child.stderr]

    def ended(self) -> bool:
        """Whether the program itself is over; what it started may hold its outputs open."""
        return self._child.poll() is not None

    @property
    def code(self) -> int | None:
        """Its exit status (negative: a signal); None while it runs."""
        return self._child.poll()
