"""`gt convoy` as people type it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import bd
from tests.support.asked import gt

NOW = "2026-11-20T08:00:00Z"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    for id in ("hq-aaa11", "hq-bbb22"):
        towns.write(town, f"beads/{id}.md", towns.bead(id, f"Bead {id}"))
    towns.git(town.root, "add", "beads")
    towns.commit(town.root, "-m", "by hand")
    monkeypatch.setenv("GT_NOW", NOW)
    monkeypatch.chdir(town.root)
    return town


def create(*words: str) -> str:
    done = gt("convoy", "create", *words, "--json")
    assert done.stderr == ""
    return str(json.loads(done.stdout)["id"])


def test_made_as_the_documents_say(town: Town) -> None:
    done = gt("convoy", "create", "Feature X", "hq-aaa11", "bbb22", "--notify", "--human")
    id = done.stdout.split()[1]
    assert (done.stdout, done.stderr) == (
        f"created {id}  Feature X\ntracks 2 beads; its end is told to overseer, mayor\nnext: gt convoy show {id}\n", "",
    )  # fmt: skip
    assert towns.show(town, f"convoys/{id}.md") == (
        f"---\nid: {id}\ntitle: Feature X\nstatus: open\nowner: overseer\nnotify:\n  - mayor\nhuman: true\n"
        f"tracks:\n  - hq-aaa11\n  - hq-bbb22\ncreated: {NOW}\n---\n"
    )
    assert gt("convoy", "list").stdout == (
        f"ID           DONE  STATUS  OWNER     AGE  TITLE\n{id}  0/2   open    overseer  now  Feature X\n"
        f"next: gt convoy show {id}\n"
    )
    bd("dep", "add", "bbb22", "aaa11")
    shown = gt("convoy", "show").stdout
    assert shown == (
        f"{id}  Feature X\n░░░░░░░░░░ 0 of 2 closed · open · of overseer · tells mayor, overseer · made now\n\n"
        "   ID        STATUS              ASSIGNEE  TITLE\n"
        "○  hq-aaa11  open                          Bead hq-aaa11\n"
        "○  hq-bbb22  waits for hq-aaa11            Bead hq-bbb22\n\n"
        f"convoys/{id}.md\n"
    )
    assert gt("convoy", "status", id).stdout == shown


def test_its_end_is_mailed(town: Town) -> None:
    id = create("Feature X", "hq-aaa11", "hq-bbb22", "--notify=deacon,mayor", "--human")
    bd("close", "aaa11", "bbb22")
    shape = json.loads(gt("convoy", "show", id, "--json").stdout)
    assert (shape["status"], shape["completed"], shape["total"], shape["closed_at"]) == ("closed", 2, 2, NOW)
    assert [each["status"] for each in shape["tracked"]] == ["closed", "closed"]
    subjects = {
        who: [each["subject"] for each in json.loads(gt("mail", "inbox", who, "--json").stdout)]
        for who in ("overseer", "mayor", "deacon")
    }
    assert subjects == dict.fromkeys(subjects, ["Convoy landed: Feature X"])
    assert gt("convoy", "list").stdout.startswith("no open convoys\n")
    assert [each["id"] for each in json.loads(gt("convoy", "list", "--all", "--json").stdout)] == [id]


def test_add_opens_a_closed_one(town: Town) -> None:
    id = create("hq-aaa11")
    assert json.loads(gt("convoy", "show", id, "--json").stdout)["title"] == "Bead hq-aaa11"
    bd("close", "aaa11")
    assert gt("convoy", "add", id, "aaa11", "bbb22").stdout == (
        f"{id} tracks hq-bbb22 too: 2 beads\nit was closed and is open again\nnext: gt convoy show {id}\n"
    )
    assert gt("convoy", "add", id, "bbb22").stdout == (
        f"{id} tracks them already: 2 beads\nnext: gt convoy show {id}\n"
    )


def test_refresh_looks_again(town: Town) -> None:
    id = create("Feature X", "aaa11")
    # As if nothing had noticed the close: without git hooks, and counted as looked at.
    towns.write(town, "beads/hq-aaa11.md", towns.bead("hq-aaa11", status="closed", closed=NOW))
    towns.git(town.root, "-c", "core.hooksPath=/dev/null", "commit", "-qam", "closed")
    towns.git(town.root, "update-ref", "refs/gt/processed", "HEAD")
    assert gt("convoy", "refresh").stdout.splitlines()[1].startswith("██████████ 1 of 1 closed · closed now")
    assert (
        gt("convoy", "refresh").stderr
        == "error: overseer has no open convoy; name one: gt convoy list --all shows them\n"
    )
    assert gt("convoy", "refresh", id).returncode == 0
    assert towns.status(town) == ""


def test_refusals_change_nothing(town: Town) -> None:
    before = town.tip()
    for words, code, said in (
        (["create", "X", "down"], 1, "no bead down; see them with: bd list --all"),
        (["create", "", "aaa11"], 1, "the title is empty; say in a few words what is to be done"),
        (["create", "X", "--notify=nobody"], 1, "unknown address 'nobody'; see gt agents"),
        (["create", "X", "--owner", "myaor"], 1, "unknown address 'myaor'; did you mean mayor?"),
        (["create", "X", "--merge", "dirct"], 1, "unknown way to merge 'dirct'; did you mean direct?"),
        (["add", "no_such", "aaa11"], 1, "no convoy no_such; see them with: gt convoy list --all"),
        (["add", "no_such"], 2, "no bead is given; usage: gt convoy add CONVOY IDS..."),
        (["show", "hq-aaa11"], 1, "hq-aaa11 is a bead, not a convoy; see it with: bd show hq-aaa11"),
        (["show"], 1, "overseer has no open convoy; name one: gt convoy list --all shows them"),
    ):
        done = gt("convoy", *words)
        assert (done.returncode, done.stdout, done.stderr) == (code, "", f"error: {said}\n")
    assert (town.tip(), towns.status(town)) == (before, "")
