"""Claim the first bead of a list that nobody else has."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.rules.take import plan_take
from gtlib.store.town import Town


def take(town: Town, choose: Callable[[Snapshot], Sequence[Bead]], actor: str) -> Bead:
    """The bead, claimed. `choose` is asked again when others changed the town meanwhile, so that who loses a
    race takes the next. UserError when none is left.
    """
    now = clock.stamp(clock.now())
    id, _ = carry_out(town, lambda snapshot: plan_take(snapshot, choose(snapshot), actor, now), actor)
    found = town.snapshot().bead(id)
    if found is None:
        raise UserError(f"{id} is gone again", "try again: bd ready --claim")
    return found
