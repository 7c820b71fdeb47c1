"""Plans by name, for processes that tests start."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.edit import Plan
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.registry import with_rules
from gtlib.rules.steps_done import plan_step
from tests.support.world import NOW

ID = ItemId("hq-aaaaa")
PATH = f"beads/{ID}.md"


def urgent(snapshot: Snapshot) -> Edit | None:
    """Make the bead urgent, and make another one: a change and a new file."""
    was = snapshot.bead(ID)
    assert was is not None
    if was.priority == 0:
        return None
    other = Bead(id=ItemId("hq-bbbbb"), title="Made by the transition")
    return Edit(subject=f"update: {ID}", put=(replace(was, priority=0), other))


def note(bead: str, text: str) -> Plan:
    """Add a label to a bead: what any number of writers may do at once."""

    def plan(snapshot: Snapshot) -> Edit | None:
        was = snapshot.bead(ItemId(bead))
        assert was is not None
        return Edit(subject=f"label: {bead}", put=(replace(was, labels=tuple(sorted({*was.labels, text}))),))

    return plan


def rank(bead: str, priority: int) -> Plan:
    """Give a bead a priority."""

    def plan(snapshot: Snapshot) -> Edit | None:
        was = snapshot.bead(ItemId(bead))
        assert was is not None
        return Edit(subject=f"update: {bead}", put=(replace(was, priority=priority),))

    return plan


MOLECULE = ItemId("hq-mol-fan")


def unfold(snapshot: Snapshot) -> Edit | None:
    """Say that a step is done which fans out: the transition with the most files that a molecule makes."""
    return with_rules(snapshot, plan_step(snapshot, f"{MOLECULE}.find", "overseer", "", NOW), NOW)


PLANS = {"urgent": urgent, "unfold": unfold}
