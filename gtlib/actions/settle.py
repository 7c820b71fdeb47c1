"""Sessions that ended: noticed, counted when they came to nothing, given up after too many of these."""

from __future__ import annotations

import time
from typing import Final

from msgspec.structs import replace

from gtlib.actions import running
from gtlib.actions.transition import transition
from gtlib.lock import FileLock
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.snapshot import Snapshot
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.dispatch import AT_WORK
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Own
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State
from gtlib.store.town import Town

LATER_SECONDS: Final = 30.0
# A launcher that was started takes far less to say who it is.
START_SECONDS: Final = 15.0
# Ends that say nothing about the work.
_NOT_COUNTED: Final = ("later", "stopped", *sessions.ANEW)
# Ends of sessions that had every chance, so that commits excuse nothing.
_COUNTED: Final = ("frozen", "idle")


def settle(town: Town, now: str) -> tuple[str, ...]:
    """Notice the sessions that ended; lines that say what was noticed."""
    if not any(is_over(run) for run in runs.every_readable(town.local)[0]):
        return ()
    with FileLock(runs.folder(town.local) / "spawn.lock"):
        over = [run for run in runs.every_readable(town.local)[0] if is_over(run)]
        return tuple(line for run in over for line in settle_one(town, run, now))


def is_over(run: Run) -> bool:
    """Whether it ended, and nobody has noticed: also one that never came to be."""
    if run.ended:
        return False
    if run.proc is None:
        return bool(run.session) and time.time() - run.began > START_SECONDS
    return not running.is_alive(run)


def settle_one(town: Town, run: Run, now: str) -> list[str]:
    """Write down that a session (or a refinery, which is none) ended, and whether it got on."""
    if not run.session:
        runs.write(town.local, replace(run, ended=True))
        return []
    own = runs.own_of(town.local, run.address, run.session)
    state = runs.state_of(town.local, run.address, run.session)
    outcome = _outcome(run, own, state)
    snapshot = town.snapshot()
    agent = snapshot.agent(run.address)
    hook = live_hook(agent) if agent else None
    same = hook is not None and (hook.bead, hook.since) == (run.bead, run.since) and hook.state in AT_WORK
    said = own.said if own else "the process ended without a word" if outcome == "died" else ""
    counted = _counted(town, snapshot, agent, hook, run, outcome) if same and agent and hook else run
    later = time.time() + LATER_SECONDS if outcome == "later" else 0.0
    if later and (own is None or own.turns <= 1):  # it could not begin; the pause bounds how often
        counted = replace(counted, starts=max(counted.starts - 1, 0))
    counted = replace(counted, ended=True, said=said, not_before=later)
    if not same and not _only_waits(snapshot, hook, run):
        counted = replace(counted, attempts=0, starts=0)
    lines = [f"{run.address}: session {run.session} {outcome}{f', {said}' if said else ''}"]
    if same and counted.attempts > run.attempts and counted.attempts >= snapshot.town.limits.attempts:
        lines.append(give_up(town, counted, now))
    _note_end(town, run, own, state, outcome, now)
    nudges.release(town.local, run.address, run.session)
    # Last, so that whoever is killed in here has it noticed again.
    runs.write(town.local, counted)
    return lines


def give_up(town: Town, run: Run, now: str) -> str:
    """Suspend the hook, and tell the overseer why; a line that says so."""
    own = runs.own_of(town.local, run.address, run.session)
    tail = own.tail if own else ""
    reason = run.said or "no reason is known"
    tried = max(run.attempts, run.starts)
    transition(
        town,
        lambda snapshot: sessions.plan_give_up(snapshot, run.address, tried, reason, tail, now),
        "deacon",
    )
    return f"{run.address}: gave up after {tried} sessions without progress on {run.bead}"


def _outcome(run: Run, own: Own | None, state: State | None) -> str:
    # One that is told to end says only that it was.
    if run.ending and (own is None or own.outcome in ("", "stopped")):
        return run.ending
    if own is not None and own.outcome:
        return own.outcome
    return "ended" if state is not None and state.event == "end" else "died"


def _only_waits(snapshot: Snapshot, hook: Hook | None, run: Run) -> bool:
    """Whether its work is where it was, but suspended: agents do that themselves, as often as they like."""
    if hook is None or hook.state != "suspended" or (hook.bead, hook.since) != (run.bead, run.since):
        return False
    return running.steps_over(snapshot, hook) <= run.done


def _counted(town: Town, snapshot: Snapshot, agent: Agent, hook: Hook, run: Run, outcome: str) -> Run:
    """With what it came to: a step over counts anew, what only committed counts when it did not go on."""
    if running.steps_over(snapshot, hook) > run.done:
        return replace(run, attempts=0, starts=0)
    commits = run.mode != "shell" and running.tip(town, snapshot, agent, hook) != run.tip
    if run.mode == "manual":  # nobody tried anything
        return run
    excused = commits and outcome not in _COUNTED
    return run if outcome in _NOT_COUNTED or excused else replace(run, attempts=run.attempts + 1)


def _note_end(town: Town, run: Run, own: Own | None, state: State | None, outcome: str, now: str) -> None:
    """In the agent's file, of a session that does not write there itself, or was ended before it could."""
    if run.mode == "shell" and not run.ending:
        return
    # A session that the program could not find again began anew, with another id.
    native = (own.native if own else "") or run.native or (state.native if state else "")
    transition(
        town,
        lambda snapshot: sessions.plan_end(snapshot, run.address, run.session, outcome, native, now),
        run.address,
    )
