"""What a save set back is told from what it changed, for values of every form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.names import ItemId
from gtlib.rules.setback import Back
from gtlib.rules.setback import Version
from gtlib.rules.setback import struct_fields

values = st.recursive(
    st.sampled_from(["", "a", "b", "c"]),
    lambda inner: (
        st.lists(st.sampled_from("abcd"), unique=True, max_size=3).map(sorted).map(tuple)
        | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=4,
)


class Box(Struct, frozen=True):
    value: Any


def put_right(history: Sequence[Version], now: Any, saved: Any) -> Back:
    """What to make of `saved`, as the only field of a struct."""
    boxed = [Version(Box(each.before), Box(each.after), each.ours) for each in history]
    return struct_fields(boxed, Box(now), Box(saved))["value"]


def chain(*states: Any, ours: bool = True) -> tuple[Version, ...]:
    """The changes from one state to the next, newest first."""
    return tuple(Version(a, b, ours) for a, b in zip(states, states[1:], strict=False))[::-1]


@given(values, values)
def test_without_a_transition_all_is_meant(now: Any, saved: Any) -> None:
    assert put_right((), now, saved) == Back(saved, other=now != saved)
    assert put_right(chain(saved, now, ours=False), now, saved) == Back(saved, other=now != saved)


@given(st.lists(values, min_size=2, max_size=4), st.data())
def test_any_older_state_is_set_back(states: list[Any], data: st.DataObject) -> None:
    saved = data.draw(st.sampled_from(states))
    now = states[-1]
    assert put_right(chain(*states), now, saved) == Back(now, back=now != saved)


@given(st.fixed_dictionaries(dict.fromkeys("pqrs", values)), st.data())
def test_a_person_and_a_town_in_different_places(old: dict[str, Any], data: st.DataObject) -> None:
    """What the person changed stands, what the transitions changed stands, whichever state the buffer is of."""
    states = [old]
    for key in data.draw(st.lists(st.sampled_from("pq"), max_size=3)):
        states.append({**states[-1], key: data.draw(values)})
    buffer = data.draw(st.sampled_from(states))
    mine = {key: data.draw(values) for key in data.draw(st.sets(st.sampled_from("rs")))}
    found = put_right(chain(*states), states[-1], {**buffer, **mine})
    assert found.value == {**states[-1], **mine}


@pytest.mark.parametrize(
    ("old", "now", "saved", "right"),
    [
        (("a",), ("a", "b"), ("a", "c"), ("a", "b", "c")),
        (("a", "b"), ("a",), ("a", "b", "c"), ("a", "c")),
        (("a", "b"), ("a", "b", "x"), ("b",), ("b", "x")),
        ((), ("x", "y"), ("m",), ("x", "y", "m")),
        (("a", "z"), ("a", "x", "z"), ("a", "m", "z"), ("a", "x", "m", "z")),
    ],
)
def test_items(old: Any, now: Any, saved: Any, right: Any) -> None:
    assert put_right(chain(old, now), now, saved) == Back(right, back=True, other=True)


def test_somebody_else_s_change_since_is_not_the_town_s() -> None:
    history = (Version("hooked", "blocked", False), Version("open", "hooked", True))
    assert put_right(history, "blocked", "open") == Back("open", other=True)


def test_a_comment_edited_and_one_lost() -> None:
    first, second = (
        Comment(id=f"c{n}", author="ada", created="2026-11-20T08:00:00Z", text=f"Said {n}") for n in (1, 2)
    )
    old = Bead(id=ItemId("hq-aaa"), title="One", comments=(first,))
    now = replace(old, comments=(first, second))
    edited = replace(first, text="Said better")
    found = put_right(chain(old, now), now, replace(old, comments=(edited,)))
    assert found == Back(replace(old, comments=(edited, second)), back=True, other=True)


AT = "2026-11-20T08:00:00Z"
A = Bead(id=ItemId("hq-aaa"), title="One", description="Text.", notes="First.\nSecond.")
SAID = Comment(id="c1", author="nux", created=AT, text="Done, with hunter2 as before.")
LATER = Comment(id="c2", author="ada", created=AT, text="It broke.")


def b(bead: Bead = A, **fields: Any) -> Bead:
    return replace(bead, **fields)


CLOSED = b(status="closed", closed=AT, close_reason="done")

# The versions of a bead, oldest first, each made by a transition, and what was saved.
STANDS: dict[str, tuple[tuple[Bead, ...], Bead]] = {
    "reopened below a later comment": (
        (A, CLOSED, b(CLOSED, comments=(LATER,))),
        b(comments=(LATER,), priority=0),
    ),
    "no longer deferred, below a later comment": (
        (A, b(status="deferred", defer=AT), b(status="deferred", defer=AT, comments=(LATER,))),
        b(comments=(LATER,), priority=0),
    ),
    "a mistyped title set back, below a later comment": (
        (A, b(title="Onw"), b(title="Onw", comments=(LATER,))),
        b(comments=(LATER,), priority=0),
    ),
    "a label taken off beside one that came later": (
        (A, b(labels=("a",)), b(labels=("a", "later"))),
        b(labels=("later",), title="Two"),
    ),
    "a need taken off beside a note that came later": (
        (A, b(needs=(ItemId("hq-b"),)), b(needs=(ItemId("hq-b"),), notes="First.\nSecond.\nThird.")),
        b(title="Two", notes="First.\nThird, and last.\nThird."),
    ),
    "one label of two that came together": ((A, b(labels=("a", "b"))), b(labels=("b",), title="Two")),
    "the defer alone, of what was deferred": (
        (A, b(status="deferred", defer=AT)),
        b(status="deferred", priority=0),
    ),
    "one field of two, the other to something else": (
        (A, b(title="Two", priority=0)),
        b(priority=1, description="More."),
    ),
    "a password cut out of a comment": (
        (A, b(comments=(SAID,))),
        b(comments=(replace(SAID, text="Done, with as before."),), priority=1),
    ),
    "all of a comment's text": ((A, b(comments=(SAID,))), b(comments=(replace(SAID, text=""),), priority=1)),
    "a password cut out of a comment that was mended": (
        (b(comments=(replace(SAID, text="Done."),)), b(comments=(SAID,))),
        b(comments=(replace(SAID, text="Done."),), priority=1),
    ),
    "an addition cut out of a text": ((A, b(notes="First.\nSecond.\nhunter2")), b(priority=1)),
}
RIGHT: dict[str, tuple[tuple[Bead, ...], Bead, Bead]] = {
    "one field": ((A, b(title="Two")), b(priority=0), b(title="Two", priority=0)),
    "a label": ((A, b(labels=("a",))), b(title="Two"), b(labels=("a",), title="Two")),
    "a label that was taken off": ((b(labels=("a",)), A), b(labels=("a",), title="Two"), b(title="Two")),
    "a whole comment": ((A, b(comments=(SAID,))), b(priority=1), b(comments=(SAID,), priority=1)),
    "a whole text": ((b(notes=""), A), b(notes="", priority=1), b(priority=1)),
    "a text that was another": (
        (A, b(description="Other words.")),
        b(priority=1),
        b(description="Other words.", priority=1),
    ),
    "closed": ((A, CLOSED), b(priority=0), b(CLOSED, priority=0)),
    "closed and said": (
        (A, CLOSED, b(CLOSED, comments=(LATER,))),
        b(priority=0),
        b(CLOSED, comments=(LATER,), priority=0),
    ),
    "only what came after the buffer": (
        (A, b(labels=("a",)), b(labels=("a",), title="Two"), b(labels=("a",), title="Two", priority=0)),
        b(labels=("a",), title="Two", description="More."),
        b(labels=("a",), title="Two", priority=0, description="More."),
    ),
    "what came after, while something before it is taken back": (
        (A, b(labels=("a", "b")), b(labels=("a", "b"), priority=0)),
        b(labels=("b",)),
        b(labels=("b",), priority=0),
    ),
    "there and back in between": (
        (A, b(status="hooked"), A, CLOSED),
        b(description="More."),
        b(CLOSED, description="More."),
    ),
}


@pytest.mark.parametrize(("states", "saved"), STANDS.values(), ids=STANDS)
def test_what_a_person_meant_stands(states: tuple[Bead, ...], saved: Bead) -> None:
    assert put_right(chain(*states), states[-1], saved) == Back(saved, other=True)


@pytest.mark.parametrize(("states", "saved", "right"), RIGHT.values(), ids=RIGHT)
def test_what_was_saved_over_is_put_right(states: tuple[Bead, ...], saved: Bead, right: Bead) -> None:
    assert put_right(chain(*states), states[-1], saved) == Back(right, back=True, other=True)


def test_below_what_was_written_by_hand_since_then() -> None:
    """A buffer that has the later change of a person has what stood before that."""
    by_hand = b(CLOSED, description="By hand.")
    history = (Version(CLOSED, by_hand, False), Version(A, CLOSED, True))
    saved = b(description="By hand.", priority=0)
    assert put_right(history, by_hand, saved) == Back(saved, other=True)
    older = b(priority=0, description="Text.")
    assert put_right(history, by_hand, older).value == b(CLOSED, priority=0)
