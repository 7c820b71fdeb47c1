"""One agent's session as people ask about it: whether it runs, how, since when, and what it does."""

from __future__ import annotations

import time
from datetime import UTC
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from gtlib import clock
from gtlib.actions import running
from gtlib.actions.agents import reason
from gtlib.actions.agents import said_activity
from gtlib.actions.modes import runtime as runtime_of
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_agent
from gtlib.rules.post import unread
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run


class SessionView(Struct, frozen=True, kw_only=True):
    """`running`: it lives on this machine. `rig` and `polecat` (the agent's own name) as Gas Town has them.

    What is told of one that has ended is the last, which was for `bead`; `said` is why none works
    on what is on the hook now.
    """

    address: str
    role: str
    rig: str
    polecat: str
    running: bool
    session_id: str = ""
    bead: str = ""
    runtime: str = ""
    mode: str = ""
    pid: int = 0
    activity: str = ""
    created_at: str = ""
    seconds: int = 0
    native: str = ""
    log: str = ""
    hook_bead: str = ""
    work_title: str = ""
    hook_state: str = ""
    unread_mail: int = 0
    said: str = ""


def session_view(local: Path, snapshot: Snapshot, address: Address, *, look: bool = False) -> SessionView:
    """`local` is `.git/gt`. `look`: ask the session itself what it does, not what its hooks said last.

    UserError for an unknown agent, and when its run state can't be read.
    """
    agent = require_agent(snapshot, address)
    run = runs.read(local, address)
    alive = run is not None and running.is_alive(run)
    hook = live_hook(agent)
    bead = snapshot.bead(hook.bead) if hook else None
    began = clock.stamp(datetime.fromtimestamp(run.began, UTC)) if run and run.began else ""
    return SessionView(
        address=address,
        role=agent.role,
        rig=agent.rig,
        polecat=address.rpartition("/")[2],
        running=alive,
        session_id=run.session if run else "",
        bead=run.bead if run else "",
        runtime=run.runtime if run else "",
        mode=run.mode if run else "",
        pid=run.proc.pid if run and run.proc and alive else 0,
        activity=_activity(local, run, look) if run and alive else "",
        created_at=began,
        seconds=int(max(0.0, time.time() - run.began)) if run and alive else 0,
        native=run.native if run else "",
        log=str(runs.log(local, address)),
        hook_bead=hook.bead if hook else "",
        work_title=bead.title if bead else "",
        hook_state=hook.state if hook else "",
        unread_mail=unread(snapshot, address),
        said=reason(agent, run),
    )


def _activity(local: Path, run: Run, look: bool) -> str:
    return runtime_of(run.mode).activity(run) if look else said_activity(local, run)
