"""A town with several pieces of work, in which commands, sessions, refineries and the deacon are killed."""

from __future__ import annotations

import os
import random
import re
import signal
import sys
from collections import Counter
from pathlib import Path

from gtlib.actions import deacon
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.runtimes import runs
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc
from tests.support import gt
from tests.support import towns
from tests.support import working
from tests.support.gitrepo import git

STEPS = ("first", "second")
SCRIPT = 'echo "$GT_STEP" >> "$GT_BEAD.txt"'
GATE = "test -e README"
SECONDS = 300.0


def make(path: Path, beads: int) -> Town:
    """A town with that many beads `pr-w<n>`, and a formula whose steps each add a line to a file of the bead."""
    town = working.working_town(path, dict.fromkeys(STEPS, SCRIPT), gates={"test": GATE})
    for number in range(beads):
        towns.write(town, f"beads/pr-w{number}.md", towns.bead(f"pr-w{number}", f"Work {number}"))
    towns.git(town.root, "add", "beads")
    towns.git(town.root, "commit", "--quiet", "-m", "beads")
    return town


def sling(bead: str) -> list[str]:
    return ["sling", bead, "proj", "--formula", "chore", "--agent", "shell"]


def kill_slings(town: Town, times: int, seed: int) -> list[str]:
    """Kill `gt sling` so often at random moments, each time of the first bead that is on no hook; the beads
    that it was begun for, all of them slung in the end by the same command."""
    chance = random.Random(seed)
    begun: list[str] = []
    for _ in range(times):
        bead = next(f"pr-w{n}" for n in range(times) if holder(town.snapshot(), ItemId(f"pr-w{n}")) is None)
        begun += [] if bead in begun else [bead]
        argv = [sys.executable, "-m", "gtlib.cli", "gt", *sling(bead)]
        proc = process.spawn(argv, town.root, {}, town.local / "logs" / "sling.log")
        kill(proc, chance.uniform(0.05, 0.8))
    for bead in begun:
        done = gt(*sling(bead), cwd=town.root)
        assert done.returncode == 0, done.stderr
    return begun


def sling_all(town: Town, beads: int) -> list[str]:
    """Sling without being killed."""
    found = [f"pr-w{number}" for number in range(beads)]
    for bead in found:
        working.sling(town, bead, "proj", "shell")
    return found


def kill_workers(town: Town, times: int, seed: int) -> Counter[str]:
    """Start the deacon and kill it so often, at random moments, and by chance what it started; how often whom.

    Killed alone again and again, a session would be given up after three without progress, as is right.
    """
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    for _ in range(times):
        there = deacon.up(town).proc
        wait_while(there, chance.uniform(0.0, 0.8))
        doomed = [("deacon", there)]
        for run in runs.every(town.local):
            if run.proc is not None and process.alive(run.proc) and chance.random() < 0.6:
                doomed.append((run.address.split("/")[1], run.proc))
        chance.shuffle(doomed)
        for kind, proc in doomed:
            kill(proc, 0)
            killed[kind] += 1
    return killed


def kill(proc: Proc, seconds: float) -> None:
    """kill -9 after that time, unless it has ended; gone when this returns."""
    if not wait_while(proc, seconds):
        os.kill(proc.pid, signal.SIGKILL)
        working.wait(lambda: not process.alive(proc))


def wait_while(proc: Proc, seconds: float) -> bool:
    """Whether it ended within that time."""
    return process.until(lambda: not process.alive(proc), seconds)


def come_to_an_end(town: Town, beads: list[str], *, by_itself: bool = True) -> None:
    """Start the deacon once more: every bead closes, nothing was done twice, and nothing is left over.

    A refinery that was killed is started again when something has changed, or `by_itself` a minute later.
    """
    try:
        deacon.up(town)
        if not by_itself:
            towns.at_work(town.root, "commit", "--quiet", "--allow-empty", "-m", "go on")
        came = process.until(lambda: all(is_closed(town, bead) for bead in beads), SECONDS)
    finally:
        deacon.down(town)
    assert came, {bead: town.snapshot().bead(ItemId(bead)) for bead in beads}
    each_step_once(town, beads)
    assert {request.status for request in town.snapshot().merges()} == {"landed"}
    for bead in beads:
        assert len([request for request in town.snapshot().merges() if request.bead == bead]) == 1
        assert len([convoy for convoy in town.snapshot().convoys() if bead in convoy.tracks]) == 1
    assert towns.status(town) == ""
    assert git(town.root, "fsck", "--no-dangling") == ""
    assert git(town.root / "proj" / ".repo" / ".git", "fsck", "--no-dangling") == ""
    assert not (town.local / "journal").exists()


def each_step_once(town: Town, beads: list[str]) -> None:
    """One commit for each step, one tick of each box, one landing, and the effect once."""
    rig = town.root / "proj" / ".repo" / ".git"
    for bead in beads:
        request = next(request for request in town.snapshot().merges() if request.bead == bead)
        own = [
            "log",
            "--format=%(trailers:key=Step,valueonly,separator=%x2C)",
            request.branch,
            "--grep",
            f"^Bead: {bead}$",
        ]
        assert sorted(git(rig, *own).split()) == sorted(STEPS), bead
        assert git(rig, "show", f"refs/remotes/origin/main:{bead}.txt").split() == list(STEPS)
        landed = git(
            rig, "log", "--merges", "--format=%s", "--grep", f"^Bead: {bead}$", "refs/remotes/origin/main"
        )
        assert len(landed.splitlines()) == 1, landed
        [molecule] = [each for each in town.snapshot().molecules() if each.bead == bead]
        assert ticks(town, f"molecules/{molecule.id}.md") == dict.fromkeys(STEPS, 1), bead


def ticks(town: Town, path: str) -> dict[str, int]:
    """How often each box was ticked (and never unticked) in the history of the town."""
    found: Counter[str] = Counter()
    for line in git(town.root, "log", "--format=", "--patch", "--unified=0", "--", path).splitlines():
        box = re.match(r"([+-])- \[(.)\] \*\*(\w+)\*\*", line)
        if box and box[2] != " ":
            found[box[3]] += 1 if box[1] == "+" else 100
    return dict(found)


def is_closed(town: Town, id: str) -> bool:
    bead = town.snapshot().bead(ItemId(id))
    return bead is not None and bead.status == "closed"
