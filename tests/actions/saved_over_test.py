"""An editor's old buffer saved over a transition: what it took back is put right and told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions.catch_up import catch_up
from gtlib.actions.transition import transition
from gtlib.model.bead import Comment
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.store.town import Town
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import status

NUX = "proj/polecats/nux"
PATH = "beads/hq-aaa.md"
OLD = "---\nid: hq-aaa\ntitle: One # mine\nstatus: open\npriority: 2\n---\nText.\n"
MOLECULE = "---\nid: hq-mol-a\ntitle: Run\n---\n## Steps\n\n- [ ] **a** A\n\n- [ ] **b** B\n\n- [ ] **c** C\n"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = make_town(tmp_path / "town")
    put(town, PATH, OLD)
    return town


def moves(town: Town, id: str = "hq-aaa", **fields: object) -> None:
    """A transition of the town."""

    def plan(snapshot: Snapshot) -> Edit:
        item = snapshot.bead(ItemId(id)) or snapshot.molecule(ItemId(id))
        assert item is not None
        return Edit(subject=f"change: {id}", put=(replace(item, **fields),))

    assert transition(town, plan) is not None


def quietly(root: Path, path: str, text: str, message: str = "by hand") -> None:
    """Save a file and commit it where no git hook runs."""
    (root / path).write_text(text, encoding="utf-8")
    git(root, "add", "--", path)
    git(root, "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", message, "--", path)


def subjects(town: Town, count: int) -> list[str]:
    return git(town.root, "log", f"-{count}", "--format=%s").splitlines()


def letters(town: Town) -> list[tuple[str, str]]:
    return [
        (message.subject, message.body) for _, message in town.snapshot().mail(Address("overseer"), "new")
    ]


def at_rest(town: Town) -> None:
    tip = town.tip()
    catch_up(town)
    assert (town.tip(), status(town)) == (tip, "")


def test_what_the_buffer_took_back_is_put_right_and_told(town: Town) -> None:
    moves(town, status="in_progress", assignee="ada")
    put(town, PATH, OLD.replace("Text.", "Text, and more."), "more")
    assert show(town, PATH) == (
        "---\nid: hq-aaa\ntitle: One # mine\nstatus: in_progress\npriority: 2\nassignee: ada\n---\n"
        "Text, and more.\n"
    )
    assert subjects(town, 3) == [
        "told: Put right: hq-aaa status, assignee",
        "restore: hq-aaa status, assignee",
        "more",
    ]
    saved, restored = git(town.root, "log", "-2", "--skip=1", "--format=%H").split()[::-1]
    assert letters(town) == [
        (
            "Put right: hq-aaa status, assignee",
            f"Commit {saved[:12]} set back, beside what you changed, what the town had changed minutes before:\n\n"
            "    beads/hq-aaa.md: status, assignee\n\n"
            f"An editor does that which had the file open since before. Commit {restored[:12]} put it right\n"
            "again; everything else that you changed stands.\n\n"
            "If you meant it, this does it for good:\n\n"
            f"    git revert --no-edit {restored[:12]}",
        )
    ]
    at_rest(town)


def test_the_command_of_the_mail_is_obeyed(town: Town) -> None:
    moves(town, status="in_progress", assignee="ada")
    mine = OLD.replace("Text.", "Text, and more.")
    put(town, PATH, mine)
    ((_, body),) = letters(town)
    git(town.root, *body.rpartition("\n\n    git ")[2].split())
    assert show(town, PATH) == mine
    put(town, PATH, mine.replace("more", "much more"))
    assert show(town, PATH) == mine.replace("more", "much more")
    assert len(letters(town)) == 1
    at_rest(town)


@pytest.mark.parametrize(
    "text",
    [OLD, OLD.replace("title: One # mine\nstatus: open", "status: 'open'\ntitle: One # mine")],
    ids=["as it was", "in other words"],
)
def test_a_set_back_alone_is_meant(town: Town, text: str) -> None:
    moves(town, status="in_progress", assignee="ada")
    put(town, PATH, text)
    assert (show(town, PATH), letters(town)) == (text, [])
    at_rest(town)


def test_a_comment_in_the_front_matter_is_another_change(town: Town) -> None:
    moves(town, status="in_progress")
    put(town, PATH, OLD.replace("# mine", "# mine\n# and this"))
    assert show(town, PATH) == OLD.replace("# mine", "# mine\n# and this").replace("open", "in_progress")


def test_a_value_of_one_s_own_is_meant(town: Town) -> None:
    moves(town, status="closed", closed="2026-11-20T08:00:00Z", close_reason="done")
    text = OLD.replace("status: open", "status: blocked").replace("Text.", "Not done.")
    put(town, PATH, text)
    assert (show(town, PATH), letters(town)) == (text, [])


def test_after_the_minutes_it_stands(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    moves(town, status="in_progress")
    text = OLD.replace("Text.", "More.")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2099-01-01T00:00:00Z")
    put(town, PATH, text)
    assert (show(town, PATH), letters(town)) == (text, [])


def test_several_transitions_and_a_buffer_from_between_them(town: Town) -> None:
    moves(town, status="in_progress")
    between = show(town, PATH)
    moves(town, assignee="ada")
    moves(town, priority=0, labels=("hot",))
    put(town, PATH, between.replace("Text.", "More."))
    assert show(town, PATH) == (
        "---\nid: hq-aaa\ntitle: One # mine\nstatus: in_progress\npriority: 0\nassignee: ada\n"
        "labels:\n  - hot\n---\nMore.\n"
    )
    assert subjects(town, 2)[1] == "restore: hq-aaa priority, assignee, labels"
    at_rest(town)


def test_items_that_a_transition_added_or_took_come_and_go_again(town: Town) -> None:
    put(town, PATH, OLD.replace("priority: 2\n", "labels:\n  - a\n  - b\n"))
    old = show(town, PATH)
    comments = tuple(
        Comment(id=f"c{n}", author="nux", created="2026-11-20T08:00:00Z", text=f"Said {n}") for n in (1, 2)
    )
    moves(town, labels=("b", "new"), comments=comments)
    mine = (
        old.replace("  - b\n", "  - b\n  - mine\n")
        + "\n## Comments\n### ada 2026-11-20T09:00:00Z c1\nI say\n"
    )
    put(town, PATH, mine)
    found = town.snapshot().bead(ItemId("hq-aaa"))
    assert found is not None
    assert found.labels == ("b", "mine", "new")
    assert [(one.id, one.author, one.text) for one in found.comments] == [
        ("c3", "nux", "Said 1"),
        ("c2", "nux", "Said 2"),
        ("c1", "ada", "I say"),
    ]
    at_rest(town)


def test_a_tick_taken_back_beside_another(town: Town) -> None:
    put(town, "molecules/hq-mol-a.md", MOLECULE)
    snapshot = town.snapshot()
    molecule = snapshot.molecule(ItemId("hq-mol-a"))
    assert molecule is not None
    done = tuple(replace(one, state="done") if one.id == "a" else one for one in molecule.steps)
    moves(town, "hq-mol-a", steps=done, evidence={"a": "1" * 40})
    put(town, "molecules/hq-mol-a.md", MOLECULE.replace("[ ] **b**", "[x] **b**"))
    text = show(town, "molecules/hq-mol-a.md")
    assert re.findall(r"\[(.)\]", text) == ["x", "x", " "]
    assert text.endswith(f"## Evidence\n\n- a: {'1' * 40}\n")
    assert subjects(town, 2)[1] == "restore: hq-mol-a evidence, steps"
    at_rest(town)


def test_an_untick_alone_is_meant(town: Town) -> None:
    put(town, "molecules/hq-mol-a.md", MOLECULE)
    molecule = town.snapshot().molecule(ItemId("hq-mol-a"))
    assert molecule is not None
    moves(
        town,
        "hq-mol-a",
        steps=tuple(replace(one, state="done") for one in molecule.steps[:1]) + molecule.steps[1:],
    )
    put(town, "molecules/hq-mol-a.md", MOLECULE)
    assert show(town, "molecules/hq-mol-a.md") == MOLECULE


def test_a_later_commit_that_touched_the_file_worked_on_it_as_it_was_saved(town: Town) -> None:
    """Two commits before anybody looks: the second saw what the first had saved."""
    moves(town, status="in_progress", assignee="ada")
    saved = OLD.replace("Text.", "More.")
    quietly(town.root, PATH, saved)
    quietly(town.root, PATH, saved.replace("open", "deferred"))
    catch_up(town)
    assert (show(town, PATH), letters(town)) == (saved.replace("open", "deferred"), [])
    at_rest(town)


def test_a_later_commit_of_another_file_is_no_matter(town: Town) -> None:
    moves(town, status="in_progress", assignee="ada")
    quietly(town.root, PATH, OLD.replace("Text.", "More."))
    quietly(town.root, "notes.txt", "Something else.")
    quietly(town.root, "beads/hq-bbb.md", OLD.replace("hq-aaa", "hq-bbb"))
    catch_up(town)
    found = town.snapshot().bead(ItemId("hq-aaa"))
    assert found is not None
    assert (found.status, found.assignee, found.description) == ("in_progress", "ada", "More.")
    at_rest(town)


def test_many_saves_at_once_are_each_looked_at(town: Town) -> None:
    ids = [f"hq-m{n}" for n in range(7)]
    for id in ids:
        quietly(town.root, f"beads/{id}.md", OLD.replace("hq-aaa", id))
    catch_up(town)
    for id in ids[:4]:
        moves(town, id, priority=0)
    for number, id in enumerate(ids):
        text = OLD.replace("hq-aaa", id).replace("Text.", f"Text {number}.")
        quietly(town.root, f"beads/{id}.md", text.replace("title: One # mine", "title: Other"))
    catch_up(town)
    beads = [town.snapshot().bead(ItemId(id)) for id in ids]
    assert [(bead.priority, bead.description) for bead in beads if bead is not None] == [
        (0 if number < 4 else 2, f"Text {number}.") for number in range(7)
    ]
    assert len(letters(town)) == 1
    at_rest(town)


def test_reopened_by_hand_on_another_machine_and_worked_on_there(town: Town, tmp_path: Path) -> None:
    """Its commands came after: they saw the bead open."""
    moves(town, status="closed", closed="2026-11-20T08:00:00Z", close_reason="done")
    git(tmp_path, "clone", "-q", str(town.root), "clone")
    there = tmp_path / "clone"
    reopened = OLD.replace("Text.", "Not done.")
    quietly(there, PATH, reopened)
    for more in ("labels:\n  - again\n", "labels:\n  - again\n  - soon\n"):
        text = reopened.replace("priority: 2\n", f"priority: 2\n{more}")
        quietly(there, PATH, text, "change: hq-aaa\n\nEvent: update")
    git(town.root, "pull", "-q", "--ff-only", str(there), "main")
    catch_up(town)
    assert (show(town, PATH), letters(town)) == (text, [])
    at_rest(town)


@pytest.mark.parametrize("merged", [False, True], ids=["straight", "merged"])
def test_an_old_buffer_of_another_machine_is_put_right_at_home(
    town: Town, tmp_path: Path, merged: bool
) -> None:
    moves(town, status="in_progress", assignee="ada")
    git(tmp_path, "clone", "-q", str(town.root), "clone")
    there = tmp_path / "clone"
    quietly(there, PATH, OLD.replace("Text.", "More."))
    if merged:
        put(town, "notes.txt", "Something else.")
    git(town.root, "pull", "-q", "--no-rebase", "--no-edit", str(there), "main")
    catch_up(town)
    found = town.snapshot().bead(ItemId("hq-aaa"))
    assert found is not None
    assert (found.status, found.assignee, found.description) == ("in_progress", "ada", "More.")
    assert len(letters(town)) == 1
    at_rest(town)


def test_an_old_version_brought_back_is_meant(town: Town) -> None:
    put(town, PATH, OLD.replace("Text.", "Newer."))
    moves(town, status="in_progress")
    put(town, PATH, OLD)
    assert (show(town, PATH), letters(town)) == (OLD, [])


def test_the_same_buffer_saved_twice_is_put_right_twice(town: Town) -> None:
    moves(town, status="in_progress")
    put(town, PATH, OLD.replace("Text.", "More."), "one")
    put(town, PATH, OLD.replace("Text.", "Much more."), "two")
    assert show(town, PATH) == OLD.replace("Text.", "Much more.").replace("open", "in_progress")
    assert len(letters(town)) == 2
    at_rest(town)


def test_a_merge_is_no_save(town: Town, tmp_path: Path) -> None:
    """Elsewhere the file never had what the transition wrote: git merges both."""
    git(tmp_path, "clone", "-q", str(town.root), "clone")
    clone = tmp_path / "clone"
    (clone / PATH).write_text(OLD.replace("Text.", "From there."), encoding="utf-8")
    commit(clone, "-am", "there")
    moves(town, status="in_progress", assignee="ada")
    git(town.root, "pull", "-q", "--no-rebase", "--no-edit", str(clone), "main")
    assert "status: in_progress\n" in show(town, PATH)
    assert "From there." in show(town, PATH)
    assert letters(town) == []
    at_rest(town)


def test_a_hook_s_fields_name_the_command_that_frees_the_bead(town: Town) -> None:
    put(town, PATH, OLD.replace("status: open\n", ""))
    old = show(town, PATH)
    put(
        town,
        f"agents/{NUX}.md",
        f"---\naddress: {NUX}\nrole: polecat\nrig: proj\nhook:\n  state: active\n  bead: hq-aaa\n---\n",
    )
    assert "status: hooked\n" in show(town, PATH)
    put(town, PATH, old.replace("Text.", "More."))
    assert "status: hooked\n" in show(town, PATH)
    ((_, body),) = letters(town)
    assert body.endswith("\n\n    gt unsling hq-aaa")
    at_rest(town)


def test_a_hook_emptied_in_the_same_commit_frees_the_bead(town: Town) -> None:
    agent = f"---\naddress: {NUX}\nrole: polecat\nrig: proj\n---\n"
    put(
        town,
        f"agents/{NUX}.md",
        agent.replace("rig: proj\n", "rig: proj\nhook:\n  state: active\n  bead: hq-aaa\n"),
    )
    (town.root / f"agents/{NUX}.md").write_text(agent, encoding="utf-8")
    (town.root / PATH).write_text(OLD.replace("Text.", "Free again."), encoding="utf-8")
    commit(town.root, "-am", "free")
    assert show(town, PATH) == OLD.replace("Text.", "Free again.")
    assert letters(town) == []


def test_the_mail_comes_after_a_crash_between_the_two_commits(town: Town) -> None:
    moves(town, status="in_progress")
    before = town.processed()
    assert before is not None
    put(town, PATH, OLD.replace("Text.", "More."))
    git(town.root, "update-ref", "refs/heads/main", "HEAD^")
    git(town.root, "reset", "-q", "--mixed")
    git(town.root, "clean", "-fdq", "mail")
    git(town.root, "update-ref", "refs/gt/processed", before)
    catch_up(Town.open(town.root))
    assert [subject for subject, _ in letters(town)] == ["Put right: hq-aaa status"]
    assert subjects(town, 2) == ["told: Put right: hq-aaa status", "restore: hq-aaa status"]
