"""Merges by line that took one file for another: catch-up at home puts both right and tells."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.actions.install import install
from gtlib.names import Address
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support.clones import run
from tests.support.towns import commit
from tests.support.towns import copied
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import pattern_folder
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import status

OLD, NEW = "beads/hq-aa1.md", "beads/hq-bb2.md"
TEXT = "".join(f"Line {n} of what both have in common.\n" for n in range(5))
MORE = ("Line 3 of", "Line three of")
URGENT = ("priority: 2", "priority: 0")


def bead(id: str, title: str, minute: int = 0) -> str:
    head = f"---\nid: {id}\ntitle: {title}\ntype: task\nstatus: open\npriority: 2\n"
    return f"{head}created: 2026-01-01T08:{minute:02}:00Z\ncreated_by: overseer\n---\n{TEXT}"


IN, OUT = bead("hq-aa1", "Fix the login"), bead("hq-bb2", "Fix the logout", 5)


class Pair:
    """The town at home and a clone elsewhere, both without the driver, as a git host merges."""

    def __init__(self, tmp_path: Path) -> None:
        self.home, self.away = (copied(each, tmp_path / each.name) for each in _pair())
        git(self.away.root, "remote", "set-url", "origin", str(self.home.root))
        for town in (self.home, self.away):
            (town.git_dir / "info").mkdir(exist_ok=True)
            (town.git_dir / "info" / "attributes").write_text("*.md merge\n", "utf-8")
            git(town.root, "config", "pull.twohead", "ort")
            git(town.root, "config", "merge.renames", "true")

    def pull(self, here: Town, there: Town, code: int = 0) -> None:
        done = run(here.root, "pull", "-q", "--no-rebase", "--no-edit", str(there.root), "main")
        assert done.code == code, done.said


@cache
def _pair() -> tuple[Path, Path]:
    """The two, made once for this process."""
    folder = pattern_folder()
    home = make_town(folder / "home")
    put(home, OLD, IN)
    git(home.root, "clone", "--quiet", ".", str(folder / "away"))
    away = install(folder / "away")
    (away.local / "host").write_text("elsewhere\n", "utf-8")
    return home.root, away.root


@pytest.fixture
def towns(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def mixed_up(towns: Pair) -> None:
    gitrepo.commit(towns.away.root, "another", {OLD: None, NEW: OUT})
    put(towns.home, OLD, IN.replace(*MORE))


def subjects(town: Town) -> list[str]:
    return git(town.root, "log", "--format=%s").splitlines()


def letters(town: Town) -> list[tuple[str, str]]:
    return [
        (each.subject, each.body)
        for box in ("new", "cur")
        for _, each in town.snapshot().mail(Address("overseer"), box)
    ]


def settled(town: Town) -> None:
    tip = town.tip()
    assert catch_up(town).applied == ()
    assert (town.tip(), town.processed(), status(town)) == (tip, tip, "")


@pytest.mark.parametrize("merged_at_home", [True, False])
def test_both_are_put_right_and_told(towns: Pair, merged_at_home: bool) -> None:
    mixed_up(towns)
    if not merged_at_home:
        towns.pull(towns.away, towns.home)
        assert not (towns.away.root / OLD).exists()
    towns.pull(towns.home, towns.away)
    assert show(towns.home, OLD) == IN.replace(*MORE)
    assert show(towns.home, NEW) == OUT
    assert subjects(towns.home)[0] == "restore: hq-aa1 hq-bb2"
    merge = git(towns.home.root, "rev-parse", "HEAD~1").strip()
    assert letters(towns.home) == [
        (
            "hq-aa1 and hq-bb2 were mixed up in a merge",
            f"Merge {merge[:12]} was made by line, and git took {NEW} for a new name of {OLD}: what one clone "
            f"had changed in {OLD} stood in {NEW}, and {OLD}, which the other clone had deleted, was gone.\n"
            f"{NEW} is again as it was made, and {OLD} is there again as it was changed.\n"
            "If hq-aa1 was to go: bd delete hq-aa1 --force",
        )
    ]
    settled(towns.home)
    towns.pull(towns.away, towns.home)
    settled(towns.away)
    git(towns.home.root, "update-ref", "refs/gt/processed", "HEAD~2")
    settled(towns.home)


def test_what_was_said_since_the_merge_stays(towns: Pair) -> None:
    mixed_up(towns)
    towns.pull(towns.away, towns.home)
    put(towns.away, NEW, show(towns.away, NEW).replace("status: open", "status: open\nowner: ada"))
    towns.pull(towns.home, towns.away)
    assert show(towns.home, OLD) == IN.replace(*MORE)
    assert show(towns.home, NEW) == OUT.replace("status: open", "status: open\nowner: ada")
    settled(towns.home)


def test_a_bead_that_was_renamed_keeps_the_change_and_is_told(towns: Pair) -> None:
    gitrepo.commit(towns.away.root, "another name", {OLD: None, NEW: IN.replace("hq-aa1", "hq-bb2")})
    put(towns.home, OLD, IN.replace(*MORE))
    towns.pull(towns.home, towns.away)
    assert not (towns.home.root / OLD).exists()
    assert show(towns.home, NEW) == IN.replace("hq-aa1", "hq-bb2").replace(*MORE)
    assert [subject for subject, _ in letters(towns.home)] == ["hq-aa1 was changed while it became hq-bb2"]
    settled(towns.home)


def test_a_person_who_lets_it_be_deleted_is_obeyed(towns: Pair) -> None:
    gitrepo.commit(
        towns.away.root, "another", {OLD: None, NEW: bead("hq-bb2", "Else").replace(TEXT, "Else.\n")}
    )
    put(towns.home, OLD, IN.replace(*MORE))
    towns.pull(towns.home, towns.away, 1)
    git(towns.home.root, "rm", "--quiet", OLD)
    commit(towns.home.root, "-m", "let it go")
    assert not (towns.home.root / OLD).exists()
    assert letters(towns.home) == []
    settled(towns.home)


def test_what_a_person_wrote_into_the_new_one_while_merging_stays(towns: Pair) -> None:
    gitrepo.commit(
        towns.away.root, "another", {OLD: None, NEW: bead("hq-bb2", "Else").replace(TEXT, "Else.\n")}
    )
    put(towns.home, OLD, IN.replace(*MORE))
    towns.pull(towns.home, towns.away, 1)
    git(towns.home.root, "rm", "--quiet", OLD)
    text = (towns.home.root / NEW).read_text("utf-8") + "In place of hq-aa1.\n"
    (towns.home.root / NEW).write_text(text, "utf-8")
    commit(towns.home.root, "-a", "-m", "let it go")
    assert (show(towns.home, NEW), letters(towns.home)) == (text, [])
    settled(towns.home)


def test_another_machine_puts_nothing_right(towns: Pair) -> None:
    mixed_up(towns)
    towns.pull(towns.away, towns.home)
    assert subjects(towns.away)[0].startswith("Merge branch")
    settled(towns.away)


def test_a_conflict_in_the_wrong_file_settled_by_hand_is_put_right_too(towns: Pair) -> None:
    mixed_up(towns)
    put(towns.home, OLD, IN.replace(*URGENT))
    towns.pull(towns.home, towns.away, 1)
    git(towns.home.root, "checkout", "--theirs", "--", NEW)
    (towns.home.root / NEW).write_text(OUT.replace(*URGENT), "utf-8")
    commit(towns.home.root, "-a", "-m", "settled")
    assert (show(towns.home, OLD), show(towns.home, NEW)) == (IN.replace(*URGENT), OUT)
    settled(towns.home)
