"""Identities of polecats: made before there is work, renamed with their history, taken away."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib import layout
from gtlib import splice
from gtlib.errors import UserError
from gtlib.frontmatter import split
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import holds
from gtlib.rules.base import require_agent
from gtlib.rules.base import require_writable
from gtlib.rules.namepool import check_name
from gtlib.rules.namepool import next_name
from gtlib.rules.namepool import pool_of
from gtlib.rules.target import find_rig
from gtlib.rules.target import new_polecat


def plan_add(snapshot: Snapshot, rig: str, name: str, host: str, actor: str) -> tuple[Agent, Edit]:
    """A polecat that has no work yet; without a name the rig's pool has one. UserError for a taken one."""
    config = find_rig(snapshot, rig)
    taken = {path.rpartition("/")[2][:-3] for path in snapshot.paths(f"agents/{config.name}/")}
    chosen = check_name(name) if name else next_name(taken, pool_of(snapshot, config.name).names)
    if chosen in taken:
        raise UserError(f"{config.name} has an agent {chosen} already", "gt polecat identity list shows them")
    agent = new_polecat(config, chosen, host)
    return agent, Edit(subject=f"identity: {agent.address} added", put=(agent,), actor=actor)


def plan_rename(snapshot: Snapshot, old: Address, name: str, actor: str) -> tuple[Agent, Edit]:
    """The polecat under another name: sessions, notes and mail go with it, and it knows its old address.

    UserError for a name that is taken, and while work is on the hook or in the queue, whose branch is called
    by the old one.
    """
    agent = _free(snapshot, old)
    rig = old.partition("/")[0]
    new = Address(f"{rig}/polecats/{check_name(name)}")
    if any(
        snapshot.exists(layout.path_of_agent(Address(f"{rig}/{kind}/{name}")))
        for kind in ("polecats", "crew")
    ):
        raise UserError(f"{rig} has an agent {name} already", "gt polecat identity list shows them")
    path, there = layout.path_of_agent(old), layout.path_of_agent(new)
    text = snapshot.text(path) or ""
    if "address" in split(path, text).values:
        text = splice.set_keys(path, text, {"address": new})
    renamed = replace(agent, address=new, hook=None, formerly=(*agent.formerly, old))
    moves = tuple(
        (each, f"mail/{new}/{each.removeprefix(f'mail/{old}/')}") for each in snapshot.paths(f"mail/{old}/")
    )
    edit = Edit(
        subject=f"identity: {old} is {new}",
        files=((there, kinds.edit(there, text, renamed)),),
        removes=(path,),
        moves=moves,
        trailers=(("Agent", old), ("Agent", new)),
        actor=actor,
    )
    return renamed, edit


def plan_remove(snapshot: Snapshot, address: Address, actor: str) -> tuple[Agent, Edit]:
    """The identity is no more; git keeps what it was, and its mail stays. UserError while it has work."""
    agent = _free(snapshot, address)
    edit = Edit(
        subject=f"identity: {address} removed",
        removes=(layout.path_of_agent(address),),
        trailers=(("Agent", address),),
        actor=actor,
    )
    return agent, edit


def _free(snapshot: Snapshot, address: Address) -> Agent:
    agent = require_agent(snapshot, address)
    if agent.role != "polecat":
        raise UserError(f"{address} is no polecat", "gt polecat list shows them")
    held = holds(agent)
    if held:
        raise UserError(f"{address} has work: {', '.join(held)}", f"take it off first: gt unsling {held[0]}")
    require_writable(snapshot, agent)
    return agent
