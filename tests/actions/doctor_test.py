"""The doctor: each thing that may be wrong is named, and mended where that is safe."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.actions.doctor import doctor
from gtlib.actions.doctor import overall_ok
from gtlib.actions.hook_checks import Check
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import towns
from tests.support import working
from tests.support.asked import gt
from tests.support.working import TOAST


def wrong(town: Town, *, fix: bool = False) -> list[tuple[str, str, str]]:
    """What is not ok but that no deacon runs: name, status, message."""
    checks = doctor(town, fix=fix)
    return [(c.name, c.status, c.message) for c in checks if c.status != "ok" and c.name != "deacon"]


def named(checks: tuple[Check, ...], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def test_a_fresh_town_is_well(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    working.sling(town)
    checks = doctor(town)

    assert wrong(town) == []
    assert overall_ok(checks)
    assert [check.name for check in checks] == [
        "git", "locks", "head", "journal", "index-lock", "git-hooks", "merge", "files", "formulas", "settings",
        "molecules", "wisps", "needs", "rigs", "rig-hooks", "allowed", "worktrees", "editor", "deacon",
    ]  # fmt: skip
    assert named(checks, "deacon").fix == "gt up"


def test_git_hooks_that_are_gone_changed_or_turned_off(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    hooks = town.git_dir / "hooks"
    (hooks / "post-merge").unlink()
    os.chmod(hooks / "post-commit", 0o644)
    (town.root / "proj/.repo/.git/hooks/post-commit").write_text("#!/bin/sh\n# gt-hook 0\n")

    assert wrong(town) == [
        ("git-hooks", "error", "the town: git hooks are not executable: post-commit; missing: post-merge"),
        ("rig-hooks", "error", "proj: git hooks are not as gt writes them: post-commit"),
    ]
    assert named(doctor(town, fix=True), "git-hooks").fixed == (
        "the town: wrote the git hooks post-commit, post-merge again",
        "proj: wrote the git hooks post-commit again",
    )
    assert wrong(town) == []

    towns.git(town.root, "config", "core.hooksPath", ".husky")
    assert wrong(town, fix=True) == [
        ("git-hooks", "error", "the town: core.hooksPath is .husky, so ours do not fire")
    ]


def test_an_interpreter_that_is_gone(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    for hook in (town.git_dir / "hooks").iterdir():
        hook.write_text(hook.read_text().replace(working.PYTHON, "/nowhere/python"))

    assert {(name, status) for name, status, _ in wrong(town)} == {("git-hooks", "error")}
    assert wrong(town, fix=True) == []


def test_files_cycles_and_missing_needs(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "beads/hq-a.md", towns.bead("hq-a", needs=["hq-b"]))
    towns.put(town, "beads/hq-b.md", towns.bead("hq-b", needs=["hq-a"]))
    towns.put(town, "beads/hq-c.md", towns.bead("hq-c", needs=["hq-zz"]))
    towns.write(town, "beads/hq-d.md", "---\nid: hq-d\ntitle: [\n---\n")
    towns.git(town.root, "add", "-A")
    towns.commit(town.root, "--no-verify", "-m", "broken")

    found = wrong(town)

    assert [(name, status) for name, status, _ in found] == [
        ("files", "error"), ("needs", "error"), ("needs", "warning"),
    ]  # fmt: skip
    assert found[0][2].startswith("beads/hq-d.md:3: ")
    assert found[1][2] == "beads wait for each other: hq-a -> hq-b -> hq-a"
    assert found[2][2] == "beads/hq-c.md needs hq-zz, which does not exist"


def test_one_id_in_two_kinds(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "beads/hq-x.md", towns.bead("hq-x"))
    towns.write(town, "molecules/hq-x.md", "---\nid: hq-x\ntitle: X\n---\n")
    towns.git(town.root, "add", "-A")
    towns.commit(town.root, "-m", "twice")
    message = "molecules/hq-x.md has the id of beads/hq-x.md, and ids are one namespace"
    assert wrong(town) == [("files", "error", message)]


def test_a_target_that_is_gone_is_one_clear_line(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    working.sling(town)
    config = town.snapshot().rig("proj")
    assert config is not None
    gitrepo.git(tmp_path / "host.git", "branch", "-m", "main", "trunk")
    Rig(town.root, config).fetch()

    what = "the rig proj has no branch main on its remote"
    assert wrong(town) == [("rigs", "error", what)]
    tree = town.root / TOAST
    gitrepo.git(tree, "commit", "-q", "--allow-empty", "-m", "one", "--trailer", "Step: one")
    why = f"{what}; bring the branch back, or correct branch: in proj/rig.yaml"
    assert catch_up(town).notes == (f"proj: {why}",)
    assert gt("done", cwd=tree).stderr == f"error: {why}\n"
    (listed,) = json.loads(gt("hooks", "list", "--json", cwd=town.root).stdout)
    assert listed["problem"] == ""


def test_files_that_nobody_looks_at(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    letter = "---\nto: overseer\nsubject: x\n---\n"
    for path in ("mail/outbox/letter", "mail/outbox/d/a.md", "mail/outbox/README.md", "beads/d/hq-a.md"):
        towns.write(town, path, letter)
    towns.git(town.root, "add", "-A")
    towns.commit(town.root, "--no-verify", "-m", "strays")
    assert wrong(town) == [
        ("files", "error", "beads/d/hq-a.md:1: nothing looks at this file: only beads/NAME.md is an item"),
        ("files", "warning", "mail/outbox/d/a.md is not looked at: only mail/outbox/NAME.md is"),
        ("files", "warning", "mail/outbox/letter is not looked at: only mail/outbox/NAME.md is"),
    ]


def test_worktrees_that_are_gone_elsewhere_or_of_nobody(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    working.sling(town)
    shutil.rmtree(town.root / TOAST)
    (town.root / "proj/polecats/ghost").mkdir()

    assert wrong(town) == [
        ("worktrees", "error", "proj/polecats/toast is not there"),
        ("worktrees", "warning", "proj/polecats/ghost belongs to no agent"),
    ]
    assert named(doctor(town, fix=True), "worktrees").fixed == ("made proj/polecats/toast",)

    gitrepo.git(town.root / TOAST, "switch", "-q", "-c", "mine")
    assert (
        "worktrees",
        "warning",
        "proj/polecats/toast stands on mine, not on polecat/toast/pr-work1",
    ) in wrong(town)


@pytest.mark.parametrize("name", ["index.lock", "refs/heads/main.lock"])
def test_a_stale_lock_goes_aside_and_a_young_one_stays(tmp_path: Path, name: str) -> None:
    town = towns.make_town(tmp_path / "town")
    lock = town.git_dir / name
    lock.touch()
    assert wrong(town, fix=True)[:1] == [
        ("index-lock", "warning", f"{lock} is there: it is younger than 10 minutes")
    ]
    assert lock.exists()

    os.utime(lock, (1_700_000_000, 1_700_000_000))
    assert wrong(town) == [("index-lock", "error", f"{lock} was left behind by a git that is gone")]
    assert wrong(town, fix=True) == []
    assert not lock.exists()
    assert len(list((town.local / "stale").iterdir())) == 1


def test_an_operation_in_progress_is_named_with_its_way_out(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    (town.git_dir / "MERGE_HEAD").write_text(towns.stranger(town) + "\n")

    check = named(doctor(town, fix=True), "head")

    assert (check.status, check.message) == ("error", "a merge is in progress")
    assert check.fix.startswith("git merge --continue, or git merge --abort")


def test_what_waits_to_be_allowed(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"}, allowed=False)

    assert wrong(town) == [
        ("allowed", "warning", "commands of formulas/chore.formula.toml may not run on this machine yet")
    ]


def test_the_command(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    well = gt("doctor", cwd=town.root)
    assert (well.returncode, well.stderr) == (0, "")
    assert well.stdout == (
        "!  deacon: does not run: nothing starts sessions or lands work by itself\n"
        "   gt up\n"
        "16 ok, 1 warning, 0 errors\n"
        "next: gt up\n"
    )
    (town.git_dir / "hooks" / "post-merge").unlink()

    ill = gt("doctor", "--json", cwd=town.root)

    assert ill.returncode == 1
    assert '"overall_ok": false' in ill.stdout
    assert '"message": "the town: git hooks are missing: post-merge"' in ill.stdout
    fixed = gt("doctor", "--fix", cwd=town.root)
    assert fixed.returncode == 0
    assert fixed.stdout.splitlines()[0] == "fixed git-hooks: the town: wrote the git hooks post-merge again"
