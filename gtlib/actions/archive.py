"""Fold what was closed long ago into the archive, and bring it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.archive import plan_fold
from gtlib.rules.archive import plan_restore
from gtlib.store.town import Town


def archive(
    town: Town, actor: str = "", *, before: datetime | None = None, dry: bool = False
) -> tuple[str, ...]:
    """The ids of what was folded, in as many commits as the number asks for; `dry` only says them.

    `before` is the time before which it was over; None: as long ago as the town says.
    """
    now = clock.stamp(clock.now())
    found: list[str] = []
    if dry:
        edit = plan_fold(town.snapshot(), now, before, limit=len(town.snapshot().ids()))
        return _ids(edit)

    def plan(snapshot: Snapshot) -> Edit | None:
        return plan_fold(snapshot, now, before)

    while applied := transition(town, plan, actor):
        found += _ids(applied.edit)
    return tuple(found)


def restore(town: Town, ids: Sequence[str], actor: str = "") -> None:
    """Bring archived items back as they were, in one commit. UserError when one can't be."""
    wanted = [ItemId(id) for id in ids]
    transition(town, lambda snapshot: plan_restore(snapshot, wanted, actor), actor)


def _ids(edit: Edit | None) -> tuple[str, ...]:
    paths = edit.removes if edit else ()
    return tuple(path.rpartition("/")[2][:-3] for path in paths if path.endswith(".md"))
