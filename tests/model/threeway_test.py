"""Three-way merge by field: what both sides did is kept, and only a true conflict is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.mergedriver import _lines
from gtlib.model import kinds
from gtlib.model import markers
from gtlib.model import threeway
from gtlib.model.bead import Bead
from gtlib.model.threeway import Merged
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


# By field, as git's merges ask for it

TEXT = """\
---
id: gt-aaaaa
title: First
status: open
priority: 2
created: 2026-01-01T08:00:00Z
---
What is wanted.

## Comments
### ada 2026-01-01T08:00:00Z c1
Hello.
"""


def both(base: str, *sides: str, path: str = PATH) -> Merged:
    """The merge, which is the same whichever side is ours."""
    pairs = (sides, sides[::-1])
    one, other = (threeway.by_field(path, base, mine, theirs, _lines) for mine, theirs in pairs)
    assert sorted(one.conflicts) == sorted(other.conflicts)
    if not one.conflicts:
        assert kinds.parse(path, one.text) == kinds.parse(path, other.text)
    return one


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        # a reopen against a change elsewhere; no clock and no rank of words decides
        (("status: closed", "status: open"), ("title: First", "title: Other")),
        (("priority: 2", "priority: 0"), ("status: closed", "status: open")),
        (("defer: 2027-01-01\n", ""), ("priority: 2", "priority: 4")),
        (("odd: 1", "odd: 2"), ("title: First", "title: Other")),
        (("odd: 1", "odd: true"), ("priority: 2", "priority: 1")),
    ],
)
def test_what_one_side_did_stays_whatever_it_is(mine: tuple[str, str], theirs: tuple[str, str]) -> None:
    base = changed(TEXT, ("status: open\n", "status: closed\ndefer: 2027-01-01\nodd: 1\n"))
    assert both(base, changed(base, mine), changed(base, theirs)) == Merged(changed(base, mine, theirs))


def closed(when: str, reason: str, evidence: str = "") -> tuple[str, str]:
    proof = f"evidence: {evidence}\n" if evidence else ""
    return "status: open\n", f"status: closed\nclosed: {when}\nclose_reason: {reason}\n{proof}"


def test_of_two_that_closed_one_whole_set_stays() -> None:
    early, late = closed("2026-02-01T08:00:00Z", "done"), closed("2026-02-02T08:00:00Z", "obsolete")
    proven = closed("2026-02-03T08:00:00Z", "landed", "abc")
    assert both(TEXT, changed(TEXT, late), changed(TEXT, early)) == Merged(
        changed(TEXT, early).replace("closed: 2026-02-01T08:00:00Z\n", "closed: 2026-02-01T08:00:00Z\n")
    )
    found = kinds.parse(PATH, both(TEXT, changed(TEXT, early), changed(TEXT, proven)).text)
    assert isinstance(found, Bead)
    assert (found.closed, found.close_reason, found.evidence) == ("2026-02-03T08:00:00Z", "landed", "abc")


def test_when_the_status_is_in_conflict_what_goes_with_it_is_too() -> None:
    merged = both(
        TEXT, changed(TEXT, closed("2026-02-01", "done")), changed(TEXT, ("status: open", "status: hooked"))
    )
    assert merged.conflicts == ("status", "closed", "close_reason")
    assert merged.marked() == changed(
        TEXT,
        (
            "status: open\n",
            "<<<<<<< ours\nstatus: closed\n=======\nstatus: hooked\n>>>>>>> theirs\n"
            "<<<<<<< ours\nclosed: 2026-02-01\n=======\n>>>>>>> theirs\n"
            "<<<<<<< ours\nclose_reason: done\n=======\n>>>>>>> theirs\n",
        ),
    )


def test_what_goes_with_the_status_is_that_side_s_that_moved_it() -> None:
    base = changed(TEXT, closed("2026-02-01T08:00:00Z", "done"))
    proven = changed(base, ("close_reason: done\n", "close_reason: done\nevidence: deadbeef\n"))
    merged = both(base, TEXT, changed(proven, ("title: First", "title: Other")))
    assert merged == Merged(changed(TEXT, ("title: First", "title: Other")))
    told = changed(base, ("done\n", "obsolete\n"))
    assert both(base, told, proven).conflicts == ()
    text = both(base, told, proven).text
    assert "close_reason: obsolete\n" in text and "evidence: deadbeef\n" in text
    assert both(base, told, changed(proven, ("done\n", "well done\n"))).conflicts == ("close_reason",)


def test_bookkeeping_never_conflicts() -> None:
    base = changed(TEXT, ("created:", "updated: 2026-01-01T08:00:00Z\nstarted: 2026-01-02\ncreated:"))
    mine, theirs = (
        changed(
            base, ("updated: 2026-01-01", f"updated: {later}"), ("started: 2026-01-02", f"started: {start}")
        )
        for later, start in (("2026-03-01", "2026-01-04"), ("2026-03-02", "2026-01-03"))
    )
    expected = changed(mine, ("updated: 2026-03-01", "updated: 2026-03-02"), ("2026-01-04", "2026-01-03"))
    assert both(base, mine, theirs) == Merged(expected)


def comments(text: str) -> list[tuple[str, str, str]]:
    found = kinds.parse(PATH, text)
    assert isinstance(found, Bead)
    return [(each.id, each.author, each.text) for each in found.comments]


def test_a_comment_is_mended_here_and_another_is_made_there() -> None:
    more = "\n### bo 2026-01-02T08:00:00Z c2\nYes.\n"
    assert both(TEXT, changed(TEXT, ("Hello.", "Hello!")), TEXT + more) == Merged(
        changed(TEXT, ("Hello.", "Hello!")) + more
    )


def test_two_comments_with_one_id_both_stay() -> None:
    mine, theirs = (
        TEXT + f"\n### {author} 2026-01-02T08:00:0{n}Z c2\nSaid {n}.\n"
        for author, n in (("bo", 2), ("cy", 1))
    )
    merged = both(TEXT, mine, theirs)
    assert comments(merged.text) == [
        ("c1", "ada", "Hello."),
        ("c2", "cy", "Said 1."),
        ("c3", "bo", "Said 2."),
    ]
    for side in (mine, theirs):
        assert comments(both(TEXT, merged.text, side).text) == comments(merged.text)


def test_a_comment_taken_away_here_and_changed_there_is_a_conflict() -> None:
    gone = TEXT.partition("\n## Comments")[0]
    merged = both(TEXT, gone, changed(TEXT, ("Hello.", "Hello!")))
    assert merged.conflicts == ("comments.c1",)
    assert merged.marked() == (
        gone
        + "<<<<<<< ours\n=======\n\n## Comments\n### ada 2026-01-01T08:00:00Z c1\nHello!\n>>>>>>> theirs\n"
    )


def test_a_word_in_a_comment_is_marked_in_that_comment_alone() -> None:
    base = TEXT + "More.\n\n### bo 2026-01-02T08:00:00Z c2\nYes.\n"
    merged = both(base, changed(base, ("Hello.", "Hello!")), changed(base, ("Hello.", "Hello?")))
    conflict = "<<<<<<< ours\nHello!\n=======\nHello?\n>>>>>>> theirs\n"
    assert merged.conflicts == ("comments.c1.text",)
    assert merged.marked() == changed(base, ("Hello.\n", conflict))


def test_the_layout_of_both_stays() -> None:
    mine = changed(TEXT, ("title: First", "title:  First  # mine"), ("priority: 2", "priority: 1"))
    theirs = changed(TEXT, ("status: open\n", "# theirs\nstatus: hooked\n"), ("wanted.", "wanted.\n\n\n\n"))
    merged = both(TEXT, mine, theirs).text
    for part in ("title:  First  # mine\n", "# theirs\n", "wanted.\n\n\n\n\n"):
        assert part in merged


def test_a_remark_stays_where_lines_can_not_be_merged() -> None:
    mine = changed(TEXT, ("priority: 2", "priority: 1"), ("status: open", "# why\nstatus: open"))
    theirs = changed(TEXT, ("status: open\n", "# because\nstatus: open\n"), ("First", "Other"))
    merged = both(TEXT, mine, theirs).text
    assert "# why\n" in merged and "# because\n" in merged


AGENT = "agents/hello/polecats/toast.md"
HOOK = "---\nhook:\n  state: active\n  bead: gt-aaa\n  mood: calm\nsessions:\n  - id: s1\n    outcome: done\n---\n"


def test_unknown_keys_inside_known_ones_merge_as_these() -> None:
    mine = changed(HOOK, ("state: active", "state: completed"))
    theirs = changed(
        HOOK, ("mood: calm", "mood: wild\n  pace: 3"), ("outcome: done", "outcome: done\n    cost: 3")
    )
    assert both(HOOK, mine, theirs, path=AGENT) == Merged(
        changed(theirs, ("state: active", "state: completed"))
    )
    gone = changed(HOOK, ("  mood: calm\n", ""))
    assert both(HOOK, mine, gone, path=AGENT) == Merged(changed(gone, ("state: active", "state: completed")))
    clash = both(HOOK, changed(mine, ("calm", "glad")), theirs, path=AGENT)
    assert clash.conflicts == ("hook.mood",)
    assert "<<<<<<< ours\n  mood: glad\n=======\n  mood: wild\n>>>>>>> theirs\n  pace: 3\n" in clash.marked()


FLOW = "---\nhook: {state: active, k1: 1, k2: 1}\n---\n"


def test_unknown_keys_on_one_line_are_one_conflict() -> None:
    mine, theirs = (changed(FLOW, ("k1: 1, k2: 1", f"k1: {n}, k2: {n}")) for n in (2, 3))
    merged = both(FLOW, mine, theirs, path=AGENT)
    assert merged.conflicts == ("hook.k1", "hook.k2")
    assert merged.marked() == (
        "---\n<<<<<<< ours\nhook: {state: active, k1: 2, k2: 2}\n=======\n"
        "hook:\n  state: active\n  k1: 3\n  k2: 3\n>>>>>>> theirs\n---\n"
    )


def test_a_known_and_an_unknown_key_on_one_line_are_one_conflict() -> None:
    mine, theirs = (
        changed(FLOW, ("active", state), ("k1: 1", f"k1: {n}"))
        for n, state in ((2, "completed"), (3, "archived"))
    )
    merged = both(FLOW, mine, theirs, path=AGENT)
    assert sorted(merged.conflicts) == ["hook.k1", "hook.state"]
    assert len(merged.theirs) == 1
    assert kinds.parse(AGENT, merged.theirs[0]) == kinds.parse(AGENT, theirs)
    assert "  k1: 3\n  k2: 1\n" in merged.theirs[0]


def test_a_number_on_a_line_that_is_written_again_is_no_text() -> None:
    mine, theirs = changed(FLOW, ("active", "archived")), changed(FLOW, ("k1: 1", "k1: 3"))
    merged = both(FLOW, mine, theirs, path=AGENT)
    assert merged == Merged("---\nhook:\n  state: archived\n  k1: 3\n  k2: 1\n---\n")


def test_unknown_keys_that_both_made() -> None:
    mine, theirs = changed(FLOW, (", k2: 1", "")), changed(FLOW, ("k1: 1, k2: 1", "k1: 2, k2: 3"))
    merged = threeway.by_field(AGENT, None, mine, theirs, _lines)
    assert merged.conflicts == ("hook.k1",)
    assert "  k1: 1\n  k2: 3\n" in merged.text


def test_differences_that_overlap_are_all_between_the_markers() -> None:
    text, others = "a\nb\nc\nd\n", ("a\nB\nC\nd\n", "a\nb\nX\nd\n")
    assert (markers.overlap(text, others), markers.overlap(text, ("A\nb\nc\nd\n", others[1]))) == (
        True,
        False,
    )
    assert markers.mark(text, others) == "a\n<<<<<<< ours\nb\nc\n=======\nB\nC\nb\nX\n>>>>>>> theirs\nd\n"


def test_half_a_hook_of_each_side_is_no_hook() -> None:
    other = ("bead: gt-aaa", "bead: gt-bbb\n  branch: polecat/toast/gt-bbb")
    mine, theirs = changed(HOOK, other), changed(HOOK, ("bead: gt-aaa", "bead: gt-ccc"))
    assert both(HOOK, mine, theirs, path=AGENT).conflicts == ("hook.bead", "hook.branch")


def test_sessions_of_two_machines_are_both_there_by_time() -> None:
    first, second = (f"  - id: {id}\n    started: 2026-01-0{n}\n" for n, id in ((2, "s3"), (1, "s2")))
    mine, theirs = (HOOK[:-4] + session + "---\n" for session in (first, second))
    assert both(HOOK, mine, theirs, path=AGENT).text == HOOK[:-4] + second + first + "---\n"


def test_steps_that_make_no_molecule_together_are_in_conflict() -> None:
    mine = changed(STEPS, ("\n- [ ] **two** Two\n", ""))
    theirs = changed(STEPS, ("**one** One", "**one** One (needs: two)"))
    assert both(STEPS, mine, theirs, path=MOLECULE).conflicts == ("steps",)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        (" ", "x", " ", "x"),
        ("x", " ", "x", " "),
        ("x", "x", "!", "!"),
        (" ", "x", "x", "x"),
        (" ", "x", "-", ""),
    ],
)
def test_boxes(base: str, mine: str, theirs: str, merged: str) -> None:
    texts = [STEPS.replace("[ ] **one", f"[{box}] **one") for box in (base, mine, theirs)]
    found = both(*texts, path=MOLECULE)
    assert found.conflicts == (() if merged else ("steps.one.state",))
    if merged:
        assert found.text == STEPS.replace("[ ] **one", f"[{merged}] **one")


def test_a_step_that_both_did_has_one_proof() -> None:
    mine, theirs = (
        changed(STEPS, ("[ ] **one", "[x] **one")) + f"\n## Evidence\n\n- one: {commit}\n"
        for commit in ("bbb", "aaa")
    )
    assert both(STEPS, mine, theirs, path=MOLECULE) == Merged(theirs)


def test_a_truth_value_and_a_number_are_two_values() -> None:
    base = changed(TEXT, ("created:", "metadata:\n  a: 0\n  list:\n    - x\n    - y\ncreated:"))
    mine, theirs = changed(base, ("a: 0", "a: 1")), changed(base, ("a: 0", "a: true"))
    assert both(base, mine, theirs).conflicts == ("metadata.a",)
    mine, theirs = changed(base, ("    - x\n", "    - x\n    - z\n")), changed(base, ("    - y\n", ""))
    assert both(base, mine, theirs) == Merged(changed(mine, ("    - y\n", "")))


def test_settled_as_before_where_both_changed_it() -> None:
    mine = changed(TEXT, ("First", "Mine"), ("priority: 2", "priority: 1"))
    theirs = changed(TEXT, ("First", "Theirs"))
    settled = threeway.by_field(PATH, TEXT, mine, theirs, _lines, settled=True)
    assert settled == Merged(changed(TEXT, ("priority: 2", "priority: 1")))
