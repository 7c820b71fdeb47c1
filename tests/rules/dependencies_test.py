from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model.bead import Edge
from gtlib.model.edges import FIELDS
from gtlib.model.edges import edges
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.cycles import cycles
from gtlib.rules.dependencies import Dependency
from gtlib.rules.dependencies import Wanted
from gtlib.rules.dependencies import edge_type
from gtlib.rules.dependencies import plan_add
from gtlib.rules.dependencies import plan_remove
from gtlib.rules.holding import Ledger
from tests.support.ledgers import IDS
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import committed
from tests.support.world import molecule
from tests.support.world import put
from tests.support.world import step
from tests.support.world import world

BEADS = (
    bead("pr-aa1"),
    bead("pr-bb1"),
    bead("pr-cc1", needs=("pr-bb1",), related=("pr-aa1",)),
    bead("pr-e1", type="epic"),
    bead("pr-e1.1", parent="pr-e1"),
    closed_bead("pr-done"),
    molecule("pr-mol-x1", step("s")),
)


def add(
    *wanted: Wanted, check: bool = True, beads: tuple[object, ...] = BEADS
) -> tuple[Snapshot, list[Dependency]]:
    """The town with these edges, and what was made of them."""
    town = world(*beads)  # type: ignore[arg-type]
    made, edit = plan_add(town, wanted, "overseer", check=check)
    return committed(town, edit), list(made)


def said(*wanted: Wanted) -> str:
    with pytest.raises(UserError) as refusal:
        add(*wanted)
    return str(refusal.value)


def wanted(id: str, to: str, type: str = "blocks") -> Wanted:
    return Wanted(id, to, type)


@pytest.mark.parametrize(
    ("word", "type"),
    [
        ("blocks", "blocks"), ("Blocked-By", "blocks"), ("depends-on", "blocks"), ("needs", "blocks"),
        ("parent_child", "parent-child"), (" waits-for ", "waits-for"), ("until", "until"),
        ("inspired-by", "inspired-by"), ("x" * 50, "x" * 50),
    ],
)  # fmt: skip
def test_types(word: str, type: str) -> None:
    assert edge_type(word) == type


@pytest.mark.parametrize("word", ["", " ", "two words", "x" * 51, "é", "-x", "a\nb"])
def test_no_types(word: str) -> None:
    with pytest.raises(UserError, match="is no type of dependency; write one word, 50 characters at most"):
        edge_type(word)


@pytest.mark.parametrize("type", [*FIELDS, "inspired-by"])
def test_an_edge_of_every_type_is_drawn_once_and_taken_out(type: str) -> None:
    town, made = add(wanted("aa1", "bb1", type))
    assert made == [Dependency(ItemId("pr-aa1"), ItemId("pr-bb1"), type)]
    found = town.bead(ItemId("pr-aa1"))
    assert found is not None and edges(found) == [Edge(to="pr-bb1", type=type)]
    again, edit = plan_add(town, [wanted("aa1", "bb1", type)], "overseer")
    assert (again, edit) == ((Dependency(ItemId("pr-aa1"), ItemId("pr-bb1"), type, changed=False),), None)
    gone, edit = plan_remove(town, "aa1", "bb1", "", "overseer")
    assert gone == Dependency(ItemId("pr-aa1"), ItemId("pr-bb1"), type)
    before = world(*BEADS)
    after = committed(town, edit)
    assert list(after.beads()) == list(before.beads())


def test_relates_to_stands_on_both_sides() -> None:
    town, _ = add(wanted("aa1", "bb1", "relates-to"))
    assert {each.id: each.relates_to for each in town.beads() if each.relates_to} == {
        "pr-aa1": ("pr-bb1",), "pr-bb1": ("pr-aa1",),
    }  # fmt: skip
    _, edit = plan_remove(town, "pr-bb1", "aa1", "relates-to", "overseer")
    assert not any(each.relates_to for each in committed(town, edit).beads())
    half = (bead("pr-aa1", relates_to=("pr-bb1",)), bead("pr-bb1"))
    town, made = add(wanted("aa1", "bb1", "relates-to"), beads=half)
    assert made[0].changed and [each.relates_to for each in town.beads()] == [("pr-bb1",), ("pr-aa1",)]


def test_where_edges_may_lead() -> None:
    _, made = add(
        wanted("aa1", "external:other:login"),
        wanted("aa1", "pr-mol-x1"),
        wanted("aa1", "ada", "authored-by"),
        wanted("aa1", "bb1", "attests"),
        wanted("aa1", "done"),
    )
    assert [each.to for each in made] == ["external:other:login", "pr-mol-x1", "ada", "pr-bb1", "pr-done"]


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (wanted("aa1", "aa1"), "pr-aa1 can't depend on itself; name two beads"),
        (wanted("aa1", "nope"), "no bead nope; see them with: bd list --all"),
        (wanted("nope", "aa1"), "no bead nope; see them with: bd list --all"),
        (wanted("aa1", "nope", "inspired-by"), "no bead nope; see them with: bd list --all"),
        (wanted("aa1", "two words", "authored-by"), "no bead two words; see them with: bd list --all"),
        (wanted("bb1", "cc1"), "pr-bb1 would wait for itself: pr-bb1 -> pr-cc1 -> pr-bb1; "
         "take one of these needs out first"),
        (wanted("bb1", "cc1", "conditional-blocks"), "pr-bb1 would wait for itself: pr-bb1 -> pr-cc1 -> pr-bb1; "
         "take one of these needs out first"),
        (wanted("cc1", "aa1"), "pr-cc1 depends on pr-aa1 already (related); take that out first: "
         "bd dep remove pr-cc1 pr-aa1"),
        (wanted("e1.1", "pr-e1"), "pr-e1.1 depends on pr-e1 already (parent-child); take that out first: "
         "bd dep remove pr-e1.1 pr-e1"),
        (wanted("pr-e1", "e1.1"), "pr-e1 would wait for itself: pr-e1 -> pr-e1.1 -> pr-e1; "
         "take one of these needs out first"),
        (wanted("e1.1", "aa1", "parent-child"), "pr-e1.1 has a parent, pr-e1; to move it: "
         "bd update pr-e1.1 --parent pr-aa1"),
        (wanted("pr-e1", "e1.1", "parent-child"), "parent-child would go in a circle: "
         "pr-e1 -> pr-e1.1 -> pr-e1; take one of these out first"),
        (wanted("aa1", "done", "parent-child"), "the parent pr-done is closed; open it first: bd reopen pr-done"),
        (wanted("aa1", "external:x:y", "relates-to"), "no bead external:x:y; see them with: bd list --all"),
        (wanted("aa1", "external:x"), "'external:x' is not an id; write <prefix>-<letters and digits>, as in gt-abc12"),
    ],
)  # fmt: skip
def test_what_is_refused(refused: Wanted, message: str) -> None:
    assert said(refused) == message


def test_duplicates_do_not_go_in_a_circle() -> None:
    assert said(wanted("aa1", "bb1", "duplicates"), wanted("bb1", "aa1", "duplicates")) == (
        "duplicates would go in a circle: pr-bb1 -> pr-aa1 -> pr-bb1; take one of these out first"
    )


def test_a_part_waits_for_its_whole_neither_by_name_nor_by_parent() -> None:
    loose = (bead("pr-e1"), bead("pr-e1.1"))
    with pytest.raises(UserError, match=r"pr-e1.1 is a part of pr-e1 and can't wait for it"):
        add(wanted("e1.1", "pr-e1"), beads=loose)
    _, made = add(wanted("e1.1", "pr-e1", "waits-for"), beads=loose)
    assert made[0].type == "waits-for"


def test_without_the_check_cycles_are_drawn() -> None:
    town, made = add(wanted("bb1", "cc1"), check=False)
    assert made[0].changed
    assert cycles(Ledger(town)) == (("pr-bb1", "pr-cc1"),)


def test_many_are_drawn_together_or_not_at_all() -> None:
    town = world(*BEADS)
    found, edit = plan_add(
        town, [wanted("aa1", "bb1"), wanted("aa1", "pr-e1"), wanted("cc1", "bb1")], "overseer"
    )
    assert [each.changed for each in found] == [True, True, False]
    assert edit is not None and edit.subject == "update: dependencies of 2 beads"
    assert put(edit) == {"beads/pr-aa1.md": bead("pr-aa1", needs=("pr-bb1", "pr-e1"))}
    with pytest.raises(UserError, match=r"^deps.jsonl:2: no bead nope; see them"):
        plan_add(town, [wanted("aa1", "bb1"), Wanted("aa1", "nope", "blocks", "deps.jsonl:2")], "overseer")


def test_taking_out_what_is_not_there_is_refused() -> None:
    town = world(*BEADS, bead("pr-two", needs=("pr-aa1", "pr-gone"), related=("pr-aa1",)))

    def refusal(id: str, to: str, type: str = "") -> str:
        with pytest.raises(UserError) as found:
            plan_remove(town, id, to, type, "overseer")
        return str(found.value)

    assert refusal("aa1", "bb1") == "pr-aa1 has no dependency on bb1; it depends on nothing"
    assert refusal("cc1", "pr-e1") == "pr-cc1 has no dependency on pr-e1; it depends on pr-bb1, pr-aa1"
    assert (
        refusal("cc1", "bb1", "related") == "pr-cc1 has no dependency on bb1 (related); it depends on pr-aa1"
    )
    assert refusal("two", "aa1") == "pr-two depends on pr-aa1 twice: blocks, related; name one with --type"
    assert plan_remove(town, "two", "aa1", "related", "overseer")[0].type == "related"
    assert plan_remove(town, "two", "gone", "", "overseer")[0].to == "pr-gone"


def test_a_file_that_does_not_parse_is_not_written() -> None:
    town = world(bead("pr-aa1"), files={"beads/pr-bad.md": "---\nid: [\n---\n"})
    with pytest.raises(UserError, match=r"beads/pr-bad.md does not parse"):
        plan_add(town, [wanted("pr-bad", "aa1")], "overseer")
    assert plan_add(town, [wanted("aa1", "pr-bad")], "overseer")[0][0].changed


_edges = st.tuples(
    st.sampled_from(IDS),
    st.sampled_from(IDS),
    st.sampled_from(("blocks", "conditional-blocks", "parent-child")),
)


@given(st.lists(_edges, max_size=14))
def test_what_is_drawn_with_the_check_never_makes_a_cycle(found: list[tuple[ItemId, ItemId, str]]) -> None:
    town = world(*(bead(id) for id in IDS))
    for id, to, type in found:
        try:
            town = committed(town, plan_add(town, [Wanted(id, to, type)], "overseer")[1])
        except UserError:
            continue
    assert cycles(Ledger(town)) == ()
