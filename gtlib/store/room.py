"""A full disk is named as that, where libgit2 says only that something failed, or nothing."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LITTLE = 2**20  # bytes


@contextmanager
def room(folder: Path, *failures: type[Exception]) -> Iterator[None]:
    """Such a failure inside is an OSError (no space left) while the disk of the folder is as good as full."""
    try:
        yield
    except failures as error:
        disk = os.statvfs(folder)
        if disk.f_bavail * disk.f_frsize < _LITTLE or (disk.f_files and not disk.f_favail):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder)) from error
        raise
