"""Close a bead for another one that stands for it."""

from __future__ import annotations

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.bead import Bead
from gtlib.rules.find import find_bead
from gtlib.rules.replace_bead import plan_replace
from gtlib.store.town import Town


def replace(town: Town, text: str, by: str, type: str, actor: str) -> tuple[Bead, Bead, bool]:
    """The closed bead, the one that stands for it, and whether anything changed.

    `type` is duplicates or supersedes. UserError as `plan_replace` says.
    """
    now = clock.stamp(clock.now())
    (id, other), applied = carry_out(town, lambda s: plan_replace(s, text, by, type, actor, now), actor)
    after = town.snapshot()
    return find_bead(after, id), find_bead(after, other), applied is not None
