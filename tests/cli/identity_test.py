"""Who speaks in a command, and what comes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gtlib.cli.registry import BD
from gtlib.cli.registry import every
from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import bd
from tests.support.asked import gt
from tests.support.towns import bead


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    made = towns.make_town(tmp_path / "town")
    towns.put(made, "beads/gt-aaaaa.md", bead("gt-aaaaa"))
    monkeypatch.chdir(made.root)
    return made


def test_of_eight_claims_one_wins(town: Town) -> None:
    argv = [sys.executable, "-m", "gtlib.cli", "bd", "update", "gt-aaaaa", "--claim"]
    started = [
        subprocess.Popen(
            [*argv, "--actor", f"p{number}"] if number % 2 else argv,
            env={**os.environ, "BD_ACTOR": f"p{number}"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    said = [process.communicate()[1] for process in started]
    codes = [process.returncode for process in started]
    assert sorted(codes) == [0, *[1] * 7]
    winner = f"p{codes.index(0)}"
    assert {text for text in said if text} == {
        f"error: gt-aaaaa is already claimed by {winner}; take another: bd ready\n"
    }
    assert json.loads(bd("show", "gt-aaaaa", "--json").stdout)[0]["assignee"] == winner
    assert towns.git(
        town.root, "log", "-1", "--format=%an <%ae> %(trailers:key=Actor,valueonly)"
    ).split() == [
        winner,
        f"<{winner}@town.invalid>",
        winner,
    ]


def test_the_flag_stands_before_and_behind_the_command(town: Town) -> None:
    bd("--actor", "ada", "create", "One")
    two = json.loads(bd("create", "Two", "--actor=ada", "--json").stdout)["id"]
    bd("dep", "--actor", "ada", "add", "gt-aaaaa", two)
    assert towns.git(town.root, "log", "-3", "--format=%an").split() == ["ada"] * 3
    assert gt("--actor", "ada", "status").returncode == 2
    assert "BD_ACTOR_ASKED" not in os.environ


def test_a_role_can_not_be_left(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_ROLE", "mayor")
    before = town.tip()
    refused = bd("create", "One", "--actor", "overseer")
    assert (refused.returncode, refused.stderr) == (
        1,
        "error: you are mayor here, and can't speak as 'overseer'; leave --actor out\n",
    )
    assert town.tip() == before


def test_who_is_no_agent_has_an_agents_authority(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    towns.put(town, "beads/gt-bbbbb.md", bead("gt-bbbbb", status="hooked", assignee="mayor"))
    towns.put(town, "agents/mayor.md", "---\naddress: mayor\nhook:\n  bead: gt-bbbbb\n  state: active\n---\n")
    monkeypatch.setenv("BD_ACTOR", "ada")
    closed = bd("close", "gt-bbbbb")
    assert (closed.returncode, closed.stderr.partition(";")[0]) == (
        1,
        "error: gt-bbbbb closes when its work has landed",
    )
    assert "ada can't allow commands" in gt("allow", "town.yaml").stderr
    # written by hand it is taken back, and who has no mailbox hears of it through the overseer
    towns.put(town, "beads/gt-bbbbb.md", bead("gt-bbbbb", status="closed", assignee="mayor"))
    assert json.loads(bd("show", "gt-bbbbb", "--json").stdout)[0]["status"] == "hooked"
    monkeypatch.delenv("BD_ACTOR")
    assert [each["subject"] for each in json.loads(gt("mail", "inbox", "--json").stdout)] == [
        "Refused: close of gt-bbbbb"
    ]
    assert not (town.root / "mail/ada").exists()


def test_quiet_prints_errors_and_json_alone(town: Town) -> None:
    done = [bd("-q", "list"), bd("create", "One", "--quiet"), bd("show", "gt-zzzzz", "-q")]
    assert [(each.returncode, each.stdout) for each in done] == [(0, ""), (0, ""), (1, "")]
    assert done[2].stderr.startswith("error: no bead gt-zzzzz")
    assert len(json.loads(bd("list", "-q", "--json").stdout)) == 2


def test_no_command_has_a_flag_of_all() -> None:
    own = {(param.long, param.short) for command in every(BD) for param in command.params}
    assert not {flag.long for flag in BD.flags} & {long for long, _ in own}
    assert not {flag.short for flag in BD.flags if flag.short} & {short for _, short in own}
