"""Refs of the town: compare and swap, as git itself sees it, also after a kill."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gtlib.names import CommitId
from gtlib.store import tip
from gtlib.store.refs import Refs
from tests.support.towns import git

MAIN = "refs/heads/main"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / ".git" / "gt").mkdir()
    for number in range(3):
        git(root, "commit", "-q", "--allow-empty", "-m", f"commit {number}")
    return root


def commits(repo: Path) -> list[CommitId]:
    return [CommitId(line) for line in git(repo, "rev-list", "main").split()]


def refs(repo: Path) -> Refs:
    return Refs(repo / ".git", ("Ada", "ada@example.invalid"), durable=True)


def test_a_swap_moves_the_branch_and_writes_both_reflogs(repo: Path) -> None:
    newest, middle, _ = commits(repo)
    assert refs(repo).swap(MAIN, newest, middle, "gt: back\nward")
    assert git(repo, "rev-parse", "main", "HEAD").split() == [middle, middle]
    for name in ("main", "HEAD"):
        assert git(repo, "reflog", "-1", "--format=%H %gs %gn", name) == f"{middle} gt: back ward Ada\n"
    assert git(repo, "fsck", "--strict") == ""


def test_a_ref_that_stands_elsewhere_is_left(repo: Path) -> None:
    newest, middle, oldest = commits(repo)
    assert not refs(repo).swap(MAIN, middle, oldest, "x")
    assert not refs(repo).swap(MAIN, None, oldest, "x")
    assert git(repo, "rev-parse", "main").strip() == newest
    assert list((repo / ".git" / "refs" / "heads").iterdir()) == [repo / ".git" / MAIN]


def test_a_packed_ref_is_moved(repo: Path) -> None:
    newest, middle, _ = commits(repo)
    git(repo, "pack-refs", "--all")
    assert tip.read(repo / ".git", MAIN) == newest
    assert refs(repo).swap(MAIN, newest, middle, "x")
    assert git(repo, "rev-parse", "main").strip() == middle


def test_a_new_ref_is_made(repo: Path) -> None:
    newest, middle, _ = commits(repo)
    assert refs(repo).swap("refs/gt/processed", None, newest, "")
    assert refs(repo).swap("refs/gt/processed", newest, middle, "")
    assert tip.read(repo / ".git", "refs/gt/processed") == middle


def test_a_lock_of_git_is_respected(repo: Path) -> None:
    newest, middle, _ = commits(repo)
    lock = repo / ".git" / (MAIN + ".lock")
    lock.write_bytes(b"")
    assert not refs(repo).swap(MAIN, newest, middle, "x")
    refs(repo).clear(MAIN)
    assert lock.exists()


def test_our_own_lock_is_cleared_after_a_kill(repo: Path) -> None:
    newest, middle, _ = commits(repo)
    token = repo / ".git" / "gt" / "ref.token"
    token.write_text(f"{middle}\n", encoding="ascii")
    os.link(token, repo / ".git" / (MAIN + ".lock"))
    refs(repo).clear(MAIN)
    git(repo, "commit", "-q", "--allow-empty", "-m", "a person goes on")
    assert git(repo, "rev-parse", "main~").strip() == newest


def test_the_ref_is_never_written_through_the_token(repo: Path) -> None:
    """Killed between the rename and the token's removal: both names are one file."""
    newest, middle, oldest = commits(repo)
    assert refs(repo).swap(MAIN, newest, middle, "x")
    os.link(repo / ".git" / MAIN, repo / ".git" / "gt" / "ref.token")
    assert refs(repo).swap("refs/gt/processed", None, oldest, "")
    assert git(repo, "rev-parse", "main").strip() == middle
