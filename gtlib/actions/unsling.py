"""Take a bead off whoever's hook it is on."""

from __future__ import annotations

from msgspec import Struct

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.rules.find import find_bead
from gtlib.rules.sling import plan_unsling
from gtlib.store.town import Town


class Unslung(Struct, frozen=True, kw_only=True):
    """The bead, open again, and the agent as it was when it held it: branch and worktree are kept.

    `bead` is None when its file was removed while it was on the hook.
    """

    id: ItemId
    bead: Bead | None
    agent: Agent
    notes: tuple[str, ...] = ()


def unsling(town: Town, bead_id: str, actor: str) -> Unslung:
    """The bead is open again; branch and worktree are kept. UserError when it is on no hook."""
    before = town.snapshot()
    known = holder(before, ItemId(bead_id)) is not None
    id = ItemId(bead_id) if known else find_bead(before, bead_id).id
    held = holder(before, id)
    now = clock.stamp(clock.now())
    applied = transition(town, lambda snapshot: plan_unsling(snapshot, id, now, actor), actor)
    if held is None or applied is None:
        raise UserError(f"{id} was slung or unslung meanwhile", "look again: gt hooks list")
    return Unslung(id=id, bead=town.snapshot().bead(id), agent=held, notes=applied.notes)
