"""A rig with real git: clone, claims, and worktrees that lose nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gtlib.errors import UserError
from gtlib.names import CommitId
from gtlib.store.rig import Rig
from gtlib.store.rig import RigCommit
from gtlib.store.rig import WorktreeStatus
from gtlib.store.rig import clone
from gtlib.system import git
from gtlib.system import process
from tests.support import gitrepo
from tests.support.rigs import make_rig

BRANCH = "polecat/toast/pr-1"
TOAST = Path("polecats/toast")


def refs(rig: Rig, prefix: str = "refs/") -> list[str]:
    return sorted(rig.bare.refs(prefix))


def worktree(rig: Rig) -> Path:
    rig.add_worktree(TOAST, BRANCH, rig.target_tip())
    return rig.folder / TOAST


def show(rig: Rig, commit: CommitId | None, name: str) -> str:
    assert commit is not None
    return rig.bare.git("show", f"{commit}:{name}").text


# clone


def test_clone_is_bare_with_tracking_refs_tags_and_no_branches(tmp_path: Path) -> None:
    project = gitrepo.make_repo(tmp_path / "project", branch="trunk")
    gitrepo.git(project, "tag", "v1")
    gitrepo.git(project, "branch", "dev")
    before = gitrepo.contents(project / ".git")
    assert clone(str(project), tmp_path / "town" / "proj") == "trunk"
    assert gitrepo.contents(project / ".git") == before
    bare = tmp_path / "town" / "proj" / ".repo" / ".git"
    said = gitrepo.git(bare, "for-each-ref", "--format=%(refname)")
    assert said.split() == ["refs/remotes/origin/dev", "refs/remotes/origin/trunk", "refs/tags/v1"]
    assert (
        gitrepo.git(bare, "config", "--get-all", "remote.origin.fetch")
        == "+refs/heads/*:refs/remotes/origin/*"
    )
    assert gitrepo.git(bare, "rev-parse", "--is-bare-repository") == "true"
    assert sorted(path.name for path in (tmp_path / "town" / "proj").iterdir()) == [".repo"]
    assert sorted(path.name for path in bare.parent.iterdir()) == [".git"]


def test_clone_of_a_relative_path_and_of_a_named_branch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = gitrepo.make_repo(tmp_path / "project")
    gitrepo.git(project, "branch", "dev")
    monkeypatch.chdir(tmp_path)
    assert clone("project", tmp_path / "proj", "dev") == "dev"
    url = gitrepo.git(tmp_path / "proj" / ".repo" / ".git", "config", "remote.origin.url")
    assert url == str(project)


@pytest.mark.parametrize(
    ("url", "branch", "line"),
    [
        (
            "none",
            None,
            "cannot read the repository {url}: '{url}' does not appear to be a git repository; "
            "check the address and your access",
        ),
        ("empty", None, "the repository {url} has no commits; make a first commit there, and try again"),
        ("full", "nope", "the repository {url} has no branch nope; it has: dev, main"),
        (
            "detached",
            None,
            "the repository {url} names no branch as its main one; choose with --branch: main",
        ),
    ],
)
def test_a_clone_that_fails_leaves_nothing(tmp_path: Path, url: str, branch: str | None, line: str) -> None:
    (tmp_path / "empty").mkdir()
    gitrepo.git(tmp_path / "empty", "init", "-q")
    gitrepo.git(gitrepo.make_repo(tmp_path / "full"), "branch", "dev")
    gitrepo.git(gitrepo.make_repo(tmp_path / "detached"), "checkout", "-q", "--detach")
    with pytest.raises(UserError) as caught:
        clone(str(tmp_path / url), tmp_path / "town", branch)
    assert str(caught.value) == line.format(url=tmp_path / url)
    assert not (tmp_path / "town").exists()


@pytest.mark.parametrize("url", ["--upload-pack=touch x", "-u", "ext::sh -c id", "fd::3", "", "a\nb"])
def test_a_hostile_address_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match="is no address of a repository; give a URL"):
        clone(url, tmp_path / "town")
    assert not (tmp_path / "town").exists()


def test_an_unreachable_host_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"^cannot read the repository https://127\.0\.0\.1:1/x: .*; check"
    ) as caught:
        clone("https://127.0.0.1:1/x", tmp_path / "town")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "town").exists()


def test_a_failed_clone_leaves_what_was_there(tmp_path: Path) -> None:
    gitrepo.write(tmp_path / "town", {"rig.yaml": "x\n"})
    with pytest.raises(UserError):
        clone(str(tmp_path / "none"), tmp_path / "town")
    assert gitrepo.contents(tmp_path / "town") == {"rig.yaml": b"x\n"}


def test_clone_after_a_killed_one_and_over_a_finished_one(tmp_path: Path) -> None:
    project = gitrepo.make_repo(tmp_path / "project")
    gitrepo.write(tmp_path / "town" / ".repo" / ".git.partial", {"HEAD": "half"})
    assert clone(str(project), tmp_path / "town") == "main"
    with pytest.raises(UserError, match="has a repository already; choose another name"):
        clone(str(project), tmp_path / "town")
    assert (tmp_path / "town" / ".repo" / ".git" / "HEAD").exists()


# refs


def test_fetch_moves_the_targets_truth(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path)
    gitrepo.git(project, "push", "-q", "origin", "main:old")
    rig.fetch()
    assert refs(rig) == ["refs/remotes/origin/main", "refs/remotes/origin/old"]
    tip = gitrepo.commit(project, "second", {"b": "1\n"})
    gitrepo.git(project, "push", "-q", "origin", "main", ":old")
    assert rig.target_tip() != tip
    rig.fetch()
    assert rig.target_tip() == tip
    assert refs(rig) == ["refs/remotes/origin/main"]


def test_a_target_that_is_gone_is_one_line(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    rig.bare.git("update-ref", "-d", "refs/remotes/origin/main")
    with pytest.raises(UserError) as caught:
        rig.target_tip()
    assert str(caught.value) == (
        "the rig proj has no branch main on its remote; bring the branch back, or correct branch: in proj/rig.yaml"
    )


def test_branches_are_those_of_agents(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    tip = rig.target_tip()
    rig.add_worktree(TOAST, BRANCH, tip)
    rig.add_worktree(Path("crew/ada"), "crew/ada", tip)
    rig.bare.git("branch", "other", tip)
    assert rig.branches() == {"crew/ada": tip, BRANCH: tip}
    assert rig.branches("polecat/*") == {BRANCH: tip}
    assert rig.hooks_dir().is_dir()


def test_only_an_agents_branch_gets_a_worktree(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    with pytest.raises(UserError, match="main is no branch of an agent"):
        rig.add_worktree(Path("crew/ada"), "main", rig.target_tip())


# claims


def test_claims_of_a_new_branch_begin_at_its_fork_point(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    start = rig.target_tip()
    folder = worktree(rig)
    env = {"GIT_AUTHOR_NAME": "Zoë", "GIT_AUTHOR_DATE": "1700000000 +0200"}
    gitrepo.write(folder, {"a": "1\n"})
    gitrepo.git(folder, "add", "-A")
    gitrepo.git(folder, "commit", "-q", "-m", "one\n\nStep: build", env=env)
    one = gitrepo.head(folder)
    two = gitrepo.commit(folder, "two\n\n\x1fodd")
    claims = rig.claims_range(BRANCH, None)
    assert claims[0] == RigCommit(
        CommitId(one), "Zoë <ada@example.com>", 1700000000, "one\n\nStep: build\n", (start,), BRANCH
    )
    assert [(claim.commit, claim.message) for claim in claims] == [
        (one, "one\n\nStep: build\n"),
        (two, "two\n\n\x1fodd\n"),
    ]
    rig.set_processed(BRANCH, CommitId(one))
    assert [claim.commit for claim in rig.claims_range(BRANCH, rig.processed(BRANCH))] == [two]
    rig.set_processed(BRANCH, CommitId(two))
    assert rig.claims_range(BRANCH, rig.processed(BRANCH)) == ()
    assert rig.looked_at() == (rig.branches(), {BRANCH: two})


def test_what_the_target_or_another_branch_brought_is_no_claim(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path)
    folder = worktree(rig)
    one = gitrepo.commit(folder, "one", {"a": "1\n"})
    rig.set_processed(BRANCH, CommitId(one))
    gitrepo.commit(project, "from a person\n\nStep: build", {"p": "1\n"})
    gitrepo.git(project, "push", "-q", "origin", "main")
    rig.fetch()
    rig.add_worktree(Path("crew/ada"), "crew/ada", CommitId(one))
    ada = rig.folder / "crew/ada"
    gitrepo.git(ada, "merge", "-q", "-m", "merged", "origin/main")
    own = gitrepo.commit(ada, "own", {"o": "1\n"})
    assert [claim.commit for claim in rig.claims_range("crew/ada", None)] == [gitrepo.head(ada, "HEAD^"), own]


def test_processed_moves_only_from_where_it_was(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    tip = rig.target_tip()
    assert rig.processed(BRANCH) is None
    rig.set_processed(BRANCH, tip)
    rig.set_processed(BRANCH, tip)
    with pytest.raises(git.GitError, match="update-ref failed"):
        rig.bare.set_ref("refs/gt/processed/" + BRANCH, tip, None)
    assert rig.processed(BRANCH) == tip


@pytest.mark.parametrize("lock", ["refs/remotes/origin/main.lock", "packed-refs.lock"])
def test_a_lock_that_a_killed_git_left_does_not_stop_us(tmp_path: Path, lock: str) -> None:
    rig, project = make_rig(tmp_path)
    tip = gitrepo.commit(project, "second", {"b": "1\n"})
    gitrepo.git(project, "branch", "gone")
    gitrepo.git(project, "push", "-q", "origin", "gone")
    rig.fetch()
    rig.bare.git("pack-refs", "--all")
    gitrepo.git(project, "push", "-q", "origin", "main", ":gone")
    (rig.bare.git_dir / lock).parent.mkdir(parents=True, exist_ok=True)
    (rig.bare.git_dir / lock).write_text("x")
    rig.fetch()
    assert rig.target_tip() == tip
    assert refs(rig) == ["refs/remotes/origin/main"]
    assert [path.read_text() for path in (rig.bare.git_dir / "gt" / "stale").iterdir()] == ["x"]


def test_a_lock_on_a_branch_stays_while_git_works_in_the_rig(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    folder = worktree(rig)
    lock = rig.bare.git_dir / "refs" / "heads" / "crew" / "ada.lock"
    lock.parent.mkdir()
    lock.touch()
    with subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as worker:
        assert process.until(lambda: process.git_at_work(folder) == (worker.pid,), 10)
        with pytest.raises(git.GitError, match="cannot lock ref|File exists"):
            rig.add_worktree(Path("crew/ada"), "crew/ada", rig.target_tip())
        worker.kill()
    rig.add_worktree(Path("crew/ada"), "crew/ada", rig.target_tip())
    assert rig.worktree_status(Path("crew/ada")).branch == "crew/ada"


# worktrees


def test_a_worktree_stands_on_its_branch_and_again_changes_nothing(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n", "d/b": "2\n"})
    tip = rig.target_tip()
    folder = worktree(rig)
    gitrepo.write(folder, {"a": "mine\n"})
    before = gitrepo.contents(folder)
    rig.add_worktree(folder, BRANCH, tip)
    assert gitrepo.contents(folder) == before
    assert before["a"] == b"mine\n" and before["d/b"] == b"2\n"
    assert before[".git"].decode() == f"gitdir: {rig.bare.git_dir}/worktrees/toast\n"
    assert gitrepo.git(folder, "symbolic-ref", "HEAD") == "refs/heads/" + BRANCH
    assert gitrepo.git(folder, "status", "--porcelain") == " M a"
    assert "branch." not in (rig.bare.git_dir / "config").read_text("utf-8")


def test_git_hooks_of_the_project_do_not_run(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    hook = rig.hooks_dir() / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    worktree(rig)
    assert not (tmp_path / "ran").exists()


def test_a_branch_that_exists_is_used(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    folder = worktree(rig)
    mine = gitrepo.commit(folder, "mine", {"m": "1\n"})
    assert rig.remove_worktree(TOAST) is None
    assert not folder.exists()
    worktree(rig)
    assert gitrepo.head(folder) == mine


def test_a_folder_that_is_something_else_is_refused(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    gitrepo.write(rig.folder / TOAST, {"mine": "x\n"})
    for attempt in (lambda: worktree(rig), lambda: rig.remove_worktree(TOAST)):
        with pytest.raises(UserError, match="no worktree of this rig; move it away"):
            attempt()
    assert gitrepo.contents(rig.folder / TOAST) == {"mine": b"x\n"}
    assert rig.branches() == {}


def test_a_worktree_on_another_branch_is_refused_but_not_one_in_a_rebase(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    folder = worktree(rig)
    base = gitrepo.head(folder)
    gitrepo.commit(folder, "mine", {"a": "2\n"})
    gitrepo.git(folder, "switch", "-q", "-c", "crew/x", base)
    with pytest.raises(UserError, match="stands on another branch than polecat/toast/pr-1"):
        worktree(rig)
    gitrepo.commit(folder, "theirs", {"a": "3\n"})
    gitrepo.git(folder, "switch", "-q", BRANCH)
    with pytest.raises(subprocess.CalledProcessError):
        gitrepo.git(folder, "rebase", "-q", "crew/x")
    worktree(rig)
    assert "<<<<<<<" in (folder / "a").read_text()


def test_a_folder_that_vanished_comes_back_with_what_was_staged(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    folder = worktree(rig)
    gitrepo.write(folder, {"a": "2\n", "new": "staged\n"})
    gitrepo.git(folder, "add", "-A")
    shutil.rmtree(folder)
    worktree(rig)
    assert (folder / "new").read_text() == "staged\n"
    assert gitrepo.git(folder, "status", "--porcelain").split("\n") == ["M  a", "A  new"]


def killed_before_files(rig: Rig, folder: Path) -> None:
    rig.bare.git("worktree", "add", "-q", "--no-checkout", "-b", BRANCH, str(folder), rig.target_tip())


def killed_in_git(rig: Rig, folder: Path) -> None:
    killed_before_files(rig, folder)
    (rig.bare.git_dir / "worktrees" / "toast" / "locked").write_text("initializing\n")
    (rig.bare.git_dir / "worktrees" / "toast" / "HEAD").unlink()


def killed_early_in_git(rig: Rig, folder: Path) -> None:
    killed_in_git(rig, folder)
    shutil.rmtree(folder)


def killed_at_its_first_step(rig: Rig, folder: Path) -> None:
    killed_early_in_git(rig, folder)
    (rig.bare.git_dir / "worktrees" / "toast" / "gitdir").unlink()


def killed_while_files_were_written(rig: Rig, folder: Path) -> None:
    killed_before_files(rig, folder)
    gitrepo.write(folder, {"a": "ha"})
    (rig.bare.git_dir / "worktrees" / "toast" / "index.lock").touch()


@pytest.mark.parametrize(
    "state",
    [
        killed_before_files,
        killed_in_git,
        killed_early_in_git,
        killed_at_its_first_step,
        killed_while_files_were_written,
    ],
)
def test_what_a_killed_run_left_is_completed(tmp_path: Path, state: object) -> None:
    rig, _ = make_rig(tmp_path, {"a": "half\n", "b": "2\n"})
    folder = rig.folder / TOAST
    assert callable(state)
    state(rig, folder)
    worktree(rig)
    assert (folder / "a").read_text() == "half\n"
    assert gitrepo.git(folder, "status", "--porcelain", "--branch") == "## " + BRANCH
    assert rig.worktree_status(TOAST) == WorktreeStatus(BRANCH, False, 0, rig.target_tip())


def test_status(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    folder = worktree(rig)
    mine = CommitId(gitrepo.commit(folder, "mine", {"m": "1\n"}))
    assert rig.worktree_status(TOAST) == WorktreeStatus(BRANCH, False, 1, mine)
    gitrepo.write(folder, {"un tracked\n": "x\n"})
    gitrepo.git(folder, "checkout", "-q", "--detach")
    assert rig.worktree_status(folder) == WorktreeStatus("", True, 1, mine)
    with pytest.raises(UserError, match="none is no worktree of this rig"):
        rig.worktree_status(Path("polecats/none"))


def test_a_broken_worktree_never_means_the_repository_around_it(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    shutil.rmtree(rig.root / ".git")
    gitrepo.make_repo(rig.root, {"town.yaml": "x\n", ".gitignore": "/proj/\n"})
    folder = worktree(rig)
    (folder / ".git").unlink()
    assert rig.worktree_status(TOAST) == WorktreeStatus(BRANCH, False, 0, rig.target_tip())
    assert rig.remove_worktree(TOAST) is None
    assert not folder.exists()
    assert (rig.root / "town.yaml").exists()


# removal


def test_removal_saves_tracked_staged_and_untracked_text(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n", "half": "1\n", "gone": "1\n", ".gitignore": "*.o\n"})
    folder = worktree(rig)
    head = gitrepo.commit(folder, "mine", {"m": "1\n"})
    gitrepo.write(folder, {"half": "staged\n", "forced.o": "forced\n"})
    gitrepo.git(folder, "add", "-f", "half", "forced.o")
    gitrepo.write(
        folder,
        {
            "a": "2\n",
            "half": "both\n",
            "gone": None,
            "new ü/x": "new\n",
            "built.o": "junk",
            "forced.o": "later\n",
        },
    )
    saved = rig.remove_worktree(TOAST)
    assert not folder.exists() and rig.bare.git("worktree", "list").text.count("\n") == 0
    assert saved is not None
    assert refs(rig, "refs/gt/rescue/") == [f"refs/gt/rescue/polecats/toast/{saved[:12]}"]
    names = rig.bare.git("-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", saved).text.split("\n")
    assert names == [".gitignore", "a", "forced.o", "half", "m", "new ü/x"]
    assert [show(rig, saved, name) for name in ("a", "half", "forced.o", "new ü/x")] == [
        "2",
        "both",
        "later",
        "new",
    ]
    assert gitrepo.head(rig.bare.git_dir, f"{saved}^1") == head
    assert [show(rig, CommitId(saved + "^2"), name) for name in ("half", "forced.o")] == ["staged", "forced"]
    assert rig.remove_worktree(TOAST) is None


def test_changes_that_a_bit_in_the_index_hides_are_saved(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n", "b": "1\n"})
    folder = worktree(rig)
    gitrepo.git(folder, "update-index", "--assume-unchanged", "a")
    gitrepo.git(folder, "update-index", "--skip-worktree", "b")
    gitrepo.write(folder, {"a": "2\n", "b": "2\n"})
    assert gitrepo.git(folder, "status", "--porcelain") == ""
    saved = rig.remove_worktree(TOAST)
    assert (show(rig, saved, "a"), show(rig, saved, "b")) == ("2", "2")


def test_a_conflict_and_commits_on_no_branch_are_saved(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    folder = worktree(rig)
    gitrepo.git(folder, "checkout", "-q", "--detach")
    other = gitrepo.commit(folder, "other", {"a": "2\n"})
    gitrepo.git(folder, "checkout", "-q", "--detach", BRANCH)
    loose = gitrepo.commit(folder, "loose", {"a": "3\n"})
    with pytest.raises(subprocess.CalledProcessError):
        gitrepo.git(folder, "merge", "-q", other)
    saved = rig.remove_worktree(TOAST)
    assert "<<<<<<<" in show(rig, saved, "a")
    assert gitrepo.git(rig.bare.git_dir, "log", "-1", "--format=%P", str(saved)).split() == [loose, other]


def test_clean_commits_on_no_branch_are_saved(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    folder = worktree(rig)
    gitrepo.git(folder, "checkout", "-q", "--detach")
    loose = gitrepo.commit(folder, "loose", {"l": "1\n"})
    saved = rig.remove_worktree(TOAST)
    assert saved is not None and rig.bare.is_ancestor(loose, saved)


def test_a_repository_inside_is_not_removed(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    folder = worktree(rig)
    gitrepo.make_repo(folder / "inner")
    before = gitrepo.contents(folder)
    with pytest.raises(UserError, match="inner is a repository of its own"):
        rig.remove_worktree(TOAST)
    assert gitrepo.contents(folder) == before


def broken_index(rig: Rig) -> None:
    (rig.bare.git_dir / "worktrees" / "toast" / "index").write_bytes(b"rubbish")


def broken_head(rig: Rig) -> None:
    (rig.bare.git_dir / "worktrees" / "toast" / "HEAD").write_text("rubbish\n")


def unreadable_objects(rig: Rig) -> None:
    shutil.rmtree(rig.bare.git_dir / "objects")


def locked(rig: Rig) -> None:
    rig.bare.git("worktree", "lock", "--reason", "mine", str(rig.folder / TOAST))


@pytest.mark.parametrize("breakage", [broken_index, broken_head, unreadable_objects, locked])
def test_when_git_is_in_doubt_nothing_is_removed(tmp_path: Path, breakage: object) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    folder = worktree(rig)
    gitrepo.write(folder, {"a": "2\n"})
    before = gitrepo.contents(folder)
    assert callable(breakage)
    breakage(rig)
    with pytest.raises(UserError):
        rig.remove_worktree(TOAST)
    assert gitrepo.contents(folder) == before


def test_removal_leaves_the_index_alone_when_it_fails(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    folder = worktree(rig)
    gitrepo.write(folder, {"a": "2\n", "u": "1\n"})
    gitrepo.git(folder, "add", "a")
    locked(rig)
    index = rig.bare.git_dir / "worktrees" / "toast" / "index"
    before = index.read_bytes()
    with pytest.raises(UserError, match="lock"):
        rig.remove_worktree(TOAST)
    assert index.read_bytes() == before


def test_removal_that_was_killed_half_way_is_finished(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n", "b": "1\n"})
    folder = worktree(rig)
    (folder / ".git").unlink()
    (folder / "a").unlink()
    rig.remove_worktree(TOAST)
    assert not folder.exists()
    assert not list((rig.bare.git_dir / "worktrees").glob("*"))


def test_a_vanished_folder_is_forgotten_and_what_was_staged_is_saved(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    folder = worktree(rig)
    gitrepo.write(folder, {"new": "staged\n"})
    gitrepo.git(folder, "add", "-A")
    shutil.rmtree(folder)
    assert show(rig, rig.remove_worktree(TOAST), "new") == "staged"
    assert rig.remove_worktree(TOAST) is None


# stale locks


def test_stale_locks_are_moved_aside(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    folder = worktree(rig)
    assert rig.unlock_stale(TOAST) == ()
    admin = rig.bare.git_dir / "worktrees" / "toast"
    locks = [
        admin / "index.lock",
        admin / "HEAD.lock",
        rig.bare.git_dir / "refs" / "heads" / (BRANCH + ".lock"),
    ]
    for lock in locks:
        lock.write_text("x")
    moved = rig.unlock_stale(TOAST)
    assert [path.name.split("-", 1)[1] for path in moved] == ["index.lock", "HEAD.lock", "pr-1.lock"]
    assert all(path.read_text() == "x" for path in moved)
    assert not any(lock.exists() for lock in locks)
    gitrepo.commit(folder, "works again", {"w": "1\n"})


def test_a_lock_of_a_live_git_stays(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    folder = worktree(rig)
    lock = rig.bare.git_dir / "worktrees" / "toast" / "index.lock"
    lock.touch()
    with subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as worker:
        assert process.until(lambda: process.git_at_work(folder) == (worker.pid,), 10)
        assert rig.unlock_stale(TOAST) == ()
        worker.kill()
    assert os.path.exists(lock)
    assert len(rig.unlock_stale(TOAST)) == 1


def test_a_rig_exists_when_its_clone_does(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    assert rig.exists()
    shutil.rmtree(rig.folder)
    assert not rig.exists()


def test_the_fork_point_is_where_the_target_was_left(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path)
    start = rig.target_tip()
    mine = CommitId(gitrepo.commit(worktree(rig), "mine", {"m": "1\n"}))
    gitrepo.commit(project, "theirs", {"t": "1\n"})
    gitrepo.git(project, "push", "-q", "origin", "main")
    rig.fetch()
    assert rig.fork_point(mine, BRANCH) == start


def test_history_of_its_own_has_no_fork_point(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    tree = rig.bare.git("mktree", input=b"").text
    alone = CommitId(rig.bare.git("commit-tree", "-m", "alone", tree).text)
    assert rig.fork_point(alone, BRANCH) is None
