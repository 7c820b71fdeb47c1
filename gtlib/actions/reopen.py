"""Open closed beads again."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.change_bead import plan_reopen
from gtlib.rules.edits import merge_edits
from gtlib.rules.find import find_bead
from gtlib.store.town import Town


def reopen(town: Town, texts: Sequence[str], reason: str, actor: str) -> tuple[Bead, ...]:
    """Open them all, in one commit; the reason becomes a comment. UserError when one is not closed."""
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> Edit | None:
        ids = dict.fromkeys(find_bead(snapshot, text).id for text in texts)
        edits = [plan_reopen(snapshot, find_bead(snapshot, id), reason, actor, now) for id in ids]
        return merge_edits(edits, subject="" if len(edits) == 1 else f"reopen: {', '.join(ids)}")

    transition(town, plan, actor)
    after = town.snapshot()
    return tuple(find_bead(after, text) for text in dict.fromkeys(texts))
