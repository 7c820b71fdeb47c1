"""The budget: what matters least is cut first, and says how to see the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtlib.model.message import Message
from gtlib.names import ItemId
from gtlib.rules.prime_fit import Section
from gtlib.rules.prime_fit import fitted
from tests.support import hostile

MARK = "5eed5eed5eed"


def lines(letter: str, count: int) -> str:
    return "\n".join(letter * 19 for _ in range(count))


SECTIONS = (
    Section(key="who", why="always", text="You are toast."),
    Section(key="role", why="the prompt", title="Role", text=lines("r", 40), whole="gt role show", weight=1, least=300),
    Section(key="bead", why="hook", title="Bead", text="task", data=lines("b", 40), what="bead", whole="bd show x", weight=2,
            least=200),
    Section(key="memories", why="notes", title="Notes", data=lines("m", 40), what="notes", whole="bd memories", weight=7,
            least=100),
    Section(key="now", why="always", title="Now", text="Begin."),
)  # fmt: skip


def test_what_fits_is_whole() -> None:
    shown = fitted(SECTIONS, 1000, MARK)
    assert [(each.key, each.size - each.shown) for each in shown.parts] == [
        ("who", 0), ("role", 0), ("bead", 0), ("memories", 0), ("now", 0),
    ]  # fmt: skip
    assert shown.text.startswith("You are toast.\n\n## Role\nrrr") and shown.text.endswith("## Now\nBegin.")


def test_what_weighs_most_is_cut_first() -> None:
    shown = fitted(SECTIONS, 550, MARK)
    left = {each.key: each.size - each.shown for each in shown.parts}
    assert len(shown.text) <= 2200
    assert left["memories"] > 0 and (left["who"], left["role"], left["bead"], left["now"]) == (0, 0, 0, 0)
    assert f"\n[end of data {MARK}]\n({left['memories']} characters more: `bd memories`)\n" in shown.text


def test_then_everything_down_to_its_least_then_to_nothing() -> None:
    little = fitted(SECTIONS, 300, MARK)
    assert len(little.text) <= 1200
    kept = {each.key: each.shown for each in little.parts}
    assert kept["memories"] <= kept["bead"] <= kept["role"]
    least = fitted(SECTIONS, 1, MARK)  # as much as the smallest budget
    assert len(least.text) <= 800
    assert least.text.startswith("You are toast.") and least.text.endswith("## Now\nBegin.")


def test_letters_are_told_by_priority_and_only_those_that_are_shown_are_named() -> None:
    letters = tuple(
        Message(id=ItemId(f"msg-{number}"), sender="mayor", subject=f"s{number}", body="x" * 400)
        for number in range(20)
    )
    mail = Section(key="mail", why="mail", title="Mail", letters=letters, whole="gt mail inbox -u", weight=4)
    whole = fitted([mail], 10_000, MARK)
    assert whole.mail == tuple(each.id for each in letters)
    some = fitted([SECTIONS[0], mail], 500, MARK)
    assert 0 < len(some.mail) < 20 and len(some.text) <= 2000
    assert f"{20 - len(some.mail)} more messages unread: gt mail inbox -u" in some.text
    none = fitted([SECTIONS[1], mail], 220, MARK)
    assert none.mail == () and "msg-" not in none.text


@given(
    st.lists(
        st.builds(
            Section,
            key=st.just("x"),
            why=st.just("y"),
            title=st.sampled_from(["", "Title"]),
            text=st.text(max_size=200),
            data=st.sampled_from([*hostile.TEXTS, lines("z", 100), ""]),
            what=st.just("z"),
            whole=st.sampled_from(["", "bd show x"]),
            weight=st.integers(1, 7),
            least=st.integers(0, 2000),
        ),
        max_size=12,
    ),
    st.integers(0, 3000),
)
def test_it_is_never_longer_than_it_may_be(found: list[Section], budget: int) -> None:
    shown = fitted(found, budget, MARK)
    assert len(shown.text) <= max(budget, 200) * 4
    assert all(0 <= each.shown <= each.size for each in shown.parts)
    if all(hostile.WORD not in each.text for each in found):
        hostile.outside(shown.text, MARK)


@pytest.mark.parametrize("budget", range(200, 700, 50))
def test_frames_are_whole_at_every_size(budget: int) -> None:
    hostile.outside(fitted(SECTIONS, budget, MARK).text, MARK)
