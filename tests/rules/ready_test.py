from __future__ import annotations

import pytest

from gtlib.model.bead import Bead
from gtlib.rules.ready import blocked
from gtlib.rules.ready import blockers
from gtlib.rules.ready import find_cycle
from gtlib.rules.ready import is_ready
from gtlib.rules.ready import missing
from gtlib.rules.ready import ready
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import world

BAD = "---\nid: [\n---\n"


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (bead("pr-x"), True),
        (bead("pr-x", status="in_progress"), False),
        (bead("pr-x", status="hooked"), False),
        (bead("pr-x", status="closed"), False),
        (bead("pr-x", type="gate"), False),
        (bead("pr-x", type="epic"), True),
        (bead("pr-x", needs=("pr-open",)), False),
        (bead("pr-x", needs=("pr-closed",)), True),
        (bead("pr-x", needs=("pr-pinned",)), True),
        (bead("pr-x", needs=("pr-gone",)), True),
        (bead("pr-x", needs=("pr-bad",)), False),
        (bead("pr-x", parent="pr-open"), True),
        (bead("pr-x", parent="pr-waits"), False),
        (bead("pr-x", parent="pr-below"), False),
        (bead("pr-x", parent="pr-sleeps"), False),
        (bead("pr-x", defer="2026-11-20T09:00:00Z"), False),
        (bead("pr-x", defer="2026-11-20"), True),
        (bead("pr-x", defer="2026-11-21"), False),
        (bead("pr-x", waits_for=("pr-waits",)), False),
        (bead("pr-x", waits_for=("pr-open",)), True),
    ],
)
def test_what_is_ready(found: Bead, wanted: bool) -> None:
    town = world(
        found,
        bead("pr-open"),
        closed_bead("pr-closed"),
        bead("pr-pinned", status="pinned"),
        bead("pr-waits", needs=("pr-open",)),
        bead("pr-below", parent="pr-waits"),
        bead("pr-sleeps", defer="2026-12-01", status="deferred"),
        files={"beads/pr-bad.md": BAD},
    )
    assert (found.id in [each.id for each in ready(town, NOW)]) == wanted
    assert is_ready(town, found.id, NOW) == wanted


def test_order_is_priority_then_newest_then_id() -> None:
    town = world(
        bead("pr-a", created="2026-11-19T08:00:00Z"),
        bead("pr-b", created="2026-11-19T08:00:00Z"),
        bead("pr-c", created="2026-11-19T10:00:00+01:00"),
        bead("pr-d", priority=0, created="2026-11-01T08:00:00Z"),
    )
    assert [each.id for each in ready(town, NOW)] == ["pr-d", "pr-c", "pr-a", "pr-b"]


def test_blocked_names_what_it_waits_for_parents_included() -> None:
    town = world(
        bead("pr-open"),
        bead("pr-epic", needs=("pr-open",)),
        bead("pr-x", parent="pr-epic", needs=("pr-y",)),
        bead("pr-y"),
    )
    assert {each.id: ids for each, ids in blocked(town)} == {
        "pr-epic": ("pr-open",),
        "pr-x": ("pr-y", "pr-open"),
    }
    assert blockers(town, bead("pr-x", parent="pr-epic", needs=("pr-y",))) == ("pr-y", "pr-open")


def test_cycles_by_hand_end() -> None:
    town = world(bead("pr-a", needs=("pr-b",), parent="pr-b"), bead("pr-b", needs=("pr-a",), parent="pr-a"))
    assert ready(town, NOW) == ()
    assert len(blocked(town)) == 2


def test_missing_is_reported() -> None:
    assert missing(world(bead("pr-b"), bead("pr-a", needs=("pr-b", "pr-gone")))) == (("pr-a", "pr-gone"),)


@pytest.mark.parametrize(
    ("id", "needs", "path"),
    [
        ("pr-a", ("pr-a",), ("pr-a", "pr-a")),
        ("pr-c", ("pr-a",), ("pr-c", "pr-a", "pr-b", "pr-c")),
        ("pr-a", ("pr-free", "pr-c"), ()),
        # a child waits for its parent, a parent for its child
        ("pr-e.1", ("pr-e",), ("pr-e.1", "pr-e")),
        ("pr-e", ("pr-e.1",), ("pr-e", "pr-e.1", "pr-e")),
        ("pr-e.2", ("pr-e.1",), ()),
        # what blocks the parent blocks the child
        ("pr-z", ("pr-f.1",), ("pr-z", "pr-f.1", "pr-z")),
    ],
)
def test_find_cycle(id: str, needs: tuple[str, ...], path: tuple[str, ...]) -> None:
    town = world(
        bead("pr-a", needs=("pr-b",)),
        bead("pr-b", needs=("pr-c",)),
        bead("pr-c"),
        bead("pr-free"),
        bead("pr-e", type="epic"),
        bead("pr-e.1", parent="pr-e"),
        bead("pr-e.2", parent="pr-e"),
        bead("pr-f", needs=("pr-z",)),
        bead("pr-f.1", parent="pr-f"),
        bead("pr-z"),
    )
    assert find_cycle(town, id, needs) == path
