"""Facts 1, 2 and 3: what git's hooks see, when they run, and what their exit status does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pygit2
import pytest

from tests.facts.support import Ears
from tests.facts.support import commit
from tests.facts.support import git
from tests.facts.support import repository
from tests.facts.support import run
from tests.facts.support import tip
from tests.facts.support import write_hook


def ask_git(path: Path, log: Path) -> None:
    """A post-commit hook that writes down those of git's local variables that it was given."""
    write_hook(
        path,
        "post-commit",
        "for name in $(git rev-parse --local-env-vars); do\n"
        f'  printenv "$name" | sed "s/^/$name=/"\ndone > {log}',
    )


def test_hook_in_the_main_checkout_gets_a_relative_index_and_no_git_dir(tmp_path: Path) -> None:
    """Fact 1: in the main checkout a hook gets only a relative GIT_INDEX_FILE."""
    rig = repository(tmp_path / "rig")
    ask_git(rig, tmp_path / "log")
    commit(rig, "second", a="second")
    assert (tmp_path / "log").read_text().splitlines() == ["GIT_INDEX_FILE=.git/index", "GIT_PREFIX="]


def test_hook_in_a_worktree_gets_an_absolute_git_dir_and_index(tmp_path: Path) -> None:
    """Fact 1: in a linked worktree a hook gets an absolute GIT_DIR and an absolute GIT_INDEX_FILE."""
    rig = repository(tmp_path / "rig")
    git(rig, "worktree", "add", "-q", "-b", "work", tmp_path / "work")
    ask_git(rig, tmp_path / "log")
    commit(tmp_path / "work", "second", a="second")
    private = rig / ".git" / "worktrees" / "work"
    assert (tmp_path / "log").read_text().splitlines() == [
        f"GIT_DIR={private}",
        f"GIT_INDEX_FILE={private}/index",
        "GIT_PREFIX=",
    ]


def test_git_dir_sends_the_git_program_to_the_wrong_repository(tmp_path: Path) -> None:
    """Fact 1: in that hook `git -C town` works on the rig; pygit2 by path and stripped variables do not."""
    town = repository(tmp_path / "town", a="town")
    rig = repository(tmp_path / "rig", a="rig")
    git(rig, "worktree", "add", "-q", "-b", "work", tmp_path / "work")
    look = f"import pygit2; print(pygit2.Repository({str(town)!r}).head.target)"
    write_hook(
        rig,
        "post-commit",
        f"exec > {tmp_path}/log\ngit -C {town} rev-parse HEAD\n{sys.executable} -c {look!r}\n"
        f"unset $(git rev-parse --local-env-vars)\ngit -C {town} rev-parse HEAD",
    )
    made = commit(tmp_path / "work", "second", a="second")
    assert (tmp_path / "log").read_text().splitlines() == [made, tip(town), tip(town)]


class Lab(NamedTuple):
    """A repository with every hook in place, a bare remote `up`, and branches to merge, pick and rebase."""

    path: Path
    work: Path
    up: Path
    log: Path


def make_lab(folder: Path) -> Lab:
    """Main is one commit from the fork: `side` merges cleanly, `clash` conflicts, `ahead` descends."""
    path = repository(folder / "here")
    for branch, name in (("side", "side"), ("clash", "a")):
        git(path, "switch", "-q", "-c", branch, "main")
        commit(path, branch, **{name: branch})
    git(path, "switch", "-q", "main")
    commit(path, "second", a="second")
    git(path, "switch", "-q", "-c", "ahead")
    commit(path, "ahead", ahead="ahead")
    git(path, "switch", "-q", "main")
    git(path, "worktree", "add", "-q", "--detach", folder / "work")
    git(folder, "clone", "-q", "--bare", path, folder / "up.git")
    git(path, "remote", "add", "up", folder / "up.git")
    return Lab(path, folder / "work", folder / "up.git", folder / "log")


def edit(path: Path, line: str = "edited") -> None:
    (path / "a.txt").write_text(f"{line}\n", encoding="utf-8")


def do_commit(lab: Lab) -> None:
    edit(lab.path)
    git(lab.path, "commit", "-qam", "third")


def do_commit_in_worktree(lab: Lab) -> None:
    edit(lab.work)
    git(lab.work, "commit", "-qam", "third")


def do_commit_no_verify(lab: Lab) -> None:
    edit(lab.path)
    git(lab.path, "commit", "-qam", "third", "--no-verify")


def do_merge_by_hand(lab: Lab) -> None:
    assert run("git", "merge", "clash", cwd=lab.path).code == 1
    edit(lab.path, "both")
    git(lab.path, "commit", "-qam", "merged")


def do_merge_continue(lab: Lab) -> None:
    assert run("git", "merge", "clash", cwd=lab.path).code == 1
    edit(lab.path, "both")
    git(lab.path, "add", "a.txt")
    git(lab.path, "merge", "--continue", env={"GIT_EDITOR": "true"})


def do_am(lab: Lab) -> None:
    git(lab.path, "am", "-q", stdin=git(lab.path, "format-patch", "--stdout", "main..ahead") + "\n")


def do_pygit2(lab: Lab) -> None:
    repo = pygit2.Repository(str(lab.path))
    who = pygit2.Signature("a", "a@example.org", 0, 0)
    before = repo.head.target
    repo.create_commit("refs/heads/main", who, who, "third", repo[before].tree_id, [before])


def do_push_here(lab: Lab) -> None:
    git(lab.path, "config", "receive.denyCurrentBranch", "updateInstead")
    git(lab.up, "push", "-q", lab.path, "ahead:main")


def words(*argv: str) -> Callable[[Lab], None]:
    """The act of one git command in the main checkout."""

    def act(lab: Lab) -> None:
        git(lab.path, *argv)

    return act


# git 2.39 moves a symbolic HEAD outside of transactions, and libgit2 knows no hooks at all
SILENT = ("switch", "pygit2 commit")
COMMIT = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"]
MERGE = ["pre-merge-commit", "prepare-commit-msg", "commit-msg", "post-merge 0"]
REBASE = ["pre-rebase", "post-checkout", "prepare-commit-msg", "post-commit", "post-rewrite rebase"]
APPLY = ["applypatch-msg", "pre-applypatch", "post-applypatch"]
TABLE: dict[str, tuple[Callable[[Lab], object], list[str]]] = {
    "commit": (do_commit, COMMIT),
    "commit in a worktree": (do_commit_in_worktree, COMMIT),
    "commit --no-verify": (do_commit_no_verify, ["prepare-commit-msg", "post-commit"]),
    "commit --amend": (words("commit", "-q", "--amend", "-m", "again"), [*COMMIT, "post-rewrite amend"]),
    "merge, fast-forward": (words("merge", "-q", "ahead"), ["post-merge 0"]),
    "merge, true": (words("merge", "-q", "side"), MERGE),
    "pull, fast-forward": (words("pull", "-q", "--ff-only", "up", "ahead"), ["post-merge 0"]),
    "pull, true merge": (words("pull", "-q", "--no-rebase", "--no-edit", "up", "side"), MERGE),
    "merge finished by commit": (do_merge_by_hand, COMMIT),
    "merge finished by --continue": (do_merge_continue, COMMIT),
    "merge --squash": (words("merge", "-q", "--squash", "ahead"), ["post-merge 1"]),
    "cherry-pick": (words("cherry-pick", "side"), ["prepare-commit-msg", "post-commit"]),
    "revert": (words("revert", "--no-edit", "HEAD"), ["prepare-commit-msg", "post-commit"]),
    "rebase": (words("rebase", "-q", "side"), REBASE),
    "pull --rebase": (words("pull", "-q", "--rebase", "up", "side"), REBASE),
    "rebase --apply": (
        words("rebase", "-q", "--apply", "side"),
        ["pre-rebase", "post-checkout", *APPLY, "post-rewrite rebase"],
    ),
    "am": (do_am, APPLY),
    "reset --hard": (words("reset", "-q", "--hard", "HEAD~1"), []),
    "fetch": (words("fetch", "-q", "up"), []),
    "update-ref": (words("update-ref", "refs/heads/main", "ahead"), []),
    "pygit2 commit": (do_pygit2, []),
    "switch": (words("switch", "-q", "side"), ["post-checkout"]),
    "checkout -B": (words("checkout", "-q", "-B", "other", "side"), ["post-checkout"]),
    "push received": (
        do_push_here,
        ["pre-receive", "update", "push-to-checkout", "post-receive", "post-update"],
    ),
}


@pytest.mark.parametrize("operation", TABLE)
def test_which_hooks_fire(tmp_path: Path, operation: str) -> None:
    """Fact 2: the hooks that one operation runs, in order; libgit2 runs none at all."""
    act, expected = TABLE[operation]
    lab = make_lab(tmp_path)
    ears = Ears(lab.path, lab.log)
    act(lab)
    assert ears.heard() == expected
    assert ("committed" in ears.transactions()) == (operation not in SILENT)


def test_merge_squash_says_so_and_makes_no_commit(tmp_path: Path) -> None:
    """Fact 2: merge --squash runs post-merge with argument 1 while HEAD has not moved."""
    lab = make_lab(tmp_path)
    before = tip(lab.path)
    ears = Ears(lab.path, lab.log)
    git(lab.path, "merge", "-q", "--squash", "ahead")
    assert (ears.heard(), tip(lab.path)) == (["post-merge 1"], before)
    assert git(lab.path, "status", "--porcelain") == "A  ahead.txt"


def test_update_instead_runs_no_hook_of_a_checkout(tmp_path: Path) -> None:
    """Fact 2: a push into a checkout with updateInstead changes its files, and only receiving hooks run."""
    lab = make_lab(tmp_path)
    ears = Ears(lab.path, lab.log)
    (lab.path / ".git" / "hooks" / "push-to-checkout").unlink()
    do_push_here(lab)
    assert ears.heard() == ["pre-receive", "update", "post-receive", "post-update"]
    assert (lab.path / "ahead.txt").read_text() == "ahead\n"


def test_rebase_drops_what_is_upstream_without_a_word(tmp_path: Path) -> None:
    """Fact 2: in a rebase a commit that is already upstream vanishes, and post-commit is not run for it."""
    lab = make_lab(tmp_path)
    git(lab.path, "switch", "-q", "-c", "same", "side")
    git(lab.path, "cherry-pick", "ahead")
    git(lab.path, "switch", "-q", "ahead")
    ears = Ears(lab.path, lab.log)
    git(lab.path, "rebase", "-q", "same")
    assert git(lab.path, "log", "--format=%s").splitlines() == ["second", "ahead", "side", "first"]
    assert ears.heard().count("post-commit") == 1


@pytest.mark.parametrize(
    ("hook", "act"), [("post-commit", do_commit), ("post-merge", words("merge", "-q", "ahead"))]
)
def test_a_failing_hook_after_the_fact_changes_nothing(
    tmp_path: Path, hook: str, act: Callable[[Lab], object]
) -> None:
    """Fact 3: the exit status of post-commit and post-merge does not change git's."""
    lab = make_lab(tmp_path)
    before = tip(lab.path)
    write_hook(lab.path, hook, f"echo ran > {lab.log}\nexit 3")
    act(lab)
    assert lab.log.read_text() == "ran\n"
    assert tip(lab.path) != before
