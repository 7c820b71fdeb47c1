"""What must not happen to what commands write: one test for each item of the list in the reference of beads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gtlib.store.town import Town
from tests.support import run_program
from tests.support import towns
from tests.support.asked import NOW
from tests.support.asked import made
from tests.support.asked import prints
from tests.support.asked import shown
from tests.support.asked import unchanged

LATER = "2026-12-24T08:00:00Z"


def test_labels_added_by_eight_processes_at_once_are_all_there(town: Town) -> None:
    made(town, ("hq-aa1", {}), ("hq-bb2", {}))
    words = [sys.executable, "-m", "gtlib.cli", "bd", "label", "add", "hq-aa1", "hq-bb2"]
    running = [subprocess.Popen([*words, f"l{n}"], stdout=subprocess.DEVNULL) for n in range(8)]
    assert [each.wait(timeout=120) for each in running] == [0] * 8
    wanted = [f"l{n}" for n in range(8)]
    assert (shown("aa1")["labels"], shown("bb2")["labels"]) == (wanted, wanted)
    assert towns.status(town) == ""


def test_an_edge_of_another_type_does_not_overwrite_a_blocker(town: Town) -> None:
    made(town, ("hq-aa1", {}), ("hq-bb2", {}))
    assert unchanged(town, "create", "New", "--deps", "aa1,related:aa1") == (
        "two edges to hq-aa1: blocks, related; one is enough, draw the one that matters"
    )
    assert unchanged(town, "create", "New", "--parent", "aa1", "--deps", "discovered-from:aa1") == (
        "two edges to hq-aa1: parent-child, discovered-from; one is enough, draw the one that matters"
    )


def test_a_child_that_moved_is_below_its_new_parent_alone(town: Town) -> None:
    made(town, ("hq-aa1", {}), ("hq-bb2", {}), ("hq-aa1.1", {"parent": "hq-aa1"}))
    prints("update", "hq-aa1.1", "--parent", "bb2")
    below = {id: [each["id"] for each in shown(id).get("dependents", [])] for id in ("hq-aa1", "hq-bb2")}
    assert below == {"hq-aa1": [], "hq-bb2": ["hq-aa1.1"]}
    assert prints("create", "Another", "--parent", "aa1", "--silent") == "hq-aa1.2\n"


def test_what_is_refused_does_not_exit_with_zero(town: Town) -> None:
    keys: dict[str, Any] = {"type": "epic"}
    made(town, ("hq-ep1", keys), ("hq-ep1.1", {"parent": "hq-ep1"}), ("hq-pin1", {"status": "pinned"}))
    made(town, ("hq-tpl1", {"template": "true"}), ("hq-aa1", {"needs": ["hq-ep1"]}))
    force = "to close it all the same: --force"
    assert unchanged(town, "close", "ep1") == f"hq-ep1 has open children: hq-ep1.1; {force}"
    assert unchanged(town, "close", "pin1") == f"hq-pin1 is pinned; {force}"
    assert unchanged(town, "close", "tpl1") == f"hq-tpl1 is a template; {force}"
    assert unchanged(town, "close", "ep1.1", "aa1") == f"hq-aa1 waits for hq-ep1; {force}"
    assert [shown(id)["status"] for id in ("ep1.1", "aa1")] == ["open", "open"]
    prints("close", "pin1", "tpl1", "aa1", "--force")


@pytest.mark.parametrize("status", ["opne", "done", "in progress", "tombstone", ""])
def test_an_arbitrary_status_is_not_accepted(town: Town, status: str) -> None:
    made(town, ("hq-aa1", {}))
    assert unchanged(town, "update", "aa1", "--status", status).startswith(f"unknown status {status!r}; ")


def test_a_title_is_not_empty(town: Town) -> None:
    made(town, ("hq-aa1", {}))
    said = "the title is empty; say in a few words what is to be done"
    for words in (["create", ""], ["create", " \t"], ["q", " "], ["update", "aa1", "--title", "  "]):
        assert unchanged(town, *words) == said


def test_a_label_is_not_empty(town: Town) -> None:
    made(town, ("hq-aa1", {}))
    said = "an empty label; name the label, or leave the flag out"
    assert unchanged(town, "label", "add", "aa1", "") == said
    assert unchanged(town, "update", "aa1", "--add-label", " ") == said
    assert unchanged(town, "create", "x", "-l", "a,,b") == said


def test_a_comment_is_not_empty(town: Town) -> None:
    made(town, ("hq-aa1", {}))
    said = "the comment is empty; say something, or leave it"
    assert unchanged(town, "comment", "aa1", " ") == said
    assert unchanged(town, "comments", "add", "aa1") == said


@pytest.mark.parametrize(
    ("verb", "flag", "field", "reason"),
    [
        ("supersede", "--with", "supersedes", "superseded by hq-bb2"),
        ("duplicate", "--of", "duplicates", "duplicate of hq-bb2"),
    ],
)
def test_reopening_what_was_replaced_takes_the_edge_away(
    town: Town, verb: str, flag: str, field: str, reason: str
) -> None:
    made(town, ("hq-aa1", {"status": "open", "labels": ["x"]}), ("hq-bb2", {}))
    before = towns.show(town, "beads/hq-aa1.md")
    assert prints(verb, "aa1", flag, "bb2") == (
        f"closed hq-aa1  Title of hq-aa1: {reason}\nnext: bd show hq-bb2\n"
    )
    closed = shown("aa1")
    assert (closed["status"], closed["close_reason"], closed["closed_at"]) == ("closed", reason, NOW)
    assert [(e["id"], e["dependency_type"]) for e in closed["dependencies"]] == [("hq-bb2", field)]
    prints("reopen", "aa1")
    assert towns.show(town, "beads/hq-aa1.md") == before


def test_a_label_that_is_not_there_is_not_removed(town: Town) -> None:
    made(town, ("hq-aa1", {"labels": ["x"]}), ("hq-bb2", {"labels": ["y"]}))
    assert unchanged(town, "label", "remove", "aa1", "y") == "hq-aa1 has no label y; it has x"
    assert unchanged(town, "label", "remove", "bb2", "aa1", "y") == "hq-aa1 has no label y; it has x"


def test_a_label_that_is_there_is_not_said_to_be_added(town: Town) -> None:
    made(town, ("hq-aa1", {"labels": ["x"]}), ("hq-bb2", {}))
    assert json.loads(prints("label", "add", "aa1", "bb2", "x", "--json")) == [
        {"status": "unchanged", "issue_id": "hq-aa1", "label": "x"},
        {"status": "added", "issue_id": "hq-bb2", "label": "x"},
    ]
    tip = town.tip()
    assert prints("tag", "aa1", "x") == "hq-aa1 has x already\nnext: bd show hq-aa1\n"
    assert town.tip() == tip


def test_what_is_open_is_not_reopened_and_what_is_awake_is_not_woken(town: Town) -> None:
    made(town, ("hq-aa1", {}))
    assert unchanged(town, "reopen", "aa1") == "hq-aa1 is open, not closed; see it with: bd show hq-aa1"
    assert unchanged(town, "undefer", "aa1") == "hq-aa1 is open, not deferred; see it with: bd show hq-aa1"


def test_what_is_closed_and_deferred_is_not_in_limbo_when_it_is_reopened(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(town, ("hq-aa1", {"status": "closed", "closed": NOW, "defer": LATER}))
    assert prints("reopen", "aa1") == (
        f"reopened hq-aa1  Title of hq-aa1, deferred until {LATER}\nnext: bd show hq-aa1\n"
    )
    found = shown("aa1")
    assert (found["status"], found["defer_until"], "closed_at" in found) == ("open", LATER, False)
    monkeypatch.setenv("GT_NOW", "2026-12-25T08:00:00Z")
    assert [each["id"] for each in json.loads(prints("ready", "--json"))] == ["hq-aa1"]


def test_update_to_closed_skips_no_guard(town: Town) -> None:
    made(town, ("hq-ep1", {"type": "epic"}), ("hq-ep1.1", {"parent": "hq-ep1"}))
    made(town, ("hq-aa1", {"needs": ["hq-ep1"]}), ("hq-pin1", {"status": "pinned"}))
    force = "to close it all the same: bd close {} --force"
    for id, why in [
        ("hq-ep1", "hq-ep1 has open children: hq-ep1.1"),
        ("hq-aa1", "hq-aa1 waits for hq-ep1"),
        ("hq-pin1", "hq-pin1 is pinned"),
    ]:
        assert unchanged(town, "update", id, "--status", "closed") == f"{why}; {force.format(id)}"
    prints("update", "ep1.1", "--status", "closed")
    assert shown("ep1.1")["closed_at"] == NOW


def test_a_date_that_has_passed_defers_nothing(town: Town) -> None:
    made(town, ("hq-aa1", {}))
    said = "2020-01-01T00:00:00Z has passed; give a time that lies ahead"
    assert unchanged(town, "defer", "aa1", "--until", "2020-01-01") == said
    assert unchanged(town, "update", "aa1", "--defer", "2020-01-01") == said
    assert unchanged(town, "create", "x", "--defer", "2020-01-01") == said


def test_a_status_does_not_overwrite_a_claim(town: Town) -> None:
    made(town, ("hq-aa1", {}))
    said = "--claim sets status and assignee itself; leave --status and --assignee out"
    assert unchanged(town, "update", "aa1", "--claim", "--status", "open", code=2) == said
    assert unchanged(town, "update", "aa1", "--claim", "-a", "ada", code=2) == said
    assert unchanged(town, "update", "aa1", "--claim", "--defer", "+1d", code=2) == (
        "--claim and --defer contradict each other; give one of them"
    )


def test_no_bead_is_moved_below_itself(town: Town) -> None:
    made(town, ("hq-aa1", {}), ("hq-bb2", {"parent": "hq-aa1"}), ("hq-cc3", {"parent": "hq-bb2"}))
    assert unchanged(town, "update", "aa1", "--parent", "cc3") == (
        "hq-aa1 would be its own parent: hq-aa1 -> hq-cc3 -> hq-bb2 -> hq-aa1; choose another parent"
    )


def test_nothing_is_made_or_moved_below_what_is_closed(town: Town) -> None:
    made(town, ("hq-aa1", {"status": "closed", "closed": NOW}), ("hq-bb2", {}))
    said = "the parent hq-aa1 is closed; open it first: bd reopen hq-aa1"
    assert unchanged(town, "create", "x", "--parent", "aa1") == said
    assert unchanged(town, "update", "bb2", "--parent", "aa1") == said


def test_duplicates_go_in_no_circle(town: Town) -> None:
    made(town, ("hq-aa1", {}), ("hq-bb2", {}), ("hq-cc3", {}))
    prints("duplicate", "aa1", "--of", "bb2")
    prints("supersede", "bb2", "--with", "cc3")
    assert unchanged(town, "duplicate", "cc3", "--of", "aa1") == (
        "hq-cc3 would stand for itself: hq-cc3 -> hq-aa1 -> hq-bb2 -> hq-cc3; "
        "reopen one first: bd reopen hq-aa1"
    )
    assert unchanged(town, "duplicate", "cc3", "--of", "cc3") == (
        "hq-cc3 can't stand for itself; name another bead"
    )


def test_deletion_leaves_no_edge_behind(town: Town) -> None:
    made(
        town,
        ("hq-aa1", {}),
        ("hq-bb2", {"related": ["hq-aa1"], "discovered_from": ["hq-aa1"]}),
        ("hq-cc3", {"needs": ["hq-aa1"], "parent": "hq-bb2"}),
    )
    towns.put(
        town, "convoys/hq-cv-x1.md", "---\nid: hq-cv-x1\ntitle: C\nstatus: open\ntracks:\n  - hq-aa1\n---\n"
    )
    assert unchanged(town, "delete", "aa1") == (
        "needed by hq-cc3: hq-aa1; --cascade deletes them too, --force leaves them without"
    )
    before = town.tip()
    assert prints("delete", "aa1", "--cascade").splitlines()[-1] == "next: bd delete aa1 --cascade --force"
    assert town.tip() == before
    said = prints("delete", "aa1", "--force").splitlines()
    assert said[:-1] == [
        "deleted hq-aa1  open  Title of hq-aa1",
        "took it out of beads/hq-bb2.md",
        "took it out of beads/hq-cc3.md",
        "took it out of convoys/hq-cv-x1.md",
    ]
    assert said[-1] == f"next: git revert --no-edit {town.tip()[:12]} # brings them back"
    assert "hq-aa1" not in towns.git(town.root, "grep", "-h", "", "HEAD", "--", "beads", "convoys")
    towns.git(town.root, "revert", "--no-edit", town.tip())
    assert towns.git(town.root, "diff", before, "HEAD") == ""


def test_what_was_deleted_is_told_to_other_tools_and_no_import_brings_it_back(
    town: Town, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    line = {"id": "hq-aa1", "title": "One", "priority": 2, "issue_type": "bug", "external_ref": "gh-1"}
    line |= {"created_at": "2026-01-01T00:00:00Z"}
    ledger.write_text(json.dumps({**line, "updated_at": "2026-01-01T00:00:00Z"}) + "\n", encoding="utf-8")
    prints("import", str(ledger))
    prints("close", "aa1")
    prints("delete", "aa1", "--force")
    assert towns.git(town.root, "show", "--format=", "--name-status").split()[::2] == ["A", "D"]
    told = json.loads(run_program("bd", "export").stdout)
    stamp = told["deleted_at"]
    assert told == {
        **line,
        "status": "tombstone",
        "updated_at": stamp,
        "deleted_at": stamp,
        "deleted_by": "overseer",
        "delete_reason": "delete",
        "original_type": "bug",
    }
    tip = town.tip()
    prints("import", str(ledger))
    ledger.write_text(json.dumps({**line, "updated_at": "2099-01-01T00:00:00Z"}) + "\n", encoding="utf-8")
    prints("import", str(ledger))
    assert town.tip() == tip
    assert "was deleted" in unchanged(town, "show", "hq-aa1")
    assert "hq-aa1 is taken" in unchanged(town, "create", "x", "--id", "hq-aa1")


def test_the_number_of_a_child_is_not_given_twice(town: Town) -> None:
    made(town, ("hq-aa1", {}), ("hq-bb2", {"related": ["hq-aa1.7"]}))
    assert [prints("create", "x", "--parent", "aa1", "--silent") for _ in range(2)] == [
        "hq-aa1.8\n",
        "hq-aa1.9\n",
    ]
    prints("delete", "hq-aa1.9", "--force")
    assert prints("create", "x", "--parent", "aa1", "--silent") == "hq-aa1.10\n"


def test_children_made_at_once_get_numbers_of_their_own(town: Town) -> None:
    made(town, ("hq-aa1", {}))
    words = [sys.executable, "-m", "gtlib.cli", "bd", "create", "x", "--parent", "aa1", "--silent"]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    assert sorted(each.communicate(timeout=120)[0] for each in running) == [
        f"hq-aa1.{n}\n" for n in range(1, 6)
    ]


def test_notes_are_added_to_and_replaced_and_text_is_kept_as_it_is(town: Town) -> None:
    made(town, ("hq-aa1", {}))
    text = "quotes \" ' ` $HOME \\ back\n## Notes\n---\nünïcödé 🚀\ttab"
    prints("update", "aa1", "-d", text, "--notes", "one")
    prints("note", "aa1", "two")
    assert (shown("aa1")["description"], shown("aa1")["notes"]) == (text, "one\ntwo")
    prints("update", "aa1", "--notes", "three")
    assert shown("aa1")["notes"] == "three"
