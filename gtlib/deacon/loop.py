"""The deacon: one per town. Every wake-up runs the same round; a lost one costs time and nothing else."""

from __future__ import annotations

import queue
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Final
from typing import Literal

from gtlib import clock
from gtlib.actions import session
from gtlib.actions import settle
from gtlib.actions import stale
from gtlib.actions.archive import archive
from gtlib.actions.catch_up import catch_up
from gtlib.actions.feed import feed
from gtlib.actions.go_on import go_on
from gtlib.actions.go_on import waits
from gtlib.actions.successor import owed
from gtlib.actions.unblock import unblock
from gtlib.deacon import refinery
from gtlib.deacon import watch
from gtlib.deacon import wisps
from gtlib.deacon.bells import Bells
from gtlib.deacon.gates import Gates
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.snapshot import Snapshot
from gtlib.output import count
from gtlib.rules import dispatch
from gtlib.rules.base import is_home
from gtlib.runtimes import holder
from gtlib.runtimes import runs
from gtlib.store.town import Town

QUIET_SECONDS: Final = 0.05
PATIENCE_SECONDS: Final = 0.5
TIMER_SECONDS: Final = 60.0
# A session that another deacon started is nobody's child: its end is looked for, while there is one.
ORPHAN_SECONDS: Final = 2.0
FOLD_SECONDS: Final = 3600.0

Wake = Path | Literal["child", "stop"]


class Deacon:
    """The loop of one town."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._wakes: queue.SimpleQueue[Wake] = queue.SimpleQueue()
        self._watcher = watch.Watcher(self._wakes.put)
        self._said: dict[str, str] = {}
        self._looked = 0.0
        self._ready = False
        self._folded = -FOLD_SECONDS
        self._gates = Gates(town, self._say, self._once)
        self._bells = Bells(town, self._say, self._once)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, self._child)
        self._say(f"the deacon watches {self._town.root}")
        self._watcher.start()
        try:
            self._recover()
            self._guarded_round()
            self._is_ready()
            while self._wait() and self._town.local.is_dir():
                self._guarded_round()
        finally:
            self._watcher.stop()
            self._gates.stop()
            self._bells.stop()
        self._say("the deacon ends")

    def _recover(self) -> None:
        """What was stopped half way: locks that killed programs left; the round finds the rest by itself."""
        for line in stale.clear(self._town):
            self._say(line)

    def _is_ready(self) -> None:
        if not self._ready:
            self._ready = True
            holder.write(self._town.local, ready=True)

    def _guarded_round(self) -> None:
        try:
            self._round()
            self._said.pop("round", None)
        except UserError as error:
            self._once("round", str(error))
        except Exception:  # noqa: BLE001  a front door: one bad file or rig must not end the loop
            self._say(traceback.format_exc())

    def _round(self) -> None:
        self._looked = time.monotonic()
        # First, so that what is missed while catching up is seen as a change.
        self._follow(self._town.snapshot())
        self._catch_up()
        self._is_ready()  # starting thirty sessions may take longer than who starts the deacon waits
        for line in settle.settle(self._town, _now()):
            self._say(line)
        snapshot = self._town.snapshot()
        self._follow(snapshot)
        self._resume(snapshot)
        self._unblock(snapshot)
        self._gates.round()
        self._feed()
        wisps.look(self._town, self._say, self._once)
        self._fold(snapshot)
        for wanted in dispatch.wanted(self._town.snapshot(), self._town.host):
            try:
                self._dispatch(wanted)
            except UserError as error:
                self._once(wanted.address or wanted.rig, str(error))
        for line in owed(self._town):
            self._once(line, line)
        self._bells.round(self._town.snapshot())

    def _catch_up(self) -> None:
        try:
            report = catch_up(self._town)
        except UserError as error:
            self._once("catch-up", str(error))
            return
        self._said.pop("catch-up", None)
        for done in report.applied:
            self._say(done.edit.subject)
        for number, line in enumerate((*report.notes, *report.broken)):
            self._once(f"note {number}", line)

    def _resume(self, snapshot: Snapshot) -> None:
        """A hook that waited for a step or a permission goes on when it is there."""
        for agent in snapshot.agents():
            if agent.host != self._town.host:
                continue
            try:
                if not waits(self._town, snapshot, agent):
                    go_on(self._town, agent.address)
                    self._say(f"{agent.address}: goes on")
            except UserError as error:
                self._once(agent.address, str(error))

    def _unblock(self, snapshot: Snapshot) -> None:
        """A merge request that waited for a permission or a clean checkout goes on when it is there."""
        for rig in snapshot.rigs():
            try:
                for request in unblock(self._town, rig.name, _now()):
                    self._say(f"{request}: goes on")
            except UserError as error:
                self._once(f"{rig.name}/refinery", str(error))

    def _feed(self) -> None:
        """What is ready of convoys that ask for it goes onto hooks."""
        for line in feed(self._town):
            self._once(line, line)

    def _fold(self, snapshot: Snapshot) -> None:
        """What was closed long ago goes into the archive, at the home of the town."""
        if not is_home(snapshot, self._town.host) or time.monotonic() < self._folded + FOLD_SECONDS:
            return
        self._folded = time.monotonic()
        try:
            found = archive(self._town)
        except UserError as error:
            self._once("archive", str(error))
            return
        self._said.pop("archive", None)
        if found:
            self._say(f"archived {count(len(found), 'item')}")

    def _dispatch(self, wanted: dispatch.Wanted) -> None:
        if wanted.kind == "merge":
            line = refinery.start(self._town, wanted.rig)
            if line:
                self._say(line)
        elif wanted.kind == "session":
            before = runs.read(self._town.local, wanted.address)
            started = session.spawn(self._town, wanted.address, _now())
            if started.proc is None:
                self._once(wanted.address, f"{wanted.address}: {started.why}")
            elif before is None or started.proc != before.proc:
                self._said.pop(wanted.address, None)
                self._say(f"{wanted.address}: session for {wanted.bead}, pid {started.proc.pid}")

    def _follow(self, snapshot: Snapshot) -> None:
        names = tuple(str(rig.name) for rig in snapshot.rigs())
        for line in self._watcher.follow(watch.wanted(self._town.root, names)):
            self._once(line, line)

    def _wait(self) -> bool:
        """Return when there is something to look at (True), or the end is wanted (False)."""
        while True:
            try:
                wake: Wake = self._wakes.get(timeout=self._patience())
            except queue.Empty:
                if self._timer_due() or self._somebody_ended():
                    return True
                continue
            wakes = [wake, *self._more()]
            if "stop" in wakes:
                return False
            if any(isinstance(each, Path) and _means(self._town.local, each) for each in wakes):
                return True
            if self._somebody_ended():
                return True

    def _more(self) -> list[Wake]:
        """What else comes until it is quiet, so that one commit is one round."""
        found: list[Wake] = []
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                found.append(self._wakes.get(timeout=QUIET_SECONDS))
            except queue.Empty:
                break
        return found

    def _patience(self) -> float:
        left = max(0.0, min(self._looked + TIMER_SECONDS, self._gates.next) - time.monotonic())
        return min(left, ORPHAN_SECONDS) if any(_at_work(run) for run in self._runs()) else left

    def _timer_due(self) -> bool:
        return time.monotonic() >= min(self._looked + TIMER_SECONDS, self._gates.next)

    def _somebody_ended(self) -> bool:
        return any(settle.is_over(run) for run in self._runs())

    def _runs(self) -> tuple[runs.Run, ...]:
        found, spoilt = runs.every_readable(self._town.local)
        for address, error in spoilt.items():
            self._once(address, str(error))
        return found

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._wakes.put("stop")

    def _child(self, number: int, frame: FrameType | None) -> None:
        self._wakes.put("child")

    def _once(self, about: str, line: str) -> None:
        """Say what stands in the way, not again before it is something else."""
        if self._said.get(about) != line:
            self._said[about] = line
            self._say(line)

    def _say(self, text: str) -> None:
        sys.stdout.write(f"{_now()} {text.rstrip()}\n")
        sys.stdout.flush()


def serve(root: Path) -> int:
    """Be the deacon of that town until told to end. Raises UserError when it has one."""
    town = Town.open(root)
    lock = FileLock(holder.lock_path(town.local))
    if not lock.acquire(timeout=1.0):
        raise UserError("this town has a deacon already", "see it with gt status, end it with gt down")
    try:
        holder.write(town.local)
        Deacon(town).run()
    finally:
        lock.release()
    return 0


def _means(local: Path, path: Path) -> bool:
    """Whether a round is due: not for each word of a session, but when its program has come to rest."""
    if path.name.endswith(runs.OWN):
        return False
    if not path.name.endswith(runs.STATE):
        return True
    try:
        state = runs.read_state(local, path.name.removesuffix(runs.STATE))
    except UserError:
        return True  # the round says so
    return state is not None and state.activity == "idle"


def _at_work(run: runs.Run) -> bool:
    return not run.ended and (run.proc is not None or bool(run.session))


def _now() -> str:
    return clock.stamp(clock.now())
