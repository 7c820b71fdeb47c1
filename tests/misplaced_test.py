"""Beads and molecules that a person moved to where nothing looks: refused, and told where that came too late."""

from __future__ import annotations

from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.actions.doctor import doctor
from gtlib.actions.status import status
from gtlib.cli.program import main
from gtlib.names import Address
from gtlib.store.reading import read
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support.clones import Done
from tests.support.clones import run
from tests.support.towns import bead
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import write

MOLECULE = "---\nid: hq-mol-m\ntitle: M\nassignee: overseer\n---\n\n## Steps\n\n- [ ] **one** One\n"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = make_town(tmp_path / "town")
    put(made, "beads/hq-m1.md", bead("hq-m1", "One"))
    put(
        made,
        "beads/hq-m2.md",
        bead("hq-m2", "Two", status="open") + "".join(f"Line {n}.\n" for n in range(9)),
    )
    put(made, "molecules/hq-mol-m.md", MOLECULE)
    return made


def commit(town: Town, *words: str) -> Done:
    git(town.root, "add", "-A")
    return run(town.root, "commit", "-q", "-m", "x", *words)


def move(town: Town, old: str, new: str) -> None:
    (town.root / new).parent.mkdir(exist_ok=True)
    git(town.root, "mv", old, new)


INSIDE = "nothing looks at this file: only {}/NAME.md is an item; move it to where it belongs, as {}; to delete it: "
MOVES = [
    ("beads/hq-m1.md", "beads/sub/hq-m1.md", INSIDE.format("beads", "beads/hq-m1.md")),
    ("beads/hq-m1.md", "beads/hq-M1.MD", INSIDE.format("beads", "beads/hq-m1.md")),
    ("beads/hq-m1.md", "beads/notes.txt", INSIDE.format("beads", "beads/NAME.md")),
    (
        "molecules/hq-mol-m.md",
        "molecules/old/hq-mol-m.md",
        INSIDE.format("molecules", "molecules/hq-mol-m.md"),
    ),
    (
        "beads/hq-m2.md",
        "hq-m2.md",
        "nothing looks at this item outside its folder; move it to where it belongs, as beads/hq-m2.md; "
        "to delete it: ",
    ),
    (
        "molecules/hq-mol-m.md",
        "docs/flow.txt",
        "this was molecules/hq-mol-m.md, and nothing looks at an item outside its folder; put it back: "
        "git mv docs/flow.txt molecules/hq-mol-m.md; to delete it: ",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), MOVES)
def test_the_check_refuses(town: Town, old: str, new: str, said: str) -> None:
    tip = town.tip()
    move(town, old, new)
    done = commit(town)
    assert done.said.splitlines()[0] == f"gt: {new}:1: {said}git rm {new}"
    assert (done.code, town.tip()) == (1, tip)


def test_a_text_that_was_changed_a_little_while_it_moved(town: Town) -> None:
    move(town, "beads/hq-m2.md", "later.txt")
    text = (
        (town.root / "later.txt")
        .read_text("utf-8")
        .replace("Line 3", "Line three")
        .replace("id: hq-m2\n", "")
    )
    (town.root / "later.txt").write_text(text, "utf-8")
    assert "gt: later.txt:1: this was beads/hq-m2.md, and nothing looks at" in commit(town).said


@pytest.mark.parametrize(
    "path",
    [
        "beads/README.md",
        "beads/readme.txt",
        "beads/.hidden",
        "beads/.obsidian/x.json",
        "docs/hq-m9.md",
        "notes.txt",
    ],
)
def test_what_is_allowed(town: Town, path: str) -> None:
    write(town, path, "Words.\n")
    assert commit(town) == (0, "")
    git(town.root, "rm", "-q", "beads/hq-m1.md")
    write(town, "other.txt", "Other words.\n")
    assert commit(town).code == 0
    assert (town.snapshot().broken(), town.snapshot().misplaced()) == ((), {})


def test_pages_that_name_themselves_are_no_beads(town: Town) -> None:
    write(town, "docs/getting-started.md", "---\nid: getting-started\ntitle: Getting started\n---\nHello.\n")
    assert commit(town) == (0, "")
    assert town.snapshot().broken() == ()


@pytest.mark.parametrize("how", ["past the check", "pulled"])
def test_what_came_all_the_same_is_named_and_told_once(
    town: Town, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if how == "pulled":
        other = gitrepo.clone(town.root, tmp_path / "other")
        for old, new in (("beads/hq-m1.md", "beads/sub/hq-m1.md"), ("beads/hq-m2.md", "hq-m2.md")):
            (other / new).parent.mkdir(exist_ok=True)
            git(other, "mv", old, new)
        gitrepo.commit(other, "moved")
        assert run(town.root, "pull", "-q", str(other), "main").code == 0
    else:
        move(town, "beads/hq-m1.md", "beads/sub/hq-m1.md")
        move(town, "beads/hq-m2.md", "hq-m2.md")
        assert commit(town, "--no-verify").code == 0
    said = [
        "beads/sub/hq-m1.md:1: nothing looks at this file: only beads/NAME.md is an item",
        "hq-m2.md:1: nothing looks at this item outside its folder",
    ]
    for snapshot in (Town.open(town.root).snapshot(), read(town.root), read(town.root)):
        assert sorted(str(each).partition("; ")[0] for each in snapshot.broken()) == said
        assert snapshot.misplaced() == {"hq-m1": "beads/sub/hq-m1.md", "hq-m2": "hq-m2.md"}
    assert sorted(each.message for each in doctor(town) if each.name == "files") == said
    assert sorted(each.partition("; ")[0] for each in status(town.root, read(town.root)).broken) == said
    letters = [each for _, each in town.snapshot().mail(Address("overseer"), "new")]
    assert sorted(each.subject for each in letters) == [
        "Misplaced: beads/sub/hq-m1.md",
        "Misplaced: hq-m2.md",
    ]
    assert catch_up(town).applied == ()
    monkeypatch.chdir(town.root)
    capfd.readouterr()
    assert main("bd", ["create", "Again", "--id", "hq-m1"]) == 1
    told = "error: hq-m1 stands in beads/sub/hq-m1.md, where nothing looks at it; gt doctor says what to do\n"
    assert capfd.readouterr().err == told
    move(town, "beads/sub/hq-m1.md", "beads/hq-m1.md")
    move(town, "hq-m2.md", "beads/hq-m2.md")
    assert commit(town).code == 0
    assert (town.snapshot().broken(), len([*town.snapshot().beads()])) == ((), 2)
