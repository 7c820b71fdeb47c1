"""What other processes are: asked of /proc where there is one, of psutil elsewhere.

Git hooks ask this on every commit, so psutil (25 ms to import) is only loaded where it is needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from typing import NamedTuple

_HAS_PROC: Final = Path("/proc/self/stat").exists()


class Seen(NamedTuple):
    """A process as it is now. `started` is an opaque word, good for one boot; `state` Z or X has ended."""

    state: str
    parent: int
    group: int
    started: str

    @property
    def live(self) -> bool:
        return self.state not in "ZX"


def see(pid: int) -> Seen | None:
    """None when there is no such process."""
    return _see_proc(pid) if _HAS_PROC else _see_psutil(pid)


def pids() -> Iterable[int]:
    """Every process there is."""
    if _HAS_PROC:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    import psutil  # as above

    return list(psutil.pids())


def ancestors() -> Iterator[int]:
    """The pids above this process, nearest first."""
    pid = os.getppid()
    while pid > 1:
        yield pid
        seen = see(pid)
        if seen is None:
            return
        pid = seen.parent


def began(pid: int) -> float | None:
    """When a live process started, in seconds since the epoch, good to about one; None when it is gone."""
    seen = see(pid)
    if seen is None or not seen.live:
        return None
    if not _HAS_PROC:
        return float(seen.started)
    return _boot_time() + int(seen.started.partition("@")[0]) / os.sysconf("SC_CLK_TCK")


def folder(pid: int) -> str | None:
    """Where a process stands; None when it is gone or does not say."""
    if _HAS_PROC:
        try:
            return os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            return None
    import psutil  # as above

    try:
        return str(psutil.Process(pid).cwd())
    except psutil.Error:
        return None


def words(pid: int) -> tuple[str, ...]:
    """The words that a process was started with, or calls itself; empty when it is gone or does not say."""
    if _HAS_PROC:
        try:
            data = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ()
        return tuple(each.decode("utf-8", "replace") for each in data.rstrip(b"\0").split(b"\0") if each)
    import psutil  # as above

    try:
        return tuple(psutil.Process(pid).cmdline())
    except (psutil.Error, OSError):
        return ()


def _see_proc(pid: int) -> Seen | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        # Start times count from the boot, so after the next one they come again.
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return Seen(fields[0], int(fields[1]), int(fields[2]), f"{fields[19]}@{boot}")


def _see_psutil(pid: int) -> Seen | None:
    import psutil  # as above

    try:
        process = psutil.Process(pid)
        state = "Z" if process.status() == psutil.STATUS_ZOMBIE else "R"
        return Seen(state, process.ppid(), os.getpgid(pid), f"{process.create_time():.2f}")
    except (psutil.NoSuchProcess, ProcessLookupError):
        return None


def _boot_time() -> float:
    for line in Path("/proc/stat").read_text("ascii").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    raise RuntimeError("/proc/stat has no btime")
