from __future__ import annotations

from gtlib.model.bead import Comment
from gtlib.rules.changes import changes
from gtlib.rules.changes import difference
from gtlib.rules.changes import event
from gtlib.rules.changes import shown
from tests.support import world
from tests.support.world import bead
from tests.support.world import closed_bead


def test_fields_that_differ() -> None:
    old = bead("pr-aa1", priority=1, labels=("a",), updated="2026-11-19T08:00:00Z")
    new = bead("pr-aa1", priority=2, labels=("a", "b"), notes="x", created="")
    assert changes(old, new) == {
        "priority": (1, 2),
        "labels": (("a",), ("a", "b")),
        "created": ("2026-11-19T08:00:00Z", ""),
        "notes": ("", "x"),
    }
    assert changes(old, old) == {} == changes(None, None)
    assert changes(None, bead("pr-aa1", created="")) == {"title": ("", "Do pr-aa1")}


def test_events() -> None:
    here, done = bead("pr-aa1"), closed_bead("pr-aa1")
    pairs = ((None, here), (None, done), (here, done), (done, here), (here, here), (done, done), (here, None))
    assert [event(old, new) for old, new in pairs] == [
        "created", "created", "closed", "reopened", "updated", "updated", "deleted",
    ]  # fmt: skip


def test_values_on_one_line() -> None:
    comment = Comment(id="c1", author="ada", created="", text="x")
    assert [shown(value) for value in (3, True, None, ("a", "b"), {"k": 1}, (comment,), "one\ntwo", "x" * 99)] == [
        "3", "true", "", "a, b", '{"k":1}', "c1", "one two", "x" * 59 + "…",
    ]  # fmt: skip


def test_difference() -> None:
    old = world.world(bead("pr-aa1"), bead("pr-aa2"), closed_bead("pr-aa3"), bead("pr-aa4"), bead("pr-aa5"))
    new = world.world(
        bead("pr-a0"), closed_bead("pr-aa1"), bead("pr-aa2", priority=0), bead("pr-aa3"), bead("pr-aa5"), bead("pr-b.10"), bead("pr-b.9")
    )  # fmt: skip
    found = difference(old, new)
    assert {
        name: [each.id for each in getattr(found, name)]
        for name in ("created", "closed", "reopened", "archived", "gone")
    } == {
        "created": ["pr-a0", "pr-b.9", "pr-b.10"],
        "closed": ["pr-aa1"],
        "reopened": ["pr-aa3"],
        "archived": [],
        "gone": ["pr-aa4"],
    }
    assert [(each.id, fields) for each, fields in found.changed] == [("pr-aa2", {"priority": (2, 0)})]
    assert difference(new, new) == difference(old, old) == type(found)()
