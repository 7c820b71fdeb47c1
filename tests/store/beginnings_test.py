"""Where branches began, with real git: what is a branch's work when the target contains all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gtlib.names import CommitId
from gtlib.store import beginnings
from gtlib.store.beginnings import checked_base
from gtlib.store.rig import Rig
from tests.support import gitrepo
from tests.support.rigs import make_rig

TOAST = Path("polecats/toast")
BRANCH = "polecat/toast/pr-1"


def branched(path: Path) -> tuple[Rig, Path, Path, CommitId]:
    """A rig, its project's checkout, a worktree, and where its branch began."""
    rig, project = make_rig(path)
    start = rig.target_tip()
    rig.add_worktree(TOAST, BRANCH, start)
    return rig, project, rig.folder / TOAST, start


def published(rig: Rig, project: Path, message: str = "theirs") -> CommitId:
    """Another's commit in the target."""
    gitrepo.git(project, "pull", "-q", "--ff-only", "origin", "main")
    found = CommitId(gitrepo.commit(project, message, {message: "1\n"}))
    gitrepo.git(project, "push", "-q", "origin", "main")
    rig.fetch()
    return found


def pushed(rig: Rig, tree: Path) -> CommitId:
    """What the worktree stands on, in the target, as a person may push it."""
    gitrepo.git(tree, "push", "-q", "--no-verify", "origin", "HEAD:refs/heads/main")
    rig.fetch()
    return CommitId(gitrepo.head(tree))


def test_a_new_branch_has_its_beginning_noted_once(tmp_path: Path) -> None:
    rig, project, tree, start = branched(tmp_path)
    later = published(rig, project)
    gitrepo.commit(tree, "mine")
    rig.remove_worktree(TOAST)
    rig.add_worktree(TOAST, BRANCH, later)
    assert beginnings.noted(rig.bare, BRANCH) == start


def test_a_branch_that_is_made_anew_begins_anew(tmp_path: Path) -> None:
    rig, project, _, _ = branched(tmp_path)
    later = published(rig, project)
    rig.remove_worktree(TOAST)
    rig.bare.git("branch", "-q", "-D", BRANCH)
    rig.add_worktree(TOAST, BRANCH, later)
    assert beginnings.noted(rig.bare, BRANCH) == later
    assert rig.fork_point(later, BRANCH) == later


def test_a_note_without_its_branch_is_written_again(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path)
    beginnings.note(rig.bare, BRANCH, rig.target_tip())
    later = published(rig, project)
    rig.add_worktree(TOAST, BRANCH, later)
    assert beginnings.noted(rig.bare, BRANCH) == later


def commit(rig: Rig, project: Path, tree: Path) -> None:
    gitrepo.commit(tree, "mine", {"m": "1\n"})


def amend(rig: Rig, project: Path, tree: Path) -> None:
    gitrepo.commit(tree, "mine", {"m": "1\n"})
    gitrepo.git(tree, "commit", "-q", "--no-verify", "--amend", "-m", "mine again")


def rebase(rig: Rig, project: Path, tree: Path) -> None:
    gitrepo.commit(tree, "mine", {"m": "1\n"})
    published(rig, project)
    gitrepo.git(tree, "pull", "-q", "--rebase", "origin", "main")


def merge(rig: Rig, project: Path, tree: Path) -> None:
    gitrepo.commit(tree, "mine", {"m": "1\n"})
    published(rig, project)
    gitrepo.git(tree, "merge", "-q", "--no-edit", "origin/main")


def cherry_pick(rig: Rig, project: Path, tree: Path) -> None:
    gitrepo.git(project, "switch", "-q", "-c", "side")
    gitrepo.commit(project, "aside", {"s": "1\n"})
    gitrepo.git(project, "push", "-q", "origin", "side")
    rig.fetch()
    gitrepo.git(tree, "cherry-pick", "origin/side")


@pytest.mark.parametrize("work", [commit, amend, rebase, merge, cherry_pick])
def test_work_that_a_person_pushed_begins_where_its_branch_did(
    tmp_path: Path, work: Callable[[Rig, Path, Path], None]
) -> None:
    rig, project, tree, start = branched(tmp_path)
    work(rig, project, tree)
    head = pushed(rig, tree)
    assert rig.fork_point(head, BRANCH) == start
    # Once it has landed for its bead it is no work for the same bead, reopened.
    assert rig.fork_point(head, BRANCH, [head]) == head


@pytest.mark.parametrize(
    "words",
    [
        ("merge", "-q", "--ff-only", "origin/main"),
        ("pull", "-q", "--rebase", "origin", "main"),
        ("pull", "-q", "--ff-only", "origin", "main"),
        ("rebase", "-q", "origin/main"),
        ("reset", "-q", "--hard", "origin/main"),
        ("cherry-pick", "--ff", "origin/main"),
    ],
    ids=lambda words: "-".join(word.strip("-") for word in words if "/" not in word),
)
def test_the_work_of_others_that_a_branch_moved_to_is_not_its_own(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    rig, project, tree, _ = branched(tmp_path)
    tip = published(rig, project)
    gitrepo.git(tree, *words)
    assert gitrepo.head(tree) == tip
    assert rig.fork_point(tip, BRANCH) == tip
    assert checked_base(rig.bare, rig.tracking, tip, BRANCH, "") == tip


def test_the_branch_of_a_crew_member_serves_many_beads(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    rig.add_worktree(Path("crew/ada"), "crew/ada", rig.target_tip())
    gitrepo.commit(rig.folder / "crew/ada", "for an earlier bead")
    head = pushed(rig, rig.folder / "crew/ada")
    assert rig.fork_point(head, "crew/ada") == head


def test_without_a_note_or_a_log_there_is_no_work(tmp_path: Path) -> None:
    rig, _, tree, start = branched(tmp_path)
    gitrepo.commit(tree, "mine")
    head = pushed(rig, tree)
    (rig.bare.git_dir / "logs" / "refs" / "heads" / BRANCH).unlink()
    assert rig.fork_point(head, BRANCH) == head
    assert checked_base(rig.bare, rig.tracking, head, BRANCH, start) == head
    rig.bare.git("update-ref", "-d", beginnings.BEGINNINGS + BRANCH)
    assert rig.fork_point(head, BRANCH) == head
    assert checked_base(rig.bare, rig.tracking, head, BRANCH, start) == head


@pytest.mark.parametrize("contained", [False, True])
def test_a_base_that_was_said_counts_between_beginning_and_commit(tmp_path: Path, contained: bool) -> None:
    rig, project = make_rig(tmp_path)
    ancient = rig.target_tip()
    start = published(rig, project, "before")
    rig.add_worktree(TOAST, BRANCH, start)
    one = CommitId(gitrepo.commit(rig.folder / TOAST, "one"))
    two = CommitId(gitrepo.commit(rig.folder / TOAST, "two"))
    beside = CommitId(rig.bare.git("commit-tree", "-m", "beside", "-p", start, f"{start}^{{tree}}").text)
    if contained:
        pushed(rig, rig.folder / TOAST)
    said = {"": start, ancient: start, start: start, one: one, two: two, beside: start, "nonsense": start}
    assert {each: checked_base(rig.bare, rig.tracking, two, BRANCH, each) for each in said} == said


def test_claims_that_reached_the_target_first_are_still_seen(tmp_path: Path) -> None:
    rig, project, tree, start = branched(tmp_path)
    published(rig, project, "theirs")
    gitrepo.git(tree, "merge", "-q", "--ff-only", "origin/main")
    gitrepo.commit(tree, "one\n\nStep: a", {"m": "1\n"})
    two = gitrepo.commit(tree, "two\n\nDone: pr-1", {"m": "2\n"})
    pushed(rig, tree)
    assert [each.message.splitlines()[0] for each in rig.claims_range(BRANCH, None)] == ["one", "two"]
    assert [each.commit for each in rig.claims_range(BRANCH, CommitId(f"{two}^"))] == [two]
    rig.set_processed(BRANCH, CommitId(two))
    assert rig.claims_range(BRANCH, rig.processed(BRANCH)) == ()
