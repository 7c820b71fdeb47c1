"""Crew: worktrees of their own, by one commit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.actions.crew_add import crew_add
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.names import Address
from tests.support import gitrepo
from tests.support import rigged
from tests.support import towns


def test_several_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    town, rig, _ = rigged.make(tmp_path)
    crew = crew_add(town, ["ada", "bob", "ada"], rig.config)
    assert [agent.address for agent in crew.agents] == ["proj/crew/ada", "proj/crew/bob"]
    assert crew.notes == ()
    assert rigged.subjects(town)[0] == "crew: proj/crew/ada, proj/crew/bob added"
    ada = Address("proj/crew/ada")
    hook = Hook(state="created", branch="crew/ada", worktree="proj/crew/ada", since="2026-11-20T08:00:00Z")
    assert town.snapshot().agent(ada) == Agent(
        address=ada, role="crew", rig="proj", host=town.host, hook=hook
    )
    for name in ("ada", "bob"):
        tree = town.root / "proj" / "crew" / name
        assert gitrepo.git(tree, "status", "--porcelain", "--branch") == f"## crew/{name}"
        assert (tree / "README").read_text(encoding="utf-8") == "hello\n"
    assert towns.status(town) == ""


def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    crew_add(town, ["ada"], rig.config)
    mine = towns.write(town, "proj/crew/cat/mine.txt", "mine\n")
    tip = town.tip()
    for names, why in {
        ("bob", "ada"): "proj/crew/ada is there already; choose another name, or see it: gt crew list",
        ("new",): "'new' is reserved and cannot name an agent; choose another name",
        ("a/b",): "'a/b' is not a name for an agent; use letters, digits, - and _ (40 at most)",
        ("cat",): f"{mine.parent} is there already; choose another name, or move that folder away",
    }.items():
        with pytest.raises(UserError) as refusal:
            crew_add(town, names, rig.config)
        assert str(refusal.value) == why
    assert town.tip() == tip
    assert sorted(path.name for path in (town.root / "proj" / "crew").iterdir()) == ["ada", "cat"]


def test_a_worktree_that_is_missing_is_made_by_any_wake_up(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    crew_add(town, ["ada"], rig.config)
    tree = town.root / "proj" / "crew" / "ada"
    commit = gitrepo.commit(tree, "work", {"work.txt": "work\n"})
    shutil.rmtree(tree)
    assert catch_up(town).notes == ()
    assert gitrepo.head(tree) == commit and (tree / "work.txt").exists()


def test_a_crew_member_may_stand_on_any_branch(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    crew_add(town, ["ada"], rig.config)
    tree = town.root / "proj" / "crew" / "ada"
    gitrepo.git(tree, "switch", "-q", "-c", "topic")
    assert catch_up(town).notes == ()
    assert gitrepo.git(tree, "branch", "--show-current") == "topic"
