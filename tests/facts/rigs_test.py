"""Facts 21, 22 and 23: bare repositories, their worktrees, and pushing to a checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.support import commit
from tests.facts.support import git
from tests.facts.support import repository
from tests.facts.support import run
from tests.facts.support import status
from tests.facts.support import tip


def bare(source: Path, path: Path, *worktrees: Path) -> Path:
    """A bare clone with a worktree on a branch of its own at each of the paths."""
    git(source.parent, "clone", "-q", "--bare", source, path)
    for worktree in worktrees:
        git(path, "worktree", "add", "-q", "-b", f"polecat/{worktree.name}", worktree)
    return path


@pytest.mark.parametrize("ignored", [False, True])
def test_clean_deletes_bare_repositories_and_their_worktrees(tmp_path: Path, ignored: bool) -> None:
    """Fact 21: git clean -fdx deletes a bare repository, and its worktrees in the same run or in the next."""
    source = repository(tmp_path / "source")
    town = repository(tmp_path / "town")
    rig = town / "rig"
    rig.mkdir()
    (town / ".gitignore").write_text("*.git\n/rig/*/\n" if ignored else "", encoding="utf-8")
    commit(town, "rig", **{"rig/rig": "tracked"})
    bare(source, rig / "a.git", rig / "flat", rig / "m" / "toast")
    git(town, "clean", "-fdx")
    assert sorted(path.name for path in rig.iterdir()) == ["flat", "rig.txt"]
    assert run("git", "status", cwd=rig / "flat").code == 128
    git(town, "clean", "-fdx")
    assert sorted(path.name for path in rig.iterdir()) == ["rig.txt"]


@pytest.mark.parametrize("flags", ["-fdx", "-fdX"])
def test_clean_skips_a_bare_repository_named_dot_git(tmp_path: Path, flags: str) -> None:
    """Fact 21: git clean skips dir/.git, also a bare one, the worktrees of it, and everything under .git."""
    source = repository(tmp_path / "source")
    town = repository(tmp_path / "town")
    rig = town / "rig"
    (town / ".gitignore").write_text("/rig/\n", encoding="utf-8")
    git(town, "add", ".gitignore")
    bare(source, rig / ".repo" / ".git", rig / "crew" / "max", rig / "polecats" / "toast")
    (town / ".git" / "gt").mkdir()
    (town / ".git" / "gt" / "journal").touch()
    for _ in range(2):
        git(town, "clean", flags)
    assert status(rig / "crew" / "max") == status(rig / "polecats" / "toast") == []
    assert git(rig / ".repo" / ".git", "config", "core.bare") == "true"
    assert (town / ".git" / "gt" / "journal").exists()


def test_a_bare_clone_has_no_fetch_refspec(tmp_path: Path) -> None:
    """Fact 22: git clone --bare sets no fetch refspec, so a fetch makes no tracking refs."""
    source = repository(tmp_path / "source")
    hub = bare(source, tmp_path / "hub.git")
    assert run("git", "config", "--get-all", "remote.origin.fetch", cwd=hub).code == 1
    commit(source, "second", a="second")
    git(hub, "fetch", "-q")
    assert git(hub, "for-each-ref", "--format=%(refname) %(subject)") == "refs/heads/main first"


def test_fetching_into_a_checked_out_branch_is_refused(tmp_path: Path) -> None:
    """Fact 22: a fetch into refs/heads/* is refused for a branch that a worktree has checked out."""
    source = repository(tmp_path / "source")
    hub = bare(source, tmp_path / "hub.git")
    git(hub, "worktree", "add", "-q", tmp_path / "work", "main")
    before = tip(hub, "main")
    commit(source, "second", a="second")
    done = run("git", "fetch", "origin", "+refs/heads/*:refs/heads/*", cwd=hub)
    assert done.code == 128
    assert "refusing to fetch into branch 'refs/heads/main' checked out at" in done.err
    assert tip(hub, "main") == before


def test_a_pruning_mirror_fetch_deletes_agents_branches(tmp_path: Path) -> None:
    """Fact 22: a fetch into refs/heads/* with --prune deletes agents' branches, also one in use."""
    source = repository(tmp_path / "source")
    hub = bare(source, tmp_path / "hub.git", tmp_path / "out")
    git(hub, "branch", "polecat/idle")
    git(hub, "fetch", "-q", "--prune", "origin", "+refs/heads/*:refs/heads/*")
    assert git(hub, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert run("git", "rev-parse", "--verify", "HEAD", cwd=tmp_path / "out").code == 128


def test_update_ref_under_a_checkout_leaves_it_inverted(tmp_path: Path) -> None:
    """Fact 22: worktree add allows main, and update-ref under it shows the new commit as taken back."""
    source = repository(tmp_path / "source")
    hub = bare(source, tmp_path / "hub.git")
    git(hub, "worktree", "add", "-q", tmp_path / "work", "main")
    landed = commit(source, "second", a="second", new="new")
    git(hub, "fetch", "-q", "origin", "main")
    git(hub, "update-ref", "refs/heads/main", landed)
    assert status(tmp_path / "work") == ["M  a.txt", "D  new.txt"]


UPDATE_INSTEAD = "--receive-pack=git -c receive.denyCurrentBranch=updateInstead receive-pack"


def test_push_to_a_checked_out_repository(tmp_path: Path) -> None:
    """Fact 23: such a push is refused; updateInstead in --receive-pack lands it and changes no config."""
    source = repository(tmp_path / "source")
    git(tmp_path, "clone", "-q", source, "clone")
    config = (source / ".git" / "config").read_bytes()
    before = tip(source)
    made = commit(tmp_path / "clone", "second", a="second")
    refused = run("git", "push", "origin", "main", cwd=tmp_path / "clone")
    assert (refused.code, tip(source)) == (1, before)
    assert "refusing to update checked out branch: refs/heads/main" in refused.err
    git(tmp_path / "clone", "push", "-q", UPDATE_INSTEAD, "origin", "main")
    assert (tip(source), status(source)) == (made, [])
    assert (source / "a.txt").read_text() == "second\n"
    assert (source / ".git" / "config").read_bytes() == config


@pytest.mark.parametrize("staged", [False, True])
def test_push_to_a_dirty_checkout_is_refused(tmp_path: Path, staged: bool) -> None:
    """Fact 23: updateInstead refuses while that checkout has uncommitted text, and leaves the text alone."""
    source = repository(tmp_path / "source", a="first", b="first")
    git(tmp_path, "clone", "-q", source, "clone")
    before = tip(source)
    commit(tmp_path / "clone", "second", a="second")
    (source / "b.txt").write_text("a person's line\n", encoding="utf-8")
    if staged:
        git(source, "add", "b.txt")
    refused = run("git", "push", UPDATE_INSTEAD, "origin", "main", cwd=tmp_path / "clone")
    assert (refused.code, tip(source)) == (1, before)
    assert (source / "b.txt").read_text() == "a person's line\n"
