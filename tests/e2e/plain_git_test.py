"""Plain git drives a town: after the installation no command of ours, only an editor and git."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from gtlib.actions import deacon
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import asked
from tests.support import gt
from tests.support import towns
from tests.support.towns import git

BEAD = "---\ntitle: Release it\ntype: task\n---\nThe first release.\n"
MOLECULE = """\
---
id: hq-mol-rel01
title: Release
formula: release
for: hq-one
---

## Steps

- [ ] **bump** Bump the version

- [ ] **tests** Run the tests (needs: bump)

- [ ] **tag** Make the tag (needs: tests)
"""
PATH = "molecules/hq-mol-rel01.md"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """What `gt install` makes, with a bead and a molecule that were committed by hand."""
    return towns.copied(installed(), tmp_path / "town")


@cache
def installed() -> Path:
    """The same, made once for this process."""
    root = towns.pattern_folder() / "town"
    assert gt("install", str(root), "--git").returncode == 0
    save(root, {"beads/hq-one.md": BEAD, PATH: MOLECULE})
    commit(root, "A bead and its molecule")
    return root


def save(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")


def commit(root: Path, message: str, *flags: str) -> str:
    """`git add --all` and `git commit`; what git and the hooks said."""
    git(root, "add", "--all")
    return said(root, "commit", "--quiet", *flags, "-m", message)


def said(root: Path, *words: str) -> str:
    """Run git, which succeeds; all that it and its hooks print."""
    done = subprocess.run(["git", *words], cwd=root, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def tick(root: Path, *steps: str, box: str = "x") -> None:
    """Change the boxes of steps in an editor."""
    text = (root / PATH).read_text(encoding="utf-8")
    for step in steps:
        old = " " if box == "x" else "x"
        assert f"- [{old}] **{step}**" in text
        text = text.replace(f"- [{old}] **{step}**", f"- [{box}] **{step}**")
    (root / PATH).write_text(text, encoding="utf-8")


def letter(root: Path, name: str, to: str = "mayor", subject: str = "Hello") -> None:
    save(root, {f"mail/outbox/{name}.md": f"---\nto:\n  - {to}\nsubject: {subject}\n---\nText.\n"})


def mail(town: Town, address: str = "mayor") -> list[str]:
    """Subjects of unread mail."""
    return sorted(message.subject for _, message in town.snapshot().mail(address, "new"))


def steps(town: Town) -> str:
    """The boxes of the molecule as the town's branch has them, and its status."""
    molecule = town.snapshot().molecule("hq-mol-rel01")  # type: ignore[arg-type]
    assert molecule is not None
    boxes = "".join("x" if step.state == "done" else "." for step in molecule.steps)
    return f"{boxes} {molecule.status}"


def settled(town: Town) -> None:
    """All that is committed has been looked at, the checkout stands at it, and no operation is left over."""
    assert town.processed() == town.tip()
    assert towns.status(town) == ""
    assert git(town.root, "fsck", "--no-dangling") == ""
    assert "no transition" not in asked.gt("status", cwd=town.root).stdout


def is_done(town: Town) -> bool:
    """Whether all is looked at, and nobody writes the checkout."""
    return town.processed() == town.tip() and not (town.git_dir / "index.lock").exists()


def test_a_bead_a_molecule_and_its_boxes(town: Town) -> None:
    bead = town.snapshot().bead("hq-one")  # type: ignore[arg-type]
    assert bead is not None and (bead.title, bead.status) == ("Release it", "open")

    for number, (step, shown) in enumerate(
        [("bump", "x.. open"), ("tests", "xx. open"), ("tag", "xxx closed")]
    ):
        tick(town.root, step)
        output = commit(town.root, f"{step} is done")
        assert steps(town) == shown, output
        settled(town)
        assert ("close: hq-mol-rel01" in output) is (number == 2)


def test_a_tick_counts_whatever_its_needs_and_unticking_reopens(town: Town) -> None:
    tick(town.root, "tag")
    commit(town.root, "tagged already")
    assert steps(town) == "..x open"
    tick(town.root, "bump", "tests")
    commit(town.root, "the rest")
    assert steps(town) == "xxx closed"
    tick(town.root, "tests", box=" ")
    commit(town.root, "no, they fail")
    assert steps(town) == "x.x open"
    settled(town)


def test_a_trailer_of_an_empty_commit(town: Town) -> None:
    output = said(
        town.root,
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "bumped",
        "--trailer",
        "Step: hq-mol-rel01.bump",
    )
    assert steps(town) == "x.. open"
    assert "step: hq-mol-rel01 bump done" in output
    settled(town)


def test_the_town_is_the_one_that_the_commit_is_in(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GT_TOWN", str(towns.make_town(tmp_path / "other").root))
    tick(town.root, "bump")
    commit(town.root, "bumped")
    monkeypatch.delenv("GT_TOWN")
    settled(town)


def test_mail_in_the_outbox(town: Town) -> None:
    letter(town.root, "hello")
    letter(town.root, "nobody", to="nobody/knows", subject="Lost")
    output = commit(town.root, "two letters")
    assert mail(town) == ["Hello"]
    assert [subject for subject in mail(town, "overseer") if "Lost" in subject], output
    assert not list((town.root / "mail" / "outbox").glob("*.md"))
    settled(town)


@pytest.fixture
def clone(town: Town, tmp_path: Path) -> Path:
    """A clone of the town as another person has it: no git hooks of ours."""
    git(tmp_path, "clone", "--quiet", str(town.root), "clone")
    return tmp_path / "clone"


def work_elsewhere(clone: Path) -> None:
    tick(clone, "bump")
    commit(clone, "bumped")
    letter(clone, "hello")
    save(clone, {"beads/hq-two.md": BEAD})
    commit(clone, "a letter and a bead")


def test_pull_of_what_a_clone_committed(town: Town, clone: Path) -> None:
    work_elsewhere(clone)
    said(town.root, "pull", "--quiet", "--ff-only", str(clone), "main")
    assert (steps(town), mail(town)) == ("x.. open", ["Hello"])
    assert (town.root / "beads" / "hq-two.md").exists()
    settled(town)


def test_pull_that_merges(town: Town, clone: Path) -> None:
    work_elsewhere(clone)
    letter(town.root, "here", subject="Here")
    commit(town.root, "a letter here")
    said(town.root, "pull", "--quiet", "--no-rebase", "--no-edit", str(clone), "main")
    assert (steps(town), mail(town)) == ("x.. open", ["Hello", "Here"])
    settled(town)


def test_pull_that_rebases(town: Town, clone: Path) -> None:
    work_elsewhere(clone)
    save(town.root, {"beads/hq-three.md": BEAD})
    commit(town.root, "a bead here")
    before = town.tip()
    said(town.root, "pull", "--quiet", "--rebase", str(clone), "main")
    assert (steps(town), mail(town)) == ("x.. open", ["Hello"])
    assert {bead.id for bead in town.snapshot().beads()} == {"hq-one", "hq-two", "hq-three"}
    # What had been looked at is in no history any more: it is kept.
    assert git(town.root, "rev-parse", f"refs/gt/rescue/town/{before[:12]}").strip() == before
    settled(town)


def test_pull_that_rebases_with_apply_is_looked_at_with_the_next_commit(town: Town, clone: Path) -> None:
    work_elsewhere(clone)
    save(town.root, {"beads/hq-three.md": BEAD})
    commit(town.root, "a bead here")
    git(town.root, "fetch", "--quiet", str(clone), "main")
    said(town.root, "rebase", "--quiet", "--apply", "FETCH_HEAD")
    # git calls its last hook before HEAD is back on the branch (docs: FACTS 2).
    assert mail(town) == []
    said(town.root, "commit", "--quiet", "--allow-empty", "-m", "anything")
    assert (steps(town), mail(town)) == ("x.. open", ["Hello"])
    settled(town)


def conflict(town: Town, clone: Path) -> None:
    """A letter and a step from elsewhere, and both have changed the README."""
    work_elsewhere(clone)
    for root in (clone, town.root):
        save(root, {"README.md": f"{root.name}\n"})
        commit(root, "a README")
    git(town.root, "fetch", "--quiet", str(clone), "main")


def test_a_merge_that_is_finished_by_hand(town: Town, clone: Path) -> None:
    conflict(town, clone)
    git(town.root, "merge", "FETCH_HEAD", check=False)
    assert "a merge is in progress in the town" in gt("status", cwd=town.root).stdout
    assert gt("mail", "send", "mayor", "-s", "No", "-m", "x", cwd=town.root).returncode == 1
    save(town.root, {"README.md": "both\n"})
    commit(town.root, "merged")
    assert (steps(town), mail(town)) == ("x.. open", ["Hello"])
    settled(town)


def test_a_rebase_with_a_conflict(town: Town, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conflict(town, clone)
    git(town.root, "rebase", "FETCH_HEAD", check=False)
    assert mail(town) == []
    save(town.root, {"README.md": "both\n"})
    git(town.root, "add", "README.md")
    monkeypatch.setenv("GIT_EDITOR", "true")
    said(town.root, "rebase", "--continue")
    assert (steps(town), mail(town)) == ("x.. open", ["Hello"])
    settled(town)


def test_while_a_rebase_is_being_planned(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """HEAD is on its branch then, as it is again when the rebase is over."""
    tick(town.root, "bump")
    commit(town.root, "bumped")
    words = f"{sys.executable} -m gtlib.cli gt mail send mayor -s No -m x"
    monkeypatch.setenv("GIT_SEQUENCE_EDITOR", f"{words}; true")
    output = said(town.root, "rebase", "--quiet", "--interactive", "HEAD~1")
    assert f"error: a rebase is in progress in {town.root}; " in output
    assert mail(town) == []
    settled(town)


def test_cherry_pick_and_its_revert(town: Town, clone: Path) -> None:
    letter(clone, "hello")
    tick(clone, "bump")
    commit(clone, "a letter and a step")
    git(town.root, "fetch", "--quiet", str(clone), "main")

    said(town.root, "cherry-pick", "FETCH_HEAD")
    assert (steps(town), mail(town)) == ("x.. open", ["Hello"])
    settled(town)

    tick(town.root, "tests")
    commit(town.root, "tested")
    said(town.root, "revert", "--no-edit", "HEAD")
    assert steps(town) == "x.. open"
    settled(town)


def test_several_picks_are_one_catch_up_after_the_last(town: Town, clone: Path) -> None:
    for step in ("bump", "tests", "tag"):
        letter(clone, step, subject=step)
        tick(clone, step)
        commit(clone, f"{step} done")
    git(town.root, "fetch", "--quiet", str(clone), "main")
    before = town.tip()
    said(town.root, "cherry-pick", f"{before}..FETCH_HEAD")
    assert (steps(town), mail(town)) == ("xxx closed", ["bump", "tag", "tests"])
    settled(town)
    # A transition in between would have stopped git.
    assert git(town.root, "log", "--format=%s", f"{before}..").splitlines()[1:] == [
        "tag done", "tests done", "bump done",
    ]  # fmt: skip


def test_several_reverts(town: Town) -> None:
    for step in ("bump", "tests", "tag"):
        tick(town.root, step)
        commit(town.root, f"{step} done")
    assert steps(town) == "xxx closed"
    done = git(town.root, "log", "--format=%H", "--grep= done$", "-3").split()
    said(town.root, "revert", "--no-edit", *done)
    assert steps(town) == "... open"
    settled(town)


def test_a_pick_with_a_conflict_waits_for_its_end(
    town: Town, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_EDITOR", "true")
    conflict(town, clone)
    git(town.root, "cherry-pick", "FETCH_HEAD", check=False)
    assert "a cherry-pick is in progress" in gt("status", cwd=town.root).stdout
    letter(town.root, "hello")
    save(town.root, {"README.md": "both\n"})
    git(town.root, "add", "--all")
    said(town.root, "cherry-pick", "--continue")
    assert mail(town) == ["Hello"]
    settled(town)


def test_a_conflict_in_the_last_of_several_picks(
    town: Town, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git looks at the index once more after that commit, so nothing happens in the git hook of it."""
    monkeypatch.setenv("GIT_EDITOR", "true")
    conflict(town, clone)
    git(town.root, "cherry-pick", "FETCH_HEAD~1", "FETCH_HEAD", check=False)
    assert "a cherry-pick is in progress" in gt("status", cwd=town.root).stdout
    assert mail(town) == []
    save(town.root, {"README.md": "both\n"})
    git(town.root, "add", "README.md")
    output = said(town.root, "cherry-pick", "--continue")
    assert "gt: the town follows when git has ended; without a deacon: gt catch-up\n" in output
    said(town.root, "commit", "--quiet", "--allow-empty", "-m", "anything")
    assert mail(town) == ["Hello"]
    settled(town)


def test_amend(town: Town) -> None:
    tick(town.root, "bump")
    commit(town.root, "bumped")
    tick(town.root, "tests")
    git(town.root, "add", "--all")
    said(town.root, "commit", "--quiet", "--amend", "-m", "bumped and tested")
    assert steps(town) == "xx. open"
    letter(town.root, "hello")
    git(town.root, "add", "--all")
    said(town.root, "commit", "--quiet", "--amend", "--no-edit")
    assert mail(town) == ["Hello"]
    settled(town)


def test_reset_back_and_on_again(town: Town) -> None:
    start = town.tip()
    tick(town.root, "bump", "tests", "tag")
    commit(town.root, "all done")
    closed = town.tip()
    assert steps(town) == "xxx closed"

    said(town.root, "reset", "--quiet", "--hard", start)
    assert steps(town) == "... open"
    tick(town.root, "bump")
    letter(town.root, "hello")
    commit(town.root, "only the first")

    assert (steps(town), mail(town)) == ("x.. open", ["Hello"])
    assert git(town.root, "rev-parse", f"refs/gt/rescue/town/{closed[:12]}").strip() == closed
    settled(town)


def test_a_bad_file_is_named_and_all_else_goes_on(town: Town) -> None:
    save(town.root, {"beads/hq-bad.md": "---\ntitle: Bad\nstatus: [open\n---\n"})
    letter(town.root, "hello")
    git(town.root, "add", "--all")
    refused = subprocess.run(
        ["git", "commit", "-m", "bad"], cwd=town.root, text=True, capture_output=True, check=False
    )
    assert refused.returncode == 1
    assert "beads/hq-bad.md:3: " in refused.stderr
    tick(town.root, "bump")

    output = commit(town.root, "bad all the same", "--no-verify")

    assert "beads/hq-bad.md:3: " in output
    assert (steps(town), mail(town)) == ("x.. open", ["Hello"])
    assert "beads/hq-bad.md:3: " in gt("status", cwd=town.root).stdout
    assert "beads/hq-bad.md:3: " in gt("doctor", cwd=town.root).stdout
    settled(town)
    tick(town.root, "tests")
    commit(town.root, "and on", "--no-verify")
    assert steps(town) == "xx. open"
    save(town.root, {"beads/hq-bad.md": BEAD})
    assert "hq-bad" not in commit(town.root, "mended")
    assert {bead.id for bead in town.snapshot().beads()} == {"hq-one", "hq-bad"}
    settled(town)


@pytest.fixture
def watched(town: Town) -> Iterator[Town]:
    """The town with its deacon."""
    deacon.up(town)
    yield town
    deacon.down(town)


def test_the_deacon_notices_what_no_git_hook_sees(watched: Town, clone: Path) -> None:
    """A rebase with the old backend, and a reset: git calls no hook at their end."""
    town = watched
    work_elsewhere(clone)
    save(town.root, {"beads/hq-three.md": BEAD})
    commit(town.root, "a bead here")
    git(town.root, "fetch", "--quiet", str(clone), "main")
    said(town.root, "rebase", "--quiet", "--apply", "FETCH_HEAD")
    assert process.until(lambda: mail(town) == ["Hello"] and is_done(town), 20)
    start = town.tip()
    tick(town.root, "tests")
    commit(town.root, "tested")
    said(town.root, "reset", "--quiet", "--hard", start)
    assert process.until(lambda: is_done(town), 20)
    assert steps(town) == "x.. open"
    settled(town)
