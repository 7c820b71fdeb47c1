"""Open closed beads again."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.archive import plan_restore
from gtlib.rules.change_bead import plan_reopen
from gtlib.rules.edits import merge_edits
from gtlib.rules.find import find_bead
from gtlib.store.town import Town


def reopen(town: Town, texts: Sequence[str], reason: str, actor: str) -> tuple[Bead, ...]:
    """Open them all, in one commit, those of the archive too; the reason becomes a comment.

    UserError when one is not closed.
    """
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> tuple[tuple[ItemId, ...], Edit | None]:
        ids = tuple(dict.fromkeys(find_bead(snapshot, text).id for text in texts))
        edits = []
        for id in ids:
            if id in snapshot.archive and not snapshot.exists(f"beads/{id}.md"):
                edits.append(plan_restore(snapshot, [id], actor))
                snapshot = snapshot.with_edit(edits[-1])
            edits.append(plan_reopen(snapshot, find_bead(snapshot, id), reason, actor, now))
            snapshot = snapshot.with_edit(edits[-1])
        alone = len(ids) == 1
        return ids, merge_edits(edits, subject=edits[-1].subject if alone else f"reopen: {', '.join(ids)}")

    ids, _ = carry_out(town, plan, actor)
    after = town.snapshot()
    return tuple(find_bead(after, id) for id in ids)
