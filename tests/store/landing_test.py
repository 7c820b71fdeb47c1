"""Landing with real git: merge, scratch, push, read back, and the evidence for it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gtlib.errors import UserError
from gtlib.names import CommitId
from gtlib.store.landing import Conflict
from gtlib.store.landing import Dirty
from gtlib.store.landing import Merged
from gtlib.store.landing import Pushed
from gtlib.store.landing import Rejected
from gtlib.store.landing import commit_merge
from gtlib.store.landing import landed_evidence
from gtlib.store.landing import merge_tree
from gtlib.store.landing import push
from gtlib.store.landing import read_back
from gtlib.store.landing import scratch_worktree
from gtlib.store.rig import Rig
from gtlib.system import git
from tests.support import gitrepo
from tests.support.rigs import make_rig

BRANCH = "polecat/toast/pr-1"
LINES = "".join(f"line {n}\n" for n in range(1, 21))


def changed(*numbers: int, by: str = "toast") -> str:
    return "".join(f"line {n}" + (f" {by}" if n in numbers else "") + "\n" for n in range(1, 21))


def start(rig: Rig) -> tuple[Path, CommitId]:
    """A polecat's worktree, and its fork point."""
    base = rig.target_tip()
    rig.add_worktree(Path("polecats/toast"), BRANCH, base)
    return rig.folder / "polecats/toast", base


def tip_of(rig: Rig) -> CommitId:
    tip = rig.bare.commit("refs/heads/" + BRANCH)
    assert tip is not None
    return tip


def merged(rig: Rig) -> CommitId:
    """The landing commit that the refinery would make."""
    target, head = rig.target_tip(), tip_of(rig)
    tree = merge_tree(rig, target, head)
    assert isinstance(tree, Merged)
    return commit_merge(rig, tree.tree, (target, head), "Land pr-1\n\nBead: pr-1\n", "proj/polecats/toast")


# merging


def test_merge_without_a_worktree(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    folder, _ = start(rig)
    gitrepo.commit(folder, "mine", {"a": changed(2)})
    gitrepo.commit(project, "theirs", {"a": changed(12)})
    gitrepo.git(project, "push", "-q", "origin", "main")
    rig.fetch()
    tree = merge_tree(rig, rig.target_tip(), tip_of(rig))
    assert isinstance(tree, Merged)
    assert rig.bare.git("show", f"{tree.tree}:a").out.decode() == changed(2, 12)


def test_conflicts_are_named(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES, "d ü/b\n": LINES, "c": "1\n"})
    folder, _ = start(rig)
    gitrepo.commit(folder, "mine", {"a": changed(2), "d ü/b\n": changed(2), "c": "2\n"})
    gitrepo.commit(project, "theirs", {"a": changed(3, by="ada"), "d ü/b\n": None})
    gitrepo.git(project, "push", "-q", "origin", "main")
    rig.fetch()
    assert merge_tree(rig, rig.target_tip(), tip_of(rig)) == Conflict(("a", "d ü/b\n"))


def test_merging_what_is_no_commit_is_an_error(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    with pytest.raises(git.GitError, match="merge-tree failed"):
        merge_tree(rig, rig.target_tip(), CommitId("1" * 40))


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("proj/polecats/toast", "proj/polecats/toast <proj/polecats/toast@gt.invalid>"),
        ("Zoë <zoe@example.com>", "Zoë <zoe@example.com>"),
    ],
)
def test_the_landing_commit(tmp_path: Path, author: str, expected: str) -> None:
    rig, _ = make_rig(tmp_path)
    gitrepo.git(rig.bare.git_dir, "config", "commit.gpgSign", "true")
    tip = rig.target_tip()
    made = commit_merge(rig, tip + "^{tree}", (tip,), "Länd\n\nBead: pr-1\n", author)
    form = "--format=%P%n%an <%ae>%n%cn <%ce>%n%B"
    assert rig.bare.git("log", "-1", form, made).text.rstrip("\n") == (
        f"{tip}\n{expected}\nrefinery <refinery@gt.invalid>\nLänd\n\nBead: pr-1"
    )


# scratch


def test_scratch_is_exactly_that_commit_and_gone_afterwards(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    tip = rig.target_tip()
    with scratch_worktree(rig, tip) as folder:
        assert folder.is_relative_to(rig.root / ".git" / "gt" / "scratch")
        assert gitrepo.head(folder) == tip
        assert sorted(path.name for path in folder.iterdir()) == [".git", "a"]
        assert gitrepo.git(folder, "status", "--porcelain", "--branch") == "## HEAD (no branch)"
        gitrepo.write(folder, {"a": "dirty\n", "made/x": "1\n"})
        with pytest.raises(UserError, match="the gates of proj run already"), scratch_worktree(rig, tip):
            pass
    assert not folder.exists()
    assert rig.bare.git("worktree", "list").text.count("\n") == 0


def test_scratch_goes_when_a_gate_raises(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path)
    with pytest.raises(UserError, match="boom"), scratch_worktree(rig, rig.target_tip()) as folder:
        raise UserError("boom", "x")
    assert not folder.exists()


def leave_folder(rig: Rig, path: Path) -> None:
    rig.bare.git("worktree", "add", "-q", "--detach", str(path), rig.target_tip())
    gitrepo.write(path, {"a": "dirty\n"})


def leave_record(rig: Rig, path: Path) -> None:
    leave_folder(rig, path)
    subprocess.run(["rm", "-r", str(path)], check=True)


def leave_half(rig: Rig, path: Path) -> None:
    leave_folder(rig, path)
    (path / ".git").unlink()
    (rig.bare.git_dir / "worktrees" / path.name / "locked").write_text("initializing\n")


def leave_stray(rig: Rig, path: Path) -> None:
    gitrepo.write(path, {"stray": "1\n"})


@pytest.mark.parametrize("leave", [leave_folder, leave_record, leave_half, leave_stray])
def test_what_a_killed_run_left_is_cleared(tmp_path: Path, leave: Callable[[Rig, Path], None]) -> None:
    rig, _ = make_rig(tmp_path, {"a": "1\n"})
    path = rig.root / ".git" / "gt" / "scratch" / "proj" / rig.target_tip()[:12]
    path.parent.mkdir(parents=True)
    leave(rig, path)
    with scratch_worktree(rig, rig.target_tip()) as folder:
        assert gitrepo.git(folder, "status", "--porcelain") == ""
        assert sorted(p.name for p in folder.parent.iterdir()) == [folder.name]
    assert not list((rig.bare.git_dir / "worktrees").glob("*"))


# push


def test_push_and_read_back(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    gitrepo.commit(folder, "mine", {"a": changed(2)})
    landing = merged(rig)
    assert push(rig, landing, "main", base) == Pushed(landing)
    assert read_back(rig, "main") == landing == rig.target_tip()
    assert gitrepo.head(Path(rig.config.url), "refs/heads/main") == landing
    assert push(rig, landing, "main", base) == Pushed(landing)


def test_a_target_that_moved_is_not_overwritten(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    gitrepo.commit(folder, "mine", {"a": changed(2)})
    landing = merged(rig)
    theirs = gitrepo.commit(project, "theirs", {"b": "1\n"})
    gitrepo.git(project, "push", "-q", "origin", "main")
    assert push(rig, landing, "main", base) == Rejected("[rejected] (stale info)")
    assert read_back(rig, "main") == theirs == rig.target_tip()


def test_what_would_take_commits_back_is_not_pushed(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    mine = CommitId(gitrepo.commit(folder, "mine", {"a": changed(2)}))
    theirs = CommitId(gitrepo.commit(project, "theirs", {"b": "1\n"}))
    gitrepo.git(project, "push", "-q", "origin", "main")
    rig.fetch()
    assert push(rig, mine, "main", theirs) == Rejected(
        f"{mine[:12]} does not contain {theirs[:12]}, so it would take commits back"
    )
    assert read_back(rig, "main") == theirs


def test_a_rule_of_the_remote_rejects(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    mine = CommitId(gitrepo.commit(folder, "mine", {"a": changed(2)}))
    hook = Path(rig.config.url) / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert push(rig, mine, "main", base) == Rejected("[remote rejected] (pre-receive hook declined)")
    hook.write_text("#!/bin/sh\nprintf '\\033[31mno pushes\\non Fridays\\n' >&2\nexit 1\n")
    assert push(rig, mine, "main", base) == Rejected(
        "[remote rejected] (pre-receive hook declined): no pushes on Fridays"
    )
    assert read_back(rig, "main") == base


def test_an_unreachable_remote_is_an_error(tmp_path: Path) -> None:
    rig, _ = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    mine = CommitId(gitrepo.commit(folder, "mine", {"a": changed(2)}))
    Path(rig.config.url).rename(tmp_path / "away")
    for attempt in (lambda: push(rig, mine, "main", base), lambda: read_back(rig, "main")):
        with pytest.raises(UserError):
            attempt()


def test_a_persons_checkout_is_updated_and_its_configuration_is_not(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES}, bare_remote=False)
    folder, base = start(rig)
    mine = CommitId(gitrepo.commit(folder, "mine", {"a": changed(2), "new": "1\n"}))
    config = (project / ".git" / "config").read_bytes()
    assert push(rig, mine, "main", base) == Pushed(mine)
    assert read_back(rig, "main") == mine == gitrepo.head(project)
    assert ((project / "a").read_text(), (project / "new").read_text()) == (changed(2), "1\n")
    assert gitrepo.git(project, "status", "--porcelain") == ""
    assert (project / ".git" / "config").read_bytes() == config


@pytest.mark.parametrize(
    ("files", "stage", "reason"),
    [
        ({"a": "mine\n"}, False, "[remote rejected] (Working directory has unstaged changes)"),
        ({"a": "mine\n"}, True, "[remote rejected] (Working directory has staged changes)"),
        ({"new": "mine\n"}, False, "[remote rejected] (Could not update working tree to new HEAD)"),
    ],
)
def test_a_persons_dirty_checkout_waits(
    tmp_path: Path, files: dict[str, str | None], stage: bool, reason: str
) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES}, bare_remote=False)
    folder, base = start(rig)
    mine = CommitId(gitrepo.commit(folder, "mine", {"a": changed(2), "new": "1\n"}))
    gitrepo.write(project, files)
    if stage:
        gitrepo.git(project, "add", "-A")
    assert push(rig, mine, "main", base) == Dirty(reason)
    assert read_back(rig, "main") == base == gitrepo.head(project)
    assert all((project / name).read_text() == text for name, text in files.items())


def test_a_checkout_on_another_branch_is_no_obstacle(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES}, bare_remote=False)
    folder, base = start(rig)
    mine = CommitId(gitrepo.commit(folder, "mine", {"a": changed(2)}))
    gitrepo.git(project, "switch", "-q", "-c", "elsewhere")
    gitrepo.write(project, {"a": "dirty\n"})
    assert push(rig, mine, "main", base) == Pushed(mine)
    assert read_back(rig, "main") == mine
    assert (project / "a").read_text() == "dirty\n"


# evidence: how the work came (or did not come) into the target, and what is expected

Case = Callable[[Rig, Path], "str | None"]
"""Does something in the project's checkout; the expected evidence, None: none."""


def pull(rig: Rig, project: Path) -> None:
    gitrepo.git(project, "fetch", "-q", str(rig.bare.git_dir), "+refs/heads/polecat/*:refs/heads/polecat/*")


def nothing(rig: Rig, project: Path) -> str | None:
    return None


def unrelated(rig: Rig, project: Path) -> str | None:
    gitrepo.commit(project, "other", {"other": "1\n"})
    return None


def fast_forward(rig: Rig, project: Path) -> str | None:
    gitrepo.git(project, "merge", "-q", "--ff-only", BRANCH)
    return gitrepo.head(project)


def fast_forward_and_more(rig: Rig, project: Path) -> str | None:
    found = fast_forward(rig, project)
    gitrepo.commit(project, "later", {"a": changed(2, 10, 3)})
    return found


def true_merge(rig: Rig, project: Path) -> str | None:
    gitrepo.commit(project, "before", {"other": "1\n"})
    gitrepo.git(project, "merge", "-q", "--no-ff", "-m", "merged", BRANCH)
    found = gitrepo.head(project)
    gitrepo.commit(project, "after", {"other": "2\n"})
    return found


def squash(rig: Rig, project: Path) -> str | None:
    gitrepo.commit(project, "before", {"other": "1\n"})
    gitrepo.git(project, "merge", "-q", "--squash", BRANCH)
    found = gitrepo.commit(project, "squashed")
    gitrepo.commit(project, "after", {"a": changed(2, 10, 18)})
    return found


def squash_beside_a_changed_line(rig: Rig, project: Path) -> str | None:
    gitrepo.commit(project, "beside", {"a": changed(4, by="ada")})
    gitrepo.git(project, "merge", "-q", "--squash", BRANCH)
    found = gitrepo.commit(project, "squashed")
    gitrepo.commit(project, "after", {"other": "2\n"})
    return found


def picked_one_by_one(rig: Rig, project: Path) -> str | None:
    gitrepo.commit(project, "before", {"other": "1\n"})
    gitrepo.git(project, "cherry-pick", f"{BRANCH}~2..{BRANCH}")
    found = gitrepo.head(project)
    gitrepo.commit(project, "after", {"a": changed(2, 10, 18)})
    return found


def picked_only_one(rig: Rig, project: Path) -> str | None:
    gitrepo.git(project, "cherry-pick", f"{BRANCH}~1")
    return None


def same_content_by_hand(rig: Rig, project: Path) -> str | None:
    gitrepo.commit(project, "part", {"a": changed(2, 5)})
    found = gitrepo.commit(project, "rest", {"a": changed(2, 10)})
    gitrepo.commit(project, "after", {"other": "1\n"})
    return found


def same_but_for_white_space(rig: Rig, project: Path) -> str | None:
    gitrepo.commit(project, "near", {"a": changed(2, 10).replace("line 10", "line  10")})
    return None


def reverted_fast_forward(rig: Rig, project: Path) -> str | None:
    fast_forward(rig, project)
    gitrepo.git(project, "revert", "--no-edit", f"{BRANCH}~2..{BRANCH}")
    return None


def partly_reverted(rig: Rig, project: Path) -> str | None:
    fast_forward(rig, project)
    gitrepo.git(project, "revert", "--no-edit", f"{BRANCH}~1")
    return None


def reverted_merge(rig: Rig, project: Path) -> str | None:
    true_merge(rig, project)
    gitrepo.git(project, "revert", "--no-edit", "-m", "1", "HEAD^")
    return None


def reverted_squash(rig: Rig, project: Path) -> str | None:
    found = squash_beside_a_changed_line(rig, project)
    gitrepo.git(project, "revert", "--no-edit", str(found))
    return None


def reverted_without_a_word(rig: Rig, project: Path) -> str | None:
    fast_forward(rig, project)
    gitrepo.commit(project, "back to how it was", {"a": LINES})
    return None


def reverted_and_restored(rig: Rig, project: Path) -> str | None:
    found = true_merge(rig, project)
    gitrepo.git(project, "revert", "--no-edit", "-m", "1", "HEAD^")
    gitrepo.git(project, "revert", "--no-edit", "HEAD")
    return found


CASES: list[Case] = [
    nothing,
    unrelated,
    fast_forward,
    fast_forward_and_more,
    true_merge,
    squash,
    squash_beside_a_changed_line,
    picked_one_by_one,
    picked_only_one,
    same_content_by_hand,
    same_but_for_white_space,
    reverted_fast_forward,
    partly_reverted,
    reverted_merge,
    reverted_squash,
    reverted_without_a_word,
    reverted_and_restored,
]


def seen(rig: Rig, project: Path) -> None:
    gitrepo.git(project, "push", "-q", "origin", "main")
    rig.fetch()


@pytest.mark.parametrize("case", CASES)
def test_evidence_of_what_others_landed(tmp_path: Path, case: Case) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    gitrepo.commit(folder, "one", {"a": changed(2)})
    gitrepo.commit(folder, "two", {"a": changed(2, 10)})
    pull(rig, project)
    expected = case(rig, project)
    seen(rig, project)
    assert landed_evidence(rig, None, "main", BRANCH, base) == expected
    # A record that is no landing proves nothing.
    assert landed_evidence(rig, base, "main", BRANCH, base) == expected
    assert landed_evidence(rig, CommitId("1" * 40), "main", BRANCH, base) == expected


def test_work_that_was_taken_back_and_done_again(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    gitrepo.commit(folder, "one", {"a": changed(2)})
    gitrepo.commit(folder, "two", {"a": changed(2, 10)})
    pull(rig, project)
    landing = CommitId(str(fast_forward(rig, project)))
    gitrepo.commit(project, "back", {"a": LINES})
    seen(rig, project)
    assert landed_evidence(rig, landing, "main", BRANCH, base) is None
    gitrepo.commit(project, "again", {"a": changed(2, 10)})
    seen(rig, project)
    assert landed_evidence(rig, landing, "main", BRANCH, base) == landing


@pytest.mark.parametrize("take_back", [None, "revert", "silent"])
def test_evidence_of_the_recorded_landing(tmp_path: Path, take_back: str | None) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    gitrepo.commit(folder, "one", {"a": changed(2)})
    gitrepo.commit(project, "theirs", {"a": changed(12, by="ada")})
    seen(rig, project)
    landing = merged(rig)
    assert landed_evidence(rig, landing, "main", BRANCH, base) is None
    assert push(rig, landing, "main", rig.target_tip()) == Pushed(landing)
    read_back(rig, "main")
    gitrepo.git(project, "pull", "-q", "--ff-only", "origin", "main")
    if take_back == "revert":
        gitrepo.git(project, "revert", "--no-edit", "-m", "1", "HEAD")
    elif take_back == "silent":
        gitrepo.commit(project, "cleaning", {"a": changed(12, by="ada")})
    else:
        gitrepo.commit(project, "goes on", {"a": changed(2, 3, by="ada")})
    seen(rig, project)
    assert landed_evidence(rig, landing, "main", BRANCH, base) == (None if take_back else landing)


def test_a_branch_without_commits_has_no_evidence(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    _, base = start(rig)
    tip = CommitId(gitrepo.commit(project, "theirs", {"b": "1\n"}))
    seen(rig, project)
    assert landed_evidence(rig, None, "main", BRANCH, base) is None
    assert landed_evidence(rig, tip, "main", BRANCH, base) is None


def test_empty_commits_are_no_evidence_by_content(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    gitrepo.commit(folder, "nothing in it")
    gitrepo.commit(project, "theirs", {"b": "1\n"})
    gitrepo.commit(project, "nothing in it")
    seen(rig, project)
    assert landed_evidence(rig, None, "main", BRANCH, base) is None


def test_a_change_of_mode_counts(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES, "run": "x\n"})
    folder, base = start(rig)
    (folder / "run").chmod(0o755)
    gitrepo.commit(folder, "mine", {"a": changed(2)})
    gitrepo.commit(project, "theirs, without the mode", {"a": changed(2)})
    seen(rig, project)
    assert landed_evidence(rig, None, "main", BRANCH, base) is None


def test_a_branch_that_took_the_target_in_and_was_squashed(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    gitrepo.commit(folder, "one", {"a": changed(2)})
    gitrepo.commit(project, "theirs", {"a": changed(12, by="ada")})
    seen(rig, project)
    gitrepo.git(folder, "merge", "-q", "-m", "merged main", "origin/main")
    gitrepo.commit(folder, "two", {"b": "1\n"})
    pull(rig, project)
    gitrepo.git(project, "merge", "-q", "--squash", BRANCH)
    found = gitrepo.commit(project, "squashed")
    gitrepo.commit(project, "after", {"b": "2\n"})
    seen(rig, project)
    assert landed_evidence(rig, None, "main", BRANCH, base) == found


def test_a_branch_that_is_gone_has_no_evidence_but_its_commit_has(tmp_path: Path) -> None:
    rig, project = make_rig(tmp_path, {"a": LINES})
    folder, base = start(rig)
    head = gitrepo.commit(folder, "one", {"a": changed(2)})
    pull(rig, project)
    landing = fast_forward(rig, project)
    seen(rig, project)
    rig.remove_worktree(folder)
    rig.bare.git("branch", "-q", "-D", BRANCH)
    assert landed_evidence(rig, None, "main", BRANCH, base) is None
    assert landed_evidence(rig, None, "main", head, base) == landing
