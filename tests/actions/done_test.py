"""Handing work in: what is refused, with the reason, and what it makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gtlib.actions.done import done
from gtlib.actions.done import request_of
from gtlib.errors import UserError
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import towns
from tests.support import working
from tests.support.asked import gt
from tests.support.working import TOAST

NOW = "2026-11-20T08:00:00Z"


def slung(path: Path) -> tuple[Town, Path]:
    """A town with a bead on the hook and the step of its molecule ticked; the worktree."""
    town = working.working_town(path, {"think": None})
    working.sling(town)
    molecule = f"molecules/{working.molecule(town).id}.md"
    towns.put(town, molecule, towns.show(town, molecule).replace("- [ ]", "- [x]"))
    return town, town.root / TOAST


def refusal(town: Town, who: str = TOAST) -> str:
    before = town.tip()
    with pytest.raises(UserError) as caught:
        done(town, who, "", NOW)
    assert town.tip() == before
    return str(caught.value)


def test_a_clean_branch_becomes_a_merge_request_once(tmp_path: Path) -> None:
    town, worktree = slung(tmp_path)
    commit = gitrepo.commit(worktree, "the work", {"new.txt": "new\n"})

    applied = done(town, str(worktree / "sub"), "", NOW)

    assert applied is not None
    request = request_of(applied)
    assert request is not None
    assert (request.bead, request.branch, request.target, request.source_commit, request.status) == (
        "pr-work1", "polecat/toast/pr-work1", "main", commit, "ready",
    )  # fmt: skip
    assert working.hook(town).state == "completed"
    assert towns.git(town.root, "log", "-1", "--format=%an %s").strip() == (
        f"{TOAST} submit: {request.id} pr-work1 polecat/toast/pr-work1"
    )
    assert done(town, TOAST, "", NOW) is None


def test_what_is_not_committed_is_named(tmp_path: Path) -> None:
    town, worktree = slung(tmp_path)
    gitrepo.commit(worktree, "the work")
    gitrepo.write(worktree, {f"f{n}": "x" for n in range(7)} | {"README": "changed\n"})

    assert refusal(town) == (
        f"not committed: README, f0, f1, f2, f3 and 3 more; commit it, or take it away, in {worktree}"
    )


def test_a_branch_without_a_commit_is_refused(tmp_path: Path) -> None:
    town, _ = slung(tmp_path)

    assert refusal(town) == (
        "polecat/toast/pr-work1 has no commit of its own; commit the work for pr-work1 first"
    )


def test_another_branch_is_refused(tmp_path: Path) -> None:
    town, worktree = slung(tmp_path)
    gitrepo.git(worktree, "switch", "-q", "-c", "mine")

    assert refusal(town) == f"{worktree} stands on mine; go back with: git switch polecat/toast/pr-work1"


def test_open_steps_are_named(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"think": None, "write": None})
    working.sling(town)
    gitrepo.commit(town.root / TOAST, "the work")

    id = working.molecule(town).id
    assert refusal(town) == (
        f"{id} has 2 open steps: think, write; do them, or skip one by writing [-] in its box in molecules/{id}.md"
    )


def test_an_empty_hook_and_a_folder_that_is_no_worktree(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"think": None})

    assert refusal(town, "mayor") == "nothing is on the hook of mayor; gt sling puts work there"
    assert refusal(town, str(tmp_path)) == (
        f"{tmp_path} is in no worktree of an agent; go into one, or name the agent"
    )


def test_the_command_in_the_worktree(tmp_path: Path) -> None:
    town, worktree = slung(tmp_path)
    gitrepo.commit(worktree, "the work", {"new.txt": "new\n"})

    first, second = gt("done", cwd=worktree), gt("done", cwd=worktree)

    [request] = town.snapshot().merges()
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == (
        f"handed in pr-work1 as {request.id}: polecat/toast/pr-work1 to main\n"
        "next: gt mq list proj\n"
        "      gt hook\n"
    )
    assert (second.returncode, second.stdout.splitlines()[0]) == (0, "it was handed in already")
