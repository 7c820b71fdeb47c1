"""End a polecat: its session, its hold on work, its worktree. What was in the worktree is saved first."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions import running
from gtlib.actions import session
from gtlib.actions.settle import settle
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.agent import of_address
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import holds
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_agent
from gtlib.rules.nuke import plan_nuke
from gtlib.rules.nuke import requests_of
from gtlib.runtimes import runs
from gtlib.store.rescue import RESCUE
from gtlib.store.rig import Rig
from gtlib.store.town import Town

NUKED = "nuked"


class Nuke(Struct, frozen=True, kw_only=True):
    """What ending a polecat means, and what has come of it.

    `against` are reasons not to, which `force` overrules. `saved` is the ref of what was in the worktree when
    no branch holds all of it, `problem` why the worktree is still there.
    """

    address: str
    beads: tuple[str, ...]
    requests: tuple[str, ...]
    branch: str
    worktree: str
    running: bool
    dirty: bool
    ahead: int
    against: tuple[str, ...]
    saved: str = ""
    removed: bool = False
    problem: str = ""


def look(town: Town, addresses: Sequence[Address], actor: Address) -> tuple[Nuke, ...]:
    """What it would mean. UserError for who is no polecat of this machine, for a worktree that git can't tell
    about, and for a polecat that wants to end another one.
    """
    snapshot = town.snapshot()
    for address in addresses:
        if of_address(actor)[1] == "polecat" and address != actor:
            raise UserError(f"you are {actor}: a polecat ends no other", "ask the mayor: gt mail send mayor")
    return tuple(_look(town, snapshot, address) for address in addresses)


def nuke(town: Town, planned: Sequence[Nuke], actor: Address, now: str, *, force: bool) -> tuple[Nuke, ...]:
    """Do it, one after the other. UserError, and nothing is done, when there is anything against it and no
    `force`.
    """
    against = [f"{each.address}: {', '.join(each.against)}" for each in planned if each.against]
    if against and not force:
        raise UserError("; ".join(against), "with -f it is done all the same, and what is there is saved")
    return tuple(_nuke(town, each, actor, now) for each in planned)


def _look(town: Town, snapshot: Snapshot, address: Address) -> Nuke:
    agent = require_agent(snapshot, address)
    if agent.role != "polecat":
        raise UserError(f"{address} is no polecat", "gt polecat list shows them")
    if agent.host not in ("", town.host):
        raise UserError(f"{address} lives on {agent.host}, this is {town.host}", "end it there")
    rig, path = _rig(town, snapshot, agent.rig), town.root / address
    there = rig is not None and rig.has_worktree(path)
    tree = rig.worktree_status(path) if rig is not None and there else None
    run = runs.read(town.local, address)
    hook = live_hook(agent)
    requests = tuple(str(each.id) for each in requests_of(snapshot, address))
    against = [
        *([f"{hook.bead} is on its hook"] if hook and hook.state != "completed" else []),
        *([f"{', '.join(agent.hook.queue)} in its queue"] if agent.hook and agent.hook.queue else []),
        *([f"{', '.join(requests)} is to land"] if requests else []),
        *(["its worktree holds what is not committed"] if tree and tree.dirty else []),
    ]
    return Nuke(
        address=address,
        beads=tuple(str(each) for each in holds(agent)),
        requests=requests,
        branch=tree.branch if tree else "",
        worktree=address if there else "",
        running=run is not None and running.is_alive(run),
        dirty=tree.dirty if tree else False,
        ahead=tree.ahead if tree else 0,
        against=tuple(against),
    )


def _nuke(town: Town, planned: Nuke, actor: Address, now: str) -> Nuke:
    """The hold first, or the deacon would start the next session at once."""
    address = Address(planned.address)
    transition(town, lambda snapshot: plan_nuke(snapshot, address, actor), actor)
    session.stop(town, address, NUKED)
    settle(town, now)
    snapshot = town.snapshot()
    agent = require_agent(snapshot, address)
    if live_hook(agent) is not None:
        return replace(planned, problem="it was given new work meanwhile, for which the worktree stays")
    rig, path = _rig(town, snapshot, agent.rig), town.root / address
    if rig is None or not rig.has_worktree(path):
        return planned
    try:
        saved = rig.remove_worktree(path)
    except UserError as error:
        return replace(planned, problem=str(error))
    label = f"{RESCUE}{path.relative_to(rig.folder)}/{saved[:12]}" if saved else ""
    return replace(planned, removed=True, saved=label)


def _rig(town: Town, snapshot: Snapshot, name: str) -> Rig | None:
    config = snapshot.rig(name)
    return Rig(town.root, config) if config is not None else None
