"""Sessions of agents' programs: the one place that starts them, and so bounds what they may cost."""

from __future__ import annotations

import secrets
import time

from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions import running
from gtlib.actions.sling import check_runtime
from gtlib.actions.transition import transition
from gtlib.actions.which_runtime import which_runtime
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.config import Limits
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_agent
from gtlib.rules.dispatch import AT_WORK
from gtlib.runtimes import runs
from gtlib.runtimes.base import Runtime
from gtlib.runtimes.base import Spec
from gtlib.runtimes.runs import Run
from gtlib.runtimes.shell import Shell
from gtlib.store import place
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc

RUNTIMES: dict[str, Runtime] = {"shell": Shell()}
STOP_SECONDS = 5.0
LOCK_SECONDS = 10.0
LATER_SECONDS = 30.0


class Started(Struct, frozen=True):
    """What `spawn` did: a process, or why there is none (`why` is empty for one that runs already)."""

    proc: Proc | None = None
    why: str = ""


def spawn(town: Town, address: Address, now: str) -> Started:
    """Start a session for what is on the hook of `address`, unless one runs or a limit forbids it.

    Limits are those of `town.yaml`: sessions without progress for one bead, sessions at once in the rig and
    in the town, starts in a minute. When anything can't be looked up, nothing is started and `why` says so.
    """
    lock = FileLock(runs.folder(town.local) / "spawn.lock")
    if not lock.acquire(timeout=LOCK_SECONDS):
        return Started(why="another process is starting sessions")
    try:
        return _spawn(town, address, now)
    except UserError as error:
        return Started(why=str(error))
    finally:
        lock.release()


def start(town: Town, address: Address, actor: str, now: str, runtime: str = "") -> Started:
    """As a person wants it: a suspended hook goes on, and the attempts are counted from nothing.

    `runtime` works on what is on the hook from now on. Raises UserError when nothing is there, for a runtime
    that nobody knows, and for another one than the one that works there at the moment.
    """
    check_runtime(runtime)
    agent = require_agent(town.snapshot(), address)
    if live_hook(agent) is None:
        raise UserError(f"nothing is on the hook of {address}", "gt sling puts work there")
    run = runs.read(town.local, address)
    if run is not None and runtime not in ("", run.runtime) and running.is_alive(run):
        raise UserError(
            f"{run.runtime} works on {run.bead} there now", f"end it first: gt session stop {address}"
        )
    transition(town, lambda snapshot: sessions.plan_resume(snapshot, address, runtime), actor)
    if run is not None:
        runs.write(town.local, replace(run, attempts=0, not_before=0.0))
    return spawn(town, address, now)


def stop(town: Town, address: Address) -> bool:
    """End the session of `address` and what it runs, by pid and start time; whether there was one."""
    run = runs.read(town.local, address)
    found = False
    if run is not None and run.proc is not None:
        found = process.alive(run.proc)
        process.stop(run.proc, STOP_SECONDS)
    own = runs.read_own(town.local, address)
    if own is not None and own.proc is not None:
        process.stop(own.proc, STOP_SECONDS)
    return found


def settle(town: Town, now: str) -> tuple[str, ...]:
    """Notice the sessions that ended, count those without progress, give up after too many; lines."""
    if not any(_is_over(run) for run in runs.every(town.local)):
        return ()
    with FileLock(runs.folder(town.local) / "spawn.lock"):
        over = [run for run in runs.every(town.local) if _is_over(run)]
        return tuple(line for run in over for line in _settle(town, run, now))


def _spawn(town: Town, address: Address, now: str) -> Started:
    snapshot = town.snapshot()
    agent = require_agent(snapshot, address)
    hook = live_hook(agent)
    if hook is None or hook.state not in AT_WORK:
        return Started(why=f"nothing is on the hook of {address} that wants a session")
    if agent.host != town.host:
        return Started(why=f"{address} works on {agent.host}, this is {town.host}")
    run = _known(town, snapshot, agent, hook, now)
    if run.proc is not None and not run.ended:
        return Started(run.proc)
    limits = snapshot.town.limits
    if run.attempts >= limits.attempts:
        return Started(why=_give_up(town, run, now))
    name = which_runtime(snapshot, agent)
    why = _forbidden(town, limits, run, agent) or _missing(name, address, hook)
    if why:
        _remember(town, replace(run, runtime=name, said=why))
        return Started(why=why)
    return Started(_start(town, replace(run, runtime=name), snapshot, hook))


def _known(town: Town, snapshot: Snapshot, agent: Agent, hook: Hook, now: str) -> Run:
    """The run state for what is on the hook now, its last session's end noticed."""
    run = runs.read(town.local, agent.address)
    if run is not None and _is_over(run):
        _settle(town, run, now)
        run = runs.read(town.local, agent.address)
    same = run is not None and (run.bead, run.since) == (hook.bead, hook.since)
    if run is not None and (same or not run.ended):
        return run
    return Run(address=agent.address, bead=hook.bead, since=hook.since)


def _forbidden(town: Town, limits: Limits, run: Run, agent: Agent) -> str:
    """Why no session may start now; empty when one may."""
    operation = place.of(town.repo, town.branch).operation
    if operation:
        return f"a {operation} is in progress in the town"
    wait = run.not_before - time.time()
    if wait > 0:
        return f"looks again in {wait:.0f} s"
    if not (town.root / agent.address / ".git").exists():
        return f"the worktree of {agent.address} is not there yet"
    live = [each for each in runs.every(town.local) if each.bead and running.is_alive(each)]
    in_rig = sum(each.address.partition("/")[0] == agent.rig for each in live)
    if in_rig >= limits.rig_sessions:
        return f"{in_rig} sessions run in {agent.rig}, as many as limits.rig_sessions allows"
    if len(live) >= limits.town_sessions:
        return f"{len(live)} sessions run, as many as limits.town_sessions allows"
    return running.too_fast(town.local, limits.spawns_per_minute)


def _missing(name: str, address: Address, hook: Hook) -> str:
    runtime = RUNTIMES.get(name)
    if runtime is not None:
        return runtime.missing()
    return (
        f"the runtime {name} is not there yet: start a program of your own in {hook.worktree} with "
        f"GT_ROLE={address}, or: gt session start {address} --agent shell"
    )


def _start(town: Town, run: Run, snapshot: Snapshot, hook: Hook) -> Proc:
    session = f"s-{secrets.token_hex(4)}"
    spec = Spec(
        town=town.root,
        address=run.address,
        bead=hook.bead,
        session=session,
        worktree=town.root / hook.worktree,
        log=runs.log(town.local, run.address),
    )
    running.note_spawn(town.local)
    proc = RUNTIMES[run.runtime].start(spec)
    started = replace(
        run, session=session, proc=proc, began=time.time(), log=str(spec.log), ended=False, said="",
        done=running.steps_over(snapshot, hook), seen=snapshot.commit,
    )  # fmt: skip
    runs.write(town.local, started)
    return proc


def _is_over(run: Run) -> bool:
    return run.proc is not None and not run.ended and not running.is_alive(run)


def _settle(town: Town, run: Run, now: str) -> list[str]:
    """Write down that a session (or a refinery, which has no bead) ended, and whether it got on."""
    if not run.bead:
        runs.write(town.local, replace(run, ended=True))
        return []
    own = runs.read_own(town.local, run.address)
    if own is not None and own.session != run.session:
        own = None
    outcome = own.outcome if own and own.outcome else "died"
    snapshot = town.snapshot()
    agent = snapshot.agent(run.address)
    hook = live_hook(agent) if agent else None
    same = hook is not None and (hook.bead, hook.since) == (run.bead, run.since) and hook.state in AT_WORK
    stuck = same and hook is not None and running.steps_over(snapshot, hook) <= run.done
    attempts = run.attempts if outcome in ("later", "stopped") else run.attempts + 1 if stuck else 0
    said = own.said if own else "the process ended without a word"
    later = time.time() + LATER_SECONDS if outcome == "later" else 0.0
    run = replace(run, ended=True, attempts=attempts, said=said, not_before=later)
    runs.write(town.local, run)
    line = f"{run.address}: session {run.session} {outcome}{f', {said}' if said else ''}"
    if stuck and attempts >= snapshot.town.limits.attempts:
        return [line, _give_up(town, run, now)]
    return [line]


def _give_up(town: Town, run: Run, now: str) -> str:
    own = runs.read_own(town.local, run.address)
    tail = own.tail if own and own.session == run.session else ""
    reason = run.said or "no reason is known"
    transition(
        town,
        lambda snapshot: sessions.plan_give_up(snapshot, run.address, run.attempts, reason, tail, now),
        "deacon",
    )
    return f"{run.address}: gave up after {run.attempts} sessions without progress on {run.bead}"


def _remember(town: Town, run: Run) -> None:
    """Why nothing was started, for whoever asks; a reason that stands is not written again."""
    if runs.read(town.local, run.address) != run:
        runs.write(town.local, run)
