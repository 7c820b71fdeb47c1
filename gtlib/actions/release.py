"""Give beads back that nobody goes on with."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.bead import Bead
from gtlib.rules.release import plan_release
from gtlib.store.town import Town


def release(town: Town, texts: Sequence[str], reason: str, actor: str) -> tuple[tuple[Bead, ...], bool]:
    """The beads, open and nobody's, all in one commit, and whether anything was changed.

    UserError as `plan_release` says, and nothing changed.
    """
    now = clock.stamp(clock.now())
    beads, applied = carry_out(
        town, lambda snapshot: plan_release(snapshot, texts, reason, actor, now), actor
    )
    return beads, applied is not None
