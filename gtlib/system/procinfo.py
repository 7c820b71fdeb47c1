"""What other processes are: asked of /proc where there is one, of psutil elsewhere.

Git hooks ask this on every commit, so psutil (20 ms to import) is only loaded where it is needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self" / "stat").exists()


def started(pid: int) -> float | None:
    """When that process started, in seconds since the epoch, good to about one; None when it is gone."""
    if not _HAS_PROC:
        return _psutil_started(pid)
    fields = _stat(pid)
    if fields is None or fields[0] == "Z":
        return None
    return _boot_time() + int(fields[19]) / os.sysconf("SC_CLK_TCK")


def ancestors() -> Iterator[int]:
    """The pids above this process, nearest first."""
    pid = os.getppid()
    while pid > 1:
        yield pid
        parent = _parent(pid)
        if parent is None:
            return
        pid = parent


def _parent(pid: int) -> int | None:
    if _HAS_PROC:
        fields = _stat(pid)
        return None if fields is None else int(fields[1])
    import psutil  # slow to import, and only used without /proc

    try:
        return int(psutil.Process(pid).ppid())
    except psutil.Error:
        return None


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat after the command's name: state, ppid, ..."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError, NotADirectoryError):
        return None
    return text.rpartition(")")[2].split()


def _boot_time() -> float:
    for line in (_PROC / "stat").read_text(encoding="ascii").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    raise RuntimeError("/proc/stat has no btime")


def _psutil_started(pid: int) -> float | None:
    import psutil  # slow to import, and only used without /proc

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
