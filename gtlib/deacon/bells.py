"""Doorbells in the deacon's round: sessions that sit idle are told to look, those whose work is over end.

Only for sessions in tmux: the other modes look for themselves. Telling takes its time, so a thread does it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib.actions import running
from gtlib.actions import session
from gtlib.actions.doorbell import NUDGE
from gtlib.actions.doorbell import ring
from gtlib.actions.doorbell import ring_for_nudges
from gtlib.actions.modes import runtime as runtime_of
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.rules import rings
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.dispatch import AT_WORK
from gtlib.rules.rings import Ring
from gtlib.rules.terms import terms_on
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State
from gtlib.store.town import Town

# Whoever left a nudge rings first.
NUDGE_SECONDS = 20.0
# For a last word of a program whose work is over.
OVER_SECONDS = 60.0
# A look at a screen is a process.
FROZEN_LOOK_SECONDS = 60.0


class Screen(Struct, frozen=True):
    """A screen as a hash, since when it is so, and when it was looked at, by time.monotonic()."""

    seen: str
    since: float
    looked: float


class Bells:
    """The doorbells of one town."""

    def __init__(self, town: Town, say: Callable[[str], None], once: Callable[[str, str], None]) -> None:
        self._town = town
        self._say = say
        self._once = once
        self._at_work: dict[str, threading.Thread] = {}
        self._over: dict[str, float] = {}
        self._screens: dict[str, Screen] = {}

    def round(self, snapshot: Snapshot) -> None:
        """Look at every session that runs in tmux here."""
        live = [run for run in runs.every(self._town.local) if run.mode == "tmux" and not run.ended]
        for gone in set(self._screens) - {run.session for run in live}:
            del self._screens[gone]
        for run in live:
            agent = snapshot.agent(run.address)
            thread = self._at_work.get(run.address)
            if agent is None or run.proc is None or (thread is not None and thread.is_alive()):
                continue
            try:
                self._look(snapshot, agent, run)
            except UserError as error:
                self._once(run.address, f"{run.address}: {error}")

    def stop(self) -> None:
        """Wait for what is being said."""
        for thread in self._at_work.values():
            thread.join(timeout=5.0)

    def _look(self, snapshot: Snapshot, agent: Agent, run: Run) -> None:
        """Files first: a screen is looked at only where they give a reason."""
        if all(each.id != run.session for each in agent.sessions):
            self._begin(run)
        state = runs.state_of(self._town.local, run.address, run.session)
        if self._is_over(agent, run):
            since = self._over.setdefault(run.session, time.monotonic())
            if self._rests(run) or time.monotonic() - since > OVER_SECONDS:
                self._over.pop(run.session, None)
                self._start(run, self._end, "over")
        elif self._is_step_over(snapshot, agent, run) and self._rests(run):
            self._start(run, self._end, sessions.STEP_OVER)
        elif (wanted := self._wanted(snapshot, agent, run, state)) is not None and self._rests(run):
            self._tell(run, wanted)
        elif state is None or state.activity != "idle":
            self._look_for_frozen(snapshot, run)

    def _rests(self, run: Run) -> bool:
        return runtime_of(run.mode).activity(run) == "idle"

    def _wanted(self, snapshot: Snapshot, agent: Agent, run: Run, state: State | None) -> Ring | None:
        """What it is to be told of now, should it rest."""
        now = time.time()
        left = nudges.waiting(self._town.local, run.address)
        waiting = [each.id for each in left if now - each.at > NUDGE_SECONDS]
        wanted = rings.why_ring(snapshot, agent, state.shown if state else (), waiting)
        quiet = now - max(run.began, state.at if state else 0.0)
        if wanted is None or quiet < rings.quiet_before(wanted, state.turns if state else 0):
            return None
        lately = run.rung_for == wanted.key and now - run.rung < rings.AGAIN_SECONDS
        return None if lately else wanted

    def _tell(self, run: Run, wanted: Ring) -> None:
        count = run.rings + 1 if run.rung_for == wanted.key else 1
        if count > rings.MOST_RINGS:
            self._unheard(run, wanted)
            return
        self._remember(replace(run, rung=time.time(), rings=count, rung_for=wanted.key))
        self._start(run, self._ring, wanted)

    def _begin(self, run: Run) -> None:
        """Whoever started it was killed before the agent's file said so."""
        now = clock.stamp(clock.now())
        transition(
            self._town,
            lambda snapshot: sessions.plan_begin(
                snapshot, run.address, run.session, run.runtime, now, run.native, bare=not run.bead
            ),
            run.address,
        )

    def _is_over(self, agent: Agent, run: Run) -> bool:
        """Whether its work is no more on the hook; sessions of mayor and crew are ended by people."""
        if agent.role in session.BARE or not run.bead:
            return False
        hook = live_hook(agent)
        same = hook is not None and (hook.bead, hook.since) == (run.bead, run.since)
        return not same or (hook is not None and hook.state not in (*AT_WORK, "suspended"))

    def _is_step_over(self, snapshot: Snapshot, agent: Agent, run: Run) -> bool:
        """Whether it has done a step, and another session is to do the next one."""
        hook = live_hook(agent)
        if hook is None or hook.state not in AT_WORK or not terms_on(snapshot, agent).ralph:
            return False
        return running.steps_over(snapshot, hook) > run.done

    def _look_for_frozen(self, snapshot: Snapshot, run: Run) -> None:
        """One that works, and whose screen has not changed for long, is ended: its successor resumes."""
        frozen, now = snapshot.town.limits.frozen, time.monotonic()
        before = self._screens.get(run.session)
        if before is not None and now - before.looked < min(FROZEN_LOOK_SECONDS, frozen):
            return
        seen = sha256(runtime_of(run.mode).look(run, 60).encode("utf-8", "replace")).hexdigest()
        since = before.since if before is not None and before.seen == seen else now
        self._screens[run.session] = Screen(seen, since, now)
        if run.bead and before is not None and before.seen == seen and now - since > frozen:
            if self._rests(run):  # it waits for something, and has no hooks to say so
                self._screens.pop(run.session)
                return
            self._say(f"{run.address}: nothing moved for {frozen:g} s, its session is ended")
            self._start(run, self._end, "frozen")

    def _unheard(self, run: Run, wanted: Ring) -> None:
        if wanted.kind == "work":
            self._say(
                f"{run.address}: does not go on although told {rings.MOST_RINGS} times, its session is ended"
            )
            self._start(run, self._end, "idle")
        else:
            self._once(
                run.address,
                f"{run.address}: told {rings.MOST_RINGS} times of a {wanted.kind}, and did not look",
            )

    def _remember(self, run: Run) -> None:
        with FileLock(runs.folder(self._town.local) / "spawn.lock"):
            known = runs.read(self._town.local, run.address)
            if known is not None and known.session == run.session:
                runs.write(
                    self._town.local, replace(known, rung=run.rung, rings=run.rings, rung_for=run.rung_for)
                )

    def _start(self, run: Run, work: Callable[[Run, str], None], what: Ring | str) -> None:
        words = what if isinstance(what, str) else what.words
        thread = threading.Thread(target=work, args=(run, words), daemon=True)
        self._at_work[run.address] = thread
        thread.start()

    def _ring(self, run: Run, words: str) -> None:
        try:
            if words == NUDGE:
                why = ring_for_nudges(self._town.local, run)
            else:
                why = ring(self._town.local, run, words)
        except UserError as error:
            why = str(error)
        self._say(f"{run.address}: told: {words}" if not why else f"{run.address}: could not be told: {why}")

    def _end(self, run: Run, why: str) -> None:
        try:
            session.stop(self._town, run.address, why)
        except UserError as error:
            self._say(f"{run.address}: {error}")
