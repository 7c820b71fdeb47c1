"""What agents do now: their files, and what runs of them on this machine."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gtlib.actions import running
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.agent import start_line
from gtlib.model.snapshot import Snapshot
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.dispatch import AT_WORK
from gtlib.rules.flow import Flow
from gtlib.rules.steps import progress
from gtlib.runtimes import runs

WORKERS = ("polecat", "crew")


class View(Struct, frozen=True, kw_only=True):
    """One agent. `state` is derived: working, waiting, suspended, submitted or idle.

    `hook_state` is as its file says. `why` says what it waits for, `running` whether its session lives on
    this machine, as process `pid`, in what `mode` and with what `activity` (busy, idle or unknown, as its
    program's hooks said last).
    """

    address: str
    name: str
    role: str
    rig: str
    host: str
    state: str
    runtime: str = ""
    hook_bead: str = ""
    hook_state: str = ""
    work_title: str = ""
    molecule: str = ""
    step: str = ""
    steps_done: int = 0
    steps: int = 0
    has_work: bool = False
    running: bool = False
    pid: int = 0
    session: str = ""
    mode: str = ""
    activity: str = ""
    why: str = ""
    unread_mail: int = 0


def agents(snapshot: Snapshot, local: Path) -> tuple[View, ...]:
    """Every agent of the town, by address. `local` is the town's folder for this machine."""
    return tuple(_view(snapshot, local, agent) for agent in snapshot.agents())


def said_activity(local: Path, run: runs.Run) -> str:
    """What a session that lives does, as it says itself: nobody looks at its screen."""
    if run.mode == "shell":
        return "busy"
    try:
        state = runs.read_state(local, run.address)
    except UserError:  # spoilt by somebody, which is no reason to show nothing
        return "unknown"
    mine = state is not None and state.session == run.session
    return (state.activity if state is not None and mine else "") or "unknown"


def reason(agent: Agent, run: runs.Run | None) -> str:
    """Why no session works on what is on the hook now, so far as the last look for it said; empty when one
    does, when that was about something else, and for who is started by a person alone.
    """
    hook = live_hook(agent)
    if hook is None or hook.state == "completed" or (run is not None and running.is_alive(run)):
        return ""
    if hook.state in AT_WORK and agent.role == "mayor":
        return f"nobody has started it: {start_line(agent.address)}"
    if hook.state in AT_WORK and agent.role == "crew" and not agent.runtime:
        return f"a person works there, or starts it: {start_line(agent.address)}"
    same = run is not None and (run.bead, run.since) == (hook.bead, hook.since)
    return run.said if run is not None and same else ""


def _view(snapshot: Snapshot, local: Path, agent: Agent) -> View:
    hook = live_hook(agent)
    run, why = _run(local, agent)
    alive = run is not None and running.is_alive(run)
    bead = snapshot.bead(hook.bead) if hook else None
    molecule = snapshot.molecule(hook.molecule) if hook and hook.molecule else None
    here = run is not None and hook is not None and (run.bead, run.since) == (hook.bead, hook.since)
    activity = said_activity(local, run) if run and alive else ""
    waits = sessions.waiting_for(agent) or (
        agent.sessions[-1].outcome if hook and hook.state == "suspended" and agent.sessions else ""
    )
    flow = Flow(snapshot, molecule) if molecule else None
    step = next(flow.each_ready(), None) if flow else None
    done, total = progress(flow) if flow else (0, 0)
    return View(
        address=agent.address,
        name=agent.address.rpartition("/")[2],
        role=agent.role,
        rig=agent.rig,
        host=agent.host,
        state=_state(agent, hook, alive, activity),
        runtime=(run.runtime if run and (here or alive) else "") or agent.runtime,
        hook_bead=hook.bead if hook else "",
        hook_state=hook.state if hook else "",
        work_title=bead.title if bead else "",
        molecule=molecule.id if molecule else "",
        step=step.id if step else "",
        steps_done=done,
        steps=total,
        has_work=hook is not None,
        running=alive,
        pid=run.proc.pid if run and run.proc and alive else 0,
        session=run.session if run and alive else "",
        mode=run.mode if run and alive else "",
        activity=activity,
        why=why or waits or reason(agent, run),
        unread_mail=sum(1 for _ in snapshot.paths(f"mail/{agent.address}/new/")),
    )


def _run(local: Path, agent: Agent) -> tuple[runs.Run | None, str]:
    try:
        return runs.read(local, agent.address), ""
    except UserError as error:
        return None, str(error)


def _state(agent: Agent, hook: Hook | None, alive: bool, activity: str) -> str:
    if hook is None:
        return "working" if activity == "busy" else "idle"
    if hook.state == "completed":
        return "submitted"
    if hook.state == "suspended":
        return "waiting" if sessions.waiting_for(agent) else "suspended"
    return "working" if alive else "waiting"
