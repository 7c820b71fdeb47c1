"""`bd gate ...` and `bd mol ready` as people type them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gtlib.names import ItemId
from gtlib.store.town import Town
from tests.support import towns
from tests.support.inside import run as typed
from tests.support.stub_gh import StubGh
from tests.support.stub_gh import run

NOW = "2026-11-20T08:00:00Z"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("GT_NOW", NOW)
    town = towns.make_town(tmp_path / "town")
    made = {"created": "2026-11-20T07:00:00Z"}
    commit(
        town,
        ("beads/hq-e1.md", towns.bead("hq-e1", "An epic", type="epic", **made)),
        ("beads/hq-a1.md", towns.bead("hq-a1", "First", parent="hq-e1", **made)),
        ("beads/hq-b2.md", towns.bead("hq-b2", "Second", **made)),
    )
    return town


def commit(town: Town, *files: tuple[str, str]) -> None:
    for path, text in files:
        towns.write(town, path, text)
        towns.git(town.root, "add", path)
    towns.git(town.root, "-c", "core.hooksPath=/dev/null", "commit", "-qm", "by hand")


def gate(town: Town, id: str, **keys: object) -> None:
    given = {"type": "gate", "created": "2026-11-20T07:00:00Z", **keys}
    commit(town, (f"beads/{id}.md", towns.bead(id, "Gate it", **given)))


def ok(town: Town, *words: str, err: str = "", program: str = "bd") -> str:
    done = typed(town.root, program, *words)
    assert (done.code, done.err) == (0, err)
    return done.out


def told(town: Town, *words: str) -> Any:
    return json.loads(ok(town, *words, "--json"))


def refused(town: Town, *words: str) -> str:
    done = typed(town.root, "bd", *words)
    assert (done.code, done.out) in ((1, ""), (2, ""))
    return done.err


def test_a_gate_from_its_making_to_its_opening(town: Town) -> None:
    made = told(
        town, "gate", "create", "--blocks", "a1", "-t", "timer", "--timeout", "30m", "-r", "Let it settle.",
        "--waiter", "mayor",
    )  # fmt: skip
    id = made["id"]
    assert {key: made[key] for key in ("title", "issue_type", "await_type", "timeout", "waiters", "description")} == {
        "title": "Gate: timer", "issue_type": "gate", "await_type": "timer", "timeout": 1_800_000_000_000,
        "waiters": ["mayor"], "description": "Let it settle.",
    }  # fmt: skip
    assert ok(town, "gate", "list") == (
        "ID        KIND   ON  TIMEOUT  STATUS  AGE  HOLDS UP\n"
        f"{id}  timer      30m      shut    now  hq-a1\nnext: bd gate show {id}\n      bd gate check\n"
    )
    assert ok(town, "gate", "show", id, program="gt") == (
        f"{id}  Gate: timer\n  waits for: timer\n  timeout:   30m, until 2026-11-20T08:30:00Z\n  status:    shut\n"
        "  stands:    its timer has 30m to go\n  holds up:  hq-a1\n  waiters:   mayor\n"
        "  made:      now by overseer\n  Let it settle.\n"
        f"next: bd gate check {id}\n      bd gate resolve {id}\n"
    )
    assert [each["id"] for each in told(town, "ready")] == ["hq-b2", "hq-e1"]
    assert ok(town, "gate", "check") == (
        f"shut: {id} its timer has 30m to go\n1 gate checked, 0 opened, 0 failed, 0 errors\n"
        "next: bd gate list\n"
    )


def test_check_opens_what_is_due_and_says_what_goes_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    id = told(
        town, "gate", "create", "--blocks", "a1", "-t", "timer", "--timeout", "30m", "--waiter", "mayor"
    )["id"]
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:30:00Z")
    assert told(town, "gate", "check", "--dry-run") == {
        "checked": 1, "resolved": 1, "escalated": 0, "errors": 0, "dry_run": True, "schema_version": 1
    }  # fmt: skip
    assert told(town, "gate", "check")["resolved"] == 1
    assert told(town, "gate", "check") == {
        "checked": 0, "resolved": 0, "escalated": 0, "errors": 0, "dry_run": False, "schema_version": 1
    }  # fmt: skip
    assert [message.subject for _, message in town.snapshot().mail("mayor", "new")] == [f"Gate {id} is open"]
    for words in (("ready", "--gated"), ("mol", "ready", "--gated")):
        found = told(town, *words)
        assert (found["count"], [sorted(each) for each in found["molecules"]]) == (
            1, [["closed_gate", "molecule_id", "molecule_title", "ready_step"]]
        )  # fmt: skip
        row = found["molecules"][0]
        assert (row["molecule_id"], row["molecule_title"]) == ("hq-e1", "An epic")
        assert (row["closed_gate"]["id"], row["ready_step"]["id"]) == (id, "hq-a1")


def test_the_molecule_of_a_file_goes_on_when_its_gate_opens(town: Town) -> None:
    head = "---\nid: hq-mol-x1\ntitle: Release\nformula: f\nstatus: open\ngates:\n  b: hq-mol-x1.gate-b\n"
    head += "created: 2026-11-20T07:00:00Z\n---\n"
    steps = "\n## Steps\n\n- [x] **a** First\n- [ ] **b** Second (needs: a)\n"
    recipe = '\n## Recipe\n\n```json\n{"id":"b","gate":{"type":"human"}}\n```\n'
    commit(town, ("molecules/hq-mol-x1.md", head + steps + recipe))
    gate(town, "hq-mol-x1.gate-b")
    assert told(town, "mol", "ready", "--gated")["count"] == 0
    assert told(town, "mol", "ready")["count"] == 0
    assert told(town, "gate", "show", "hq-mol-x1.gate-b")["blocks"] == ["hq-mol-x1.b"]
    ok(town, "gate", "resolve", "hq-mol-x1.gate-b", "-r", "yes")
    row = told(town, "mol", "ready", "--gated")["molecules"][0]
    assert (row["molecule_id"], row["closed_gate"]["id"], row["ready_step"]["id"]) == (
        "hq-mol-x1", "hq-mol-x1.gate-b", "hq-mol-x1.b"
    )  # fmt: skip
    assert told(town, "mol", "ready", "x1")["steps"] == [
        {"molecule_id": "hq-mol-x1", "molecule_title": "Release",
         "step": {"id": "hq-mol-x1.b", "title": "Second", "description": ""}}
    ]  # fmt: skip


def test_without_gh_check_and_show_say_so(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate(town, "hq-g", **{"await": "gh:run", "on": "'7'"})
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    why = "gh is not installed here: https://cli.github.com"
    assert ok(town, "gate", "check", "--type", "gh") == (
        f"error: hq-g {why}\n1 gate checked, 0 opened, 0 failed, 1 error\nnext: bd gate list\n"
    )
    assert told(town, "gate", "check", "-t", "timer")["checked"] == 0
    assert told(town, "gate", "check")["errors"] == 1
    shown = told(town, "gate", "show", "g")
    assert (shown["standing"], shown["last_check"], shown["status"]) == (why, f"{NOW}: {why}", "open")


def test_what_failed_is_escalated_when_asked_for(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gh = StubGh(tmp_path / "bin", monkeypatch)
    gh.says("run view", run(7, conclusion="failure"))
    gate(town, "hq-g", **{"await": "gh:run", "on": "'7'"})
    assert told(town, "gate", "check")["escalated"] == 1
    assert list(town.snapshot().mail("mayor", "new")) == []
    assert ok(town, "gate", "check", "g", "-e").startswith("failed: hq-g run 7 ended: failure\n")
    assert len(list(town.snapshot().mail("mayor", "new"))) == 1


def test_a_person_opens_any_gate_an_agent_not(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    gate(town, "hq-g", **{"await": "timer", "timeout": "2h"})
    gate(town, "hq-h")
    monkeypatch.setenv("GT_ROLE", "mayor")
    assert refused(town, "gate", "resolve", "g") == (
        "error: hq-g is a gate that is shut: its timer has 1h to go; to open it all the same: --force\n"
    )
    assert ok(town, "gate", "resolve", "h").startswith("opened hq-h  Gate it\n")
    monkeypatch.delenv("GT_ROLE")
    early = "the gate hq-g was shut still: its timer has 1h to go\n"
    assert ok(town, "gate", "resolve", "g", "-r", "enough", err=early).startswith("opened hq-g")
    assert ok(town, "gate", "resolve", "g").startswith("open already: hq-g")
    assert told(town, "gate", "list") == []
    assert [each["id"] for each in told(town, "gate", "list", "-a", "-n", "1")] == ["hq-g"]


def test_a_waiter_is_added(town: Town) -> None:
    gate(town, "hq-g")
    assert ok(town, "gate", "add-waiter", "g", "mayor").startswith("mayor is told when hq-g opens\n")
    assert ok(town, "gate", "add-waiter", "g", "mayor/").startswith("mayor is told already when hq-g opens\n")
    assert told(town, "gate", "add-waiter", "g", "overseer")["waiters"] == ["mayor", "overseer"]
    assert refused(town, "gate", "add-waiter", "g", "nobody").startswith("error: unknown address 'nobody'")


def test_the_command_of_a_person_may_run_that_of_an_agent_not(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = told(town, "gate", "create", "--blocks", "a1", "-t", "exec", "--run", "true")["id"]
    monkeypatch.setenv("GT_ROLE", "mayor")
    other = told(town, "gate", "create", "--blocks", "a1", "-t", "exec", "--run", "exit 0")["id"]
    monkeypatch.delenv("GT_ROLE")
    assert told(town, "gate", "show", other)["standing"] == "its command is not allowed on this machine"
    assert told(town, "gate", "check") == {
        "checked": 2, "resolved": 1, "escalated": 0, "errors": 1, "dry_run": False, "schema_version": 1
    }  # fmt: skip
    found = town.snapshot().bead(ItemId(mine))
    assert found is not None and found.status == "closed"
    allowed = ok(town, "allow", "--yes", f"beads/{other}.md", program="gt")
    assert "exit 0" in allowed
    assert told(town, "gate", "check")["resolved"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create"], "the gate holds up nothing; name what waits for it: --blocks gt-abc12"),
        (["create", "--blocks", "a1", "-t", "time"], "--type 'time' is unknown; did you mean timer?"),
        (["create", "--blocks", "a1", "-t", "bead", "--await-id", "a1"], "hq-a1 would wait for itself: hq-a1 -> hq-a1; take one of these needs out first"),
        (["check", "b2"], "hq-b2 is a task, not a gate; bd gate list shows the gates"),
        (["check", "-t", "bh"], "--type 'bh' is unknown; did you mean gh?"),
        (["discover", "-a", "soon"], "'soon' is not a span of time; write it as 30m, 2h or 1h30m"),
        (["discover", "--branch=--web"], "'--web' is no branch; name one, as main"),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(town: Town, words: list[str], said: str) -> None:
    tip = town.tip()
    assert refused(town, "gate", *words) == f"error: {said}\n"
    assert town.tip() == tip


def test_discover_names_the_run(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gh = StubGh(tmp_path / "bin", monkeypatch)
    gate(town, "hq-g", **{"await": "gh:run", "on": "ci.yml"})
    gh.says("run list", [run(5, "queued", "", workflowName="CI", createdAt="2026-11-20T07:55:00Z")])
    assert told(town, "gate", "discover", "-n") == {
        "checked": 1, "matched": [{"gate_id": "hq-g", "run_id": "5", "workflow": "CI", "score": 205}],
        "errors": 0, "dry_run": True, "schema_version": 1,
    }  # fmt: skip
    assert ok(town, "gate", "discover", "-b", "main").startswith(
        "hq-g waits for run 5 of CI\n1 gate without a run, 1 matched\n"
    )
    assert told(town, "gate", "show", "g")["await_id"] == "5"
