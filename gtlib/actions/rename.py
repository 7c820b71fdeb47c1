"""Give a bead another id."""

from __future__ import annotations

from gtlib.actions.carry_out import carry_out
from gtlib.rules.rename_bead import Renamed
from gtlib.rules.rename_bead import plan_rename
from gtlib.store.town import Town


def rename(town: Town, text: str, to: str, actor: str, *, force: bool = False) -> Renamed:
    """What was renamed, with all that names it, in one commit. UserError as `plan_rename` says."""
    return carry_out(town, lambda snapshot: plan_rename(snapshot, text, to, actor, force=force), actor)[0]
