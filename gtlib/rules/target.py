"""Whom work is slung to: the agent that a target names, or a free one, or a new one."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.config import RigConfig
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import holds
from gtlib.rules.base import live_hook
from gtlib.rules.pool import POOL
from gtlib.rules.pool import next_name


def find_rig(snapshot: Snapshot, target: str) -> RigConfig:
    """The rig of a target such as `rig`, `rig/name`, `rig/crew/name`. Raises UserError when there is none."""
    name = target.strip("/").partition("/")[0]
    rig = snapshot.rig(name)
    if rig is None:
        known = [rig.name for rig in snapshot.rigs()]
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        others = f"the rigs are: {', '.join(known[:10])}" if known else "gt rig add makes one"
        hint = f"did you mean {' or '.join(near)}?" if near else others
        raise UserError(f"no rig {name!r}", hint)
    return rig


def names_target(rig: RigConfig, target: str, address: Address) -> bool:
    """Whether a target (a rig, or one agent of it) means the agent with this address."""
    rest = target.strip("/").partition("/")[2]
    if not rest:
        return address.startswith(f"{rig.name}/polecats/")
    return address in _addresses(rig, rest)


def choose_agent(
    snapshot: Snapshot,
    rig: RigConfig,
    target: str,
    bead: ItemId,
    host: str,
    pool: Sequence[str] = POOL,
) -> Agent:
    """The agent that takes the bead: the named one, else a free polecat of this host, else a new one.

    Among the free ones the one that had the bead before comes first: its branch is kept.
    Raises UserError for an agent of another host, one that is busy (a crew member is never:
    it has a queue), a crew member that does not exist, or a bad name.
    """
    rest = target.strip("/").partition("/")[2]
    agents = [agent for agent in snapshot.agents() if agent.rig == rig.name]
    if not rest:
        polecats = [agent for agent in agents if agent.role == "polecat" and agent.host == host]
        free = [agent for agent in polecats if not holds(agent) and not snapshot.is_broken(_path(agent))]
        free.sort(key=lambda agent: (agent.hook is None or agent.hook.bead != bead, agent.address))
        if free:
            return free[0]
        return new_polecat(rig, next_name(_taken(snapshot, rig), pool), host)
    for address in _addresses(rig, rest):
        found = snapshot.agent(address)
        if found is not None:
            _guard(found, host)
            return found
        if snapshot.exists(layout.path_of_agent(address)):
            raise UserError(
                f"agents/{address}.md does not parse", "mend the file (gt doctor says what is wrong)"
            )
    if rest.startswith("crew/"):
        raise UserError(f"no agent {rig.name}/{rest}", f"gt crew add {rest[5:]} --rig {rig.name} makes it")
    return new_polecat(rig, rest.removeprefix("polecats/"), host)


def new_polecat(rig: RigConfig, name: str, host: str) -> Agent:
    """A polecat that there was not before. Raises UserError when it can't be called so."""
    address = Address(f"{rig.name}/polecats/{names.agent_name(name)}")
    return Agent(address=address, role="polecat", rig=rig.name, host=host)


def _addresses(rig: RigConfig, rest: str) -> tuple[Address, ...]:
    if rest.startswith(("polecats/", "crew/")):
        return (Address(f"{rig.name}/{rest}"),)
    return (Address(f"{rig.name}/polecats/{rest}"), Address(f"{rig.name}/crew/{rest}"))


def _guard(agent: Agent, host: str) -> None:
    if agent.host and agent.host != host:
        raise UserError(
            f"{agent.address} lives on {agent.host}, this is {host}", "sling there, or to another agent"
        )
    hook = live_hook(agent)
    if agent.role != "crew" and hook is not None:
        raise UserError(
            f"{agent.address} is busy with {hook.bead}",
            f"gt sling to {agent.rig} takes a free one, or gt unsling {hook.bead}",
        )


def _taken(snapshot: Snapshot, rig: RigConfig) -> set[str]:
    """By file name, so that a file that does not parse keeps its name too."""
    return {path.rpartition("/")[2][:-3] for path in snapshot.paths(f"agents/{rig.name}/")}


def _path(agent: Agent) -> str:
    return layout.path_of_agent(agent.address)
