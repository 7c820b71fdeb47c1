"""What a session has started: known by descent, by process group, and by a variable in its environment."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gtlib.system import procinfo
from gtlib.system.process import Proc

_HAS_PROC: Final = Path("/proc/self/environ").exists()
_HAS_PIDFD: Final = hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")


def descendants(proc: Proc) -> set[Proc]:
    """All that descends from that process now, or stands in its group or terminal session; without itself.

    Nothing when it is gone.
    """
    seen = {pid: found for pid in procinfo.pids() if (found := procinfo.see(pid)) is not None}
    top = seen.get(proc.pid)
    if top is None or top.started != proc.started:
        return set()
    below = {proc.pid}
    grown = True
    while grown:
        more = {pid for pid, each in seen.items() if each.parent in below and pid not in below}
        grown = bool(more)
        below |= more
    # Only who leads its group has one of its own.
    if top.group == proc.pid:
        below |= {pid for pid, each in seen.items() if each.group == proc.pid or _terminal(pid) == proc.pid}
    return {Proc(pid, seen[pid].started) for pid in below if pid != proc.pid and seen[pid].live}


def carrying(variables: dict[str, str]) -> set[Proc]:
    """Our processes that were started with exactly these variables; none when one of them is empty."""
    if not variables or not all(variables.values()):
        return set()
    wanted = {f"{key}={value}".encode() for key, value in variables.items()}
    found = set()
    for pid in procinfo.pids():
        seen = procinfo.see(pid)
        if seen is not None and seen.live and wanted <= _environment(pid):
            found.add(Proc(pid, seen.started))
    return found


def variable(proc: Proc, name: str) -> str:
    """What that variable was when the process started; empty when it had none, or nobody can tell."""
    head = f"{name}=".encode()
    found = next((each for each in _environment(proc.pid) if each.startswith(head)), b"")
    return found[len(head) :].decode("utf-8", "replace")


def send(procs: Iterable[Proc], number: signal.Signals) -> None:
    """A signal to exactly these processes: to none that has got the pid of one since. Never to ourselves."""
    for proc in procs:
        if proc.pid not in (0, 1, os.getpid()):
            _send(proc, number)


def live(procs: Iterable[Proc]) -> set[Proc]:
    """Those that still run."""
    return {proc for proc in procs if _is(proc)}


def _send(proc: Proc, number: signal.Signals) -> None:
    try:
        if not _HAS_PIDFD:
            if _is(proc):
                os.kill(proc.pid, number)
            return
        # The descriptor stays with one process, so between the look and the signal nobody takes its place.
        handle = os.pidfd_open(proc.pid)
        try:
            if _is(proc):
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
    except (ProcessLookupError, PermissionError):
        return


def _is(proc: Proc) -> bool:
    seen = procinfo.see(proc.pid)
    return seen is not None and seen.live and seen.started == proc.started


def _terminal(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return 0


def _environment(pid: int) -> set[bytes]:
    if _HAS_PROC:
        try:
            return set(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
        except OSError:  # gone, or somebody else's
            return set()
    import psutil  # only where there is no /proc

    try:
        return {f"{key}={value}".encode() for key, value in psutil.Process(pid).environ().items()}
    except (psutil.Error, OSError):
        return set()
