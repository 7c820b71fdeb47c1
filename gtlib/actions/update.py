"""Change fields of beads, or claim them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_update
from gtlib.store.town import Town


class Updated(Struct, frozen=True):
    """A bead as it is now, and the fields in which it differs from before."""

    bead: Bead
    changed: tuple[str, ...]


def update(town: Town, texts: Sequence[str], changes: Changes, actor: str) -> tuple[Updated, ...]:
    """Change these beads, all or none, in one commit. UserError as `plan_update` says."""
    now = clock.stamp(clock.now())
    seen: list[tuple[Snapshot, tuple[ItemId, ...]]] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        ids, edit = plan_update(snapshot, texts, changes, actor, now)
        seen.append((snapshot, ids))
        return edit

    transition(town, plan, actor)
    before, ids = seen[-1]
    after = town.snapshot()
    return tuple(
        Updated(new, _changed(old, new))
        for id in ids
        if (old := before.bead(id)) is not None and (new := after.bead(id)) is not None
    )


def _changed(old: Bead, new: Bead) -> tuple[str, ...]:
    return tuple(field for field in Bead.__struct_fields__ if getattr(old, field) != getattr(new, field))
