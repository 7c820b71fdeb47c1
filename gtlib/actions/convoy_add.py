"""Let a convoy track more beads."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gtlib.actions.transition import transition
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.convoys import plan_add
from gtlib.rules.find import find_convoy
from gtlib.store.town import Town


class Added(Struct, frozen=True):
    """The convoy as it is now, the beads that are new to it, and whether it was closed before."""

    convoy: Convoy
    new: tuple[ItemId, ...]
    reopened: bool


def convoy_add(town: Town, convoy: str, texts: Sequence[str], actor: str) -> Added:
    """Track these beads too; a closed convoy is open again. UserError as `plan_add` says."""
    seen: list[tuple[Convoy, tuple[ItemId, ...]]] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        id, new, edit = plan_add(snapshot, convoy, texts, actor)
        seen.append((find_convoy(snapshot, id, actor), new))
        return edit

    transition(town, plan, actor)
    before, new = seen[-1]
    after = find_convoy(town.snapshot(), before.id, actor)
    return Added(after, new, before.status == "closed" and after.status != "closed")
