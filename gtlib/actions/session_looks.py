"""Sessions as lists show them: those at work, those of the past, and what is wrong with any."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gtlib.actions import running
from gtlib.actions.session_view import SessionView
from gtlib.actions.session_view import session_view
from gtlib.errors import UserError
from gtlib.model.agent import Session
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules import dispatch
from gtlib.rules.base import require_agent
from gtlib.runtimes import runs
from gtlib.system import kin


class Health(Struct, frozen=True, kw_only=True):
    """One agent that has a session, or work for one. `state`: healthy, idle, dead, waits, unknown."""

    address: str
    session_id: str
    state: str
    why: str = ""


class Clash(Struct, frozen=True, kw_only=True):
    """What does not fit: a process that works as an agent beside the session that is known, or bad state."""

    address: str
    problem: str
    pid: int = 0
    session_id: str = ""


def live_sessions(local: Path, snapshot: Snapshot) -> tuple[SessionView, ...]:
    """The sessions that run on this machine, by address, of agents that have a file."""
    found = []
    for run in runs.every(local):
        if run.session and running.is_alive(run) and snapshot.agent(run.address) is not None:
            found.append(session_view(local, snapshot, run.address))
    return tuple(found)


def past(snapshot: Snapshot, address: Address, limit: int | None) -> tuple[Session, ...]:
    """An agent's sessions, the last one first. UserError for an unknown agent."""
    sessions = tuple(reversed(require_agent(snapshot, address).sessions))
    return sessions if limit is None else sessions[:limit]


def health(local: Path, snapshot: Snapshot, host: str, rig: str = "") -> tuple[Health, ...]:
    """Whether those live that should, on this machine; `rig`: of that rig alone."""
    wanted = {each.address for each in dispatch.wanted(snapshot, host) if each.kind == "session"}
    found = []
    for agent in snapshot.agents():
        if rig and agent.rig != rig:
            continue
        try:
            seen = session_view(local, snapshot, agent.address)
        except UserError as error:
            found.append(Health(address=agent.address, session_id="", state="unknown", why=str(error)))
            continue
        state = _state(seen, agent.address in wanted)
        if state:
            why = seen.said if state in ("dead", "waits") else ""
            found.append(Health(address=agent.address, session_id=seen.session_id, state=state, why=why))
    return tuple(found)


def clashes(root: Path, local: Path) -> tuple[Clash, ...]:
    """Processes that work as an agent of this town without being its session, by address; found by the
    variables that every session is started with, and never by a name.
    """
    try:
        known = {run.address: run for run in runs.every(local)}
    except UserError as error:
        return (Clash(address="", problem=str(error)),)
    strays: dict[tuple[str, str], int] = {}
    for proc in sorted(kin.carrying({"GT_TOWN": str(root)}), key=lambda each: each.pid):
        session, address = kin.variable(proc, "GT_SESSION"), kin.variable(proc, "GT_ROLE")
        run = known.get(Address(address))
        mine = run is not None and run.session == session and (run.proc is None or running.is_alive(run))
        if session and address and not mine:
            strays.setdefault((address, session), proc.pid)
    return tuple(
        Clash(address=address, problem="is no session that is known", pid=pid, session_id=session)
        for (address, session), pid in sorted(strays.items())
    )


def _state(seen: SessionView, wanted: bool) -> str:
    if seen.running:
        return "idle" if seen.activity == "idle" else "healthy"
    if wanted:
        of_this = seen.session_id and seen.bead == seen.hook_bead
        return "dead" if of_this and not seen.said else "waits"
    return ""
