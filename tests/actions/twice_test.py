"""Ids that two clones gave to different beads: one keeps it, the other gets the next, with its references."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.actions.install import install
from gtlib.model.bead import Bead
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.store.town import Town
from tests.support.clones import run
from tests.support.towns import bead
from tests.support.towns import commit
from tests.support.towns import copied
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import pattern_folder
from tests.support.towns import put
from tests.support.towns import status

CHILD = "beads/hq-aaaaa.3.md"
LEFT = bead("hq-aaaaa.3", "Left", parent="hq-aaaaa", created="2026-01-01T08:00:00Z", created_by="overseer")
RIGHT = bead("hq-aaaaa.3", "Right", parent="hq-aaaaa", created="2026-01-01T08:00:01Z", created_by="mayor")


class Pair:
    """The town at home, and a clone of it on another machine, with one bead in common."""

    def __init__(self, tmp_path: Path) -> None:
        self.home, self.away = (copied(each, tmp_path / each.name) for each in _pair())
        git(self.away.root, "remote", "set-url", "origin", str(self.home.root))

    def without_the_driver(self) -> None:
        (self.home.git_dir / "info").mkdir()
        (self.home.git_dir / "info" / "attributes").write_text("*.md merge\n", "utf-8")

    def pull(self, here: Town, there: Town) -> None:
        done = run(here.root, "pull", "-q", "--no-rebase", "--no-edit", str(there.root), "main")
        assert done.code == 0, done.said


@cache
def _pair() -> tuple[Path, Path]:
    """The two, made once for this process."""
    folder = pattern_folder()
    home = make_town(folder / "home")
    put(home, "beads/hq-aaaaa.md", bead("hq-aaaaa", "The epic"))
    put(home, "beads/hq-bbbbb.md", bead("hq-bbbbb", "Another", needs=["hq-aaaaa"]))
    git(home.root, "clone", "--quiet", ".", str(folder / "away"))
    away = install(folder / "away")
    (away.local / "host").write_text("elsewhere\n", "utf-8")
    return home.root, away.root


@pytest.fixture
def towns(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def the(town: Town, id: str) -> Bead:
    found = town.snapshot().bead(ItemId(id))
    assert found is not None
    return found


def subjects(town: Town) -> list[str]:
    return [each for each in git(town.root, "log", "--format=%s").splitlines() if each.startswith("renumber")]


def titles(town: Town) -> dict[str, str]:
    return {each.id: each.title for each in town.snapshot().beads() if "." in each.id}


def settled(town: Town) -> None:
    tip = town.tip()
    assert catch_up(town).applied == ()
    assert (town.tip(), town.processed(), status(town)) == (tip, tip, "")


@pytest.mark.parametrize("home_is_first", [True, False])
def test_the_later_one_gets_the_next_number_whoever_merges(towns: Pair, home_is_first: bool) -> None:
    put(towns.home, CHILD, LEFT if home_is_first else RIGHT)
    put(towns.away, CHILD, RIGHT if home_is_first else LEFT)
    towns.pull(towns.home, towns.away)
    assert titles(towns.home) == {"hq-aaaaa.3": "Left", "hq-aaaaa.4": "Right"}
    assert subjects(towns.home) == ["renumber: hq-aaaaa.3 hq-aaaaa.4"]
    mail = [each for _, each in towns.home.snapshot().mail(Address("mayor"), "new")]
    assert [each.subject for each in mail] == ["hq-aaaaa.3 is now hq-aaaaa.4"]
    settled(towns.home)
    towns.pull(towns.away, towns.home)
    assert towns.away.tip() == towns.home.tip()
    settled(towns.away)


def test_the_other_machine_merges_and_home_renumbers(towns: Pair) -> None:
    put(towns.home, CHILD, LEFT)
    put(towns.away, CHILD, RIGHT)
    towns.pull(towns.away, towns.home)
    assert titles(towns.away) == {"hq-aaaaa.3": "Left"}
    towns.pull(towns.home, towns.away)
    assert titles(towns.home) == {"hq-aaaaa.3": "Left", "hq-aaaaa.4": "Right"}
    settled(towns.home)


def test_references_that_its_side_added_follow_it(towns: Pair) -> None:
    put(towns.home, CHILD, LEFT)
    put(towns.home, "beads/hq-ccccc.md", bead("hq-ccccc", "Ours", needs=["hq-aaaaa.3"]))
    put(towns.home, "beads/hq-aaaaa.md", bead("hq-aaaaa", "The epic", related=["hq-aaaaa.3"]))
    put(
        towns.away,
        CHILD,
        RIGHT.replace("---\n", "--- \n", 1).replace("title", "# kept\ntitle") + "Not hq-aaaaa.3!\n",
    )
    put(towns.away, "beads/hq-aaaaa.3.1.md", bead("hq-aaaaa.3.1", "Below", parent="hq-aaaaa.3"))
    put(
        towns.away,
        "beads/hq-bbbbb.md",
        bead("hq-bbbbb", "Another", needs=["hq-aaaaa", "hq-aaaaa.3"], validates=["hq-aaaaa.3"])
        + "See hq-aaaaa.3.\n",
    )
    put(towns.away, "beads/hq-aaaaa.md", bead("hq-aaaaa", "The epic", related=["hq-aaaaa.3"]))
    edge = "edges:\n  - to: hq-aaaaa.3\n    type: follows\n"
    put(towns.away, "beads/hq-ddddd.md", bead("hq-ddddd", "Loose").replace("---\n", f"---\n{edge}", 1))
    put(towns.away, "convoys/hq-cv-one.md", bead("hq-cv-one", "Convoy", tracks=["hq-aaaaa.3", "hq-bbbbb"]))
    put(
        towns.away,
        "molecules/hq-mol-one.md",
        bead("hq-mol-one", "Molecule").replace("title:", "for: hq-aaaaa.3\ntitle:"),
    )
    put(
        towns.away,
        "merges/hq-mr-one.md",
        "---\nid: hq-mr-one\nstatus: landed\nbead: hq-aaaaa.3\napplied: true\n---\n",
    )
    hook = "hook:\n  state: archived\n  bead: hq-aaaaa.3\n"
    put(towns.away, "agents/rig1/polecats/toast.md", f"---\nrole: polecat\n{hook}---\n")
    towns.pull(towns.home, towns.away)
    snapshot = towns.home.snapshot()

    assert titles(towns.home) == {"hq-aaaaa.3": "Left", "hq-aaaaa.3.1": "Below", "hq-aaaaa.4": "Right"}
    text = snapshot.text("beads/hq-aaaaa.4.md")
    assert text and "# kept\n" in text and text.endswith("Not hq-aaaaa.3!\n")
    assert the(towns.home, "hq-ccccc").needs == ("hq-aaaaa.3",)
    assert the(towns.home, "hq-aaaaa.3.1").parent == "hq-aaaaa.4"
    another = the(towns.home, "hq-bbbbb")
    assert (another.needs, another.validates) == (("hq-aaaaa", "hq-aaaaa.4"), ("hq-aaaaa.4",))
    assert another.description == "See hq-aaaaa.3."
    assert the(towns.home, "hq-aaaaa").related == ("hq-aaaaa.3", "hq-aaaaa.4")
    assert [each.to for each in the(towns.home, "hq-ddddd").edges] == ["hq-aaaaa.4"]
    assert [convoy.tracks for convoy in snapshot.convoys()] == [("hq-aaaaa.4", "hq-bbbbb")]
    assert [molecule.bead for molecule in snapshot.molecules()] == ["hq-aaaaa.4"]
    assert [request.bead for request in snapshot.merges()] == ["hq-aaaaa.4"]
    agent = snapshot.agent(Address("rig1/polecats/toast"))
    assert agent and agent.hook and agent.hook.bead == "hq-aaaaa.4"
    assert subjects(towns.home) == ["renumber: hq-aaaaa.3 hq-aaaaa.4"]
    settled(towns.home)


def test_two_losers_that_need_each_other(towns: Pair) -> None:
    put(towns.home, CHILD, LEFT)
    put(towns.home, CHILD.replace(".3", ".4"), LEFT.replace(".3", ".4").replace("Left", "Left too"))
    put(towns.away, CHILD, RIGHT)
    put(
        towns.away,
        CHILD.replace(".3", ".4"),
        RIGHT.replace(".3", ".4").replace("Right", "Right too\nneeds: [hq-aaaaa.3]"),
    )
    towns.pull(towns.home, towns.away)
    assert titles(towns.home) == {
        "hq-aaaaa.3": "Left",
        "hq-aaaaa.4": "Left too",
        "hq-aaaaa.5": "Right",
        "hq-aaaaa.6": "Right too",
    }
    assert the(towns.home, "hq-aaaaa.6").needs == ("hq-aaaaa.5",)
    settled(towns.home)


def test_a_side_picked_by_hand(towns: Pair) -> None:
    """Without the driver: git conflicts, a person takes one of the two."""
    towns.without_the_driver()
    put(towns.home, CHILD, LEFT)
    put(towns.away, CHILD, RIGHT)
    assert run(towns.home.root, "pull", "-q", "--no-rebase", str(towns.away.root), "main").code == 1
    git(towns.home.root, "checkout", "--theirs", "--", CHILD)
    git(towns.home.root, "add", "--all")
    commit(towns.home.root, "-m", "theirs")
    assert titles(towns.home) == {"hq-aaaaa.3": "Right", "hq-aaaaa.4": "Left"}
    settled(towns.home)


@pytest.mark.parametrize("how", ["renumbered", "deleted", "one made of two"])
def test_what_a_person_made_of_it_stays(towns: Pair, how: str) -> None:
    towns.without_the_driver()
    put(towns.home, CHILD, LEFT)
    put(towns.away, CHILD, RIGHT)
    assert run(towns.home.root, "pull", "-q", "--no-rebase", str(towns.away.root), "main").code == 1
    if how == "deleted":
        git(towns.home.root, "rm", "--quiet", "--force", CHILD)
    else:
        (towns.home.root / CHILD).write_text(
            LEFT if how == "renumbered" else LEFT.replace("Left", "Both"), "utf-8"
        )
    if how == "renumbered":
        (towns.home.root / "beads/hq-aaaaa.9.md").write_text(RIGHT.replace(".3", ".9"), "utf-8")
    git(towns.home.root, "add", "--all")
    commit(towns.home.root, "-m", "by hand")
    assert subjects(towns.home) == []
    settled(towns.home)


def test_a_bead_that_was_picked_into_the_other_clone_is_one(towns: Pair) -> None:
    """Retitled there and changed here: a conflict in the title, and both changes in one bead."""
    put(towns.home, CHILD, LEFT)
    picked = towns.home.tip()
    git(towns.away.root, "fetch", "-q", str(towns.home.root), "main")
    put(towns.away, "beads/hq-ccccc.md", bead("hq-ccccc", "Meanwhile"))
    git(towns.away.root, "cherry-pick", picked)
    put(towns.away, CHILD, LEFT.replace("Left", "Elsewhere"))
    put(towns.home, CHILD, LEFT.replace("title:", "priority: 0\ntitle:"))
    done = run(towns.home.root, "pull", "-q", "--no-rebase", str(towns.away.root), "main")
    assert (done.code, "gt: both sides changed title: choose at" in done.said) == (1, True)
    text = (towns.home.root / CHILD).read_text("utf-8")
    assert "priority: 0\n<<<<<<< ours\ntitle: Left\n=======\ntitle: Elsewhere\n>>>>>>> theirs\n" in text
    (towns.home.root / CHILD).write_text(LEFT.replace("Left", "Elsewhere\npriority: 0"), "utf-8")
    git(towns.home.root, "add", "--all")
    commit(towns.home.root, "-m", "settled")
    assert (titles(towns.home), subjects(towns.home)) == ({"hq-aaaaa.3": "Elsewhere"}, [])
    settled(towns.home)


@pytest.mark.parametrize("picked", [True, False])
def test_what_two_files_began_as_tells_where_they_can_not(towns: Pair, picked: bool) -> None:
    """One second and one creator, and nothing in common by now."""
    here = LEFT + "What is wanted of it.\n"
    there = here.replace("Left", "Elsewhere").replace("What is wanted of it.", "Another description.")
    put(towns.home, CHILD, here)
    begun = towns.home.tip()
    put(towns.away, "beads/hq-ccccc.md", bead("hq-ccccc", "Meanwhile"))
    if picked:
        git(towns.away.root, "fetch", "-q", str(towns.home.root), "main")
        git(towns.away.root, "cherry-pick", begun)
    put(towns.away, CHILD, there)
    done = run(towns.home.root, "pull", "-q", "--no-rebase", "--no-edit", str(towns.away.root), "main")
    if picked:
        assert (done.code, "gt: both sides changed title, description: choose" in done.said) == (1, True)
        git(towns.home.root, "checkout", "--theirs", "--", CHILD)
        git(towns.home.root, "add", "--all")
        commit(towns.home.root, "-m", "theirs")
        assert (titles(towns.home), subjects(towns.home)) == ({"hq-aaaaa.3": "Elsewhere"}, [])
    else:
        assert done.code == 0
        assert sorted(titles(towns.home).values()) == ["Elsewhere", "Left"]
        assert subjects(towns.home) == ["renumber: hq-aaaaa.3 hq-aaaaa.4"]
    settled(towns.home)


def test_two_of_one_second_that_a_person_took_for_one(towns: Pair) -> None:
    put(towns.home, CHILD, LEFT)
    put(towns.away, CHILD, LEFT.replace("Left", "Elsewhere"))
    assert run(towns.home.root, "pull", "-q", "--no-rebase", str(towns.away.root), "main").code == 1
    git(towns.home.root, "checkout", "--theirs", "--", CHILD)
    git(towns.home.root, "add", "--all")
    commit(towns.home.root, "-m", "theirs")
    assert titles(towns.home) == {"hq-aaaaa.3": "Elsewhere", "hq-aaaaa.4": "Left"}
    settled(towns.home)


def test_a_commit_that_is_written_again_makes_no_second_bead(towns: Pair) -> None:
    put(towns.home, CHILD, LEFT)
    (towns.home.root / CHILD).write_text(LEFT.replace("Left", "Elsewhere"), "utf-8")
    git(towns.home.root, "commit", "--quiet", "--all", "--amend", "-m", "put again")
    assert (titles(towns.home), subjects(towns.home)) == ({"hq-aaaaa.3": "Elsewhere"}, [])
    settled(towns.home)


@pytest.mark.parametrize(
    "told",
    [
        ("08:00:00Z", "08:00:00.5Z"),
        ("title:", "updated: 2026-02-01\ntitle:"),
    ],
)
def test_two_versions_of_an_imported_bead_are_one(towns: Pair, told: tuple[str, str]) -> None:
    one = (LEFT + "What is wanted of it.\n").replace(*told)
    assert one != LEFT + "What is wanted of it.\n"
    two = one.replace("Left", "Elsewhere").replace("What is wanted of it.", "Another description.")
    put(towns.home, CHILD, one)
    put(towns.away, CHILD, two)
    done = run(towns.home.root, "pull", "-q", "--no-rebase", str(towns.away.root), "main")
    assert (done.code, "gt: both sides changed title, description: choose" in done.said) == (1, True)
    git(towns.home.root, "checkout", "--theirs", "--", CHILD)
    git(towns.home.root, "add", "--all")
    commit(towns.home.root, "-m", "theirs")
    assert (titles(towns.home), subjects(towns.home)) == ({"hq-aaaaa.3": "Elsewhere"}, [])
    settled(towns.home)


def test_a_renumbered_bead_that_a_person_deletes_stays_away(towns: Pair) -> None:
    put(towns.home, CHILD, LEFT)
    put(towns.away, CHILD, RIGHT)
    towns.pull(towns.home, towns.away)
    git(towns.home.root, "rm", "--quiet", "beads/hq-aaaaa.4.md")
    commit(towns.home.root, "-m", "not wanted")
    git(
        towns.home.root,
        "update-ref",
        "refs/gt/processed",
        git(towns.home.root, "rev-list", "--max-parents=0", "HEAD").strip(),
    )
    catch_up(towns.home)
    assert titles(towns.home) == {"hq-aaaaa.3": "Left"}
    settled(towns.home)


def test_after_a_rebase_the_bead_that_was_left_behind_comes_back(towns: Pair) -> None:
    """The driver asks in a rebase; a person takes the other's."""
    put(towns.away, CHILD, LEFT)
    put(towns.home, CHILD, RIGHT)
    put(towns.home, "beads/hq-ccccc.md", bead("hq-ccccc", "Ours", needs=["hq-aaaaa.3"]))
    assert run(towns.home.root, "pull", "-q", "--rebase", str(towns.away.root), "main").code == 1
    git(towns.home.root, "checkout", "--ours", "--", CHILD)
    git(towns.home.root, "add", "--all")
    assert run(towns.home.root, "rebase", "--skip").code == 0
    assert titles(towns.home) == {"hq-aaaaa.3": "Left", "hq-aaaaa.4": "Right"}
    assert the(towns.home, "hq-ccccc").needs == ("hq-aaaaa.4",)
    settled(towns.home)


def test_work_on_the_loser_meanwhile_does_not_land_on_the_other_bead(towns: Pair) -> None:
    put(towns.home, CHILD, LEFT)
    put(towns.away, CHILD, RIGHT)
    towns.pull(towns.home, towns.away)
    put(towns.away, CHILD, RIGHT.replace("title: Right", "title: Right\nstatus: in_progress"))
    done = run(towns.away.root, "pull", "-q", "--no-rebase", str(towns.home.root), "main")
    assert (done.code, f"gt: {CHILD} is another bead on one side" in done.said) == (1, True)
    text = (towns.away.root / CHILD).read_text("utf-8")
    assert "title: Left\n" in text and "status: in_progress\n" in text


def test_references_made_before_one_knew_of_it_follow_too(towns: Pair) -> None:
    put(towns.home, CHILD, LEFT)
    put(towns.away, CHILD, RIGHT)
    towns.pull(towns.home, towns.away)
    put(towns.home, "beads/hq-aaaaa.4.md", RIGHT.replace(".3", ".4").replace("Right", "Righter"))
    put(towns.away, "beads/hq-bbbbb.md", bead("hq-bbbbb", "Another", needs=["hq-aaaaa", "hq-aaaaa.3"]))
    towns.pull(towns.away, towns.home)
    towns.pull(towns.home, towns.away)
    assert titles(towns.home) == {"hq-aaaaa.3": "Left", "hq-aaaaa.4": "Righter"}
    assert the(towns.home, "hq-bbbbb").needs == ("hq-aaaaa", "hq-aaaaa.4")
    assert subjects(towns.home) == [
        "renumber: references of hq-aaaaa.3 hq-aaaaa.4",
        "renumber: hq-aaaaa.3 hq-aaaaa.4",
    ]
    settled(towns.home)
