"""Facts 6 and 7: writing a branch through libgit2 beside other writers and beside a person."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pygit2
import pytest

from tests.facts import writer
from tests.facts.support import git
from tests.facts.support import repository
from tests.facts.support import status
from tests.facts.support import tip

PROCESSES = 4
WRITES = 6


@pytest.mark.parametrize("locked", [True, False])
def test_private_index_and_compare_and_swap_keep_every_write(tmp_path: Path, locked: bool) -> None:
    """Fact 6: a private index and compare-and-swap of the branch lose no write, with a lock or without."""
    repo = repository(tmp_path / "repo")
    lock = str(tmp_path / "lock") if locked else ""
    started = [
        subprocess.Popen([sys.executable, writer.__file__, repo, f"w{number}", str(WRITES), lock])
        for number in range(PROCESSES)
    ]
    assert [process.wait(timeout=60) for process in started] == [0] * PROCESSES
    wrote = sorted(f"w{number}-{turn}" for number in range(PROCESSES) for turn in range(WRITES))
    assert sorted(git(repo, "log", "--format=%s").splitlines()) == sorted([*wrote, "first"])
    files = git(repo, "ls-tree", "--name-only", "main").splitlines()
    assert files == ["a.txt", *(f"{name}.txt" for name in wrote)]
    assert git(repo, "rev-list", "--merges", "main") == ""
    git(repo, "fsck", "--strict")


def test_losing_the_swap_is_a_git_error(tmp_path: Path) -> None:
    """Fact 6: a branch that moved since it was read refuses the swap, with a GitError."""
    path = repository(tmp_path / "repo")
    repo = pygit2.Repository(str(path))
    stale = repo.references[writer.BRANCH]
    loser = writer.prepare(repo, stale.target, "loser")
    assert writer.put(pygit2.Repository(str(path)), "winner")
    winner = tip(path)
    with pytest.raises(pygit2.GitError, match="^old reference value does not match$"):
        stale.set_target(loser)
    with pytest.raises(pygit2.GitError, match="current tip is not the first parent$"):
        tree = repo[loser].tree_id
        repo.create_commit(writer.BRANCH, writer.WHO, writer.WHO, "loser", tree, [stale.target])
    assert tip(path) == winner


def test_losing_the_lock_of_the_branch_is_an_os_error(tmp_path: Path) -> None:
    """Fact 6: while another holds the branch's lock the swap fails with an OSError, which is no GitError."""
    path = repository(tmp_path / "repo")
    repo = pygit2.Repository(str(path))
    before = repo.head.target
    (path / ".git" / "refs" / "heads" / "main.lock").touch()
    with pytest.raises(OSError, match="^failed to lock file") as caught:
        repo.references[writer.BRANCH].set_target(writer.prepare(repo, before, "loser"))
    assert not isinstance(caught.value, pygit2.GitError)
    assert tip(path) == str(before)


def transition(path: Path, name: str, text: str) -> pygit2.IndexEntry:
    """A commit through libgit2 that leaves the index and the files alone; returns its entry."""
    repo = pygit2.Repository(str(path))
    entry = pygit2.IndexEntry(name, repo.create_blob(text.encode()), pygit2.enums.FileMode.BLOB)
    index = pygit2.Index()
    index.read_tree(repo.head.peel(pygit2.Tree))
    index.add(entry)
    parents = [repo.head.target]
    repo.create_commit(writer.BRANCH, writer.WHO, writer.WHO, "transition", index.write_tree(repo), parents)
    return entry


def test_checkout_is_stale_after_a_libgit2_commit(tmp_path: Path) -> None:
    """Fact 7: the checkout shows a new file as a staged deletion, and a person's commit -a applies it."""
    repo = repository(tmp_path / "repo")
    transition(repo, "new.txt", "new\n")
    assert status(repo) == ["D  new.txt"]
    (repo / "a.txt").write_text("a person's line\n", encoding="utf-8")
    git(repo, "commit", "-q", "-a", "-m", "by a person")
    assert git(repo, "show", "--format=", "--name-status", "HEAD").splitlines() == ["M\ta.txt", "D\tnew.txt"]


def test_a_changed_file_is_staged_back_after_a_libgit2_commit(tmp_path: Path) -> None:
    """Fact 7: a changed file shows as staged with its old text, and commit -a takes the change back."""
    repo = repository(tmp_path / "repo")
    transition(repo, "a.txt", "second\n")
    assert status(repo) == ["M  a.txt"]
    git(repo, "commit", "-q", "-a", "-m", "by a person")
    assert git(repo, "show", "HEAD:a.txt") == "first"


@pytest.mark.parametrize("name", ["a.txt", "new.txt"])
def test_setting_the_index_entry_and_the_file_mends_the_checkout(tmp_path: Path, name: str) -> None:
    """Fact 7: setting that path's index entry and writing the file leaves nothing to commit."""
    repo = repository(tmp_path / "repo")
    entry = transition(repo, name, "second\n")
    index = pygit2.Repository(str(repo)).index
    index.add(entry)
    index.write()
    (repo / name).write_text("second\n", encoding="utf-8")
    assert status(repo) == []


def test_index_add_by_path_would_stage_a_persons_lines(tmp_path: Path) -> None:
    """Fact 7: an entry by id leaves a person's unstaged lines unstaged; index.add(path) stages them."""
    repo = repository(tmp_path / "repo")
    entry = transition(repo, "a.txt", "second\n")
    (repo / "a.txt").write_text("a person's line\n", encoding="utf-8")
    index = pygit2.Repository(str(repo)).index
    index.add(entry)
    index.write()
    assert status(repo) == [" M a.txt"]
    index.add("a.txt")
    index.write()
    assert status(repo) == ["M  a.txt"]


def test_index_write_loses_what_was_staged_since_the_read(tmp_path: Path) -> None:
    """Fact 7: index.write() locks only while it writes, and so loses a git add made since index.read()."""
    repo = repository(tmp_path / "repo")
    entry = transition(repo, "new.txt", "new\n")
    (repo / "new.txt").write_text("new\n", encoding="utf-8")
    (repo / "person.txt").write_text("mine\n", encoding="utf-8")
    index = pygit2.Repository(str(repo)).index
    index.read()
    git(repo, "add", "person.txt")
    assert status(repo) == ["D  new.txt", "A  person.txt", "?? new.txt"]
    index.add(entry)
    index.write()
    assert status(repo) == ["?? person.txt"]


def test_index_write_respects_gits_lock(tmp_path: Path) -> None:
    """Fact 7: while git's index.lock exists index.write() fails with a GitError."""
    repo = repository(tmp_path / "repo")
    index = pygit2.Repository(str(repo)).index
    (repo / ".git" / "index.lock").touch()
    with pytest.raises(pygit2.GitError, match="^the index is locked"):
        index.write()
