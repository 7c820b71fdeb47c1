"""A lock that the kernel frees when its holder dies."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from gtlib.errors import UserError

_POLL = 0.01  # seconds between two tries when a timeout was given


class FileLock:
    """flock on a file of its own, which is made when missing and never unlinked.

    As a context manager it waits without limit. Two FileLock objects exclude each other even in
    one process. The descriptor is closed on exec; a fork that does not exec would share the lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """True while this object holds the lock."""
        return self._fd is not None

    def acquire(self, timeout: float | None = None) -> bool:
        """Take the lock; wait `timeout` seconds at most (None: without limit). False when it was not free.

        UserError when the file cannot be made or its filesystem has no locks.
        """
        if self._fd is not None:
            raise RuntimeError(f"{self.path} is already locked by this object")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as e:
            raise self._refused(e) from e
        try:
            taken = self._wait(fd, timeout)
        except BaseException:
            os.close(fd)
            raise
        if taken:
            self._fd = fd
        else:
            os.close(fd)
        return taken

    def _wait(self, fd: int, timeout: float | None) -> bool:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX if end is None else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as e:
                if e.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                    raise self._refused(e) from e
            else:
                return True
            left = 0.0 if end is None else end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(_POLL, left))

    def _refused(self, error: OSError) -> UserError:
        return UserError(
            f"cannot lock {self.path}: {error.strerror}",
            "the town's folder must be writable and on a filesystem with flock",
        )

    def release(self) -> None:
        """Give the lock back. Harmless when it is not held."""
        if self._fd is not None:
            # Closing frees it: unlocking first would free it for a child that shares the descriptor too.
            fd, self._fd = self._fd, None
            os.close(fd)

    def __enter__(self) -> FileLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
