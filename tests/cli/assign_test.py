"""`gt assign` and `gt release`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.actions.crew_add import crew_add
from gtlib.names import ItemId
from gtlib.runtimes import nudges
from gtlib.store.town import Town
from tests.support import rigged
from tests.support import towns
from tests.support.asked import bd
from tests.support.asked import gt


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town, rig, _ = rigged.make(tmp_path)
    crew_add(town, ["max"], rig.config)
    return town


def refused(town: Town, *words: str) -> str:
    tip = town.tip()
    ran = gt(*words, cwd=town.root)
    assert (ran.returncode, ran.stdout, town.tip()) == (1, "", tip)
    return ran.stderr.removeprefix("error: ").rstrip("\n")


def test_a_bead_for_a_crew_member(town: Town) -> None:
    tip = town.tip()
    words = ("-d", "It takes minutes.", "-t", "bug", "-p", "1", "-l", "build", "--nudge")
    ran = gt("assign", "max", "See why the build is slow", *words, cwd=town.root)
    (bead,) = town.snapshot().beads()
    assert ran.stdout.splitlines()[0] == f"🎯 {bead.id} 'See why the build is slow' to proj/crew/max"
    assert "▶ proj/crew/max does it by hand: cd proj/crew/max\n" in ran.stdout
    assert (bead.type, bead.priority, bead.labels, bead.description, bead.status) == (
        "bug",
        1,
        ("build",),
        "It takes minutes.",
        "hooked",
    )
    assert towns.git(town.root, "log", "--format=%s", f"{tip}..") == f"assign: {bead.id} to proj/crew/max\n"
    (nudge,) = nudges.waiting(town.local, "proj/crew/max")
    assert nudge.message == f"{bead.id} is on your hook: gt hook"
    assert refused(town, "assign", "max", "More") == (
        f"{bead.id} is on the hook of proj/crew/max; --force queues this one behind it"
    )
    shape = json.loads(gt("assign", "proj/crew/max", "More", "--force", "--json", cwd=town.root).stdout)
    assert (shape["queued"], shape["molecule"], shape["target"]) == (True, "", "proj/crew/max")


def test_assign_refuses_and_only_says(town: Town) -> None:
    tip = town.tip()
    ran = gt("assign", "max", "Look", "-n", cwd=town.root)
    assert ran.stdout.startswith("dry run: nothing is changed\n🎯 pr-") and town.tip() == tip
    for words, said in (
        (("ada", "Look"), "no agent proj/crew/ada; gt crew add ada --rig proj makes it"),
        (
            ("proj/toast", "Look"),
            "proj/toast is no crew member; write NAME or RIG/crew/NAME; gt sling is for others",
        ),
        (("max", " "), "the title is empty; say in a few words what is to be done"),
    ):
        assert refused(town, "assign", *words) == said


def test_release(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for id in ("pr-aaaaa", "pr-bbbbb", "pr-ccccc"):
        rigged.bead(town, id)
    rigged.slung(town, "pr-aaaaa", "proj")
    bd("update", "pr-bbbbb", "--status", "in_progress", "--assignee", "ada", cwd=town.root)
    ran = gt("release", "aaaaa", "pr-bbbbb", "-r", "waits for the vendor", cwd=town.root)
    assert ran.stdout == (
        "✓ pr-aaaaa is open, and nobody's\n✓ pr-bbbbb is open, and nobody's\n"
        "next: gt ready\n      gt sling pr-aaaaa RIG\n"
    )
    for id in ("pr-aaaaa", "pr-bbbbb"):
        bead = town.snapshot().bead(ItemId(id))
        assert bead is not None and (bead.status, bead.assignee) == ("open", "")
        assert [each.text for each in bead.comments] == ["Released: waits for the vendor"]
    again = json.loads(gt("release", "pr-aaaaa", "--json", cwd=town.root).stdout)
    assert again == [{"bead": "pr-aaaaa", "status": "open", "released": False}]
    bd("close", "pr-ccccc", cwd=town.root)
    assert refused(town, "release", "pr-ccccc") == "pr-ccccc is closed; bd reopen pr-ccccc opens it again"
    rigged.slung(town, "pr-aaaaa", "proj")
    monkeypatch.setenv("GT_ROLE", "proj/crew/max")
    assert refused(town, "release", "pr-aaaaa") == (
        "pr-aaaaa is in the hands of proj/polecats/toast; release your own, or ask the mayor"
    )
