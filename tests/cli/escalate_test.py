"""`gt escalate` as people type it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gtlib.store.town import Town
from tests.support import inside
from tests.support import towns

NOW = "2026-11-20T08:00:00Z"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "beads/hq-door.md", towns.bead("hq-door"))
    monkeypatch.setenv("GT_NOW", NOW)
    return town


def mail(town: Town, address: str) -> list[str]:
    return [message.subject for _, message in town.snapshot().mail(address, "new")]


def test_filed_listed_taken_up_closed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_ROLE", "mayor")
    made = inside.run(
        town.root, "gt", "escalate", "-s", "HIGH", "Which door?", "--related", "door", "-r", "Two."
    )
    found = re.fullmatch(
        r"filed (hq-esc-\w+)  high  Which door\?\ntold to overseer, mayor\n"
        r"next: gt escalate list\n      gt escalate ack \1\n", made.out)  # fmt: skip
    assert found, made
    id = found[1]
    assert towns.show(town, f"escalations/{id}.md") == (
        f"---\nid: {id}\ntitle: Which door?\nseverity: high\nstatus: open\nsource: mayor\nrelated:\n  - hq-door\n"
        f"routes:\n  - mail:overseer\n  - mail:mayor\ncreated: {NOW}\n---\nTwo.\n"
    )
    assert mail(town, "overseer") == mail(town, "mayor") == ["high: Which door?"]
    assert towns.git(town.root, "log", "-1", "--format=%s").strip() == f"escalate: {id} high Which door?"
    assert inside.run(town.root, "gt", "escalate", "low one").code == 0
    monkeypatch.delenv("GT_ROLE")
    rows = inside.run(town.root, "gt", "escalate", "list").out.splitlines()
    assert [row.split()[1:4] for row in rows[1:3]] == [["high", "open", "mayor"], ["medium", "open", "mayor"]]

    assert inside.run(town.root, "gt", "escalate", "ack", id[-5:]).out.startswith(f"{id} is taken up\n")
    tip = town.tip()
    assert inside.run(town.root, "gt", "escalate", "ack", id).out.startswith(
        f"{id} was taken up by overseer\n"
    )
    assert town.tip() == tip
    done = inside.run(town.root, "gt", "escalate", "close", id, "--reason", "the left one", "--json")
    shown = json.loads(done.out)
    assert (shown["status"], shown["closed_by"], shown["close_reason"]) == (
        "closed",
        "overseer",
        "the left one",
    )
    assert "Closed: Which door?" in mail(town, "mayor")
    tip = town.tip()
    assert inside.run(town.root, "gt", "escalate", "close", id).out.startswith(f"{id} was closed already\n")
    assert town.tip() == tip
    assert [
        each["id"] == id for each in json.loads(inside.run(town.root, "gt", "escalate", "list", "--json").out)
    ] == [False]
    assert len(json.loads(inside.run(town.root, "gt", "escalate", "list", "--all", "--json").out)) == 2
    assert towns.status(town) == ""


def test_json_and_a_dry_run(town: Town) -> None:
    tip = town.tip()
    shown = json.loads(
        inside.run(town.root, "gt", "escalate", "It burns", "-s", "critical", "-n", "--json").out
    )
    assert (shown["severity"], shown["targets"], shown["delivery"][0]) == (
        "critical",
        ["overseer", "mayor"],
        {"channel": "mail", "target": "overseer", "status": "planned", "error": ""},
    )
    assert town.tip() == tip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-s", "loud", "x"), "error: 'loud' is no severity; one of: critical, high, medium, low\n"),
        ((" ",), "error: an escalation needs a text; write what is to be decided\n"),
        (("x", "--related", "hq-zzz"), "error: no bead hq-zzz; see them with: bd list --all\n"),
        (("ack", "zzz"), "error: no escalation zzz; see them with: gt escalate list --all\n"),
    ],
)
def test_refused(town: Town, words: tuple[str, ...], said: str) -> None:
    tip = town.tip()
    done = inside.run(town.root, "gt", "escalate", *words)
    assert (done.code, done.out, done.err.replace("gt: ", "error: ")) == (1, "", said)
    assert town.tip() == tip
