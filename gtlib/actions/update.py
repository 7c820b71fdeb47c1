"""Change fields of beads, or claim them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_update
from gtlib.store.town import Town


class Updated(Struct, frozen=True):
    """A bead as it is now, the fields in which it differs from before, and as it was."""

    bead: Bead
    changed: tuple[str, ...]
    before: Bead


def update(town: Town, texts: Sequence[str], changes: Changes, actor: str) -> tuple[Updated, ...]:
    """Change these beads, all or none, in one commit. UserError as `plan_update` says."""
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> tuple[tuple[Snapshot, tuple[ItemId, ...]], Edit | None]:
        ids, edit = plan_update(snapshot, texts, changes, actor, now)
        return (snapshot, ids), edit

    (before, ids), _ = carry_out(town, plan, actor)
    return differences(before, town.snapshot(), ids)


def differences(before: Snapshot, after: Snapshot, ids: Sequence[ItemId]) -> tuple[Updated, ...]:
    """These beads as they are after a change, and what is another than it was."""
    return tuple(
        Updated(new, _changed(old, new), old)
        for id in ids
        if (old := before.bead(id)) is not None and (new := after.bead(id)) is not None
    )


def _changed(old: Bead, new: Bead) -> tuple[str, ...]:
    fields = (field for field in Bead.__struct_fields__ if field != "updated")
    return tuple(field for field in fields if getattr(old, field) != getattr(new, field))
