"""Killing sessions and deacons at random moments, until the work is done all the same."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

from gtlib.actions import deacon
from gtlib.names import ItemId
from gtlib.runtimes import runs
from gtlib.runtimes.holder import holder
from gtlib.runtimes.shell import PROGRAM
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc
from tests.support import working
from tests.support.gitrepo import git
from tests.support.working import TOAST

STEPS = 6


def town_with_work(path: Path) -> Town:
    """A bead on a hook whose steps each add a line to a file."""
    town = working.working_town(path, {f"s{n}": f"echo {n} >> log.txt" for n in range(STEPS)})
    working.sling(town)
    return town


def kill_sessions(town: Town, times: int, seed: int) -> None:
    """Start and kill sessions so often at random moments, then let one come to its end."""
    chance = random.Random(seed)
    for number in range(times):
        proc = session(town, f"k-{number}")
        if kill_after(proc, chance.uniform(0.05, 1.2)) and working.hook(town).state == "completed":
            break
    last = session(town, "last")
    working.wait(lambda: not process.alive(last), 120)


def kill_deacons(town: Town, times: int, seed: int) -> None:
    """Start and kill deacons, each with its session, then let one bring everything to its end."""
    chance = random.Random(seed)
    for _ in range(times):
        proc = deacon.up(town).proc
        kill_after(proc, chance.uniform(0.0, 0.8))
        run = runs.read(town.local, TOAST)
        if run is not None and run.proc is not None and chance.random() < 0.5 and process.alive(run.proc):
            os.kill(run.proc.pid, signal.SIGKILL)
    deacon.up(town)
    working.wait(lambda: is_closed(town), 180)


def session(town: Town, name: str) -> Proc:
    log = runs.log(town.local, TOAST)
    return process.spawn([sys.executable, "-m", PROGRAM, str(town.root), TOAST, name], town.root, {}, log)


def kill_after(proc: Proc, seconds: float) -> bool:
    """Whether it ended by itself before; else it is killed, and gone when this returns."""
    if process.until(lambda: not process.alive(proc), seconds):
        return True
    os.kill(proc.pid, signal.SIGKILL)
    working.wait(lambda: not process.alive(proc))
    return False


def is_closed(town: Town) -> bool:
    bead = town.snapshot().bead(ItemId("pr-work1"))
    return bead is not None and bead.status == "closed"


def each_step_once(town: Town, tip: str) -> None:
    """Every step is one commit in the history of `tip`, and its effect is there once."""
    repo = town.root / "proj/.repo/.git"
    subjects = git(repo, "log", "--reverse", "--format=%s", tip).splitlines()
    assert [line for line in subjects if line.startswith("Do ")] == [f"Do s{n}" for n in range(STEPS)]
    assert git(repo, "show", f"{tip}:log.txt").splitlines() == [str(n) for n in range(STEPS)]
    assert git(town.root, "fsck", "--no-dangling") == ""


def end(town: Town) -> None:
    """End what runs for the town."""
    deacon.down(town)
    assert holder(town.local) is None
