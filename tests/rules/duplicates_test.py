from __future__ import annotations

from typing import Any

import pytest

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edges import edges
from gtlib.model.kinds import Item
from gtlib.rules.duplicates import groups
from gtlib.rules.duplicates import left_open
from gtlib.rules.duplicates import plan_merge
from tests.support import world
from tests.support.world import NOW
from tests.support.world import bead

SAME = {"title": "Fix it", "description": "Now."}


def test_groups_and_their_targets() -> None:
    beads = [
        bead("pr-aa1", **SAME),
        bead("pr-aa2", **SAME),
        bead("pr-aa3", **SAME, status="in_progress"),
        bead("pr-aa4", **SAME, status="closed"),
        bead("pr-aa5", title="See pr-bb2"),
        bead("pr-bb1", title="Other", labels=("a",)),
        bead("pr-bb2", title="Other", priority=0),
        bead("pr-cc1", title="Third"),
        bead("pr-cc2", title="Third", needs=("pr-aa2",)),
    ]
    found = groups(beads, beads)
    assert [(g.target.id, [each.id for each in g.others]) for g in found] == [
        ("pr-aa2", ["pr-aa1"]),
        ("pr-bb2", ["pr-bb1"]),
        ("pr-cc1", ["pr-cc2"]),
    ]
    assert found[0].weight == {"pr-aa1": (0, 0), "pr-aa2": (1, 0)}
    assert found[1].weight == {"pr-bb1": (0, 0), "pr-bb2": (0, 1)}


def merged(*beads: Bead) -> dict[str, Bead]:
    snapshot = world.world(*beads)
    edit = plan_merge(snapshot, groups(beads, beads), "overseer", NOW)
    assert edit is not None and edit.subject.startswith("duplicates: ")
    return {each.id: each for each in world.committed(snapshot, edit).beads()}


def test_merging_closes_the_others_and_leads_edges_to_the_target() -> None:
    after = merged(
        bead("pr-aa1", **SAME, needs=("pr-xx1",)),
        bead("pr-aa2", **SAME, parent="pr-aa1"),
        bead("pr-bb1", needs=("pr-aa2",), related=("pr-aa1",)),
        bead("pr-bb2", parent="pr-aa2", discovered_from=("pr-aa2",)),
        bead("pr-xx1"),
        bead("pr-xx2", title="Before pr-aa1", tracks=("pr-aa1",), related=("pr-aa1",)),
    )
    assert {id: [(e.type, e.to) for e in edges(each)] for id, each in after.items()} == {
        "pr-aa1": [("blocks", "pr-xx1")],
        "pr-aa2": [("parent-child", "pr-aa1"), ("duplicates", "pr-aa1")],
        "pr-bb1": [("blocks", "pr-aa1")],
        "pr-bb2": [("parent-child", "pr-aa1")],
        "pr-xx1": [],
        "pr-xx2": [("related", "pr-aa1"), ("tracks", "pr-aa1")],
    }
    closed = after["pr-aa2"]
    assert (closed.status, closed.closed, closed.close_reason) == ("closed", NOW, "duplicate of pr-aa1")
    assert [each.status for id, each in after.items() if id != "pr-aa2"] == ["open"] * 5


def test_nothing_to_merge() -> None:
    assert plan_merge(world.world(bead("pr-aa1")), (), "overseer", NOW) is None


@pytest.mark.parametrize(
    ("keys", "more", "why"),
    [
        ({}, (world.polecat(on=world.hook("pr-aa2")),), "it is on the hook of proj/polecats/toast"),
        ({}, (world.request("pr-mr-aa", "pr-aa2"),), "it is being landed"),
        ({"status": "in_progress", "assignee": "bob"}, (), "it is in_progress by bob"),
        ({"status": "hooked"}, (), "it is hooked"),
        ({"assignee": "bob"}, (), "it is assigned to bob"),
        ({"pinned": True}, (), "it is pinned"),
        ({"template": True}, (), "it is a template"),
    ],
)
def test_what_is_at_work_or_kept_is_not_merged_away(
    keys: dict[str, Any], more: tuple[Item, ...], why: str
) -> None:
    first = bead("pr-aa1", **SAME, status=keys.get("status", "open"))
    beads = (first, bead("pr-aa2", **{**SAME, **keys}), bead("pr-bb1", needs=("pr-aa2",)))
    snapshot = world.world(*beads, *more)
    found = groups(beads, [*beads, bead("pr-xx1", needs=("pr-aa1",)), bead("pr-xx2", needs=("pr-aa1",))])
    assert [(each.target.id, [other.id for other in each.others]) for each in found] == [
        ("pr-aa1", ["pr-aa2"])
    ]
    assert left_open(snapshot, found, "overseer") == {"pr-aa2": why}
    assert plan_merge(snapshot, found, "overseer", NOW) is None


def test_an_epic_goes_when_what_is_below_it_is_led_to_the_other() -> None:
    after = merged(
        bead("pr-aa1", **SAME, type="epic"),
        bead("pr-aa2", **SAME, type="epic"),
        bead("pr-bb1", parent="pr-aa2"),
        bead("pr-bb2", parent="pr-aa1"),
    )
    assert {id: (each.status, each.parent) for id, each in after.items()} == {
        "pr-aa1": ("open", ""),
        "pr-aa2": ("closed", ""),
        "pr-bb1": ("open", "pr-aa1"),
        "pr-bb2": ("open", "pr-aa1"),
    }


def test_of_different_kinds_nothing_is_a_duplicate() -> None:
    beads = [
        bead("pr-aa1", **SAME),
        bead("pr-aa2", **SAME, type="bug"),
        bead("pr-aa3", **SAME, await_="bead"),
        bead("pr-aa4", **SAME, await_="bead", on="pr-aa1"),
        bead("pr-gg1", **SAME, type="gate", await_="human"),
        bead("pr-gg2", **SAME, type="gate", await_="human"),
        bead("pr-mm1", **SAME, type="message"),
        bead("pr-mm2", **SAME, type="message"),
    ]
    assert groups(beads, beads) == ()


def test_a_merge_that_makes_a_circle_is_refused() -> None:
    beads = (
        bead("pr-aa1", **SAME, needs=("pr-bb1",)),
        bead("pr-aa2", **SAME),
        bead("pr-bb1", needs=("pr-aa2",)),
        bead("pr-cc1", needs=("pr-aa1",)),
        bead("pr-cc2", needs=("pr-aa1",)),
    )
    with pytest.raises(UserError, match="would wait for itself"):
        plan_merge(world.world(*beads), groups(beads, beads), "overseer", NOW)
