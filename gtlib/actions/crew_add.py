"""Give people or long-lived agents worktrees of their own in a rig."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib import layout
from gtlib import names
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.config import RigConfig
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.store.rig import Rig
from gtlib.store.town import Town


class Crew(Struct, frozen=True, kw_only=True):
    """The new members; `notes` say which worktree could not be made, and why."""

    agents: tuple[Agent, ...]
    notes: tuple[str, ...] = ()


def crew_add(town: Town, people: Sequence[str], rig: RigConfig, actor: str = "") -> Crew:
    """For each name the worktree `<rig>/crew/<name>` on branch `crew/<name>`, and an agent file: one commit.

    UserError, and none of them made, for a name that is taken or reserved, or something in its place.
    """
    agents = tuple(_member(name, rig, town.host) for name in dict.fromkeys(people))
    checkout = Rig(town.root, rig)
    checkout.target_tip()
    for agent in agents:
        folder = town.root / layout.worktree(agent.address)
        if folder.exists() and any(folder.iterdir()) and not checkout.has_worktree(folder):
            raise UserError(f"{folder} is there already", "choose another name, or move that folder away")

    def plan(snapshot: Snapshot) -> Edit:
        added = ", ".join(agent.address for agent in agents)
        put = tuple(_settled(snapshot, agent) for agent in agents)
        return Edit(subject=f"crew: {added} added", put=put, actor=actor)

    applied = transition(town, plan, actor)
    return Crew(agents=agents, notes=applied.notes if applied else ())


def _settled(snapshot: Snapshot, agent: Agent) -> Agent:
    """The new member; one who moved in from elsewhere keeps what its file says."""
    there = snapshot.agent(agent.address)
    if there is not None and there.hook is None and not snapshot.is_broken(kinds.path_of(agent)):
        return replace(there, host=agent.host, hook=agent.hook)
    if snapshot.exists(layout.path_of_agent(agent.address)):
        raise UserError(f"{agent.address} is there already", "choose another name, or see it: gt crew list")
    return agent


def _member(name: str, rig: RigConfig, host: str) -> Agent:
    address = Address(f"{rig.name}/crew/{names.agent_name(name)}")
    hook = Hook(
        state="created",
        branch=f"crew/{name}",
        worktree=layout.worktree(address),
        since=clock.stamp(clock.now()),
    )
    return Agent(address=address, role="crew", rig=rig.name, host=host, hook=hook)
