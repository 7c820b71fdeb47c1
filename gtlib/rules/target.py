"""Whom work is slung to: the agent that a target names, or a free one, or a new one."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final
from typing import Literal

from msgspec import Struct

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import of_address
from gtlib.model.config import RigConfig
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import MAYOR
from gtlib.rules.base import holds
from gtlib.rules.base import live_hook
from gtlib.rules.namepool import DOGS
from gtlib.rules.namepool import next_name
from gtlib.rules.namepool import pool_of

KENNEL: Final = "deacon/dogs"
CREW: Final = "crew"
_DOGS: Final = ("dog", "dogs", "dog:", "deacon/dogs")
# Who has a queue behind its hook: those that a person talks to.
_QUEUES: Final = frozenset({"crew", "mayor"})
_NOBODY: Final = {
    "overseer": "the overseer is a person, and has no hook",
    "deacon": "the deacon is code, and has no hook",
    "boot": "boot is code, and has no hook",
}


class Target(Struct, frozen=True, kw_only=True):
    """What a target means: one of `addresses` (the first that there is), or any of a pool.

    `rig` is None for the town's own agents, `text` what was typed.
    """

    text: str
    rig: RigConfig | None = None
    addresses: tuple[Address, ...] = ()
    pool: Literal["", "polecats", "dogs"] = ""


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


def is_target(snapshot: Snapshot, text: str) -> bool:
    """Whether a word is written as a target, whether or not there is such an agent."""
    word = text.strip().rstrip("/")
    return (
        word in (".", CREW, MAYOR, *_DOGS, *_NOBODY)
        or "/" in word
        or word.startswith("dog:")
        or snapshot.rig(word) is not None
    )


def find_target(snapshot: Snapshot, text: str) -> Target:
    """The target that `text` means: `rig`, `rig/name`, `rig/polecats/name`, `rig/crew/name`, `rig/crew`,
    `rig/witness`, `rig/refinery`, `mayor`, `dog:`, `dog:name`, `deacon/dogs`, `deacon/dogs/name`.

    Raises UserError for an unknown rig, a bad name, and for who has no hook.
    """
    word = text.strip().rstrip("/")
    if word in _DOGS:
        return Target(text=text, pool="dogs")
    for head in ("dog:", f"{KENNEL}/", "dogs/"):
        if word.startswith(head):
            name = names.agent_name(word.removeprefix(head))
            return Target(text=text, addresses=(Address(f"{KENNEL}/{name}"),))
    if word == MAYOR:
        return Target(text=text, addresses=(MAYOR,))
    if word in _NOBODY:
        raise UserError(_NOBODY[word], "sling to a rig, to RIG/NAME, crew, mayor or dog:")
    rig = find_rig(snapshot, word)
    rest = word.strip("/").partition("/")[2]
    if not rest:
        return Target(text=text, rig=rig, pool="polecats")
    if rest == CREW:
        return Target(text=text, rig=rig, addresses=(_first_crew(snapshot, rig),))
    return Target(text=text, rig=rig, addresses=_addresses(rig, rest))


def names_target(target: Target, address: Address) -> bool:
    """Whether a target means the agent with this address."""
    if target.pool == "dogs":
        return address.startswith(f"{KENNEL}/")
    if target.rig is not None and target.pool:
        return address.startswith(f"{target.rig.name}/polecats/")
    return address in target.addresses


def choose_agent(
    snapshot: Snapshot,
    target: Target,
    bead: ItemId,
    host: str,
    pool: Sequence[str] = (),
    *,
    create: bool = True,
) -> Agent:
    """The agent that takes the bead: the named one, else a free one of the pool on this host, else a new one.

    Among the free ones the one that had the bead before comes first: its branch is kept. `pool` are names for
    new polecats (none: the rig's); `create` lets a named one be made that there is not.
    Raises UserError for an agent of another host, one that is busy (crew and mayor are never:
    they have a queue), one that there is not, or a bad name.
    """
    if target.pool:
        return _free(snapshot, target, bead, host, pool)
    for address in target.addresses:
        found = snapshot.agent(address)
        if found is not None:
            _guard(found, host)
            return found
        if snapshot.exists(layout.path_of_agent(address)):
            raise UserError(
                f"agents/{address}.md does not parse", "mend the file (gt doctor says what is wrong)"
            )
    address = target.addresses[0]
    rig, role = of_address(address)
    name = address.rpartition("/")[2]
    if role == "crew":
        raise UserError(f"no agent {address}", f"gt crew add {name} --rig {rig} makes it")
    if role in ("polecat", "dog") and not create:
        raise UserError(f"no agent {address}", f"--create makes it; gt sling to {rig or 'dog:'} takes any")
    if role == "polecat":
        names.agent_name(name)
    return Agent(address=address, host=host)


def new_polecat(rig: RigConfig, name: str, host: str) -> Agent:
    """A polecat that there was not before. Raises UserError when it can't be called so."""
    address = Address(f"{rig.name}/polecats/{names.agent_name(name)}")
    return Agent(address=address, role="polecat", rig=rig.name, host=host)


def _free(snapshot: Snapshot, target: Target, bead: ItemId, host: str, pool: Sequence[str]) -> Agent:
    role = "polecat" if target.pool == "polecats" else "dog"
    rig = target.rig.name if target.rig is not None else ""
    agents = [each for each in snapshot.agents() if (each.rig, each.role) == (rig, role)]
    free = [
        each
        for each in agents
        if each.host in ((host,) if rig else ("", host))
        and not holds(each)
        and not snapshot.is_broken(_path(each))
    ]
    free.sort(key=lambda agent: (agent.hook is None or agent.hook.bead != bead, agent.address))
    if free:
        return free[0]
    if target.rig is not None:
        there = pool or pool_of(snapshot, rig).names
        return new_polecat(target.rig, next_name(_taken(snapshot, f"agents/{rig}/"), there), host)
    if len(agents) >= len(DOGS):
        busy = ", ".join(sorted(each.address.rpartition("/")[2] for each in agents))
        raise UserError(f"no dog is free: {busy}", "wait until one is, or gt unsling what it does")
    name = next_name(_taken(snapshot, f"agents/{KENNEL}/"), DOGS)
    return Agent(address=Address(f"{KENNEL}/{name}"), host=host)


def _first_crew(snapshot: Snapshot, rig: RigConfig) -> Address:
    """The rig's crew: whom `crew.startup` of the settings names, else the only one."""
    there = [each.address for each in snapshot.agents() if (each.rig, each.role) == (rig.name, "crew")]
    own = rig_settings(snapshot, rig.name)
    wanted = (own.crew_startup if own is not None else "") or town_settings(snapshot).crew_startup
    named = Address(f"{rig.name}/crew/{wanted}")
    if named in there:
        return named
    if len(there) == 1:
        return there[0]
    if not there:
        raise UserError(f"{rig.name} has no crew", f"gt crew add NAME --rig {rig.name} makes one")
    listed = ", ".join(each.rpartition("/")[2] for each in there)
    raise UserError(f"{rig.name} has several in its crew: {listed}", f"name one: {rig.name}/crew/NAME")


def _addresses(rig: RigConfig, rest: str) -> tuple[Address, ...]:
    if rest in ("witness", "refinery"):
        return (Address(f"{rig.name}/{rest}"),)
    if rest.startswith(("polecats/", "crew/")):
        kind, _, name = rest.partition("/")
        return (Address(f"{rig.name}/{kind}/{names.agent_name(name)}"),)
    names.agent_name(rest)
    return (Address(f"{rig.name}/polecats/{rest}"), Address(f"{rig.name}/crew/{rest}"))


def _guard(agent: Agent, host: str) -> None:
    if agent.host and agent.host != host:
        raise UserError(
            f"{agent.address} lives on {agent.host}, this is {host}", "sling there, or to another agent"
        )
    hook = live_hook(agent)
    if agent.role not in _QUEUES and hook is not None:
        others = f"gt sling to {agent.rig} takes a free one" if agent.role == "polecat" else "wait"
        raise UserError(f"{agent.address} is busy with {hook.bead}", f"{others}, or gt unsling {hook.bead}")


def _taken(snapshot: Snapshot, folder: str) -> set[str]:
    """By file name, so that a file that does not parse keeps its name too."""
    return {path.rpartition("/")[2][:-3] for path in snapshot.paths(folder)}


def _path(agent: Agent) -> str:
    return layout.path_of_agent(agent.address)
