"""What should exist on a machine: worktrees and sessions for hooks, a refinery for what is ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import is_home
from gtlib.rules.base import live_hook
from gtlib.rules.hooks import has_worktree
from gtlib.rules.queue import QUEUED

AT_WORK = ("created", "active")
# Who has no worktree, and gets a session for what is on the hook.
WOKEN = ("dog", "witness", "refinery")


class Wanted(Struct, frozen=True, kw_only=True):
    """One thing that should be there; `merge` means a refinery at work on that rig."""

    kind: Literal["worktree", "session", "merge"]
    rig: str
    address: Address = Address("")
    bead: ItemId = ItemId("")
    molecule: ItemId = ItemId("")
    branch: str = ""
    worktree: str = ""
    runtime: str = ""


def wanted(snapshot: Snapshot, host: str) -> tuple[Wanted, ...]:
    """What should exist on `host` now, worktrees first. A town without `home` has its home everywhere.

    A bead that is missing, closed or put aside by hand wants no session. Crew get one only when
    their file names a runtime: else a person stands there. Dogs, and who judges for witness and refinery, get
    one in the town's folder; the mayor's is a person's to start.
    """
    found: list[Wanted] = []
    sessions: list[Wanted] = []
    for agent in snapshot.agents():
        # A crew member keeps its worktree whatever is on its hook.
        hook = agent.hook if agent.role == "crew" else live_hook(agent)
        if hook is None or agent.host != host or (agent.rig and snapshot.rig(agent.rig) is None):
            continue
        if has_worktree(agent):
            found.append(_for(agent, hook, "worktree"))
        elif agent.role not in WOKEN:
            continue
        if live_hook(agent) and _wants_session(snapshot, agent, hook):
            sessions.append(_for(agent, hook, "session"))
    return (*found, *sessions, *_merges(snapshot, host))


def _for(agent: Agent, hook: Hook, kind: Literal["worktree", "session"]) -> Wanted:
    return Wanted(
        kind=kind,
        rig=agent.rig,
        address=agent.address,
        bead=hook.bead,
        molecule=hook.molecule,
        branch=hook.branch,
        worktree=hook.worktree,
        runtime=agent.runtime,
    )


def _wants_session(snapshot: Snapshot, agent: Agent, hook: Hook) -> bool:
    bead = snapshot.bead(hook.bead)
    if hook.state not in AT_WORK or bead is None or bead.status not in ("hooked", "in_progress", "open"):
        return False
    if agent.runtime == "manual":
        return False
    return agent.role != "crew" or bool(agent.runtime)


def _merges(snapshot: Snapshot, host: str) -> Iterator[Wanted]:
    if not is_home(snapshot, host):
        return
    ready = {m.rig for m in snapshot.merges() if m.status in QUEUED and not m.applied}
    for rig in snapshot.rigs():
        if rig.name in ready:
            yield Wanted(kind="merge", rig=rig.name)
