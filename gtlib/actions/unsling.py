"""Take a bead off whoever's hook it is on."""

from __future__ import annotations

from msgspec import Struct

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.rules.base import holder
from gtlib.rules.find import find_bead
from gtlib.rules.sling import plan_unsling
from gtlib.store.town import Town


class Unslung(Struct, frozen=True, kw_only=True):
    """The bead, open again, and the agent as it was when it held it: branch and worktree are kept."""

    bead: Bead
    agent: Agent
    notes: tuple[str, ...] = ()


def unsling(town: Town, bead_id: str, actor: str) -> Unslung:
    """The bead is open again; branch and worktree are kept. UserError when it is on no hook."""
    before = town.snapshot()
    bead = find_bead(before, bead_id)
    held = holder(before, bead.id)
    now = clock.stamp(clock.now())
    applied = transition(town, lambda snapshot: plan_unsling(snapshot, bead.id, now, actor), actor)
    if held is None or applied is None:
        raise UserError(f"{bead.id} was slung or unslung meanwhile", "look again: gt hooks list")
    return Unslung(bead=town.snapshot().bead(bead.id) or bead, agent=held, notes=applied.notes)
