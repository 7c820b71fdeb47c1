"""A session of a program without a terminal: asked turn by turn, until what is on the hook is handed in.

No loop asks the model without an end (`Progress`). Killed at any point and started again it goes on, in the
program's own session where that can.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from msgspec.structs import replace

from gtlib import clock
from gtlib import framing
from gtlib.actions.catch_up import catch_up
from gtlib.actions.decide import decide
from gtlib.actions.done import done
from gtlib.actions.next_step import next_step
from gtlib.actions.progress import Bounds
from gtlib.actions.progress import Progress
from gtlib.actions.transition import transition
from gtlib.actions.turns import Turns
from gtlib.actions.which_runtime import which_runtime
from gtlib.actions.words_waiting import SURE_SECONDS
from gtlib.actions.words_waiting import WordsWaiting
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.agent import Hook
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.output import count
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_agent
from gtlib.rules.dispatch import AT_WORK
from gtlib.rules.terms import terms_of
from gtlib.rules.urge import urge
from gtlib.runtimes import ending
from gtlib.runtimes import headless
from gtlib.runtimes import runs
from gtlib.runtimes import shell
from gtlib.runtimes.base import Spec
from gtlib.runtimes.runs import Own
from gtlib.store import place
from gtlib.store import restart
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc

BEGIN = "There is work on your hook. Begin at once, without asking."
BOUNDS = Bounds()
LEFTOVER_SECONDS = 2.0
GIT_SECONDS = 10.0


class Stopped(Exception):
    """Somebody ends this session."""


class Session:
    """One session at work. Raises UserError when no program is named."""

    def __init__(self, town: Town, spec: Spec, bounds: Bounds = BOUNDS) -> None:
        self.spec = spec
        self._town = town
        self._bounds = bounds
        self._own = Own(session=spec.session, native=spec.native)
        self._turns = Turns(town, spec, bounds.turn, self._note)
        self._words = WordsWaiting(town, spec.address, spec.session, self._turns.hooked)
        self._progress = Progress(town, spec.worktree, bounds)
        self._since = ""
        self._by = ""

    @property
    def own(self) -> Own:
        """What it says of itself now."""
        return self._own

    def interrupt(self) -> None:
        """End the turn that runs."""
        self._turns.interrupt()

    def work(self) -> Own:
        """Ask turn by turn until the work is handed in, waits or comes to nothing; how it ended."""
        self._clear()
        self._note(None)
        if place.of(self._town.repo, self._town.branch).operation:
            return self._end("later", "a git operation is in progress in the town")
        catch_up(self._town)
        transition(self._town, self._plan_begin, self.spec.address)
        over = self._handed_in()
        hook = self._hook()
        if over is not None:
            return over
        if hook is not None and self.spec.bead:
            self._since, self._by = hook.since, self._wanted()
            self._progress.look(hook)
        words = self.spec.prompt or (BEGIN if self.spec.bead else "")
        found: str | Own = words or self._next()
        while not isinstance(found, Own):
            failed = self._ask(found)
            catch_up(self._town)
            found = self._handed_in() or (self._failed(failed) if failed else self._next())
        return found

    def _plan_begin(self, snapshot: Snapshot) -> Edit | None:
        name = self.spec.program.name if self.spec.program else ""
        return sessions.plan_begin(
            snapshot, self.spec.address, self.spec.session, name, _now(), self._turns.native,
            bare=not self.spec.bead,
        )  # fmt: skip

    def _clear(self) -> None:
        """End what a killed session left running. Its work stays as it is: the program goes on with it."""
        before = runs.read_own(self._town.local, self.spec.address)
        if before is None or before.session == self.spec.session:
            return
        ending.end(before.proc, before.session, LEFTOVER_SECONDS, self._town.root)
        hook = self._hook()
        if hook is None or not hook.branch or not (self.spec.worktree / ".git").exists():
            return
        # A commit that the killed session began goes on without it.
        process.until(lambda: not process.git_at_work(self.spec.worktree), GIT_SECONDS)
        for lock in self._rig().unlock_stale(self.spec.worktree):
            self._say(f"moved aside a stale lock: {lock}")

    def _ask(self, words: str) -> str:
        """One turn; why it failed."""
        self._progress.ask()
        reached, failed = self._turns.ask(words)
        if reached and not self._turns.passes:
            self._words.arrived()
        else:
            self._words.lost()
        return failed

    def _failed(self, why: str) -> Own:
        """A model's service that was asked too much says nothing of the work: it is tried again later."""
        return self._end("later" if self._turns.passes and self.spec.bead else "failed", why)

    def _handed_in(self) -> Own | None:
        """How it ended, when its work is not on the hook any more; None while it is, or there is none."""
        if not self.spec.bead:
            return None
        hook = self._hook()
        mine = hook is not None and (hook.bead, hook.since) == (self.spec.bead, self._since or hook.since)
        if mine and hook is not None and hook.state in AT_WORK:
            return None
        # What was handed in may have landed since, and be on no hook any more.
        agent = self._town.snapshot().agent(self.spec.address)
        own = next((each for each in agent.sessions if each.id == self.spec.session), None) if agent else None
        return self._end("submitted" if own is not None and own.outcome == "submitted" else "over")

    def _next(self) -> str | Own:
        """The words of the next turn, or how the session ends."""
        over = self._handed_in()
        hook = self._hook() if self.spec.bead else None
        if over is not None:
            return over
        if hook is not None:
            self._progress.look(hook)
        too_many = self._progress.too_many(self.spec.bead)
        if too_many:
            return self._end("failed", too_many)
        words = self._words.take()
        if hook is not None:
            if self._turns.interrupted and not words:
                words = self._pause()
            return words or self._more(hook)
        while not words and self._town.root.exists():
            self._words.wait(SURE_SECONDS)
            words = self._words.take()
        return words or self._end("over")

    def _pause(self) -> str:
        """Whoever interrupted is about to say why."""
        until = time.monotonic() + self._bounds.pause
        words = ""
        while not words and (left := until - time.monotonic()) > 0:
            self._words.wait(left)
            words = self._words.take()
        return words

    def _more(self, hook: Hook) -> str | Own:
        """Nothing new was said: on with what is on the hook, a few times."""
        if hook.molecule:
            decide(self._town, hook.molecule, self.spec.worktree, os.environ)
        snapshot, address = self._town.snapshot(), self.spec.address
        named = restart.unserved_steps(self._rig(), hook.branch) if hook.branch else ()
        unserved = {each.removeprefix(f"{hook.molecule}.") for each in named}
        todo = next_step(self._town, snapshot, address, hook, unserved)
        if todo is not None and todo.step is None and snapshot.molecule(hook.molecule) is not None:
            self._say(f"{address} waits: {todo.why}")
            transition(
                self._town,
                lambda fresh: sessions.plan_wait(fresh, address, todo.why, todo.how, _now()),
                address,
            )
            return self._end("waits", todo.why)
        if self._progress.gained and terms_of(snapshot, hook.bead, hook.molecule).ralph and todo is not None:
            return self._end(sessions.STEP_OVER, "the next step gets a session of its own")
        if self._progress.gained and self._wanted() != self._by:
            return self._end("over", "the next step is for another program")
        if self._progress.stuck >= self._bounds.reminders:
            said = f"{count(self._progress.stuck, 'reminder')} in a row brought neither a step nor a commit"
            return self._hand_in() if todo is None else self._end("failed", said)
        self._progress.stuck += 1
        return urge(snapshot, address, hook, framing.boundary())

    def _hand_in(self) -> Own:
        """All steps are over, and the program does not say so."""
        try:
            done(self._town, self.spec.address, self.spec.address, _now())
        except UserError as error:
            return self._end("failed", f"all steps are over, but it can't be handed in: {error}")
        self._say(f"{self.spec.address}: all steps are over, handed in")
        return self._end("submitted")

    def _wanted(self) -> str:
        snapshot = self._town.snapshot()
        return which_runtime(snapshot, require_agent(snapshot, self.spec.address))

    def _hook(self) -> Hook | None:
        agent = self._town.snapshot().agent(self.spec.address)
        return live_hook(agent) if agent else None

    def _rig(self) -> Rig:
        snapshot = self._town.snapshot()
        config = snapshot.rig(require_agent(snapshot, self.spec.address).rig)
        if config is None:
            raise UserError(f"{self.spec.address} belongs to no rig", "gt rig list shows the rigs there are")
        return Rig(self._town.root, config)

    def _end(self, outcome: str, said: str = "") -> Own:
        tail = shell.tail(self.spec.log) if outcome == "failed" else ""
        return replace(self._own, outcome=outcome, said=said, tail=tail, proc=None)

    def _note(self, proc: Proc | None) -> None:
        self._own = replace(self._own, proc=proc, native=self._turns.native, turns=self._turns.count)
        runs.write_own(self._town.local, self.spec.address, self._own)

    def _say(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def serve(town: Town, at_work: Session) -> int:
    """Work as one session and keep how it ended; the exit status. Two for one address: the second ends."""
    address = at_work.spec.address
    lock = FileLock(runs.path(town.local, address, ".lock"))
    if not lock.acquire(timeout=0):
        return 0
    outcome: Own | None = None
    try:
        outcome = at_work.work()
    except Stopped:
        outcome = replace(at_work.own, outcome="stopped", proc=None)
    except UserError as error:
        later = place.of(town.repo, town.branch).operation
        outcome = replace(at_work.own, outcome="later" if later else "failed", said=str(error), proc=None)
    finally:
        # What is left to say when none of these: a front door shows the traceback.
        bug = replace(at_work.own, outcome="failed", said="the session had a bug, see its log", proc=None)
        runs.write_own(town.local, address, bug if outcome is None else outcome)
        ending.end(None, at_work.own.session, LEFTOVER_SECONDS, town.root)
        lock.release()
    return 1 if outcome.outcome == "failed" else 0


def main(argv: list[str]) -> int:
    """`argv`: the file that says what the session is for."""
    spec = headless.read_spec(Path(argv[0]))
    town = Town.open(spec.town)
    at_work = Session(town, spec)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, lambda number, frame: at_work.interrupt())
    return serve(town, at_work)


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what follows tidies up
    raise Stopped


def _now() -> str:
    return clock.stamp(clock.now())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
