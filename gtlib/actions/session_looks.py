"""Sessions as lists show them: those at work, those of the past, and what is wrong with any."""

from __future__ import annotations

import os
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
from gtlib.system import procinfo
from gtlib.system.process import Proc

UNKNOWN = "is no session that is known"


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
    for run in runs.every_readable(local)[0]:
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


class Stray(Struct, frozen=True):
    """A session whose processes live, and which is not the one that its agent is known to have.

    `proc` is the eldest of them.
    """

    address: str
    session: str
    proc: Proc


def strays(root: Path, local: Path) -> tuple[Stray, ...]:
    """Those of this town, by address; found by the variables that every session is started with, and never
    by a name. Not the one that the caller is in, and none of an agent whose run state can't be read.
    """
    readable, spoilt = runs.every_readable(local)
    known = {run.address: run for run in readable}
    carrying = sorted(kin.carrying({"GT_TOWN": str(root)}), key=lambda each: each.pid)
    callers = {os.getpid(), *procinfo.ancestors()}
    found: dict[tuple[str, str], Stray] = {}
    mine: set[str] = set()
    for proc in carrying:
        session, address = kin.variable(proc, "GT_SESSION"), kin.variable(proc, "GT_ROLE")
        run = known.get(Address(address))
        is_known = run is not None and run.session == session and (run.proc is None or running.is_alive(run))
        if proc.pid in callers:
            mine.add(session)
        elif session and address and address not in spoilt and not is_known:
            found.setdefault((address, session), Stray(address, session, proc))
    return tuple(each for _, each in sorted(found.items()) if each.session not in mine)


def clashes(root: Path, local: Path) -> tuple[Clash, ...]:
    """What of this town does not fit, by address: strays, or run state that can't be read."""
    found = [
        Clash(address=each.address, problem=UNKNOWN, pid=each.proc.pid, session_id=each.session)
        for each in strays(root, local)
    ]
    spoilt = runs.every_readable(local)[1].items()
    return (*(Clash(address=address, problem=str(error)) for address, error in spoilt), *found)


def _state(seen: SessionView, wanted: bool) -> str:
    if seen.running:
        return "idle" if seen.activity == "idle" else "healthy"
    if wanted:
        of_this = seen.session_id and seen.bead == seen.hook_bead
        return "dead" if of_this and not seen.said else "waits"
    return ""
