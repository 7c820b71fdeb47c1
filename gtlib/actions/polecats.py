"""Polecats as lists show them, and one of them with its worktree."""

from __future__ import annotations

from datetime import UTC
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from gtlib import clock
from gtlib.actions.agents import View
from gtlib.actions.agents import agents
from gtlib.actions.session_view import session_view
from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import require_agent
from gtlib.runtimes import runs
from gtlib.store.rig import Rig


class Polecat(Struct, frozen=True, kw_only=True):
    """One polecat. The first seven keys are Gas Town's; `zombie`: a session without a worktree."""

    rig: str
    name: str
    state: str
    issue: str
    session_running: bool
    zombie: bool
    session_name: str
    address: str
    title: str = ""
    runtime: str = ""
    mode: str = ""
    activity: str = ""
    why: str = ""


class PolecatStatus(Struct, frozen=True, kw_only=True):
    """One polecat with its worktree (`dirty` None: there is none, or git can't tell: `problem`)."""

    rig: str
    name: str
    state: str
    issue: str
    clone_path: str
    branch: str
    session_running: bool
    session_id: str
    attached: bool
    windows: int
    created_at: str
    last_activity: str
    address: str
    title: str
    runtime: str
    mode: str
    activity: str
    dirty: bool | None
    ahead: int
    unread_mail: int
    why: str
    problem: str


def polecats(root: Path, snapshot: Snapshot, rig: str = "") -> tuple[Polecat, ...]:
    """Those of a rig, or of all, by address."""
    views = agents(snapshot, root / ".git" / "gt")
    return tuple(_polecat(root, each) for each in views if each.role == "polecat" and rig in ("", each.rig))


def polecat_status(root: Path, snapshot: Snapshot, address: Address) -> PolecatStatus:
    """UserError for who is no polecat."""
    agent = require_agent(snapshot, address)
    if agent.role != "polecat":
        raise UserError(f"{address} is no polecat", "gt polecat list shows them")
    local = root / ".git" / "gt"
    seen = next(each for each in agents(snapshot, local) if each.address == address)
    session = session_view(local, snapshot, address)
    branch, dirty, ahead, problem = _tree(root, snapshot, agent.rig, address)
    return PolecatStatus(
        rig=agent.rig,
        name=seen.name,
        state=seen.state,
        issue=seen.hook_bead,
        clone_path=str(root / address),
        branch=branch or (agent.hook.branch if agent.hook else ""),
        session_running=seen.running,
        session_id=session.session_id,
        attached=seen.running and seen.mode == "tmux" and _is_shown(local, address),
        windows=int(seen.running and seen.mode == "tmux"),
        created_at=session.created_at,
        last_activity=_last(local, address),
        address=address,
        title=seen.work_title,
        runtime=seen.runtime,
        mode=seen.mode,
        activity=seen.activity,
        dirty=dirty,
        ahead=ahead,
        unread_mail=seen.unread_mail,
        why=seen.why,
        problem=problem,
    )


def _polecat(root: Path, view: View) -> Polecat:
    return Polecat(
        rig=view.rig,
        name=view.name,
        state=view.state,
        issue=view.hook_bead,
        session_running=view.running,
        zombie=view.running and not (root / view.address / ".git").exists(),
        session_name=view.session,
        address=view.address,
        title=view.work_title,
        runtime=view.runtime,
        mode=view.mode,
        activity=view.activity,
        why=view.why,
    )


def _tree(root: Path, snapshot: Snapshot, rig: str, address: Address) -> tuple[str, bool | None, int, str]:
    """Branch, dirt, commits ahead, and what is wrong with the worktree."""
    config = snapshot.rig(rig)
    if config is None or not (root / address).exists():
        return "", None, 0, ""
    try:
        found = Rig(root, config).worktree_status(root / address)
    except UserError as error:
        return "", None, 0, error.what
    return found.branch, found.dirty, found.ahead, ""


def _is_shown(local: Path, address: Address) -> bool:
    from gtlib.runtimes import clients  # libtmux takes a tenth of a second, which most looks need not
    from gtlib.runtimes.terminal import session_name

    return any(each.session == session_name(address) for each in clients.clients(local))


def _last(local: Path, address: Address) -> str:
    try:
        state = runs.read_state(local, address)
    except UserError:  # spoilt by somebody, which is no reason to show nothing
        return ""
    return clock.stamp(datetime.fromtimestamp(state.at, UTC)) if state is not None and state.at else ""
