"""Long and branched molecules worked through by the deacon and its sessions, while all of them are killed."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from gtlib.actions import deacon
from gtlib.errors import UserError
from gtlib.model.molecule import Molecule
from gtlib.names import ItemId
from gtlib.rules.flow import Flow
from gtlib.rules.steps import progress
from gtlib.runtimes import runs
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import everything
from tests.support import towns
from tests.support import working
from tests.support.gitrepo import git
from tests.support.playing import Stage
from tests.support.stub_gh import StubGh
from tests.support.stub_gh import run as gh_run

# killed again and again, a session is not given up
_TOWN = "limits:\n  spawns_per_minute: 100000\n  attempts: 1000\n"


class Work:
    """A bead on the hook of a polecat that the shell runtime serves, with a molecule of a formula."""

    def __init__(
        self, folder: Path, name: str, given: Mapping[str, str], *, beads: bool, **bead: object
    ) -> None:
        self.stage = Stage(folder)
        self.town = self.stage.town
        towns.put(self.town, "town.yaml", (self.town.root / "town.yaml").read_text("utf-8") + _TOWN)
        if name == "everything":
            everything.put(self.stage)
        self.play = self.stage.begin(name, given, poured=beads, **bead)  # type: ignore[arg-type]
        self.bead = ItemId(self.play.bead)
        self.repo = self.stage.repo

    def __enter__(self) -> Work:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever happened, nothing goes on."""
        deacon.down(self.town)
        for pid in ours(self.town):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    @property
    def molecule(self) -> Molecule:
        [found] = self.town.snapshot().molecules()
        return found

    @property
    def over(self) -> int:
        """How many steps are over."""
        return progress(Flow(self.town.snapshot(), self.molecule))[0]

    def is_closed(self) -> bool:
        bead = self.town.snapshot().bead(self.bead)
        return bead is not None and bead.status == "closed"

    def kill(self, seed: int, moments: Callable[[random.Random, Work], None], most: int) -> int:
        """Start the deacon and kill it and all that it started, after each of the `moments`, until the work is
        closed or it happened `most` times; how often that was.
        """
        chance = random.Random(seed)
        for number in range(most):
            up(self.town)
            moments(chance, self)
            if self.is_closed():
                return number
            doomed = ours(self.town)
            chance.shuffle(doomed)
            for each in doomed:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            # one that is dying has no words any more, and may be taken for alive still
            working.wait(lambda: not ours(self.town) and holder(self.town.local) is None)
            self.help()
        return most

    def help(self) -> bool:
        """What a person has to do for some steps. Whether the work is closed."""
        everything.meanwhile(self.stage, self.molecule.id)
        return self.is_closed()

    def end(self, seconds: float) -> None:
        """Let it come to its end without being killed; nothing may be left over."""
        up(self.town)
        came = process.until(self.help, seconds)
        deacon.down(self.town)
        assert came, self.said()
        assert ours(self.town) == []
        assert towns.status(self.town) == ""
        assert git(self.town.root, "fsck", "--no-dangling") == ""
        assert git(self.repo, "fsck", "--no-dangling") == ""
        assert not (self.town.local / "journal").exists()
        [request] = self.town.snapshot().merges()
        assert request.status == "landed"

    def said(self) -> str:
        """Where it stands, for who reads that it did not come to its end."""
        flow = Flow(self.town.snapshot(), self.molecule)
        left = {id: (flow.state(id), flow.waits(id)) for id in flow.ids if flow.state(id) != "done"}
        log = runs.log(self.town.local, self.play.address)
        tail = log.read_text("utf-8", "replace")[-2000:] if log.exists() else ""
        return f"{self.play.hook}\n{left}\n{working.mail(self.town)}\n{tail}"

    def order(self) -> list[str]:
        """The steps in the order of their commits."""
        words = ["log", "--reverse", "--format=%(trailers:key=Step,valueonly)", "--no-merges"]
        said = git(self.repo, *words, "refs/remotes/origin/main", "--grep", f"^Bead: {self.bead}$")
        return [line for line in said.splitlines() if line]

    def lines(self, name: str) -> str:
        """A file as it landed."""
        return git(self.repo, "show", f"refs/remotes/origin/main:{name}") + "\n"


def up(town: Town) -> None:
    """Start the deacon, however busy the machine is."""
    with suppress(UserError):  # it has not caught up within ten seconds; it will
        deacon.up(town)


def ours(town: Town) -> list[int]:
    """The processes that work for the town or in it: the deacon, sessions, commands of steps, git."""
    found = []
    for each in psutil.process_iter():
        try:
            words = " ".join(each.cmdline())
            there = str(town.root) in words or each.cwd().startswith(str(town.root))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if there and each.pid != os.getpid() and each.status() != psutil.STATUS_ZOMBIE:
            found.append(each.pid)
    return found


def after_steps(least: int, most: int, seconds: float = 20.0) -> Callable[[random.Random, Work], None]:
    """A moment after some more steps, by chance."""

    def wait(chance: random.Random, work: Work) -> None:
        wanted = work.over + chance.randint(least, most)
        process.until(lambda: work.over >= wanted or work.is_closed(), seconds)
        process.until(work.is_closed, chance.uniform(0.0, 0.3))

    return wait


def after_seconds(least: float, most: float) -> Callable[[random.Random, Work], None]:
    """A moment after some seconds, by chance."""

    def wait(chance: random.Random, work: Work) -> None:
        process.until(work.is_closed, chance.uniform(least, most))

    return wait


def play_everything(folder: Path, monkeypatch: pytest.MonkeyPatch, *, beads: bool) -> Work:
    """The formula of all constructs, on the hook; GitHub says that all is well there."""
    gh = StubGh(folder / "bin", monkeypatch)
    gh.says("run view", gh_run(77))
    gh.says("pr view", {"state": "MERGED", "number": 5})
    return Work(folder, "everything", everything.VALUES, beads=beads, priority=everything.BEAD["priority"])


def check_everything(work: Work) -> None:
    """Each step was done once, in its order, and what it made is there once."""
    assert work.order() == list(everything.ORDER)
    assert {name: work.lines(name) for name in everything.FILES} == everything.FILES
    flow = Flow(work.town.snapshot(), work.molecule)
    assert {id for id in flow.ids if flow.state(id) == "skipped"} == everything.SKIPPED
    assert work.molecule.status == "closed"


def hanoi(folder: Path, disks: int, *, beads: bool) -> Work:
    """The built-in formula with that many disks, on the hook."""
    return Work(folder, "hanoi", {"disks": str(disks)}, beads=beads)


def check_hanoi(work: Work, disks: int) -> None:
    """Every move once, in its order; the formula's last step looked at the tower."""
    moves = [str(number) for number in range(1, 2**disks)]
    wanted = ["setup", *(f"moves.iter{number}.move" for number in moves), "verify"]
    assert work.order() == wanted
    assert [line.partition(":")[0] for line in work.lines("hanoi/moves").splitlines()] == moves
    assert work.molecule.status == "closed"
