from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.names import ItemId
from gtlib.rules.cycles import above_by_name
from gtlib.rules.cycles import cycles
from gtlib.rules.cycles import find_chain
from gtlib.rules.cycles import find_cycle
from gtlib.rules.cycles import find_parent_cycle
from gtlib.rules.cycles import refuse_deadlock
from gtlib.rules.holding import Ledger
from tests.support.ledgers import IDS
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import world

SOME = world(
    bead("pr-a", needs=("pr-b",)),
    bead("pr-b", conditional_blocks=("pr-c",)),
    bead("pr-c"),
    bead("pr-free"),
    bead("pr-e", type="epic"),
    bead("pr-e.1", parent="pr-e"),
    bead("pr-e.2", parent="pr-e"),
    bead("pr-f", needs=("pr-z",)),
    bead("pr-f.1", parent="pr-f"),
    bead("pr-z"),
    bead("pr-g", needs=("pr-e",)),
)


@pytest.mark.parametrize(
    ("id", "needs", "path"),
    [
        ("pr-a", (), ()),
        ("pr-a", ("pr-a",), ("pr-a", "pr-a")),
        ("pr-c", ("pr-a",), ("pr-c", "pr-a", "pr-b", "pr-c")),
        ("pr-a", ("pr-free", "pr-c", "pr-gone", "external:x:y"), ()),
        # a child waits for its parent, a parent for its child
        ("pr-e.1", ("pr-e",), ("pr-e.1", "pr-e", "pr-e.1")),
        ("pr-e", ("pr-e.1",), ("pr-e", "pr-e.1", "pr-e")),
        ("pr-e.2", ("pr-e.1",), ()),
        # what blocks the parent blocks the child
        ("pr-z", ("pr-f.1",), ("pr-z", "pr-f.1", "pr-f", "pr-z")),
        # the parent ends after its children
        ("pr-e.2", ("pr-g",), ("pr-e.2", "pr-g", "pr-e", "pr-e.2")),
    ],
)
def test_find_cycle(id: str, needs: tuple[str, ...], path: tuple[str, ...]) -> None:
    assert find_cycle(SOME, ItemId(id), map(ItemId, needs)) == path


def test_a_new_parent_may_make_a_cycle() -> None:
    def moved(id: str, parent: str, *others: Bead) -> tuple[str, ...]:
        town = world(*(replace(each, parent=ItemId(parent)) if each.id == id else each for each in others))
        return find_parent_cycle(town, ItemId(id), ItemId(parent))

    a, b, c = bead("pr-a"), bead("pr-b", parent="pr-a"), bead("pr-c", parent="pr-b")
    assert moved("pr-a", "pr-c", a, b, c) == ("pr-a", "pr-c", "pr-b", "pr-a")
    assert moved("pr-a", "pr-a", a) == ("pr-a", "pr-a")
    assert moved("pr-c", "pr-a", a, b, c) == ()
    # what the new parent needs waits for it
    needing, middle = bead("pr-p", needs=("pr-y",)), bead("pr-y", needs=("pr-x",))
    assert moved("pr-x", "pr-p", needing, middle, bead("pr-x")) == ("pr-x", "pr-p", "pr-y", "pr-x")
    # it needs what waits for the new parent
    assert moved("pr-x", "pr-p", bead("pr-p"), bead("pr-y", needs=("pr-p",)), bead("pr-x", needs=("pr-y",))) == (
        "pr-p", "pr-x", "pr-y", "pr-p",
    )  # fmt: skip


def test_duplicates_of_each_other() -> None:
    town = world(
        bead("pr-a", duplicates=("pr-b",)), bead("pr-b", duplicates=("pr-c", "pr-gone")), bead("pr-c")
    )
    assert find_chain(town, ItemId("pr-c"), ItemId("pr-a"), "duplicates") == ("pr-c", "pr-a", "pr-b", "pr-c")
    assert find_chain(town, ItemId("pr-c"), ItemId("pr-c"), "duplicates") == ("pr-c", "pr-c")
    assert find_chain(town, ItemId("pr-c"), ItemId("pr-a"), "supersedes") == ()
    assert find_chain(town, ItemId("pr-a"), ItemId("pr-c"), "duplicates") == ()


def test_a_part_can_not_wait_for_its_whole() -> None:
    assert above_by_name("gt-a.1.2") == ("gt-a.1", "gt-a")
    assert above_by_name("gt-a") == ()
    town = world(bead("pr-a"), bead("pr-a.1"), bead("pr-a.1.1"))
    with pytest.raises(UserError) as refusal:
        refuse_deadlock(town, ItemId("pr-a.1.1"), [ItemId("pr-a")])
    assert (
        str(refusal.value) == "pr-a.1.1 is a part of pr-a and can't wait for it; let its parts wait instead"
    )
    with pytest.raises(UserError) as refusal:
        refuse_deadlock(SOME, ItemId("pr-c"), [ItemId("pr-a")])
    assert str(refusal.value) == (
        "pr-c would wait for itself: pr-c -> pr-a -> pr-b -> pr-c; take one of these needs out first"
    )
    refuse_deadlock(SOME, ItemId("pr-a"), [ItemId("pr-c")])


def test_cycles_are_listed_once() -> None:
    town = world(
        bead("pr-c", needs=("pr-a",)),
        bead("pr-a", needs=("pr-b",)),
        bead("pr-b", conditional_blocks=("pr-c",)),
        bead("pr-waits", needs=("pr-a",)),
        bead("pr-s", needs=("pr-s",)),
        bead("pr-p", parent="pr-q"),
        bead("pr-q", parent="pr-p"),
        bead("pr-e", needs=("pr-e.1",)),
        bead("pr-e.1", parent="pr-e"),
        closed_bead("pr-x", needs=("pr-y",)),
        bead("pr-y", needs=("pr-x",)),
        bead("pr-z", needs=("pr-gone",)),
    )
    assert [list(path) for path in cycles(Ledger(town))] == [
        ["pr-a", "pr-b", "pr-c"], ["pr-e", "pr-e.1"], ["pr-p", "pr-q"], ["pr-s"],
    ]  # fmt: skip
    assert cycles(Ledger(SOME)) == ()


def test_thousands_in_a_row_and_in_a_circle() -> None:
    row = [bead(f"pr-{n}", needs=(f"pr-{n + 1}",)) for n in range(3000)]
    assert cycles(Ledger(world(*row, bead("pr-3000")))) == ()
    found = cycles(Ledger(world(*row, bead("pr-3000", needs=("pr-0",)))))
    assert [len(path) for path in found] == [3001]


@st.composite
def _webs(draw: st.DrawFn) -> tuple[Bead, ...]:
    some = st.lists(st.sampled_from(IDS), max_size=2, unique=True).map(tuple)
    return tuple(
        bead(
            id,
            needs=draw(some) if draw(st.booleans()) else (),
            conditional_blocks=draw(some) if not draw(st.integers(0, 3)) else (),
            parent=draw(st.sampled_from(("", "", *IDS))),
            status="open" if draw(st.integers(0, 4)) else "closed",
        )
        for id in IDS
    )


def stuck(beads: Sequence[Bead]) -> set[str]:
    """The beads that can't end, whatever is done: what can happen happens, until nothing does."""
    known = {each.id: each for each in beads}
    began: set[str] = set()
    ended = {each.id for each in beads if each.status == "closed"}
    for _ in range(2 * len(beads)):
        for each in beads:
            above = known.get(each.parent)
            free = above is None or above.id in began or above.status == "closed"
            if free and all(to in ended or to not in known for to in (*each.needs, *each.conditional_blocks)):
                began.add(each.id)
            if each.id in began and all(kid.id in ended for kid in beads if kid.parent == each.id):
                ended.add(each.id)
    return set(known) - ended


@given(_webs())
def test_there_is_a_cycle_where_something_is_stuck(beads: tuple[Bead, ...]) -> None:
    found = cycles(Ledger(world(*beads)))
    assert bool(found) == bool(stuck(beads))
    assert {id for path in found for id in path} <= stuck(beads)


@given(_webs(), st.sampled_from(IDS), st.sampled_from(IDS))
def test_an_edge_is_refused_when_it_makes_something_stuck(
    beads: tuple[Bead, ...], one: ItemId, other: ItemId
) -> None:
    beads = tuple(replace(each, status="open") for each in beads)
    after = tuple(replace(each, needs=(*each.needs, other)) if each.id == one else each for each in beads)
    moved = tuple(replace(each, parent=other) if each.id == one else each for each in beads)
    if not stuck(beads):
        assert bool(find_cycle(world(*after), one, [other])) == bool(stuck(after))
        assert bool(find_cycle(world(*beads), one, [other])) == bool(stuck(after))
    if not stuck([replace(each, parent=ItemId("")) if each.id == one else each for each in beads]):
        assert bool(find_parent_cycle(world(*moved), one, other)) == bool(stuck(moved))
