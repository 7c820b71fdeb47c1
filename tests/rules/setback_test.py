"""What a save set back is told from what it changed, for values of every form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.names import ItemId
from gtlib.rules.setback import Back
from gtlib.rules.setback import Version
from gtlib.rules.setback import put_right

values = st.recursive(
    st.sampled_from(["", "a", "b", "c"]),
    lambda inner: (
        st.lists(st.sampled_from("abcd"), unique=True, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=4,
)


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
