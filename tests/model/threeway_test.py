"""Three-way merge by field: what both sides did is kept, and only a true conflict is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.model import kinds
from gtlib.model import threeway
from gtlib.model.bead import Bead
from gtlib.names import ItemId

PATH = "beads/gt-aaaaa.md"
words = st.sampled_from(["a", "b", "c", "d", "e"])
ids = words.map(lambda word: ItemId(f"gt-{word}{word}{word}"))


def conflict(base: str, mine: str, theirs: str) -> str | None:
    return None


beads = st.builds(
    lambda **fields: Bead(id=ItemId("gt-aaaaa"), **fields),
    title=words,
    status=st.sampled_from(["open", "closed", "hooked"]),
    priority=st.integers(0, 4),
    labels=st.lists(words, unique=True).map(tuple),
    needs=st.lists(ids, unique=True).map(tuple),
    assignee=st.sampled_from(["", "ada", "bo"]),
    description=st.sampled_from(["", "One.", "Two.\n\nThree."]),
)


def merged(base: Bead, mine: Bead, theirs: Bead) -> Bead | None:
    texts = [kinds.render(bead) for bead in (base, mine, theirs)]
    text = threeway.merge(PATH, texts[0], texts[1], texts[2], conflict)
    if text is None:
        return None
    found = kinds.parse(PATH, text)
    assert isinstance(found, Bead)
    return found


@given(beads, beads)
def test_what_one_side_left_alone_is_the_other_s(base: Bead, other: Bead) -> None:
    assert merged(base, base, other) == other
    assert merged(base, other, base) == other


@given(beads, beads, beads)
def test_both_sides_agree_on_what_a_merge_is(base: Bead, mine: Bead, theirs: Bead) -> None:
    assert merged(base, mine, theirs) == merged(base, theirs, mine)


@given(beads, beads, beads)
def test_merging_again_changes_nothing(base: Bead, mine: Bead, theirs: Bead) -> None:
    once = merged(base, mine, theirs)
    if once is not None:
        assert merged(base, once, theirs) == once


@given(beads, beads, beads)
def test_nothing_that_a_side_added_or_removed_is_lost(base: Bead, mine: Bead, theirs: Bead) -> None:
    found = merged(base, mine, theirs)
    if found is None:
        return
    for side in (mine, theirs):
        assert set(side.labels) - set(base.labels) <= set(found.labels)
        assert not (set(base.labels) - set(side.labels)) & set(found.labels)
        for name in ("title", "status", "priority", "assignee"):
            if getattr(side, name) != getattr(base, name):
                assert getattr(found, name) == getattr(side, name)


def test_two_values_for_one_field_are_a_conflict_and_mine_can_win() -> None:
    base = Bead(id=ItemId("gt-aaaaa"), title="First", labels=("x",))
    mine, theirs = (
        replace(base, title="Mine", labels=("x", "y")),
        replace(base, title="Theirs", labels=("x", "z")),
    )
    texts = [kinds.render(bead) for bead in (base, mine, theirs)]
    assert threeway.merge(PATH, texts[0], texts[1], texts[2], conflict) is None
    text = threeway.merge(PATH, texts[0], texts[1], texts[2], conflict, mine_wins=True)
    assert text is not None
    assert kinds.parse(PATH, text) == replace(base, title="Mine", labels=("x", "y", "z"))


def test_comments_and_layout_of_mine_stay() -> None:
    base = "---\nid: gt-aaaaa\ntitle: First\npriority: 2\n---\n"
    mine = "---\ntitle:   First # why\nid: gt-aaaaa\npriority: 2\nmine: yes\n---\nText.\n"
    theirs = base.replace("priority: 2", "priority: 0")
    assert threeway.merge(PATH, base, mine, theirs, conflict) == mine.replace("priority: 2", "priority: 0")


MOLECULE = "molecules/gt-mol-aaaaa.md"
STEPS = "---\nid: gt-mol-aaaaa\ntitle: M\n---\n\n## Steps\n\n- [ ] **one** One\n\n- [ ] **two** Two\n"


def test_ticks_on_both_sides_are_both_kept() -> None:
    mine, theirs = STEPS.replace("[ ] **one", "[x] **one"), STEPS.replace("[ ] **two", "[x] **two")
    assert threeway.merge(MOLECULE, STEPS, mine, theirs, conflict) == STEPS.replace("[ ]", "[x]")


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_a_text_that_does_not_parse_is_a_conflict(broken: int) -> None:
    texts = [STEPS, STEPS.replace("One", "Eins"), STEPS.replace("Two", "Zwei")]
    texts[broken] = texts[broken].replace("title: M", "title: [")
    assert threeway.merge(MOLECULE, texts[0], texts[1], texts[2], conflict) is None


def test_other_files_are_merged_by_line() -> None:
    assert (
        threeway.merge("notes.txt", "a", "b", "c", lambda base, mine, theirs: base + mine + theirs) == "abc"
    )
    assert threeway.merge("notes.txt", "a", "b", "c", conflict) is None


def test_a_new_file_on_both_sides_is_a_conflict() -> None:
    assert threeway.merge("notes.txt", None, "b", "c", conflict) is None
    assert threeway.merge("notes.txt", None, "b", "b", conflict) == "b"
