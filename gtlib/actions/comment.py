"""Say something about a bead."""

from __future__ import annotations

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.bead import Bead
from gtlib.rules.change_bead import plan_comment
from gtlib.rules.find import find_bead
from gtlib.store.town import Town


def comment(town: Town, text: str, said: str, actor: str) -> Bead:
    """The bead with the comment as its last one. UserError for an empty comment."""
    now = clock.stamp(clock.now())
    id, _ = carry_out(town, lambda snapshot: plan_comment(snapshot, text, said, actor, now), actor)
    return find_bead(town.snapshot(), id)
