"""Taking a polecat's work from it for good: what it had is open again, its worktree is no longer wanted."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import LIVE_REQUEST
from gtlib.rules.base import holds
from gtlib.rules.base import require_agent
from gtlib.rules.base import require_writable
from gtlib.rules.hooks import open_molecules

ARCHIVED = "archived"


def requests_of(snapshot: Snapshot, address: Address) -> list[MergeRequest]:
    """Merge requests that have not come to an end, of the agent or for a bead that it holds; oldest first."""
    agent = snapshot.agent(address)
    beads = holds(agent) if agent else ()
    found = [
        each
        for each in snapshot.merges()
        if each.status in LIVE_REQUEST and not each.applied and (each.agent == address or each.bead in beads)
    ]
    return sorted(found, key=lambda each: (each.created, each.id))


def plan_nuke(snapshot: Snapshot, address: Address, actor: str) -> Edit | None:
    """All that the agent holds is open again and its merge requests are superseded; its file and branches
    stay. None when it holds nothing. UserError for an agent that is no polecat.
    """
    agent = require_agent(snapshot, address)
    if agent.role != "polecat":
        raise UserError(f"{address} is no polecat", "gt polecat list shows them")
    hook = agent.hook
    beads = holds(agent)
    put: list[Item] = []
    if hook is not None and (hook.state != ARCHIVED or hook.queue):
        put.append(replace(agent, runtime="", hook=replace(hook, state=ARCHIVED, queue=(), waits_for=())))
    for id in beads:
        bead = snapshot.bead(id)
        if bead is not None and bead.status != "closed":
            put.append(replace(bead, status="open", assignee=""))
        put += [replace(m, assignee="") for m in open_molecules(snapshot, id) if m.assignee == address]
    put += [replace(m, status="superseded", reason="nuked") for m in requests_of(snapshot, address)]
    if not put:
        return None
    require_writable(snapshot, *put)
    trailers = (("Event", "nuke"), *(("Bead", id) for id in beads), ("Agent", address))
    return Edit(subject=f"nuke: {address}", put=tuple(put), trailers=trailers, actor=actor)
