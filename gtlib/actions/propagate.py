"""Give the labels of a parent to its children."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.actions.update import Updated
from gtlib.actions.update import differences
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_update
from gtlib.rules.find import find_bead
from gtlib.rules.ready import naturally
from gtlib.store.town import Town


def propagate(town: Town, text: str, labels: Sequence[str], actor: str) -> tuple[Updated, ...]:
    """The children of that bead with these labels added. UserError when it has none."""
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> tuple[tuple[Snapshot, tuple[ItemId, ...]], Edit | None]:
        parent = find_bead(snapshot, text)
        children = naturally(bead for bead in snapshot.beads() if bead.parent == parent.id)
        if not children:
            raise UserError(f"{parent.id} has no children", f"see it with: bd show {parent.id}")
        ids, edit = plan_update(
            snapshot, [bead.id for bead in children], Changes(add_labels=tuple(labels)), actor, now
        )
        return (snapshot, ids), edit

    (before, ids), _ = carry_out(town, plan, actor)
    return differences(before, town.snapshot(), ids)
