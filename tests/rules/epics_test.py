from __future__ import annotations

from gtlib.rules.epics import epics
from gtlib.rules.holding import Ledger
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import world

ARCHIVED = (
    '{"id":"pr-e.1","title":"Old","status":"closed","priority":2,"issue_type":"task",'
    '"created_at":"2026-01-01T08:00:00Z","updated_at":"2026-01-02T08:00:00Z","closed_at":"2026-01-02T08:00:00Z",'
    '"dependencies":[{"issue_id":"pr-e.1","depends_on_id":"pr-e","type":"parent-child",'
    '"created_at":"2026-01-01T08:00:00Z"}]}\n'
)


def test_an_epic_can_be_closed_when_all_below_it_is_done() -> None:
    town = world(
        bead("pr-a", type="epic"),
        closed_bead("pr-a.1", parent="pr-a"),
        closed_bead("pr-a.2", parent="pr-a", type="event"),
        bead("pr-b", type="epic"),
        closed_bead("pr-b.1", parent="pr-b"),
        bead("pr-b.2", parent="pr-b", status="pinned"),
        bead("pr-c", type="epic"),
        closed_bead("pr-d", type="epic"),
        bead("pr-e", type="epic"),
        bead("pr-p", type="epic", pinned=True),
        bead("pr-t", type="epic", template=True),
        bead("pr-x"),
        closed_bead("pr-x.1", parent="pr-x"),
        files={"archive/2026-01.jsonl": ARCHIVED},
    )
    found = [(each.epic.id, each.closed, each.total, each.eligible) for each in epics(Ledger(town))]
    assert found == [
        ("pr-a", 1, 1, True), ("pr-b", 1, 2, False), ("pr-c", 0, 0, False), ("pr-e", 1, 1, True),
    ]  # fmt: skip
