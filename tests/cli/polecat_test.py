"""`gt polecat ...`: looks at the workers, their end, and who they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gtlib.actions import deacon
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import towns
from tests.support import working
from tests.support.asked import gt
from tests.support.working import TOAST

REPO = Path("proj/.repo/.git")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = working.working_town(tmp_path, {"one": f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"})
    yield made
    deacon.down(made)


def ok(town: Town, *words: str, code: int = 0) -> str:
    done = gt(*words, cwd=town.root)
    assert (done.returncode, done.stderr) == (code, "")
    return done.stdout


def read(town: Town, *words: str) -> Any:
    return json.loads(ok(town, *words, "--json"))


def refused(town: Town, *words: str) -> str:
    before = (town.tip(), towns.status(town))
    done = gt(*words, cwd=town.root)
    assert done.returncode in (1, 2) and done.stdout == ""
    assert (town.tip(), towns.status(town)) == before
    return done.stderr.removeprefix("error: ").rstrip("\n")


def test_looks(town: Town) -> None:
    assert ok(town, "polecat", "list") == "no polecat works here yet\nnext: gt sling BEAD RIG\n"
    working.sling(town)
    ok(town, "session", "start", TOAST)
    working.wait(lambda: working.hook(town).state == "active")
    [listed] = read(town, "polecat", "list", "proj")
    run = listed.pop("session_name")
    assert run.startswith("s-")
    assert listed == {
        "rig": "proj", "name": "toast", "state": "working", "issue": "pr-work1", "session_running": True,
        "zombie": False, "address": TOAST, "title": "Work", "runtime": "shell", "mode": "shell",
        "activity": "busy", "why": "",
    }  # fmt: skip
    assert ok(town, "polecat", "list", "--all") == (
        "   POLECAT     STATE    BEAD      TITLE  SESSION\n●  proj/toast  working  pr-work1  Work   shell shell, busy\n"
    )
    found = read(town, "polecat", "status", "proj/toast")
    assert (found["branch"], found["dirty"], found["ahead"], found["attached"], found["session_id"]) == (
        "polecat/toast/pr-work1", False, 0, False, run,
    )  # fmt: skip
    assert ok(town, "polecat", "status", "proj/toast").splitlines()[:2] == [
        f"{TOAST}: working",
        "bead:     pr-work1 Work",
    ]
    assert read(town, "session", "check") == [
        {"address": TOAST, "session_id": run, "state": "healthy", "why": ""}
    ]
    assert (
        ok(town, "polecat", "stop", "proj/toast")
        == f"ended the session of {TOAST}\nnext: gt session start {TOAST}\n"
    )
    assert read(town, "polecat", "list")[0]["session_running"] is False
    assert [each["outcome"] for each in read(town, "session", "history", "proj/toast")] == ["stopped"]
    assert refused(town, "polecat", "status", "mayor") == "mayor is no polecat; gt polecat list shows them"
    assert refused(town, "polecat", "stop") == "no polecat is named; gt polecat stop RIG/NAME"
    assert refused(town, "polecat", "list", "nope").startswith("no rig 'nope'; ")


def test_nuke_refuses_what_is_at_work_and_saves_what_it_removes(town: Town) -> None:
    working.sling(town)
    ok(town, "session", "start", TOAST)
    working.wait(lambda: working.hook(town).state == "active")
    worktree = town.root / TOAST
    (worktree / "half.txt").write_text("half a thought")

    assert refused(town, "polecat", "nuke", "proj/toast") == (
        f"{TOAST}: pr-work1 is on its hook, its worktree holds what is not committed; "
        "with -f it is done all the same, and what is there is saved"
    )
    assert ok(town, "polecat", "nuke", "proj/toast", "-n") == (
        f"{TOAST}: its session would be ended\n"
        "  open again: pr-work1\n"
        f"  worktree saved and removed: {TOAST}, not all is committed\n"
        "  branch kept: polecat/toast/pr-work1, 0 commits ahead\n"
        "  only with -f: pr-work1 is on its hook, its worktree holds what is not committed\n"
        f"next: gt polecat nuke {TOAST}\n"
    )
    assert working.hook(town).state == "active" and worktree.exists()

    [done] = read(town, "polecat", "nuke", "proj/toast", "-f")

    assert (done["removed"], done["problem"], done["beads"]) == (True, "", ["pr-work1"])
    assert not worktree.exists()
    assert gitrepo.git(town.root / REPO, "show", f"{done['saved']}:half.txt") == "half a thought"
    assert gitrepo.git(town.root / REPO, "branch", "--list", "polecat/*").split() == [
        "polecat/toast/pr-work1"
    ]
    agent = working.agent(town)
    assert agent.hook is not None and (agent.hook.state, agent.hook.queue) == ("archived", ())
    assert [each.outcome for each in agent.sessions] == ["nuked"]
    bead = town.snapshot().bead(working.ItemId("pr-work1"))
    assert bead is not None and (bead.status, bead.assignee) == ("open", "")
    assert read(town, "polecat", "list")[0]["state"] == "idle"
    assert read(town, "polecat", "nuke", "proj", "--all")[0]["removed"] is False  # once more is nothing
    assert refused(town, "polecat", "nuke", "mayor") == "mayor is no polecat; gt polecat list shows them"


def test_nuke_refuses_what_is_to_land(town: Town) -> None:
    working.sling(town)
    base = gitrepo.git(town.root / TOAST, "rev-parse", "HEAD")
    gitrepo.commit(town.root / TOAST, "the work", {"a.py": "1", "b/c.rs": "2"})
    request = f"status: ready\nrig: proj\nbead: pr-work1\nagent: {TOAST}\nbase: {base}\nbranch: polecat/toast/pr-work1\n"
    towns.put(town, "merges/pr-mr-abc12.md", f"---\nid: pr-mr-abc12\n{request}---\n")
    said = refused(town, "polecat", "nuke", TOAST)
    assert said.startswith(f"{TOAST}: pr-work1 is on its hook, pr-mr-abc12 is to land; ")
    [done] = read(town, "polecat", "nuke", TOAST, "-f")
    assert (done["requests"], done["ahead"], done["saved"], done["removed"]) == (["pr-mr-abc12"], 1, "", True)
    found = town.snapshot().merge(working.ItemId("pr-mr-abc12"))
    assert found is not None and (found.status, found.reason) == ("superseded", "nuked")


def test_a_polecat_ends_no_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    working.sling(town)
    ok(town, "polecat", "identity", "add", "proj", "nux")
    monkeypatch.setenv("GT_ROLE", "proj/polecats/nux")
    assert refused(town, "polecat", "nuke", TOAST, "-f") == (
        "you are proj/polecats/nux: a polecat ends no other; ask the mayor: gt mail send mayor"
    )


def test_identities(town: Town) -> None:
    assert ok(town, "polecat", "identity", "add", "proj", "rust") == (
        "✓ proj/polecats/rust waits for work\nnext: gt sling BEAD proj/polecats/rust\n"
    )
    assert refused(town, "polecat", "identity", "add", "proj", "rust") == (
        "proj has an agent rust already; gt polecat identity list shows them"
    )
    ok(town, "mail", "send", "proj/rust", "-s", "hello")
    assert ok(town, "polecat", "identity", "rename", "proj", "rust", "ember") == (
        "✓ proj/polecats/rust is proj/polecats/ember now\nnext: gt polecat identity show proj/polecats/ember\n"
    )
    assert working.agent(town, "proj/polecats/ember").formerly == ("proj/polecats/rust",)
    assert working.mail(town, "proj/polecats/ember") == ["hello"]
    assert town.snapshot().agent(working.Address("proj/polecats/rust")) is None
    working.sling(town, to="proj/polecats/ember")
    assert refused(town, "polecat", "identity", "remove", "proj/ember") == (
        "proj/polecats/ember has a worktree; save and remove it first: gt polecat nuke proj/polecats/ember"
    )
    ok(town, "polecat", "nuke", "proj/ember", "-f")
    ok(town, "polecat", "identity", "remove", "proj", "ember")
    assert read(town, "polecat", "identity", "list") == []


def test_a_cv_goes_with_the_name(town: Town) -> None:
    working.sling(town)
    base = gitrepo.git(town.root / TOAST, "rev-parse", "HEAD")
    tip = gitrepo.commit(town.root / TOAST, "the work", {"a.py": "1", "b/c.rs": "2", "d.py": "3", "e": "4"})
    old = f"rig: proj\nbead: pr-work1\nagent: {TOAST}\nstatus: landed\napplied: true\nbase: {base}\nsource_commit: {tip}\n"
    towns.put(
        town, "merges/pr-mr-abc12.md", f"---\nid: pr-mr-abc12\n{old}created: 2026-11-20T08:00:00Z\n---\n"
    )
    ok(town, "polecat", "nuke", TOAST, "-f")
    ok(town, "polecat", "identity", "rename", TOAST, "rust")

    found = read(town, "polecat", "identity", "show", "proj", "rust")

    assert {key: found[key] for key in ("issues_completed", "first_pass_rate", "languages", "work_types", "formerly")} == {
        "issues_completed": 1, "first_pass_rate": 1.0, "languages": {"Python": 2, "Rust": 1},
        "work_types": {"task": 1}, "formerly": [TOAST],
    }  # fmt: skip
    assert found["created"] and [each["outcome"] for each in found["recent_work"]] == ["completed"]
    assert "languages:  Python 2, Rust 1\n" in ok(town, "polecat", "identity", "show", "proj/rust")
