"""Make one bead of those that say the same."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.duplicates import Group
from gtlib.rules.duplicates import groups
from gtlib.rules.duplicates import plan_merge
from gtlib.store.town import Town


def merge_duplicates(town: Town, found: Sequence[Group], actor: str) -> tuple[Group, ...]:
    """Close all but one bead of each group, in one commit; gives the groups as they were just before.

    Beads that differ by now are left alone. UserError as `plan_merge` says.
    """
    wanted = {bead.id for group in found for bead in (group.target, *group.others)}
    now = clock.stamp(clock.now())
    seen: list[tuple[Group, ...]] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        every = list(snapshot.beads())
        seen.append(groups([bead for bead in every if bead.id in wanted], every))
        return plan_merge(snapshot, seen[-1], actor, now)

    transition(town, plan, actor)
    return seen[-1]
