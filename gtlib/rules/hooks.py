"""Hooks: the legal moves of an agent's work pointer."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import live_hook
from gtlib.rules.flow import Flow
from gtlib.rules.steps import progress


def new_hook(agent: Agent, bead: ItemId, molecule: ItemId, now: str, queue: tuple[ItemId, ...] = ()) -> Hook:
    """The hook of `agent` with that work newly on it: the branch and worktree follow from who it is.

    Who has no worktree works in the town's folder, and on no branch.
    """
    name = agent.address.rpartition("/")[2]
    branch = f"crew/{name}" if agent.role == "crew" else f"polecat/{name}/{bead}"
    if not has_worktree(agent):
        branch = ""
    return Hook(
        state="created",
        bead=bead,
        molecule=molecule,
        branch=branch,
        worktree=agent.address if branch else "",
        since=now,
        queue=queue,
    )


def has_worktree(agent: Agent) -> bool:
    """Whether the agent works on a branch of a rig, so that its work is to land."""
    return bool(agent.rig) and agent.role in ("polecat", "crew")


def let_go(snapshot: Snapshot, agent: Agent, bead: ItemId, now: str) -> Agent:
    """The agent without that bead: archived, or with the next of its queue on the hook.

    An archived hook keeps what was on it, for the worktree to be saved and for history.
    """
    hook = agent.hook
    if hook is None:
        return agent
    queue = tuple(each for each in hook.queue if each != bead)
    if hook.bead == bead and live_hook(agent):
        hook = replace(hook, state="archived")
    agent = replace(agent, hook=replace(hook, queue=queue))
    return next_up(snapshot, agent, now)


def next_up(snapshot: Snapshot, agent: Agent, now: str) -> Agent:
    """The agent with the first of its queue on the hook when nothing else is."""
    hook = agent.hook
    if hook is None or live_hook(agent) or not hook.queue:
        return agent
    bead, rest = hook.queue[0], hook.queue[1:]
    molecule = molecule_of(snapshot, bead, agent.address)
    return replace(agent, hook=new_hook(agent, bead, molecule.id if molecule else ItemId(""), now, rest))


def molecule_of(snapshot: Snapshot, bead: ItemId, assignee: str) -> Molecule | None:
    """The newest open molecule for that bead that is assigned so."""
    found = [m for m in open_molecules(snapshot, bead) if m.assignee == assignee]
    return found[-1] if found else None


def goes_on_with(snapshot: Snapshot, bead: ItemId, agent: Agent) -> Molecule | None:
    """The open molecule that the agent can go on with for that bead: its own, else the newest of nobody.

    None of which a step was done elsewhere: only who has the branch has the commits of its steps.
    """
    hook = agent.hook
    mine = hook is not None and hook.bead == bead and hook.molecule
    own = snapshot.molecule(hook.molecule) if hook is not None and mine else None
    own = own if mine else molecule_of(snapshot, bead, agent.address)
    if own is not None and own.status != "closed" and not _is_elsewhere(snapshot, own, agent):
        return own
    free = (each for each in open_molecules(snapshot, bead) if not each.assignee and not each.template)
    return next((each for each in reversed([*free]) if not _is_elsewhere(snapshot, each, agent)), None)


def _is_elsewhere(snapshot: Snapshot, molecule: Molecule, agent: Agent) -> bool:
    """Whether steps of it were done on a branch that is not the agent's."""
    flow = Flow(snapshot, molecule)
    if progress(flow)[0] == 0:
        return False
    hooks = ((each.address, each.hook) for each in snapshot.agents() if each.hook is not None)
    had = {address: hook.since for address, hook in hooks if hook.molecule == molecule.id}
    if had:
        last = max(had.values())
        return [address for address, since in had.items() if since == last] != [agent.address]
    return molecule.assignee != agent.address and any(flow.evidence(id) for id in flow.ids)


def open_molecules(snapshot: Snapshot, bead: ItemId) -> list[Molecule]:
    """The molecules for that bead that are not closed, oldest first."""
    found = [m for m in snapshot.molecules() if m.bead == bead and m.status != "closed"]
    return sorted(found, key=lambda m: (m.created, m.id))
