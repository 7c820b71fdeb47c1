"""What is typed: times by name, flags that contradict each other, words that are too long or no text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import bd
from tests.support.asked import gt
from tests.support.towns import bead

NOW = "2026-11-20T08:00:00Z"  # a Friday


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    made = towns.make_town(tmp_path / "town")
    towns.put(made, "beads/hq-one.md", bead("hq-one", created=NOW))
    monkeypatch.setenv("GT_NOW", NOW)
    monkeypatch.chdir(made.root)
    return made


def document(*words: str) -> Any:
    return json.loads(bd(*words, "--json").stdout)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("update one --set-labels a --add-label b", 2, "--set-labels and --add-label contradict each other; give one of them"),
        ("update one --set-labels a --remove-label b", 2, "--set-labels and --remove-label contradict each other; give one of them"),
        ("update one --notes a --append-notes b", 2, "--notes and --append-notes contradict each other; give one of them"),
        ("edit one --notes a --append-notes b", 2, "--notes and --append-notes contradict each other; give one of them"),
        ("update one --metadata {} --set-metadata a=b", 2, "--metadata and --set-metadata contradict each other; give one of them"),
        ("ready -a bob -u", 2, "--assignee and --unassigned contradict each other; give one of them"),
        ("export -s zzz", 1, "unknown status 'zzz'; one of: open, in_progress, hooked, blocked, deferred, pinned, closed, tombstone"),
        ("export -t bugg", 1, "unknown type 'bugg'; did you mean bug?"),
        ("export --no-no-archived", 2, "bd export has no flag --no-no-archived; did you mean --no-archived?"),
        (f"show {'x' * 10_000}", 1, f"no bead {'x' * 60}…; see them with: bd list --all"),
        (f"{'y' * 300}", 2, f"unknown command 'bd {'y' * 60}…'; see bd --help"),
        (f"create {'x' * 501}", 1, "the title has 501 characters, 500 is the most; put the rest in --description"),
        ("create x --due someday", 1, "'someday' is not a time; write +6h, +3d, tomorrow, next monday, or 2026-11-20"),
    ],
)  # fmt: skip
def test_refusals(town: Town, words: str, code: int, said: str) -> None:
    before = town.tip()
    done = bd(*words.split())
    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"error: {said}\n")
    assert town.tip() == before


def test_an_argument_is_utf_8(town: Town) -> None:
    argv = [sys.executable, "-m", "gtlib.cli", "bd", "create", b"bad \xff"]
    done = subprocess.run(argv, capture_output=True, env=dict(os.environ), check=False)
    assert (done.returncode, done.stderr.decode()) == (
        2,
        "error: the argument 'bad \ufffd' is not UTF-8; write it in UTF-8\n",
    )
    name = os.fsencode(town.root.parent) + b"/old\xff.jsonl"
    with open(name, "wb") as file:
        file.write(b'{"id":"hq-two","title":"Two"}\n')
    done = subprocess.run([*argv[:4], "import", name], capture_output=True, env=dict(os.environ), check=False)
    assert done.returncode == 0  # the name of a file may be any bytes


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("monday", "2026-11-23"), ("next monday", "2026-11-23"), ("Next  Fri", "2026-11-27"), ("friday", "2026-11-27"),
        ("thu", "2026-11-26"), ("next week", "2026-11-27"),
    ],
)  # fmt: skip
def test_days_by_name(town: Town, typed: str, day: str) -> None:
    assert document("create", "x", "--due", typed)["due_at"] == f"{day}T00:00:00Z"
    assert [each["title"] for each in document("list", "--due-after", "tomorrow", "--due-before", "+9d")] == [
        "x"
    ]


def test_context_stands_behind_the_description(town: Town) -> None:
    assert document("create", "x", "-d", "What.", "--context", "Why.")["description"] == "What.\n\nWhy."
    assert document("create", "y", "--context", "Why.")["description"] == "Why."


def test_open_by_status_is_reopen(town: Town) -> None:
    for id in ("hq-aaa", "hq-bbb"):
        fields = {"status": "closed", "closed": NOW, "assignee": "ada", "duplicates": ["hq-one"]}
        towns.put(town, f"beads/{id}.md", bead(id, "The same", created=NOW, close_reason="no", **fields))
    by_status, by_name = document("update", "aaa", "-s", "open")[0], document("reopen", "bbb")[0]
    assert {**by_status, "id": ""} == {**by_name, "id": ""}
    assert "assignee" not in by_status and "dependencies" not in by_status
    bd("close", "aaa")
    assert document("update", "aaa", "-s", "open", "-a", "bo")[0]["assignee"] == "bo"


def test_what_is_needed_and_no_bead_is_shown_as_what_it_is(town: Town) -> None:
    towns.put(town, "molecules/hq-mol-abc12.md", "---\nid: hq-mol-abc12\ntitle: Release\nformula: x\n---\n")
    towns.put(town, "beads/hq-two.md", bead("hq-two", needs=["hq-mol-abc12", "hq-none"]))
    assert "needs       ○ hq-mol-abc12 Release\n" in bd("show", "two").stdout
    assert "? hq-none" in bd("show", "two").stdout
    assert "○ hq-mol-abc12  Release (blocks)" in bd("dep", "tree", "two").stdout
    assert [line.split()[2:] for line in bd("dep", "list", "two").stdout.splitlines()[1:]] == [
        ["open", "Release"],
        ["?", "does", "not", "exist"],
    ]


def test_status_counts_one_kind_of_thing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GT_NOW")
    towns.put(town, "pro/rig.yaml", "name: pro\nprefix: pr\nurl: /srv/pro.git\n")
    towns.put(town, "beads/pr-one.md", bead("pr-one"))
    bd("set-state", "hq-one", "health=ok")  # which makes an event
    assert document("status")["summary"]["total_issues"] == 2
    assert document("status")["recent_activity"]["issues_created"] == 2
    assert document("status", "--rig", "pro")["recent_activity"]["issues_created"] == 1


def test_doctor_is_the_same_in_both_programs(town: Town) -> None:
    found = document("doctor")
    assert sorted(found) == [
        "checks", "cli_version", "overall_ok", "path", "platform", "schema_version", "suppressed_count", "timestamp",
    ]  # fmt: skip
    keys = {"name", "status", "message", "detail", "fix", "category"}
    assert all(
        keys <= set(check) and check["status"] in ("ok", "warning", "error") for check in found["checks"]
    )
    assert found == json.loads(gt("doctor", "--json").stdout)


def test_help_names_every_spelling(town: Town) -> None:
    assert "NEED  what it depends on (also --blocked-by, --depends-on)\n" in bd("dep", "add", "--help").stdout
    assert "(also --body)" in bd("create", "--help").stdout
