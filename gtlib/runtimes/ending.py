"""The end of a session: everything that it has started, exactly that, and nothing found by a name."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gtlib.system import kin
from gtlib.system import process
from gtlib.system import procinfo
from gtlib.system.process import Proc

# What was no part of the group may tidy up too, but not for long.
LEFT_SECONDS: Final = 1.0
KILL_SECONDS: Final = 5.0


def end(proc: Proc | None, session: str, grace: float, town: Path) -> None:
    """End a session and all that it started: SIGTERM to its group, `grace` seconds, SIGKILL to the rest.

    To it belong what descends from `proc`, its group, and every process whose environment has
    GT_SESSION=`session` and GT_TOWN=`town`; not what was started for another session. It works
    where `proc` is gone already, too (None: it was never known). The caller is left out: a session can end
    itself last.
    """
    mine = _below([proc], session) if proc else set()
    if proc is not None and process.alive(proc):
        mine.add(proc)
        _terminate(proc)
        process.until(lambda: not process.alive(proc), grace)
    mine |= _belonging(mine, session, town)
    if left := kin.live(_others(mine)):
        kin.send(left, signal.SIGTERM)
        process.until(lambda: not kin.live(left), min(grace, LEFT_SECONDS))

    def over() -> bool:
        # Again and again: who is about to be killed may start another.
        nonlocal mine
        mine |= _belonging(mine, session, town)
        left = kin.live(_others(mine))
        kin.send(left, signal.SIGKILL)
        return not left

    process.until(over, KILL_SECONDS)


def _terminate(proc: Proc) -> None:
    seen = procinfo.see(proc.pid)
    if seen is None or seen.group != proc.pid or os.getpgrp() == proc.pid:
        kin.send([proc], signal.SIGTERM)
        return
    try:
        os.killpg(proc.pid, signal.SIGTERM)
    except (ProcessLookupError, PermissionError):  # gone since; macOS says the second of zombies
        return


def _belonging(known: set[Proc], session: str, town: Path) -> set[Proc]:
    variables = {"GT_SESSION": session, "GT_TOWN": str(town)}
    return kin.carrying(variables) | _below(kin.live(known), session)


def _below(procs: Iterable[Proc], session: str) -> set[Proc]:
    found = {each for proc in procs for each in kin.descendants(proc)}
    return {each for each in found if kin.variable(each, "GT_SESSION") in ("", session)}


def _others(procs: set[Proc]) -> set[Proc]:
    return {proc for proc in procs if proc.pid != os.getpid()}
