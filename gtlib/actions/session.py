"""Sessions of agents' programs: the one place that starts them, and so bounds what they may cost."""

from __future__ import annotations

import secrets
import time

from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions import running
from gtlib.actions import settle
from gtlib.actions.costs import over_budget
from gtlib.actions.loosened import loosened
from gtlib.actions.modes import runtime as runtime_of
from gtlib.actions.other_way import other_way
from gtlib.actions.session_spec import How
from gtlib.actions.session_spec import folder_of
from gtlib.actions.session_spec import how
from gtlib.actions.session_spec import session_spec
from gtlib.actions.sling import check_runtime
from gtlib.actions.transition import transition
from gtlib.actions.which_runtime import no_sandbox
from gtlib.actions.which_runtime import not_allowed
from gtlib.actions.which_runtime import which_runtime
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.config import Limits
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules import sessions
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_agent
from gtlib.rules.dispatch import AT_WORK
from gtlib.rules.hooks import has_worktree
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.runtimes.strangers import strangers
from gtlib.store import place
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc

STOP_SECONDS = 5.0
LOCK_SECONDS = 30.0
# Who may be at work with nothing on the hook: those that a person talks to.
BARE = frozenset({"mayor", "crew"})
# For one bead, whatever they came to: a session that only commits is no progress for ever.
MOST_STARTS = 5


class Started(Struct, frozen=True):
    """What `spawn` did: a process, or why there is none (`why` is empty for one that runs already)."""

    proc: Proc | None = None
    why: str = ""


def spawn(
    town: Town, address: Address, now: str, *, bare: bool = False, runtime: str = "", anew: bool = False
) -> Started:
    """Start a session for what is on the hook of `address`, unless one runs or a limit forbids it.

    `bare`: also with nothing on the hook, as a person asks; `runtime` then, empty: as the settings say.
    `anew`: the attempts are counted from nothing.
    Limits are those of `town.yaml`: sessions without progress for one bead, sessions at once in the rig and
    in the town, starts in a minute. When anything can't be looked up, nothing is started and `why` says so.
    """
    lock = FileLock(runs.folder(town.local) / "spawn.lock")
    if not lock.acquire(timeout=LOCK_SECONDS):
        return Started(why="another process is starting sessions")
    try:
        return _spawn(town, address, now, bare, runtime, anew)
    except UserError as error:
        return Started(why=str(error))
    finally:
        lock.release()


def start(town: Town, address: Address, actor: str, now: str, runtime: str = "") -> Started:
    """As somebody wants it: a suspended hook goes on; for the overseer the attempts count from nothing.

    `runtime` works on what is on the hook from now on. Raises UserError when nothing is there (unless it is
    the mayor or crew), for a runtime that nobody knows, and for another one than the one that works there
    at the moment. What was given up only the overseer starts again.
    """
    snapshot = town.snapshot()
    check_runtime(runtime, snapshot)
    agent = require_agent(snapshot, address)
    if live_hook(agent) is None and agent.role not in BARE:
        raise UserError(f"nothing is on the hook of {address}", "gt sling puts work there")
    run = runs.read(town.local, address)
    if run is not None and runtime not in ("", run.runtime) and running.is_alive(run):
        work = run.bead or "what it is told"
        raise UserError(
            f"{run.runtime} works on {work} there now", f"end it first: gt session stop {address}"
        )
    anew = actor == OVERSEER
    if not anew and run is not None and is_given_up(run, live_hook(agent), snapshot.town.limits):
        raise UserError(f"{address} was given up on {run.bead}", "only the overseer starts it again")
    if live_hook(agent) is not None:
        transition(town, lambda snapshot: sessions.plan_resume(snapshot, address, runtime), actor)
    return spawn(town, address, now, bare=agent.role in BARE, runtime=runtime, anew=anew)


def is_given_up(run: Run, hook: Hook | None, limits: Limits) -> bool:
    """Whether so many sessions came to nothing that no more is started for what is on the hook."""
    same = hook is not None and (run.bead, run.since) == (hook.bead, hook.since)
    return same and (run.attempts >= limits.attempts or run.starts >= limits.attempts * MOST_STARTS)


def stop(
    town: Town, address: Address, why: str = "stopped", *, session: str = "", again: bool = False
) -> bool:
    """End the session of `address` and all that it started, exactly; whether there was one.

    `why` becomes its outcome. With `session` that one alone: nothing happens when another runs. `again`: a
    successor follows, which the deacon starts should the caller not live to do it.
    """
    run = runs.read(town.local, address)
    if session and (run is None or run.session != session):
        return False
    found = False
    if run is not None and run.proc is not None:
        found = running.is_alive(run)
        if found and run.session:
            _note(town, run, ending=why, again=time.time() if again else 0.0)
        runtime_of(run.mode).stop(run, STOP_SECONDS)
    own = runs.own_of(town.local, address, run.session) if run is not None else None
    if own is not None and own.proc is not None:
        process.stop(own.proc, STOP_SECONDS)
    return found


def _note(town: Town, run: Run, **changes: object) -> None:
    """Keep what is said of exactly that session."""
    with FileLock(runs.folder(town.local) / "spawn.lock"):
        known = runs.read(town.local, run.address)
        if known is not None and known.session == run.session:
            runs.write(town.local, replace(known, **changes))


def _spawn(town: Town, address: Address, now: str, bare: bool, asked: str, anew: bool) -> Started:
    before = runs.read(town.local, address)
    if before is not None and settle.is_over(before):  # how it ended says how the next one begins
        settle.settle_one(town, before, now)
    snapshot = town.snapshot()
    agent = require_agent(snapshot, address)
    hook = live_hook(agent)
    if hook is not None and hook.state not in AT_WORK:
        hook = None
    if hook is None and not bare:
        return Started(why=f"nothing is on the hook of {address} that wants a session")
    if agent.host != town.host and (agent.host or agent.rig):
        return Started(why=f"{address} works on {agent.host}, this is {town.host}")
    run = _known(town, agent, hook)
    if run.session and not run.ended:
        return Started(run.proc, "" if run.proc else "a session is being started")
    if anew:
        run = replace(run, attempts=0, starts=0, not_before=0.0)
    limits = snapshot.town.limits
    if is_given_up(run, hook, limits):
        return Started(why=settle.give_up(town, run, now))
    chosen = how(snapshot, agent, which_runtime(snapshot, agent, asked))
    why = (
        _forbidden(town, limits, run, agent, hook, now)
        or not_allowed(town.local, snapshot, agent.rig, chosen.runtime)
        or loosened(town.local, snapshot, agent.rig, agent.role)
        or no_sandbox(snapshot, agent, chosen.program)
        or _missing(town, snapshot, agent, hook, chosen)
    )
    if why:
        _remember(town, replace(run, runtime=chosen.runtime, mode=chosen.mode, said=why))
        return Started(why=why)
    return Started(_start(town, run, chosen, agent, hook, snapshot, now))


def _known(town: Town, agent: Agent, hook: Hook | None) -> Run:
    """The run state for what is on the hook now."""
    run = runs.read(town.local, agent.address)
    work = (hook.bead, hook.since) if hook else ("", "")
    same = run is not None and (run.bead, run.since) == work
    if run is not None and (same or not run.ended):
        return run
    return Run(
        address=agent.address, bead=hook.bead if hook else ItemId(""), since=hook.since if hook else ""
    )


def _forbidden(town: Town, limits: Limits, run: Run, agent: Agent, hook: Hook | None, now: str) -> str:
    """Why no session may start now; empty when one may."""
    operation = place.of(town.repo, town.branch).operation
    if operation:
        return f"a {operation} is in progress in the town"
    wait = run.not_before - time.time()
    if wait > 0:
        return f"looks again in {wait:.0f} s"
    if not (folder_of(town, agent, hook) / ".git").exists():
        return f"the worktree of {agent.address} is not there yet"
    others = strangers(folder_of(town, agent, hook)) if has_worktree(agent) else ()
    if others:
        return f"a program works there already that gt did not start (pid {others[0].pid})"
    live = [each for each in runs.every(town.local) if each.session and running.is_alive(each)]
    in_rig = sum(each.address.partition("/")[0] == agent.rig for each in live)
    if agent.rig and in_rig >= limits.rig_sessions:
        return f"{in_rig} sessions run in {agent.rig}, as many as limits.rig_sessions allows"
    if len(live) >= limits.town_sessions:
        return f"{len(live)} sessions run, as many as limits.town_sessions allows"
    spent = over_budget(town.local, limits, hook.bead if hook else "", now)
    return spent or running.too_fast(town.local, limits.spawns_per_minute)


def _missing(town: Town, snapshot: Snapshot, agent: Agent, hook: Hook | None, chosen: How) -> str:
    why = runtime_of(chosen.mode).missing(chosen.program)
    other = other_way(town, snapshot, agent, hook, chosen) if why else ""
    return f"{why}; or: {other}" if other else why


def _start(
    town: Town, run: Run, chosen: How, agent: Agent, hook: Hook | None, snapshot: Snapshot, now: str
) -> Proc:
    """Known before it is there: whoever is killed in here leaves a session that the next look finds."""
    session = f"s-{secrets.token_hex(4)}"
    spec = session_spec(town, snapshot, agent, hook, chosen, replace(run, session=session), now)
    started = replace(
        run, runtime=chosen.runtime, mode=chosen.mode, session=session, native=spec.native, proc=None,
        began=time.time(), log=str(spec.log), ended=False, said="", seen=snapshot.commit,
        done=running.steps_over(snapshot, hook) if hook else 0, tip=running.tip(town, snapshot, agent, hook),
        starts=run.starts + 1, ending="", again=0.0,
    )  # fmt: skip
    running.note_spawn(town.local)
    runs.write(town.local, started)
    try:
        proc = runtime_of(chosen.mode).start(spec)
    except UserError:
        runs.write(town.local, replace(started, ended=True, attempts=run.attempts + 1))
        raise
    runs.write(town.local, replace(started, proc=proc))
    if chosen.mode == "tmux":  # the other ones begin in their own process
        transition(
            town,
            lambda current: sessions.plan_begin(
                current, agent.address, session, chosen.runtime, now, spec.native, bare=hook is None
            ),
            agent.address,
        )
    return proc


def _remember(town: Town, run: Run) -> None:
    """Why nothing was started, for whoever asks; a reason that stands is not written again."""
    if runs.read(town.local, run.address) != run:
        runs.write(town.local, run)
