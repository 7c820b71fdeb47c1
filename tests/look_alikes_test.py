"""Beads that look alike: git must not take a deleted one and a new one for one that was renamed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gtlib.actions import merge_setup
from tests.support import gitrepo
from tests.support.clones import pair
from tests.support.clones import pull
from tests.support.clones import run
from tests.support.clones import save
from tests.support.gitrepo import git

OLD, NEW = "beads/hq-aa1.md", "beads/hq-bb2.md"
TEXT = "".join(f"Line {n} of what both have in common.\n" for n in range(5))
URGENT = ("priority: 2", "priority: 0")


def bead(id: str, title: str, minute: int = 0) -> str:
    head = f"---\nid: {id}\ntitle: {title}\ntype: task\nstatus: open\npriority: 2\n"
    return f"{head}created: 2026-01-01T08:{minute:02}:00Z\ncreated_by: ada\n---\n{TEXT}"


IN, OUT = bead("hq-aa1", "Fix the login"), bead("hq-bb2", "Fix the logout", 5)


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """One deleted a bead and made another that looks like it; two works on the first."""
    one, two = pair(tmp_path, {OLD: IN, "README": "x\n"})
    gitrepo.commit(one, "another", {OLD: None, NEW: OUT})
    save(two, OLD, URGENT)
    return one, two


def asked(root: Path, code: int, said: str) -> None:
    assert (code, "CONFLICT (modify/delete)" in said) == (1, True), said
    assert not (root / NEW).exists() or (root / NEW).read_text("utf-8") == OUT
    assert (root / OLD).read_text("utf-8") == IN.replace(*URGENT)


def test_pull_and_merge(both: tuple[Path, Path]) -> None:
    for root in both:
        asked(root, *pull(root))


def test_pull_rebase(both: tuple[Path, Path]) -> None:
    _, two = both
    asked(two, *run(two, "pull", "-q", "--rebase", "other", "main"))


def test_cherry_pick(both: tuple[Path, Path]) -> None:
    one, two = both
    git(one, "fetch", "-q", "other")
    asked(one, *run(one, "cherry-pick", "other/main"))


def test_revert(tmp_path: Path) -> None:
    one, _ = pair(tmp_path, {OLD: IN.replace(*URGENT), "README": "x\n"})
    changed = save(one, OLD, URGENT[::-1])
    gitrepo.commit(one, "another", {OLD: None, NEW: OUT})
    asked(one, *run(one, "revert", "--no-edit", changed))


def test_stash_pop(tmp_path: Path) -> None:
    one, _ = pair(tmp_path, {OLD: IN, "README": "x\n"})
    (one / OLD).write_text(IN.replace(*URGENT), "utf-8")
    git(one, "stash", "-q")
    gitrepo.commit(one, "another", {OLD: None, NEW: OUT})
    done = run(one, "stash", "pop", "-q")
    # which looks for renames whatever is configured, so the driver is asked
    assert (done.code, "The stash entry is kept" in done.said, f"git took {OLD} for {NEW}" in done.said) == (
        1,
        True,
        True,
    )
    assert (one / NEW).read_text(
        "utf-8"
    ) == f"<<<<<<< ours\n{OUT}=======\n{IN.replace(*URGENT)}>>>>>>> theirs\n"


def test_where_git_looks_for_renames_the_driver_refuses(both: tuple[Path, Path]) -> None:
    one, two = both
    git(two, "config", "--unset", merge_setup.STRATEGY)
    git(two, "config", "merge.renames", "true")
    done = pull(two)
    assert done.code == 1
    told = f"gt: git took {OLD} for {NEW}, and these are two: keep here what belongs to {NEW}, and put the "
    assert f"{told}other half into {OLD}\n" in done.said
    halves = f"<<<<<<< ours\n{IN.replace(*URGENT)}=======\n{OUT}>>>>>>> theirs\n"
    assert (two / NEW).read_text("utf-8") == halves


def test_the_driver_refuses_what_names_itself_by_its_moment_alone(tmp_path: Path) -> None:
    first, second = (text.replace(f"id: {id}\n", "") for id, text in (("hq-aa1", IN), ("hq-bb2", OUT)))
    one, two = pair(tmp_path, {OLD: first})
    gitrepo.commit(one, "another", {OLD: None, NEW: second})
    save(two, OLD, URGENT)
    git(two, "config", "--unset", merge_setup.STRATEGY)
    git(two, "config", "merge.renames", "true")
    done = pull(two)
    assert (done.code, f"gt: git took another file for {NEW}, " in done.said) == (1, True)
    halves = f"<<<<<<< ours\n{first.replace(*URGENT)}=======\n{second}>>>>>>> theirs\n"
    assert (two / NEW).read_text("utf-8") == halves
