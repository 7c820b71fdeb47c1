"""Identities of polecats: made, renamed, removed."""

from __future__ import annotations

from gtlib.actions import running
from gtlib.actions.carry_out import carry_out
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.names import Address
from gtlib.rules import identity as rules
from gtlib.runtimes import runs
from gtlib.store.town import Town


def add(town: Town, rig: str, name: str, actor: str) -> Agent:
    """A polecat that waits for work. UserError as `plan_add` says."""
    return carry_out(town, lambda snapshot: rules.plan_add(snapshot, rig, name, town.host, actor), actor)[0]


def rename(town: Town, address: Address, name: str, actor: str) -> Agent:
    """The polecat under its new name. UserError as `plan_rename` says, and while anything of it is there."""
    _settled(town, address)
    return carry_out(town, lambda snapshot: rules.plan_rename(snapshot, address, name, actor), actor)[0]


def remove(town: Town, address: Address, actor: str) -> Agent:
    """The identity as it was. UserError as `plan_remove` says, and while anything of it is there."""
    _settled(town, address)
    return carry_out(town, lambda snapshot: rules.plan_remove(snapshot, address, actor), actor)[0]


def _settled(town: Town, address: Address) -> None:
    """UserError while it has a session or a worktree, which are called by its address."""
    run = runs.read(town.local, address)
    if run is not None and running.is_alive(run):
        raise UserError(f"a session of {address} runs", f"end it first: gt session stop {address}")
    if (town.root / address).exists():
        raise UserError(f"{address} has a worktree", f"save and remove it first: gt polecat nuke {address}")
