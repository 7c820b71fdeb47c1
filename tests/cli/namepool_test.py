"""`gt namepool`: themes of names, and a rig's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.rules.namepool import THEMES
from gtlib.store.town import Town
from tests.support import rigged
from tests.support import towns
from tests.support.asked import gt


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return rigged.make(tmp_path)[0]


def ok(town: Town, *words: str) -> str:
    ran = gt("namepool", *words, cwd=town.root)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def refused(town: Town, *words: str, code: int = 1) -> str:
    tip = town.tip()
    ran = gt("namepool", *words, cwd=town.root)
    assert (ran.returncode, ran.stdout, town.tip()) == (code, "", tip)
    return ran.stderr.removeprefix("error: ").rstrip("\n")


def test_a_rigs_names(town: Town) -> None:
    follow = "next: gt namepool themes\n      gt namepool set THEME --rig proj\n"
    assert ok(town) == (
        f"proj: theme mad-max, by its name\n0 of 50 names taken, the next one is toast\n{follow}"
    )
    rigged.bead(town, "pr-aaaaa")
    assert gt("sling", "pr-aaaaa", "proj", cwd=town.root).returncode == 0
    lines = ok(town, "--list").splitlines()
    assert lines[:4] == [
        "proj: theme mad-max, as its polecats are called",
        "1 of 50 names taken, the next one is nux",
        "  toast (taken)",
        "  nux",
    ]
    assert ok(town, "set", "minerals") == "proj/settings/config.json says so\nnext: gt namepool --rig proj\n"
    ok(town, "add", "rosie")
    shape = json.loads(ok(town, "--json", "--rig", "proj"))
    assert (shape["theme"], shape["source"], shape["custom"], shape["next"]) == (
        "minerals",
        "settings",
        ["rosie"],
        "rosie",
    )
    rigged.bead(town, "pr-bbbbb")
    assert gt("unsling", "pr-aaaaa", cwd=town.root).returncode == 0
    ok(town, "reset")
    shape = json.loads(ok(town, "--json"))
    assert (shape["theme"], shape["custom"]) == ("mad-max", [])
    assert json.loads(towns.show(town, "proj/settings/config.json")) == {"type": "rig-settings", "version": 1}


def test_themes_of_ones_own(town: Town, tmp_path: Path) -> None:
    assert ok(town, "create", "birds", "wren", "robin").startswith("settings/config.json says so\n")
    assert ok(town, "themes", "birds").startswith("birds: wren, robin\n")
    assert [line.split()[0] for line in ok(town, "themes").splitlines()[1:-1]] == [*THEMES, "birds"]
    ok(town, "set", "birds")
    rigged.bead(town, "pr-aaaaa")
    ran = gt("sling", "pr-aaaaa", "proj", "--json", cwd=town.root)
    assert json.loads(ran.stdout)["target"] == "proj/polecats/wren"
    assert refused(town, "delete", "birds") == (
        "proj has its names from birds; give it others first: gt namepool set THEME"
    )
    ok(town, "set", "minerals")
    ok(town, "delete", "birds")
    assert refused(town, "themes", "birds").startswith("there is no theme 'birds' of names; one of mad-max")
    names = tmp_path / "names"
    names.write_text("# fish\nperch\n\npike\n")
    ok(town, "create", "fish", "--from-file", str(names))
    assert [each["names"] for each in json.loads(ok(town, "themes", "fish", "--json"))] == [["perch", "pike"]]


def test_refusals(town: Town) -> None:
    ok(town, "create", "birds", "wren")
    for words, said in (
        (("set", "brds"), "there is no theme 'brds' of names; one of mad-max, minerals, wasteland, birds"),
        (("add", "Rosie"), "'Rosie' has capital letters; write rosie"),
        (("add", "witness"), "'witness' is reserved and cannot name an agent; choose another name"),
        (("create", "minerals", "a"), "minerals is a theme of gt; choose another name"),
        (("create", "birds", "a"), "there is a theme birds; take it away first: gt namepool delete birds"),
        (("create", "fish"), "a theme has from 1 to 2,000 names; gt namepool create fish NAME NAME"),
        (
            ("create", "fish", "../x"),
            "'../x' is not a name for an agent; use letters, digits, - and _ (40 at most)",
        ),
        (("delete", "minerals"), "minerals is a theme of gt; only own themes can be deleted"),
        (("delete", "fish"), "there is no theme 'fish' of names; gt namepool themes lists them"),
    ):
        assert refused(town, *words) == said
    assert refused(town, "--rig", "web") == "no rig 'web'; the rigs are: proj"
