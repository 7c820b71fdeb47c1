"""`gt prime`, `whoami`, `role` and `directive`, as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gtlib.store.town import Town
from tests.support import asked
from tests.support import gt as gt_program
from tests.support import towns
from tests.support.asked import gt
from tests.support.asked import ok
from tests.support.asked import read

TOAST = "proj/polecats/toast"


@pytest.fixture(autouse=True)
def rigged(town: Town) -> None:
    asked.filed(
        town,
        {
            "proj/rig.yaml": "name: proj\nprefix: pr\nurl: /srv/proj.git\n",
            f"agents/{TOAST}.md": f"---\naddress: {TOAST}\n---\n",
            "agents/proj/crew/ada.md": "---\naddress: proj/crew/ada\n---\n",
        },
    )


def piped(town: Town, words: list[str], said: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gtlib.cli", "gt", *words],
        cwd=town.root, input=said, text=True, capture_output=True, timeout=60, env={**os.environ, **env},
    )  # fmt: skip


def test_a_program_says_on_standard_input_why_it_calls(town: Town) -> None:
    whole = piped(town, ["prime", "--hook"], '{"source":"startup","session_id":"x"}', GT_ROLE=TOAST)
    assert (whole.returncode, whole.stderr) == (0, "") and "# Polecat" in whole.stdout
    short = piped(town, ["prime", "--hook"], '{"source":"compact"}', GT_ROLE=TOAST)
    assert (short.returncode, short.stderr) == (0, "") and "# Polecat" not in short.stdout
    assert "Your context was compacted" in short.stdout


@pytest.mark.parametrize("said", ["", "not json", "[1]", '{"source": 5}', '{"source":"$(touch x)"}'])
def test_a_hook_never_fails(town: Town, said: str) -> None:
    done = piped(town, ["prime", "--hook"], said, GT_ROLE="proj/polecats/nobody")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "[gt] gt prime failed: GT_ROLE says proj/polecats/nobody, which is no agent; start sessions by gt, or "
        "unset GT_ROLE. "
        "Change nothing and don't run `gt done` before `gt prime` works.\n"
    )


def test_without_the_hook_it_fails_as_any_command(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_ROLE", "proj/polecats/nobody")
    done = gt("prime")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: GT_ROLE says proj/polecats/nobody, which is no agent; start sessions by gt, or unset GT_ROLE\n"
    )


def test_whoever_stands_in_the_town_is_told_as_the_mayor(town: Town) -> None:
    text = ok("gt prime")
    assert text.startswith(
        "WARNING: GT_ROLE is not set: commands of this session speak as overseer, not as mayor.\n\n"
        f"[gt] You are mayor (mayor). The town is {town.root}.\n"
    )
    assert "WARNING" not in ok("gt prime --role mayor")


def test_whoever_stands_in_a_worktree_is_told_as_its_agent(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = town.root / "proj" / "crew" / "ada"
    folder.mkdir(parents=True)
    assert ok("gt prime", cwd=folder).startswith("[gt] You are proj/crew/ada (crew of the rig proj).")
    monkeypatch.setenv("GT_ROLE", TOAST)
    assert ok("gt prime", cwd=folder).startswith(
        f"WARNING: GT_ROLE says {TOAST}, but you stand in the worktree of proj/crew/ada: go to your own.\n\n"
        f"[gt] You are {TOAST}"
    )


def test_it_explains_itself(town: Town) -> None:
    text = ok("gt prime --explain --role proj/toast --budget 500")
    assert text.startswith(f"{TOAST}: normal, ")
    rows = [line.split()[:3] for line in text.splitlines()[2:]]
    assert [row[0] for row in rows] == ["identity", "role", "now"] and rows[1][2] != "all"
    parts: Any = read("gt prime --explain --role proj/toast")["parts"]
    assert [(each["key"], each["shown"] == each["size"]) for each in parts] == [
        ("identity", True), ("role", True), ("now", True),
    ]  # fmt: skip


def test_the_state_alone(town: Town) -> None:
    assert ok("gt prime --state --role proj/toast") == "normal\n"
    assert read("gt prime --state --role proj/toast")["state"] == "normal"
    note = f"---\nfrom: {TOAST}\ntype: handoff\nsubject: HANDOFF\n---\nhalf done\n"
    towns.put(town, f"mail/{TOAST}/new/msg-aaaaa.md", note)
    assert ok("gt prime --state --role proj/toast") == "post-handoff\n"
    assert "half done" in ok("gt prime --dry-run --role proj/toast")


def test_what_can_not_be_is_refused(town: Town) -> None:
    for words, said in (
        (("--explain", "--state"), "--explain and --state contradict each other; give one of them"),
        (("--budget", "10"), "--budget 10 is too small; 200 is the least"),
        (("--role", "proj/tost"), "unknown address 'proj/tost'; did you mean proj/toast"),
    ):
        done = gt("prime", *words)
        assert done.returncode in (1, 2) and done.stdout == "" and said in done.stderr


def test_who_am_i(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ok("gt whoami") == (
        f"overseer\nby:      nothing else: you are the person\n"
        f"prime:   gt prime here shows the mayor's\n"
        f"mailbox: mail/overseer/new, 0 messages unread\ntown:    {town.root}\n"
    )
    monkeypatch.setenv("GT_ROLE", TOAST)
    assert ok("gt whoami").splitlines()[:2] == [f"{TOAST}, polecat of the rig proj", "by:      GT_ROLE"]
    found = read("gt whoami")
    assert (found["identity"], found["source"], found["unread"], found["known"]) == (
        TOAST,
        "GT_ROLE",
        0,
        True,
    )
    monkeypatch.delenv("GT_ROLE")
    monkeypatch.setenv("BD_ACTOR", "robo")
    assert read("gt whoami")["source"] == "BD_ACTOR"
    folder = town.root / TOAST
    folder.mkdir(parents=True)
    monkeypatch.delenv("BD_ACTOR")
    assert json.loads(gt("whoami", "--json", cwd=folder).stdout)["source"] == "the worktree you stand in"


def test_roles(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each["role"] for each in read("gt role list")] == [
        "mayor", "polecat", "crew", "witness", "refinery", "deacon", "dog",
    ]  # fmt: skip
    assert "mayor" in ok("gt role list")
    assert ok("gt role show mayor").startswith("# mayor: built in\n# Mayor: others do the work")
    towns.put(town, "roles/mayor.md", "Be the mayor.\n")
    towns.put(town, "directives/mayor.md", "Write short.\n")
    assert ok("gt role show mayor") == (
        "# mayor: roles/mayor.md\nBe the mayor.\n\n# and directives/mayor.md\nWrite short.\n"
    )
    assert read("gt role def mayor")["prompt"] == "roles/mayor.md"
    assert ok("gt role def mayor").startswith("role:      mayor\nscope:     town\n")
    assert gt("role", "show", "mayr").stderr == "error: no role 'mayr'; did you mean mayor?\n"
    assert "overseer is no role with a prompt" in gt("role").stderr
    monkeypatch.setenv("GT_ROLE", TOAST)
    assert ok("gt role").startswith("# polecat: built in\n")


def test_directives_are_written_shown_and_taken_away(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ok("gt directive list") == (
        "nothing is said to any role beside its prompt\nnext: gt directive edit polecat\n"
    )
    editor = tmp_path / "editor"
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.setenv("GIT_EDITOR", str(editor))

    def write(text: str, *words: str) -> str:
        editor.write_text(f"#!/bin/sh\nprintf '{text}' > \"$1\"\n")
        editor.chmod(0o755)
        done = gt("directive", "edit", *words)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert write("Use tabs.", "polecat", "--rig", "proj") == (
        "wrote proj/directives/polecat.md\nnext: gt directive show polecat --rig proj\n"
    )
    write("Write short.\\n", "polecat")
    assert towns.show(town, "directives/polecat.md") == "Write short.\n" and towns.status(town) == ""
    assert ok("gt directive show polecat --rig proj") == (
        "# directives/polecat.md\nWrite short.\n# proj/directives/polecat.md\nUse tabs.\n"
    )
    assert [each["path"] for each in read("gt directive list")] == [
        "directives/polecat.md", "proj/directives/polecat.md",
    ]  # fmt: skip
    assert "Use tabs." in ok("gt prime --role proj/toast")
    assert write("Write short.\\n", "polecat").startswith("directives/polecat.md is as it was\n")
    write("", "polecat")
    assert not (town.root / "directives/polecat.md").exists()
    monkeypatch.setenv("GT_ROLE", TOAST)
    assert "only a person edits in an editor" in gt("directive", "edit", "polecat").stderr
    assert "--" not in gt_program("directive", "show", "mayor", cwd=town.root).stderr
