"""The deacon's life: whether it runs, up, down. Known by a lock that it holds, a pid and a start time."""

from __future__ import annotations

import shutil
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions import handoff
from gtlib.actions import running
from gtlib.actions import session
from gtlib.actions.end_strays import end_strays
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.runtimes import ending
from gtlib.runtimes import runs
from gtlib.runtimes import shell
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc

UP_SECONDS = 10.0
DOWN_SECONDS = 10.0
ADDRESS = "deacon"
MANUAL = "manual"


class Up(Struct, frozen=True):
    """The deacon that runs now; `already` when it ran before."""

    proc: Proc
    already: bool
    log: str


def log_path(local: Path) -> Path:
    """Where a deacon in the background prints."""
    return runs.log(local, ADDRESS)


def forget_attempts(town: Town) -> None:
    """A person starts the deacon: what it gave up may be tried as often again."""
    with FileLock(runs.folder(town.local) / "spawn.lock"):
        for run in runs.every_readable(town.local)[0]:
            if run.attempts or run.starts or run.not_before:
                runs.write(town.local, replace(run, attempts=0, starts=0, not_before=0.0))


def up(town: Town) -> Up:
    """Start the deacon in the background; back when it has caught up once.

    Raises UserError with the end of its log when that does not come about within 10 s.
    """
    log = log_path(town.local)
    there = holder(town.local)
    if there is not None:
        return Up(there.proc, already=True, log=str(log))
    forget_attempts(town)
    before = log.stat().st_size if log.exists() else 0
    env = {"GT_ROLE": ADDRESS, "GT_TOWN": str(town.root), "GT_SESSION": None}
    proc = process.spawn(process.python("gtlib.deacon", str(town.root)), town.root, env, log)
    try:
        process.until(lambda: _is_ready(town.local, proc) or not process.alive(proc), UP_SECONDS)
    except KeyboardInterrupt:
        process.stop(proc, DOWN_SECONDS)
        raise
    if _is_ready(town.local, proc):
        return Up(proc, already=False, log=str(log))
    there = holder(town.local)
    if there is not None and there.proc != proc:
        return Up(there.proc, already=True, log=str(log))
    tail = shell.tail(log, before) or "it said nothing"
    if process.alive(proc):
        raise UserError(f"the deacon (pid {proc.pid}) has not caught up yet: {tail}", f"watch it in {log}")
    raise UserError(f"the deacon did not start: {tail}", f"see {log}")


def down(town: Town) -> tuple[str, ...]:
    """End the deacon, then what hands sessions over, the sessions and refineries that run for this town, and
    its tmux server, unless somebody else's session is in it (`left_in_tmux`); what was ended.
    """
    ended = []
    there = holder(town.local)
    if there is not None:
        process.stop(there.proc, DOWN_SECONDS)
        ended.append(ADDRESS)
    for helper in handoff.helpers(town.local):
        process.stop(helper, DOWN_SECONDS)
    known, spoilt = runs.every_readable(town.local)
    for run in known:
        alive = running.is_alive(run)
        if run.mode == MANUAL:
            continue
        if session.stop(town, run.address) or alive:
            ended.append(str(run.address))
    for address in spoilt:
        # The launcher's word is enough to end it.
        started = runs.started_as(town.local, address)
        if started is not None and process.alive(started[1]):
            ending.end(started[1], started[0], DOWN_SECONDS, town.root)
            ended.append(str(address))
    ended += [each.address for each in end_strays(town.root, town.local)]
    left_in_tmux(town.local)
    return tuple(ended)


def left_to_people(local: Path) -> tuple[str, ...]:
    """Whose sessions a person started: only that person ends them, or `gt session stop ADDRESS`."""
    known, _ = runs.every_readable(local)
    return tuple(run.address for run in known if run.mode == MANUAL and running.is_alive(run))


def left_in_tmux(local: Path) -> tuple[str, ...]:
    """End the town's tmux server when nothing runs in it: the names of what does."""
    if shutil.which("tmux") is None:
        return ()
    from gtlib.runtimes import tmux  # libtmux takes a tenth of a second, which `gt up` need not pay

    return tmux.shutdown(local)


def _is_ready(local: Path, proc: Proc) -> bool:
    found = holder(local)
    return found is not None and found.proc == proc and found.ready
