"""Children and other processes: known by pid and start time, ended by group, never by name."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from typing import Final

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.system import procinfo
from gtlib.system.boundedlog import BoundedLog

# `git rev-parse --local-env-vars`, and what else makes git work on another repository or other refs
# than the folder says. git sets them for its hooks, and a hook's children would inherit them.
GIT_VARIABLES: Final = frozenset((
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_ATTR_SOURCE", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_GLOB_PATHSPECS", "GIT_GRAFT_FILE", "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE", "GIT_NOGLOB_PATHSPECS", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX",
    "GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
))  # fmt: skip
# What `run` returns at the time limit: no exit status and no signal has this number.
TIMEOUT: Final = -1000
KILL_SECONDS: Final = 5.0
RUN_GRACE: Final = 2.0
ENDING_SECONDS: Final = 1.0
# How soon an end is noticed while something else still holds the output open.
LOOK_SECONDS: Final = 0.05
_CHUNK: Final = 64 * 1024
_CHUNKS_AT_ONCE: Final = 64


def python(module: str, *words: str) -> list[str]:
    """The words that run a module of ours; `-P`: the working folder may hold a file with a library's name."""
    return [sys.executable, "-P", "-m", module, *words]


class Proc(Struct, frozen=True):
    """One process for good: a later process of the same pid has another start time."""

    pid: int
    started: str


_children: dict[int, subprocess.Popen[bytes]] = {}


def environment(extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """This process's variables without git's local ones, then `extra`; a value None removes."""
    merged: dict[str, str | None] = {k: v for k, v in os.environ.items() if k not in GIT_VARIABLES}
    merged.update(extra or {})
    return {key: value for key, value in merged.items() if value is not None}


def current() -> Proc:
    """This process."""
    pid = os.getpid()
    return Proc(pid, started(pid))


def started(pid: int) -> str:
    """The start time of a process as an opaque word, empty when there is none; good for one boot."""
    seen = procinfo.see(pid)
    return seen.started if seen else ""


def alive(proc: Proc) -> bool:
    """Whether exactly this process still runs; one that has ended and is not yet reaped does not."""
    _reap(proc.pid)
    seen = procinfo.see(proc.pid)
    return seen is not None and seen.live and seen.started == proc.started


def spawn(argv: Sequence[str], cwd: Path, env: Mapping[str, str | None] | None, log: Path) -> Proc:
    """Start a program that outlives us, in a session of its own, its output appended to `log`.

    `env` is added to our environment (None as value removes a variable); git's local variables never pass.
    Raises UserError when the program or the folder is missing.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = _start(argv, cwd, env, output.fileno())
    _children[child.pid] = child
    return Proc(child.pid, started(child.pid))


def run(
    argv: Sequence[str],
    cwd: Path,
    env: Mapping[str, str | None] | None = None,
    timeout: float | None = None,
    log: Path = Path(os.devnull),
    on_start: Callable[[Proc], None] | None = None,
) -> int:
    """Run a program to its end: its exit status (negative: a signal), or TIMEOUT after `timeout` seconds.

    Whatever it leaves running in its process group is ended too, and what left the group is not waited for.
    What it prints is appended to `log`, at most `boundedlog.LIMIT` bytes. `env` as in `spawn`; `on_start`
    gets the process, so that a caller can write it down before it is killed itself.
    """
    with BoundedLog(log) as kept:
        child = _start(argv, cwd, env, subprocess.PIPE)
        grace = 0.0
        try:
            os.set_blocking(_output(child).fileno(), False)
            if on_start is not None:
                on_start(Proc(child.pid, started(child.pid)))
            return _follow(child, kept, timeout)
        except subprocess.TimeoutExpired:
            grace = RUN_GRACE
            return TIMEOUT
        finally:
            _children[child.pid] = child
            # Who can't print any more could not end well.
            _end_group(child.pid, grace, lambda: _drain(child, kept))
            child.wait()
            _children.pop(child.pid, None)
            _drain(child, kept)
            _output(child).close()


def stop(proc: Proc, grace: float = 10.0) -> None:
    """End a process and its group: SIGTERM, `grace` seconds, SIGKILL. Nothing happens when it is gone.

    A process that leads no group (started by somebody's script) is ended alone.
    """
    if not alive(proc):
        return
    seen = procinfo.see(proc.pid)
    if seen is not None and seen.group == proc.pid:
        _end_group(proc.pid, grace)
        return
    _signal_one(proc, signal.SIGTERM)
    if not until(lambda: not alive(proc), grace):
        _signal_one(proc, signal.SIGKILL)
        until(lambda: not alive(proc), KILL_SECONDS)


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition, at most `seconds`; whether it came true."""
    end = time.monotonic() + seconds
    pause = 0.001
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
    return True


def git_at_work(*folders: Path) -> tuple[int, ...]:
    """Pids of our live git processes that stand in one of these folders or were given one.

    One that does not say where it stands counts, unless it is about to end.
    """
    import psutil  # 25 ms, and only the look for a stale lock needs it

    tops = [os.path.realpath(folder) for folder in folders]
    found, silent = [], []
    for process in psutil.process_iter(["pid", "name", "status", "uids", "cwd", "cmdline"]):
        facts = process.info
        if not (facts["name"] or "").startswith("git") or facts["status"] == psutil.STATUS_ZOMBIE:
            continue
        if facts["uids"] is not None and facts["uids"].real != os.getuid():
            continue
        words = [word for word in facts["cmdline"] or () if word.startswith(os.sep)]
        places = [os.path.realpath(place) for place in (facts["cwd"], *words) if place]
        if any(place == top or place.startswith(top + os.sep) for place in places for top in tops):
            found.append(int(facts["pid"]))
        elif not facts["cwd"]:
            silent.append(Proc(int(facts["pid"]), started(int(facts["pid"]))))
    # A process that ends loses its folder a moment before it is seen as ended.
    until(lambda: not any(alive(proc) for proc in silent), ENDING_SECONDS)
    return (*found, *(proc.pid for proc in silent if alive(proc)))


def kill_group(group: int) -> None:
    """SIGKILL to a process group that the caller started."""
    _signal_group(group, signal.SIGKILL)


def _start(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str | None] | None, output: int
) -> subprocess.Popen[bytes]:
    clean = {key: value for key, value in environment(env).items() if key not in GIT_VARIABLES}
    try:
        return subprocess.Popen(
            list(argv),
            bufsize=0,
            cwd=cwd,
            env=clean,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            close_fds=True,
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise cannot_start(argv[0], cwd, error) from error


def _output(child: subprocess.Popen[bytes]) -> IO[bytes]:
    assert child.stdout is not None, "started with a pipe"
    return child.stdout


def _follow(child: subprocess.Popen[bytes], log: BoundedLog, timeout: float | None) -> int:
    """Keep what a child prints until it ends. Raises subprocess.TimeoutExpired."""
    end = None if timeout is None else time.monotonic() + timeout
    while child.poll() is None:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            raise subprocess.TimeoutExpired(child.args, timeout or 0.0)
        select.select([_output(child)], [], [], LOOK_SECONDS if left is None else min(LOOK_SECONDS, left))
        if not _drain(child, log):
            return child.wait(left)
    return child.returncode


def _drain(child: subprocess.Popen[bytes], log: BoundedLog) -> bool:
    """Keep what it has printed; whether more may come. A flood is left for the next time."""
    for _ in range(_CHUNKS_AT_ONCE):
        try:
            data = os.read(_output(child).fileno(), _CHUNK)
        except BlockingIOError:
            return True
        if not data:
            return False
        log.add(data)
    return True


def cannot_start(program: str, cwd: Path, error: OSError) -> UserError:
    """The one line for a program that the system would not start."""
    if not cwd.is_dir():
        return UserError(f"no such folder: {cwd}", "make it, or name another")
    reason = "not found" if isinstance(error, FileNotFoundError) else (error.strerror or "cannot be started")
    return UserError(f"{program}: {reason}", "install it, or correct PATH or its name")


def _reap(pid: int) -> None:
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        _children.pop(pid, None)


def _end_group(group: int, grace: float, meanwhile: Callable[[], object] = lambda: None) -> None:
    def over() -> bool:
        meanwhile()
        return not _group_lives(group)

    if grace > 0:
        _signal_group(group, signal.SIGTERM)
        until(over, grace)
    # Even after a group that looked empty: a member that forked during the look is not missed.
    _signal_group(group, signal.SIGKILL)
    until(lambda: not _group_lives(group), KILL_SECONDS)


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
    except PermissionError:
        # macOS says so for a group that consists of zombies.
        return


def _signal_one(proc: Proc, number: signal.Signals) -> None:
    if alive(proc):
        try:
            os.kill(proc.pid, number)
        except ProcessLookupError:
            return


def _group_lives(group: int) -> bool:
    _reap(group)
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    members = (procinfo.see(pid) for pid in procinfo.pids())
    return any(seen is not None and seen.group == group and seen.live for seen in members)
