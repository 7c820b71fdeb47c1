"""A newer line for a bead that was changed here: nothing that was added here goes, and twice is once."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import settings
from msgspec.structs import replace

from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.model.bead import Edge
from gtlib.model.edges import edges
from gtlib.model.edges import type_of
from gtlib.model.edges import with_edge
from gtlib.model.interchange import COMPUTED
from gtlib.model.interchange import bead_of
from gtlib.model.interchange import line_of
from gtlib.model.interchange import same
from gtlib.model.reimport import merged
from gtlib.names import ItemId
from tests.model.interchange_test import lines
from tests.support.laws import examples

MINE = Comment(id="c1", author="me", created="2026-11-20T08:00:00Z", text="Mine.")
ADDED_TO = {"labels", "waiters", "metadata", "dependencies", "comments", "updated_at"}


def read(**line: Any) -> tuple[Bead, frozenset[str]]:
    whole = {"id": "ex-1", "title": "t", "updated_at": "2099-01-01T00:00:00Z", **line}
    return bead_of(whole), frozenset(whole)


def test_what_was_added_here_stays_and_what_the_line_says_counts() -> None:
    there = replace(
        read(priority=3, description="Theirs.", design="D", odd=1)[0],
        updated="",
        labels=("mine",),
        needs=(ItemId("ex-2"),),
        description="Here.",
        comments=(MINE,),
        extra={"foo": "bar", "odd": 2},
    )
    bead, said = read(
        title="new",
        priority=0,
        labels=["theirs"],
        dependencies=[{"depends_on_id": "ex-3", "type": "blocks"}, {"depends_on_id": "ex-4", "type": "parent-child"}],
        comments=[{"id": 1, "author": "bo", "text": "x", "created_at": "2026-01-01T00:00:00Z"}],
    )  # fmt: skip
    found = merged(there, bead, said)
    assert replace(found, imported="") == Bead(
        id=ItemId("ex-1"),
        title="new",
        priority=0,
        labels=("mine", "theirs"),
        needs=(ItemId("ex-2"), ItemId("ex-3")),
        parent=ItemId("ex-4"),
        description="Here.",
        design="D",
        comments=(MINE, *bead.comments),
        extra={"foo": "bar", "odd": 2},
    )
    assert merged(found, bead, said) == found


def test_a_line_that_leaves_nothing_of_the_town_is_taken_whole() -> None:
    bead, said = read(title="new", priority=1, status="closed", closed_at="2026-01-01T00:00:00Z", odd=None)
    assert merged(replace(bead, title="old", updated="", imported=""), bead, said) == bead


def test_what_a_close_said_goes_when_a_line_opens_the_bead() -> None:
    there = replace(
        read()[0], status="closed", closed="2026-01-01T00:00:00Z", close_reason="done", updated=""
    )
    bead, said = read(status="open", priority=2, labels=["a"])
    found = merged(replace(there, labels=("b",)), bead, said)
    assert (found.status, found.closed, found.close_reason) == ("open", "", "")
    kept = merged(replace(there, labels=("b",)), *read(labels=["a"]))
    assert (kept.status, kept.close_reason) == ("closed", "done")


def test_what_is_on_a_hook_elsewhere_is_open_here() -> None:
    bead, said = read(status="hooked", priority=2)
    there = replace(read()[0], updated="", labels=("mine",))
    found = merged(there, bead, said)
    assert (found.status, merged(found, bead, said)) == ("open", found)
    assert merged(replace(there, status="hooked"), bead, said).status == "hooked"
    assert merged(replace(there, labels=()), bead, said) == bead


def test_comments_are_known_by_id_author_and_time_or_by_what_they_say() -> None:
    one = {"id": 1, "author": "bo", "text": "x", "created_at": "2026-01-01T00:00:00Z"}
    there = replace(read()[0], updated="", comments=(replace(MINE, id="1"), replace(MINE, id="2", text="x")))
    bead, said = read(comments=[one, {**one, "id": 7, "text": "y"}])
    found = merged(there, bead, said)
    assert [(each.id, each.author, each.text) for each in found.comments] == [
        ("1", "me", "Mine."),
        ("2", "me", "x"),
        ("3", "bo", "x"),
        ("7", "bo", "y"),
    ]
    assert merged(found, bead, said) == found
    same = {"author": "bo", "text": "+1", "created_at": "2026-11-20T08:00:00Z"}
    thrice, said = read(comments=[same, same, same])
    once = replace(there, comments=thrice.comments[:1])
    assert merged(once, thrice, said).comments == thrice.comments
    better, said = read(comments=[{**one, "id": 7, "text": "better"}])
    assert merged(found, better, said).comments[-1].text == "better"


def targets(bead: Bead) -> set[tuple[str, str]]:
    return {(edge.to, type_of(edge.type)) for edge in edges(bead) if type_of(edge.type) != "parent-child"}


@given(lines, lines)
@settings(max_examples=examples(120), deadline=None)
def test_nothing_is_lost_and_twice_is_once(first: dict[str, Any], second: dict[str, Any]) -> None:
    was = replace(bead_of(first), updated="")
    mine = {
        "labels": (*was.labels, "mine"),
        "comments": (*was.comments, MINE),
        "extra": {**was.extra, "foo": [1]},
    }
    there = with_edge(replace(was, **mine), Edge(to="ex-77", type="tracks"))
    line = {**second, "id": first["id"]}
    bead = bead_of(line)
    found = merged(there, bead, frozenset(line))
    assert merged(found, bead, frozenset(line)) == found
    assert kinds.parse(kinds.path_of(found), kinds.render(found)) == found

    assert set(found.labels) == {*there.labels, *bead.labels}
    assert targets(found) == targets(there) | targets(bead)
    assert MINE in found.comments and len(found.comments) >= max(len(there.comments), len(bead.comments))
    assert found.extra["foo"] == [1]
    out, before = line_of(found), line_of(replace(there, status=found.status))
    for key in {*out, *before, *line} - COMPUTED - ADDED_TO:
        if key in line:
            assert same(out[key], line[key]), key
        elif there.status != "closed" or found.status == "closed":
            assert same(out.get(key), before.get(key)), key
