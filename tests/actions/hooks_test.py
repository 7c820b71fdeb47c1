"""Hooks as they stand, and their repair."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gtlib.actions.crew_add import crew_add
from gtlib.actions.hooks_list import HookStatus
from gtlib.actions.hooks_list import hooks_list
from gtlib.actions.hooks_repair import Repaired
from gtlib.actions.hooks_repair import hooks_repair
from gtlib.actions.unsling import unsling
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import rigged
from tests.support import towns


def listed(town: Town) -> list[HookStatus]:
    return hooks_list(town.root, town.snapshot(), town.host)


def test_all_that_is_known_of_a_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    town, rig, _ = rigged.make(tmp_path)
    crew_add(town, ["ada"], rig.config)
    rigged.bead(town, "pr-aaaaa")
    molecule = rigged.slung(town, "pr-aaaaa", "proj").molecule
    tree = town.root / "proj" / "polecats" / "toast"
    gitrepo.commit(tree, "one", {"one.txt": "one\n"})
    gitrepo.write(tree, {"two.txt": "two\n"})
    ada = HookStatus(
        address="proj/crew/ada",
        role="crew",
        rig="proj",
        host=town.host,
        state="created",
        bead="",
        molecule="",
        branch="crew/ada",
        worktree="proj/crew/ada",
        since="2026-11-20T08:00:00Z",
        queue=(),
        dirty=False,
        ahead=0,
        git_hooks=True,
        problem="",
    )
    assert molecule is not None
    toast = HookStatus(
        address="proj/polecats/toast",
        role="polecat",
        rig="proj",
        host=town.host,
        state="created",
        bead="pr-aaaaa",
        molecule=molecule.id,
        branch="polecat/toast/pr-aaaaa",
        worktree="proj/polecats/toast",
        since="2026-11-20T08:00:00Z",
        queue=(),
        dirty=True,
        ahead=1,
        git_hooks=True,
        problem="",
    )
    assert listed(town) == [ada, toast]
    assert hooks_list(town.root, town.snapshot(), town.host, "other") == []
    elsewhere = hooks_list(town.root, town.snapshot(), "another-host")
    assert [(each.dirty, each.ahead, each.git_hooks) for each in elsewhere] == [(None, None, None)] * 2


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    rigged.slung(town, "pr-aaaaa", "proj")
    tree = town.root / "proj" / "polecats" / "toast"

    gitrepo.git(tree, "config", "core.hooksPath", ".husky")
    assert [(each.git_hooks, each.problem) for each in listed(town)] == [(False, "core.hooksPath is .husky")]
    gitrepo.git(tree, "config", "--unset", "core.hooksPath")

    (rig.hooks_dir() / "post-commit").unlink()
    assert [(each.git_hooks, each.problem) for each in listed(town)] == [
        (False, "git hooks are missing or old: post-commit")
    ]

    gitrepo.git(tree, "switch", "-q", "-c", "topic")
    assert [each.problem for each in listed(town)] == ["stands on topic"]
    shutil.rmtree(tree)
    assert [each.problem for each in listed(town)] == [f"{tree} is no worktree of this rig"]
    unsling(town, "pr-aaaaa", "overseer")
    assert [(each.state, each.problem) for each in listed(town)] == [("archived", "")]


def test_repair_rebuilds_and_says_so(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    rigged.slung(town, "pr-aaaaa", "proj")
    tree = town.root / "proj" / "polecats" / "toast"
    assert hooks_repair(town) == Repaired(done=(), failed=())

    commit = gitrepo.commit(tree, "work", {"work.txt": "work\n"})
    shutil.rmtree(tree)
    (rig.hooks_dir() / "post-commit").unlink()
    (town.git_dir / "hooks" / "post-merge").unlink()
    assert hooks_repair(town) == Repaired(
        done=(
            "the town: git hooks post-merge",
            "proj: git hooks post-commit",
            "proj/polecats/toast: worktree",
        ),
        failed=(),
    )
    assert gitrepo.head(tree) == commit
    assert [each.problem for each in listed(town)] == [""]

    shutil.rmtree(town.root / "proj" / ".repo")
    mended = hooks_repair(town)
    assert mended.done == ()
    assert mended.failed[0] == (
        f"proj: its clone is not on this machine; gt rig add proj {rig.config.url} makes it"
    )
    assert towns.status(town) == ""


def test_a_git_hook_of_the_clone_is_kept_and_run_first(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    rigged.slung(town, "pr-aaaaa", "proj")
    tree = town.root / "proj" / "polecats" / "toast"
    mine = rig.hooks_dir() / "post-commit"
    mine.write_text('#!/bin/sh\necho mine >> "$PWD/../ran"\n', encoding="utf-8")
    mine.chmod(0o755)
    assert hooks_repair(town).done == ("proj: git hooks post-commit",)
    gitrepo.git(tree, "commit", "-q", "--allow-empty", "-m", "x")
    assert (tree.parent / "ran").read_text(encoding="utf-8") == "mine\n"
