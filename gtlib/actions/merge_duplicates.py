"""Make one bead of those that say the same."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.duplicates import Group
from gtlib.rules.duplicates import groups
from gtlib.rules.duplicates import left_open
from gtlib.rules.duplicates import plan_merge
from gtlib.store.town import Town


def merge_duplicates(
    town: Town, found: Sequence[Group], actor: str
) -> tuple[tuple[Group, ...], dict[ItemId, str]]:
    """Close all but one bead of each group, in one commit; gives the groups as they were just before, and
    of which beads were left open why.

    Beads that differ by now are left alone. UserError as `plan_merge` says.
    """
    wanted = {bead.id for group in found for bead in (group.target, *group.others)}
    now = clock.stamp(clock.now())
    seen: list[tuple[tuple[Group, ...], dict[ItemId, str]]] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        every = list(snapshot.beads())
        now_there = groups([bead for bead in every if bead.id in wanted], every)
        seen.append((now_there, left_open(snapshot, now_there, actor)))
        return plan_merge(snapshot, now_there, actor, now)

    transition(town, plan, actor)
    return seen[-1]
