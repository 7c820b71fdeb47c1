from __future__ import annotations

import re
from datetime import UTC
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.rules.filters import SORTS
from gtlib.rules.filters import Filter
from gtlib.rules.filters import Span
from gtlib.rules.filters import chosen
from gtlib.rules.filters import matches
from gtlib.rules.filters import ordered_by
from gtlib.rules.filters import view
from tests.support import world
from tests.support.world import bead

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOWN = world.town(statuses={"in_review": "active", "on_hold": "frozen", "shipped": "done"})

BEADS = (
    bead("pr-aa1", priority=0, labels=("area:web", "x"), assignee="ada", description="Why it Fails"),
    bead("pr-aa2", type="bug", status="in_progress", notes="see log", spec="docs/auth.md", parent="pr-aa1"),
    bead("pr-aa3", status="closed", closed="2026-11-18T08:00:00Z", external_ref="gh-9"),
    bead("pr-aa4", status="deferred", defer="2026-12-01"),
    bead("pr-aa5", status="open", defer="2026-12-01T10:00:00Z", due="2026-11-20T11:00:00Z"),
    bead("pr-aa6", pinned=True, priority=4),
    bead("pr-aa7", status="pinned"),
    bead("pr-aa8", type="gate"),
    bead("pr-aa9", type="message", ephemeral=True, wisp_type="ping"),
    bead("pr-ab1", template=True, mol_type="swarm"),
    bead("pr-ab2", status="in_review", metadata={"team": "web", "size": 3, "done": True}),
    bead("pr-ab3", status="on_hold"),
    bead("pr-ab4", status="shipped", due="2026-11-20T11:00:00Z"),
    bead("pr-ab5", status="tombstone"),
    bead("pr-ab6", status="strange", priority=3, labels=("y",)),
    bead("pr-ab7", status="deferred", defer="2026-11-20T11:59:00Z", labels=("z",), priority=3),
)


def ids(wanted: Filter) -> list[str]:
    return [each.id.removeprefix("pr-") for each in chosen(BEADS, wanted)]


def test_default_view() -> None:
    assert ids(view(TOWN, NOON)) == ["aa1", "aa2", "aa5", "ab2", "ab6", "ab7"]
    assert ids(view(TOWN, NOON, gates=True)) == ["aa1", "aa2", "aa5", "aa8", "ab2", "ab6", "ab7"]
    assert ids(view(TOWN, NOON, templates=True)) == ["aa1", "aa2", "aa5", "ab1", "ab2", "ab6", "ab7"]
    assert ids(view(TOWN, NOON, infra=True)) == ["aa1", "aa2", "aa5", "aa9", "ab2", "ab6", "ab7"]
    assert ids(view(TOWN, NOON, all=True)) == [each.id[3:] for each in BEADS if each.status != "tombstone"]


def test_what_was_put_off_until_now_is_shown_again() -> None:
    hidden = Filter(hidden=frozenset({"deferred"}), label_any=frozenset({"z"}))
    assert (ids(hidden), ids(replace(hidden, awake_at=NOON))) == ([], ["ab7"])
    assert ids(replace(hidden, awake_at=datetime(2026, 11, 20, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"statuses": frozenset({"open", "in_review"}), "types": frozenset({"task"})}, "aa1 aa5 aa6 ab1 ab2"),
        ({"exclude_types": frozenset({"task", "gate", "message"})}, "aa2"),
        ({"only": frozenset({"pr-aa3", "pr-zz9"})}, "aa3"),
        ({"only": frozenset()}, ""),
        ({"priority_max": 1}, "aa1"),
        ({"priority_min": 3}, "aa6 ab6 ab7"),
        ({"assignee": "ada"}, "aa1"),
        ({"assignee": "", "types": frozenset({"bug"})}, "aa2"),
        ({"labels": frozenset({"x", "area:web"})}, "aa1"),
        ({"labels": frozenset({"x", "y"})}, ""),
        ({"label_any": frozenset({"x", "y"})}, "aa1 ab6"),
        ({"label_any": frozenset({"x", "y"}), "exclude_label": frozenset({"x"})}, "ab6"),
        ({"label_pattern": ("area:*",)}, "aa1"),
        ({"label_regex": (re.compile("^[xy]$"),)}, "aa1 ab6"),
        ({"no_labels": True, "types": frozenset({"bug"})}, "aa2"),
        ({"parent": "pr-aa1"}, "aa2"),
        ({"no_parent": True, "types": frozenset({"bug", "gate"})}, "aa8"),
        ({"title": ("do pr-aa", "a1")}, "aa1"),
        ({"description": "fails"}, "aa1"),
        ({"notes": "log"}, "aa2"),
        ({"external": "gh-9"}, "aa3"),
        ({"spec": "docs/"}, "aa2"),
        ({"empty_description": True, "types": frozenset({"bug", "gate"})}, "aa2 aa8"),
        ({"pinned": True}, "aa6 aa7"),
        ({"pinned": False, "priority_min": 4}, ""),
        ({"mol_type": "swarm"}, "ab1"),
        ({"wisp_type": "ping"}, "aa9"),
        ({"metadata": (("team", "web"), ("size", "3"), ("done", "true"))}, "ab2"),
        ({"metadata": (("team", "we"),)}, ""),
        ({"metadata_keys": frozenset({"team"})}, "ab2"),
        ({"overdue_at": NOON, "over": frozenset({"closed", "shipped"})}, "aa5"),
        ({"deferred_at": NOON}, "aa4 aa5"),
        ({"spans": (Span("closed", after=datetime(2026, 11, 18, tzinfo=UTC)),)}, "aa3"),
        ({"spans": (Span("closed", before=datetime(2026, 11, 18, tzinfo=UTC)),)}, ""),
        ({"spans": (Span("defer", after=NOON, before=datetime(2026, 12, 1, 1, tzinfo=UTC)),)}, "aa4"),
    ],
)
def test_each_flag(fields: dict[str, Any], found: str) -> None:
    assert ids(Filter(**fields)) == found.split()


FACTS: dict[str, Any] = {
    "hidden": frozenset({"closed", "deferred"}),
    "types": frozenset({"task"}),
    "priority_max": 2,
    "assignee": "",
    "no_labels": True,
    "pinned": False,
    "deferred_at": NOON,
    "templates": False,
    "exclude_label": frozenset({"y"}),
}


@given(st.sets(st.sampled_from(sorted(FACTS))))
def test_several_flags_hold_all_at_once(names: set[str]) -> None:
    together = Filter(**{name: FACTS[name] for name in names})
    alone = [Filter(**{name: FACTS[name]}) for name in names]
    assert chosen(BEADS, together) == [b for b in BEADS if all(matches(each, b) for each in alone)]


def test_sorts() -> None:
    beads = [
        bead("pr-a.2", created="2026-11-02T08:00:00Z", priority=2, title="b", type="bug"),
        bead("pr-a.10", created="2026-11-03T08:00:00.5+01:00", priority=1, title="A", closed="2026-11-05T08:00:00Z"),
        bead("pr-b", created="2026-11-01T08:00:00Z", priority=0, title="c", updated="2026-11-09T08:00:00Z"),
    ]  # fmt: skip

    def order(sort: str, *, reverse: bool = False) -> list[str]:
        return [each.id for each in ordered_by(beads, sort, reverse=reverse)]

    assert {sort: order(sort) for sort in SORTS} == {
        "priority": ["pr-b", "pr-a.10", "pr-a.2"],
        "created": ["pr-a.10", "pr-a.2", "pr-b"],
        "updated": ["pr-b", "pr-a.10", "pr-a.2"],
        "closed": ["pr-a.10", "pr-b", "pr-a.2"],
        "status": ["pr-b", "pr-a.10", "pr-a.2"],
        "id": ["pr-a.2", "pr-a.10", "pr-b"],
        "title": ["pr-a.10", "pr-a.2", "pr-b"],
        "type": ["pr-a.2", "pr-b", "pr-a.10"],
        "assignee": ["pr-b", "pr-a.10", "pr-a.2"],
    }
    assert all(order(sort, reverse=True) == order(sort)[::-1] for sort in SORTS)


def test_order_does_not_depend_on_where_beads_stood() -> None:
    some: list[Bead] = list(BEADS)
    assert all(ordered_by(some, sort) == ordered_by(some[::-1], sort) for sort in SORTS)
