"""What is to be done about a session that runs in a terminal, as far as files say it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions import running
from gtlib.actions import session
from gtlib.deacon import rung
from gtlib.deacon.rung import Rings
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.rules import rings
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.dispatch import AT_WORK
from gtlib.rules.rings import Ring
from gtlib.rules.terms import terms_on
from gtlib.runtimes import nudges
from gtlib.runtimes import pace
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State

# Whoever left a nudge rings first.
NUDGE_SECONDS: Final = 20.0
OVER: Final = "over"
IDLE: Final = "idle"


class Case(Struct, frozen=True, kw_only=True):
    """Once the session rests it is ended as `end`, because of `why` (empty: nothing to tell of), or told
    `ring`; `gone` says that its work is. `unheard` are lines about what it does not look at.
    """

    agent: Agent
    run: Run
    state: State | None
    rings: Rings
    end: str = ""
    why: str = ""
    gone: bool = False
    ring: Ring | None = None
    unheard: tuple[str, ...] = ()


def case_of(local: Path, snapshot: Snapshot, agent: Agent, run: Run) -> Case:
    """What its files say now. `local` is the town's `.git/gt`. UserError for work that can't be read."""
    state = runs.state_of(local, run.address, run.session)
    case = Case(agent=agent, run=run, state=state, rings=rung.read(local, run))
    if _is_over(agent, run):
        return replace(case, end=OVER, gone=True)
    if _is_step_over(snapshot, agent, run):
        return replace(case, end=sessions.STEP_OVER)
    now = time.time()
    left = nudges.waiting(local, run.address)
    waiting = [each.id for each in left if now - each.at > NUDGE_SECONDS]
    found = rings.reasons(snapshot, agent, state.shown if state else (), waiting)
    if left and not waiting:
        return _told(case, found, now)
    return _waiting(case, found, now) or _told(case, found, now)


def _waiting(case: Case, found: tuple[Ring, ...], now: float) -> Case | None:
    """One whose hook is suspended, and that hears of nothing, only takes the place of others."""
    hook = live_hook(case.agent)
    if hook is None or hook.state != "suspended" or not case.run.bead or case.agent.role in session.BARE:
        return None
    heard = [each for each in found if not rings.is_unheard(each, case.rings.kinds)]
    if _quiet(case, now) < rings.WORK_SECONDS or (heard and not _too_often(case, now)):
        return None
    return replace(case, end=OVER)


def _told(case: Case, found: tuple[Ring, ...], now: float) -> Case:
    """With what it is to be told, or why it is ended: it does not go on, or was asked too often."""
    state, kinds, quiet = case.state, case.rings.kinds, _quiet(case, now)
    due = [each for each in found if quiet >= rings.quiet_before(each, state.turns if state else 0)]
    unheard = [each for each in due if rings.is_unheard(each, kinds) and not rings.is_fresh(each, kinds, now)]
    too_often = _too_often(case, now)
    too_many = too_often or (pace.too_many(state, now) if state else "")
    work = next((each for each in due if each.kind == "work"), None)
    if work is not None and too_many and case.agent.role not in session.BARE:
        return replace(case, end=IDLE, why=too_many)
    if work in unheard:
        return replace(case, end=IDLE, why=f"does not go on although told {rings.MOST_RINGS} times")
    if too_often:
        return replace(case, unheard=(f"{too_often}, it is told of nothing",)) if due else case
    lines = (f"told {rings.MOST_RINGS} times of a {each.kind}, and did not look" for each in unheard)
    may = [each for each in due if each is not work or not too_many]
    return replace(case, ring=rings.next_ring(may, kinds, now), unheard=tuple(lines))


def _quiet(case: Case, now: float) -> float:
    return now - max(case.run.began, case.state.at if case.state else 0.0)


def _too_often(case: Case, now: float) -> str:
    """Its hooks count its turns; where it has none, what it was told brought them about."""
    return pace.too_often(case.state.asked if case.state else case.rings.asked, now)


def _is_over(agent: Agent, run: Run) -> bool:
    """Whether its work is no more on the hook; sessions of mayor and crew are ended by people."""
    if agent.role in session.BARE or not run.bead:
        return False
    hook = live_hook(agent)
    same = hook is not None and (hook.bead, hook.since) == (run.bead, run.since)
    return not same or (hook is not None and hook.state not in (*AT_WORK, "suspended"))


def _is_step_over(snapshot: Snapshot, agent: Agent, run: Run) -> bool:
    """Whether it has done a step, and another session is to do the next one."""
    hook = live_hook(agent)
    if hook is None or hook.state not in AT_WORK or not terms_on(snapshot, agent).ralph:
        return False
    return running.steps_over(snapshot, hook) > run.done
