"""Doorbells in the deacon's round: sessions that sit idle are told to look, those whose work is over end.

Only for sessions in tmux: the other modes look for themselves. The round reads files alone: a look at a
screen, and what follows from it, takes its time, so a thread of that session does it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from gtlib import clock
from gtlib.actions import session
from gtlib.actions.doorbell import NUDGE
from gtlib.actions.doorbell import ring
from gtlib.actions.doorbell import ring_for_nudges
from gtlib.actions.modes import runtime as runtime_of
from gtlib.actions.transition import transition
from gtlib.deacon import rung
from gtlib.deacon.cases import Case
from gtlib.deacon.cases import case_of
from gtlib.deacon.rung import Rings
from gtlib.deacon.still import Still
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.rules import rings
from gtlib.rules import sessions
from gtlib.rules.rings import Ring
from gtlib.runtimes import pace
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town

# For a last word of a program whose work is over.
OVER_SECONDS: Final = 60.0
STOP_SECONDS: Final = 5.0
FROZEN: Final = "frozen"


class Bells:
    """The doorbells of one town."""

    def __init__(self, town: Town, say: Callable[[str], None], once: Callable[[str, str], None]) -> None:
        self._town = town
        self._say = say
        self._once = once
        self._at_work: dict[str, threading.Thread] = {}
        self._over: dict[str, float] = {}
        self._still = Still(town.root)

    def round(self, snapshot: Snapshot) -> None:
        """See to every session that runs in tmux here; whatever takes its time is done meanwhile."""
        found, _ = runs.every_readable(self._town.local)
        live = [run for run in found if run.mode == "tmux" and not run.ended]
        self._forget({run.session for run in live})
        for run in live:
            agent = snapshot.agent(run.address)
            thread = self._at_work.get(run.address)
            if agent is None or run.proc is None or (thread is not None and thread.is_alive()):
                continue
            try:
                self._begin(agent, run)
                self._see_to(case_of(self._town.local, snapshot, agent, run), snapshot.town.limits.frozen)
            except UserError as error:
                self._once(run.address, f"{run.address}: {error}")

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Wait for what is being done, `seconds` at most."""
        end = time.monotonic() + seconds
        for thread in self._at_work.values():
            thread.join(timeout=max(0.0, end - time.monotonic()))

    def _forget(self, live: set[str]) -> None:
        self._still.keep(live)
        for gone in set(self._over) - live:
            del self._over[gone]

    def _begin(self, agent: Agent, run: Run) -> None:
        """Whoever started it was killed before the agent's file said so."""
        if any(each.id == run.session for each in agent.sessions):
            return
        now = clock.stamp(clock.now())
        transition(
            self._town,
            lambda snapshot: sessions.plan_begin(
                snapshot, run.address, run.session, run.runtime, now, run.native, bare=not run.bead
            ),
            run.address,
        )

    def _see_to(self, case: Case, frozen: float) -> None:
        """Start a thread where there is a reason to look at the screen."""
        run = case.run
        for line in case.unheard:
            self._once(f"{run.address} {line}", f"{run.address}: {line}")
        late = False
        if case.gone:
            late = time.monotonic() - self._over.setdefault(run.session, time.monotonic()) > OVER_SECONDS
        at_work = bool(run.bead) and (case.state is None or case.state.activity != "idle")
        look = at_work and not case.end and self._still.is_due(run.session, frozen)
        if case.end or case.ring is not None or look:
            thread = threading.Thread(
                target=self._serve, args=(case, late, frozen if look else None), daemon=True
            )
            self._at_work[run.address] = thread
            thread.start()

    def _serve(self, case: Case, late: bool, frozen: float | None) -> None:
        run = case.run
        try:
            if late or ((case.end or case.ring is not None) and self._rests(run)):
                if case.end:
                    self._end(run, case.end, case.why)
                elif case.ring is not None:
                    self._tell(run, case.rings, case.ring)
            elif frozen is not None:
                self._look_for_frozen(case, frozen)
        except UserError as error:
            self._once(run.address, f"{run.address}: {error}")

    def _rests(self, run: Run) -> bool:
        return runtime_of(run.mode).activity(run) == "idle"

    def _tell(self, run: Run, told: Rings, what: Ring) -> None:
        now = time.time()
        kinds = rings.told(what, told.kinds, now)
        # First, so that what kills the deacon in between can't make it ring for ever.
        rung.write(
            self._town.local,
            run,
            Rings(session=run.session, kinds=kinds, asked=pace.another(told.asked, now)),
        )
        if what.words == NUDGE:
            why = ring_for_nudges(self._town.local, run)
        else:
            why = ring(self._town.local, run, what.words)
        self._say(f"{run.address}: could not be told: {why}" if why else f"{run.address}: told: {what.words}")

    def _look_for_frozen(self, case: Case, frozen: float) -> None:
        """One that works, and where nothing has moved for long, is ended: its successor resumes."""
        run = case.run
        if self._still.seconds(case.agent, run, case.state) <= frozen:
            return
        if self._rests(run):  # it waits for something, and has no hooks to say so
            self._still.forget(run.session)
            return
        self._end(run, FROZEN, f"nothing moved for {frozen:g} s")

    def _end(self, run: Run, outcome: str, why: str = "") -> None:
        if why:
            self._say(f"{run.address}: {why}, its session is ended")
        session.stop(self._town, run.address, outcome, session=run.session)
