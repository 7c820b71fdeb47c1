"""`gt sling` of several beads, of an epic, of a convoy: one convoy, one transition each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.actions.feed import feed
from gtlib.actions.rig_add import rig_add
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.store.town import Town
from tests.support import rigged
from tests.support import towns
from tests.support.asked import bd
from tests.support.asked import gt


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town, _, _ = rigged.make(tmp_path)
    rigged.formula(town)
    for name in "abc":
        rigged.bead(town, f"pr-{name * 5}", f"Do {name}")
    return town


def holders(town: Town, *ids: str) -> list[str]:
    """Who has each of them, by the last word of the address."""
    found = (holder(town.snapshot(), ItemId(id)) for id in ids)
    return [agent.address.rpartition("/")[2] if agent else "" for agent in found]


def test_one_convoy_and_one_transition_each(town: Town) -> None:
    tip = town.tip()
    ran = gt("sling", "pr-aaaaa", "pr-bbbbb", "pr-ccccc", "proj", "--formula", "chore", cwd=town.root)
    (convoy,) = town.snapshot().convoys()
    assert (ran.returncode, ran.stdout) == (
        0,
        f"✓ convoy {convoy.id} 'Work: Do a and 2 more' tracks them\n"
        "[1/3] ✓ pr-aaaaa to proj/polecats/toast\n"
        "[2/3] ✓ pr-bbbbb to proj/polecats/nux\n"
        "[3/3] ✓ pr-ccccc to proj/polecats/slit\n"
        "3/3 succeeded\n"
        f"next: gt up\n      gt convoy show {convoy.id}\n",
    )
    assert convoy.tracks == ("pr-aaaaa", "pr-bbbbb", "pr-ccccc")
    assert len(towns.git(town.root, "log", "--format=%h", f"{tip}..").split()) == 3
    again = gt("sling", "pr-aaaaa", "pr-bbbbb", "--formula", "chore", "--json", cwd=town.root)
    assert [each["slung"] for each in json.loads(again.stdout)["beads"]] == [False, False]
    assert len([*town.snapshot().convoys()]) == 1


def test_a_refused_one_leaves_the_others(town: Town) -> None:
    rigged.bead(town, "pr-ddddd", needs=["pr-aaaaa"])
    ran = gt("sling", "pr-ddddd", "pr-bbbbb", "--json", "--no-convoy", cwd=town.root)
    shape = json.loads(ran.stdout)
    assert (ran.returncode, shape["succeeded"], shape["total"], shape["convoy"]) == (0, 1, 2, "")
    assert [each["error"] for each in shape["beads"]] == [
        "pr-ddddd waits for pr-aaaaa; close them first, or sling with --force",
        "",
    ]
    rigged.bead(town, "pr-eeeee", status="closed")
    tip = town.tip()
    ran = gt("sling", "pr-ddddd", "pr-eeeee", "proj", cwd=town.root)
    assert (ran.returncode, ran.stdout.splitlines()[-2:]) == (1, ["next: gt up", "      gt hooks list"])
    assert town.tip() == tip


def test_a_dry_run_thinks_of_one_on_top_of_the_other(town: Town) -> None:
    tip = town.tip()
    ran = gt("sling", "pr-aaaaa", "pr-bbbbb", "proj", "-n", cwd=town.root)
    (first, second) = ran.stdout.splitlines()[2:4]
    assert (first, second) == (
        "[1/2] ✓ pr-aaaaa to proj/polecats/toast",
        "[2/2] ✓ pr-bbbbb to proj/polecats/nux",
    )
    assert town.tip() == tip


def test_so_many_at_once(town: Town) -> None:
    words = ("pr-aaaaa", "pr-bbbbb", "pr-ccccc", "proj", "--max-concurrent", "1")
    ran = gt("sling", *words, "--formula", "chore", "-a", "slowly", "--agent", "shell", cwd=town.root)
    assert ran.stdout.splitlines()[1:5] == [
        "[1/3] ✓ pr-aaaaa to proj/polecats/toast",
        "[2/3] - pr-bbbbb waits for its turn, the convoy slings it",
        "[3/3] - pr-ccccc waits for its turn, the convoy slings it",
        "3/3 succeeded",
    ]
    assert feed(town) == () and holders(town, "pr-bbbbb", "pr-ccccc") == ["", ""]
    (convoy,) = town.snapshot().convoys()
    again = gt("sling", *words[:4], cwd=town.root)
    assert again.stdout.splitlines()[1:3] == [
        f"[{n}/3] - pr-{name * 5} waits for its turn: {convoy.id} slings 1 at once; now, too: --force"
        for n, name in ((2, "b"), (3, "c"))
    ]
    assert [*town.snapshot().convoys()] == [convoy] and holders(town, "pr-bbbbb", "pr-ccccc") == ["", ""]
    assert bd("close", "pr-aaaaa", cwd=town.root).returncode == 0
    assert len(feed(town)) == 1
    assert holders(town, "pr-bbbbb", "pr-ccccc") == ["toast", ""]
    agent = holder(town.snapshot(), ItemId("pr-bbbbb"))
    assert agent is not None and agent.hook is not None and agent.runtime == "shell"
    molecule = town.snapshot().molecule(agent.hook.molecule)
    assert molecule is not None and (molecule.formula, molecule.extra["args"]) == ("chore", "slowly")


def test_what_is_ready_of_an_epic(town: Town, tmp_path: Path) -> None:
    rig_add(town, "web", str(tmp_path / "host" / "project.git"), prefix="we")
    rigged.bead(town, "hq-eeeee", "All of it", type="epic")
    rigged.bead(town, "pr-fffff", "One", parent="hq-eeeee")
    rigged.bead(town, "we-ggggg", "Other", parent="hq-eeeee")
    rigged.bead(town, "pr-hhhhh", "Later", parent="hq-eeeee", needs=["pr-fffff"])
    shape = json.loads(gt("sling", "hq-eeeee", "--json", cwd=town.root).stdout)
    assert {each["bead"]: each["target"].partition("/")[0] for each in shape["beads"]} == {
        "pr-fffff": "proj",
        "we-ggggg": "web",
    }
    assert [each.title for each in town.snapshot().convoys()] == ["All of it"]
    ran = gt("sling", "hq-eeeee", cwd=town.root)
    assert (ran.returncode, ran.stderr) == (
        1,
        "error: nothing of hq-eeeee can be taken up now; see what it waits for: bd blocked\n",
    )


def test_what_is_ready_of_a_convoy(town: Town) -> None:
    gt("convoy", "create", "Both", "pr-aaaaa", "pr-bbbbb", cwd=town.root)
    (convoy,) = town.snapshot().convoys()
    shape = json.loads(gt("sling", convoy.id, "--json", cwd=town.root).stdout)
    assert (shape["convoy"], [each["bead"] for each in shape["beads"]]) == ("", ["pr-aaaaa", "pr-bbbbb"])
    assert len([*town.snapshot().convoys()]) == 1
    assert holders(town, "pr-aaaaa", "pr-bbbbb") == ["toast", "nux"]


def test_refusals(town: Town, tmp_path: Path) -> None:
    rig_add(town, "web", str(tmp_path / "host" / "project.git"), prefix="we")
    rigged.bead(town, "we-ggggg")
    rigged.bead(town, "pr-eeeee", type="epic")
    tip = town.tip()
    for words, code, said in (
        (
            ("pr-aaaaa", "we-ggggg"),
            1,
            "the beads belong to several rigs: proj, web; name one with --force, or sling those of each rig "
            "together",
        ),
        (("pr-aaaaa", "pr-zzzzz", "proj"), 1, "no bead pr-zzzzz; see them with: bd list --all"),
        (
            ("pr-aaaaa", "pr-bbbbb", "mayor", "--max-concurrent", "1"),
            2,
            "--max-concurrent is for the polecats of one rig; name that rig",
        ),
        (
            ("pr-aaaaa", "pr-bbbbb", "--max-concurrent", "1", "--hook-raw-bead"),
            2,
            "what waits for its turn gets a formula; leave --hook-raw-bead out",
        ),
        (("pr-eeeee",), 1, "nothing of pr-eeeee can be taken up now; see what it waits for: bd blocked"),
    ):
        ran = gt("sling", *words, cwd=town.root)
        assert (ran.returncode, ran.stdout, ran.stderr) == (code, "", f"error: {said}\n")
    assert town.tip() == tip
    # with --force one rig takes all
    shape = json.loads(gt("sling", "pr-aaaaa", "we-ggggg", "proj", "--force", "--json", cwd=town.root).stdout)
    assert [each["target"].partition("/")[0] for each in shape["beads"]] == ["proj", "proj"]
