"""Commands that make, change and end beads, with what they print and what they write."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import NOW
from tests.support.asked import bd
from tests.support.asked import document
from tests.support.asked import made
from tests.support.asked import prints
from tests.support.asked import shown
from tests.support.asked import unchanged

BY = {"created_at": NOW, "created_by": "overseer", "updated_at": NOW}


def commits(town: Town) -> list[str]:
    return towns.git(town.root, "log", "--format=%s").splitlines()


def test_every_flag_of_create(town: Town, tmp_path: Path) -> None:
    made(town, ("hq-ep1", {"type": "epic", "labels": ["inherited"]}), ("hq-aa1", {}), ("hq-bb2", {}))
    design = tmp_path / "design.md"
    design.write_text("How.\n", encoding="utf-8")
    words = [
        "create", "Title", "-t", "feature", "-p", "P1", "-d", "What.", "-a", "mayor", "-l", "x,y",
        "--parent", "ep1", "--deps", "aa1,blocks:bb2,caused-by:bb2,authored-by:ada@example.com",
        "--design-file", str(design), "--acceptance", "- ok", "--notes", "n1", "--append-notes", "n2",
        "--due", "2026-12-01", "--defer", "+1d", "-e", "90", "--external-ref", "gh-9", "--spec-id", "s-1",
        "--metadata", '{"k": {"deep": [1, true]}}', "--waits-for", "ep1", "--mol-type", "work",
    ]  # fmt: skip
    assert unchanged(town, *words).startswith("two edges to hq-ep1: parent-child, waits-for; ")
    words[words.index("--waits-for") + 1] = "hq-aa1"
    assert unchanged(town, *words).startswith("two edges to hq-aa1: blocks, waits-for; ")
    words[words.index("--deps") + 1] = "blocks:bb2,caused-by:bb2,authored-by:ada@example.com"
    before = commits(town)
    assert document(*words, "--waits-for-gate", "any-children") == {
        "id": "hq-ep1.1", "title": "Title", "description": "What.", "design": "How.",
        "acceptance_criteria": "- ok", "notes": "n1\nn2", "spec_id": "s-1", "status": "deferred", "priority": 1,
        "issue_type": "feature", "assignee": "mayor", "estimated_minutes": 90, **BY,
        "due_at": "2026-12-01T00:00:00Z", "defer_until": "2026-11-21T08:00:00Z", "external_ref": "gh-9",
        "metadata": {"k": {"deep": [1, True]}}, "labels": ["inherited", "x", "y"], "mol_type": "work",
        "dependencies": [
            {"issue_id": "hq-ep1.1", "depends_on_id": to, "type": type, "created_at": NOW, **more}
            for to, type, more in [
                ("hq-aa1", "waits-for", {"metadata": '{"gate":"any-children","spawner_id":"hq-aa1"}'}),
                ("hq-ep1", "parent-child", {}),
                ("hq-bb2", "caused-by", {}),
                ("ada@example.com", "authored-by", {}),
            ]
        ],
        "schema_version": 1,
    }  # fmt: skip
    assert shown("bb2")["dependencies"][0]["id"] == "hq-ep1.1"
    assert commits(town) == ["create: hq-ep1.1 Title", *before]


def test_create_that_only_looks(town: Town) -> None:
    tip = town.tip()
    assert prints("create", "Title", "--id", "hq-one", "--dry-run") == "would make hq-one  P2 task  Title\n"
    assert document("create", "Title", "--id", "hq-one", "--dry-run")["id"] == "hq-one"
    assert town.tip() == tip


def test_an_event_is_closed_from_the_start(town: Town) -> None:
    words = [
        "--event-category",
        "deploy",
        "--event-actor",
        "ada",
        "--event-target",
        "hq-x1",
        "--event-payload",
        "{}",
    ]
    assert (
        unchanged(town, "create", "E", *words, code=2) == "--event-... is for events alone; add --type event"
    )
    assert document("create", "E", "--id", "hq-ev1", "-t", "event", *words) == {
        "id": "hq-ev1", "title": "E", "status": "closed", "priority": 2, "issue_type": "event", **BY,
        "closed_at": NOW, "close_reason": "event", "event_kind": "deploy", "actor": "ada", "target": "hq-x1",
        "payload": "{}", "schema_version": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["create", "x", "--ephemeral"], 2, "a bead is a file that is kept, so it can't be ephemeral; leave --ephemeral out"),
        (["create", "x", "--waits-for-gate", "all-children"], 2, "--waits-for-gate without --waits-for; say what it waits for: --waits-for ID"),
        (["create", "x", "--waits-for", "aa1", "--waits-for-gate", "any"], 2, "--waits-for-gate 'any' is unknown; one of: all-children, any-children"),
        (["create", "x", "--force"], 2, "--force without --id; leave it out"),
        (["create", "x", "--id", "zz-1"], 1, "no rig has the prefix 'zz'; begin it with hq-"),
        (["create", "x", "--deps", "block:aa1"], 1, "unknown type of dependency 'block'; did you mean blocks or blocked-by?"),
        (["create", "x", "--deps", "own-type:aa1"], 1, "unknown type of dependency 'own-type'; one of: needs, depends-on, blocked-by, blocks, parent-child, conditional-blocks, waits-for, related, relates-to, discovered-from, replies-to, duplicates, supersedes, tracks, until, caused-by, validates, authored-by, assigned-to, approved-by, delegated-from, attests"),
        (["create", "x", "--parent", "aa1", "--deps", "parent-child:bb2"], 1, "two parents: hq-aa1, hq-bb2; a bead has one; relate the other"),
        (["create", "x", "--validate", "-t", "bug"], 1, "the description of a bug has no section Steps to Reproduce, Acceptance Criteria; write `## <section>` into it"),
        (["create", "x", "--metadata", "[1]"], 1, "the metadata is no JSON object; write an object: '{\"key\": 1}'"),
        (["create", "x", "--metadata", '{"bd:x": 1}'], 1, "the metadata key 'bd:x' is reserved; begin it with neither bd: nor _, and name it"),
        (["create", "x", "--mol-type", "herd"], 2, "--mol-type 'herd' is unknown; one of: swarm, patrol, work"),
        (["create", "x", "--stdin", "--body-file", "f"], 2, "--stdin and --body-file are both given; give one of them"),
        (["create", "x", "-f", "f.md"], 2, "--file and --graph say all about the beads; leave the title and other flags out"),
        (["create", "--graph", "p.json", "-p", "1"], 2, "--file and --graph say all about the beads; leave the title and other flags out"),
        (["create"], 1, "the title is empty; say in a few words what is to be done"),
        (["update", "aa1", "--unset-metadata", "k"], 1, "hq-aa1 has no metadata k; it has none"),
        (["update", "aa1", "--set-metadata", "k"], 1, "--set-metadata k has no value; write --set-metadata key=value"),
        (["update", "aa1", "--set-metadata", "_k=1"], 1, "the metadata key '_k' is reserved; begin it with neither bd: nor _, and name it"),
        (["update", "aa1", "--add-label", "a", "--remove-label", "a"], 2, "the label a is to be added and taken off; give it once"),
        (["update", "aa1", "--session", "s"], 2, "--session says in which session a bead was closed; add --status closed"),
        (["close", "aa1", "--continue", "--claim-next"], 2, "--suggest-next, --continue and --claim-next exclude each other; give one of them"),
        (["close", "aa1", "bb2", "--continue"], 2, "--continue with more than one id; close one step at a time"),
        (["close", "aa1", "--no-auto"], 2, "--no-auto without --continue; leave it out"),
        (["close", "aa1", "-r", "x", "--reason-file", "f"], 2, "--reason and --reason-file are both given; give one of them"),
        (["close", "aa1", "zzz"], 1, "no bead zzz; see them with: bd list --all"),
        (["label", "add", "aa1"], 2, "bd label add needs beads and a label; name them: bd label add gt-abc12 auth"),
        (["label", "propagate", "aa1", "x"], 1, "hq-aa1 has no children; see it with: bd show hq-aa1"),
        (["note", "aa1"], 2, "the note is empty; write it behind the id, or give --file"),
        (["edit", "aa1"], 2, "there is no terminal to edit in; say what is to change: bd edit ID --title ..."),
        (["set-state", "aa1", "mode"], 1, "'mode' is no state; write <dimension>=<value>, as in mode=degraded"),
        (["set-state", "aa1", "mode=a b"], 1, "'mode=a b' is no state; write <dimension>=<value>, as in mode=degraded"),
        (["remember", " "], 1, "there is nothing to remember; write it behind: bd remember 'the text'"),
        (["remember", "...", "--key", "../x"], 1, "'../x' is no key of a memory; use letters, digits, ., - and _ (100 at most)"),
        (["remember", "..."], 1, "no key can be made of the text; give one: --key NAME"),
        (["forget", "none"], 1, "nothing is remembered as none; see the keys with: bd memories"),
        (["rename", "aa1", "hq-bb2"], 1, "hq-bb2 is taken; see it with: bd show hq-bb2"),
        (["rename", "aa1", "nonsense"], 1, "'nonsense' is not an id; write <prefix>-<letters and digits>, as in gt-abc12"),
        (["assign", "aa1", "proj/nobody"], 1, "no agent 'proj/nobody'; gt agents lists the agents"),
        (["priority", "aa1", "high"], 1, "'high' is no priority; write 0 (critical), 1, 2, 3 or 4 (backlog)"),
        (["delete"], 2, "no id is given; name one or more: bd delete gt-abc12"),
    ],
)  # fmt: skip
def test_refusals_change_nothing(town: Town, words: list[str], code: int, said: str) -> None:
    made(town, ("hq-aa1", {}), ("hq-bb2", {}))
    assert unchanged(town, *words, code=code) == said


def test_q_prints_the_id_alone(town: Town) -> None:
    printed = prints("q", "Quick", "-p", "0", "-t", "bug", "-l", "a,b")
    assert re.fullmatch(r"hq-[0-9a-z]{5}\n", printed)
    found = shown(printed.strip())
    assert (found["title"], found["priority"], found["issue_type"], found["labels"]) == (
        "Quick",
        0,
        "bug",
        ["a", "b"],
    )


MANY = """\
# What is to be done
Not read.

## First one
Said at once, with `## code`.

```
## not a title
### Priority
```

### Priority
P1
### Type
feat
### Labels
- a
- b, c
### Acceptance Criteria
- it works

### A heading of its own
kept

## Second one
### Dependencies
- blocks:hq-aa1
### Assignee
mayor
"""


def test_many_beads_of_one_file(town: Town, tmp_path: Path) -> None:
    made(town, ("hq-aa1", {}))
    file = tmp_path / "many.md"
    file.write_text(MANY, encoding="utf-8")
    before = commits(town)
    assert len(prints("create", "-f", str(file), "--dry-run").splitlines()) == 2
    assert commits(town) == before
    first, second = document("create", "-f", str(file))
    assert commits(town) == ["create: 2 beads", *before]
    assert {**first, "id": ""} == {
        "id": "", "title": "First one", "status": "open", "priority": 1, "issue_type": "feature", **BY,
        "description": "Said at once, with `## code`.\n\n```\n## not a title\n### Priority\n```",
        "acceptance_criteria": "- it works\n\n### A heading of its own\nkept", "labels": ["a", "b", "c"],
    }  # fmt: skip
    assert (second["title"], second["assignee"]) == ("Second one", "mayor")
    assert [each["id"] for each in shown("aa1")["dependencies"]] == [second["id"]]
    file.write_text("## One\n\n## Two\n\n### Priority\nhigh\n", encoding="utf-8")
    assert unchanged(town, "create", "-f", str(file)) == (
        f"{file}:5: 'high' is no priority; write 0 (critical), 1, 2, 3 or 4 (backlog)"
    )


def test_a_graph_is_one_commit(town: Town, tmp_path: Path) -> None:
    made(town, ("hq-aa1", {}))
    file = tmp_path / "plan.json"
    plan: dict[str, Any] = {
        "commit_message": "The plan",
        "nodes": [
            {"key": "b", "title": "Bee", "parent_key": "a", "metadata": {"n": 1}, "metadata_refs": {"peer": "c"}},
            {"key": "a", "title": "Ay", "type": "epic", "labels": ["l"], "priority": 1},
            {"key": "c", "title": "Cee", "parent_id": "hq-aa1", "assignee": "mayor", "assign_after_create": True},
        ],
        "edges": [
            {"from_key": "b", "to_key": "c"},
            {"from_id": "hq-aa1", "to_key": "a", "type": "related"},
        ],
    }  # fmt: skip
    file.write_text(json.dumps(plan), encoding="utf-8")
    before = commits(town)
    seen = document("create", "--graph", str(file), "--dry-run")
    assert [seen[key] for key in ("dry_run", "node_count", "edge_count", "parent_deps", "validation_notes")] == [
        True, 3, 2, 2, [],
    ]  # fmt: skip
    assert [(node["key"], node["title"]) for node in seen["nodes"]] == [
        ("b", "Bee"),
        ("a", "Ay"),
        ("c", "Cee"),
    ]
    assert commits(town) == before
    ids = document("create", "--graph", str(file))["ids"]
    assert commits(town) == ["create: The plan", *before]
    assert (ids["b"], ids["c"]) == (f"{ids['a']}.1", "hq-aa1.1")
    bee, cee = shown(ids["b"]), shown(ids["c"])
    assert (bee["metadata"], bee["labels"]) == ({"n": 1, "peer": "hq-aa1.1"}, ["l"])
    assert [(e["id"], e["dependency_type"]) for e in bee["dependencies"]] == [
        ("hq-aa1.1", "blocks"),
        (ids["a"], "parent-child"),
    ]
    assert cee["assignee"] == "mayor"
    assert [(e["id"], e["dependency_type"]) for e in shown("hq-aa1")["dependencies"]] == [
        (ids["a"], "related")
    ]
    for change, said in [
        ({"edges": [{"from_key": "b", "to_key": "z"}]}, "edge 1: there is no node 'z'; the keys are a, b, c"),
        ({"edges": [{"from_key": "b", "to_key": "c"}, {"from_key": "c", "to_key": "b"}]}, "would wait for itself"),
        ({"nodes": [{"key": "a", "title": "x", "parent_key": "a"}], "edges": []}, "a -> a: below itself; mend parent_key"),
        ({"nodes": [{"key": "a", "title": " "}], "edges": []}, "node a: the title is empty"),
        ({"nodes": [{"key": "a", "titel": "x"}], "edges": []}, "the plan does not read: Object"),
        ({"nodes": []}, "the plan has no nodes; "),
    ]:  # fmt: skip
        file.write_text(json.dumps({**plan, **change}), encoding="utf-8")
        assert said in unchanged(town, "create", "--graph", str(file))


def test_defer_and_undefer(town: Town) -> None:
    made(town, ("hq-aa1", {"status": "in_progress", "assignee": "ada"}), ("hq-bb2", {}))
    assert prints("defer", "aa1", "bb2", "--until", "+2d") == (
        "updated hq-aa1: status deferred, defer 2026-11-22T08:00:00Z\n"
        "updated hq-bb2: status deferred, defer 2026-11-22T08:00:00Z\n"
        "next: bd show hq-aa1\n      bd show hq-bb2\n"
    )
    assert prints("undefer", "aa1") == "updated hq-aa1: status open, no defer\nnext: bd show hq-aa1\n"
    assert (
        prints("update", "bb2", "--defer", "")
        == "updated hq-bb2: status open, no defer\nnext: bd show hq-bb2\n"
    )
    assert prints("defer", "bb2") == "updated hq-bb2: status deferred\nnext: bd show hq-bb2\n"
    assert prints("defer", "bb2") == "hq-bb2 is so already: nothing changed\nnext: bd show hq-bb2\n"


def test_what_was_put_off_can_be_claimed_when_its_time_has_come(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    prints("create", "x", "--id", "hq-aa1", "--defer", "+1d")
    assert unchanged(town, "update", "aa1", "--claim") == (
        "hq-aa1 is not claimable: status deferred; take another: bd ready"
    )
    monkeypatch.setenv("GT_NOW", "2026-11-22T08:00:00Z")
    assert prints("update", "aa1", "--claim") == "claimed hq-aa1  x\nnext: bd show hq-aa1\n"


def test_short_ways_to_update(town: Town) -> None:
    made(town, ("hq-aa1", {}))
    assert prints("assign", "aa1", "mayor") == "updated hq-aa1: assignee mayor\nnext: bd show hq-aa1\n"
    assert prints("priority", "aa1", "P0") == "updated hq-aa1: priority 0\nnext: bd show hq-aa1\n"
    assert prints("note", "aa1", "two", "words") == "updated hq-aa1: notes two words\nnext: bd show hq-aa1\n"
    assert prints("edit", "aa1", "--title", "T") == "updated hq-aa1: title T\nnext: bd show hq-aa1\n"
    assert prints("assign", "aa1", "") == "updated hq-aa1: no assignee\nnext: bd show hq-aa1\n"


def test_labels(town: Town) -> None:
    made(
        town,
        ("hq-ep1", {}),
        ("hq-ep1.2", {"parent": "hq-ep1"}),
        ("hq-ep1.10", {"parent": "hq-ep1", "labels": ["x"]}),
    )
    assert prints("label", "propagate", "ep1", "x") == (
        "added x to hq-ep1.2\nhq-ep1.10 has x already\nnext: bd show hq-ep1.2\n      bd show hq-ep1.10\n"
    )
    assert prints("label", "remove", "hq-ep1.2", "hq-ep1.10", "x") == (
        "took x off hq-ep1.2\ntook x off hq-ep1.10\nnext: bd show hq-ep1.2\n      bd show hq-ep1.10\n"
    )


def test_state(town: Town) -> None:
    made(town, ("hq-aa1", {"labels": ["mode:old", "mode:older", "x"]}))
    assert document("set-state", "aa1", "mode=degraded", "--reason", "the queue is full") == {
        "issue_id": "hq-aa1", "dimension": "mode", "old_value": "old", "new_value": "degraded",
        "event_id": "hq-aa1.1", "changed": True, "schema_version": 1,
    }  # fmt: skip
    assert shown("aa1")["labels"] == ["mode:degraded", "x"]
    event = shown("hq-aa1.1")
    assert [event[key] for key in ("title", "issue_type", "status", "priority", "description", "closed_at")] == [
        "State change: mode → degraded", "event", "closed", 4, "mode was old, now it is degraded.\n\nthe queue is full", NOW,
    ]  # fmt: skip
    tip = town.tip()
    assert prints("set-state", "aa1", "mode=degraded") == (
        "hq-aa1: mode is degraded already: nothing changed\nnext: bd show hq-aa1\n"
    )
    assert town.tip() == tip


def test_comments(town: Town, tmp_path: Path) -> None:
    made(town, ("hq-aa1", {}))
    file = tmp_path / "said.md"
    file.write_text("## Notes\nfrom a file\n", encoding="utf-8")
    assert (
        prints("comment", "aa1", "seen", "too")
        == "commented on hq-aa1  Title of hq-aa1\nnext: bd show hq-aa1\n"
    )
    assert document("comments", "add", "aa1", "-f", str(file)) == {
        "id": "c2", "issue_id": "hq-aa1", "author": "overseer", "text": "## Notes\nfrom a file", "created_at": NOW,
        "schema_version": 1,
    }  # fmt: skip
    assert [each["text"] for each in shown("aa1")["comments"]] == ["seen too", "## Notes\nfrom a file"]


def test_metadata(town: Town) -> None:
    rules = "metadata:\n  mode: {}\n  fields:\n    team:\n      type: enum\n      required: true\n      values:\n        - a\n        - b\n"
    path = town.root / "town.yaml"
    plain = path.read_text(encoding="utf-8")
    towns.put(town, "town.yaml", plain + rules.format("warn"))
    assert prints("create", "x", "--id", "hq-aa1", "--metadata", '{"team": "c"}') == (
        "created hq-aa1  P2 task  x\nnote: the metadata key team is not one of a, b: c\nnext: bd show hq-aa1\n"
    )
    assert prints(
        "update", "aa1", "--unset-metadata", "team", "--set-metadata", "v=1.10", "--set-metadata", "n=2"
    ) == ("updated hq-aa1: metadata\nnote: hq-aa1: the metadata key team is missing\nnext: bd show hq-aa1\n")
    assert shown("aa1")["metadata"] == {"v": "1.10", "n": 2}
    towns.put(town, "town.yaml", plain + rules.format("error"))
    why = "town.yaml says what metadata must be"
    assert unchanged(town, "create", "x") == f"the metadata key team is missing; {why}"
    assert unchanged(town, "update", "aa1", "--set-metadata", "team=z") == (
        f"the metadata key team is not one of a, b: z; {why}"
    )
    prints("update", "aa1", "--set-metadata", "team=a")
    prints("update", "aa1", "-p", "1")


def test_close_and_what_then(town: Town) -> None:
    made(town, ("hq-mol1", {"type": "molecule"}), ("hq-mol1.2", {"parent": "hq-mol1"}))
    made(
        town,
        ("hq-mol1.1", {"parent": "hq-mol1"}),
        ("hq-mol1.10", {"parent": "hq-mol1", "needs": ["hq-mol1.2"]}),
    )
    made(town, ("hq-aa1", {"priority": 0, "needs": ["hq-bb2"]}), ("hq-bb2", {"priority": 1}), ("hq-cc3", {}))
    done = document("close", "mol1.1", "-r", "ok", "--continue", "--session", "s1")
    assert (done["closed"][0]["close_reason"], done["closed"][0]["closed_by_session"]) == ("ok", "s1")
    assert done["continue"] == {
        "closed_step": done["closed"][0],
        "next_step": {"id": "hq-mol1.2", "title": "Title of hq-mol1.2", "description": ""},
        "auto_advanced": True, "molecule_complete": False, "molecule_id": "hq-mol1",
    }  # fmt: skip
    assert (shown("mol1.2")["status"], shown("mol1.2")["assignee"]) == ("in_progress", "overseer")
    assert prints("close", "mol1.2", "--continue", "--no-auto") == (
        "closed hq-mol1.2  Title of hq-mol1.2\nready now: hq-mol1.10  Title of hq-mol1.10\n"
        "next step: hq-mol1.10  Title of hq-mol1.10\nnext: bd ready\n"
    )
    assert prints("close", "mol1.10", "--continue").splitlines()[1] == "hq-mol1 is complete"
    before = commits(town)
    taken = document("close", "bb2", "--claim-next")
    assert ([each["id"] for each in taken["closed"]], taken["claimed"]["id"]) == (["hq-bb2"], "hq-aa1")
    assert (shown("aa1")["status"], len(commits(town))) == ("in_progress", len(before) + 1)
    prints("close", "aa1", "cc3", "-r", "one", "-r", "two")
    assert [shown(id)["close_reason"] for id in ("aa1", "cc3")] == ["one", "two"]


def test_a_step_of_a_file_goes_on(town: Town) -> None:
    steps = "## Steps\n\n- [ ] **one** First\n\n- [ ] **two** Second (needs: one)\n"
    towns.put(town, "molecules/hq-mol-x1.md", f"---\nid: hq-mol-x1\ntitle: M\nstatus: open\n---\n{steps}")
    assert document("close", "hq-mol-x1.one", "--continue") == {
        "closed": [],
        "continue": {
            "closed_step": {"id": "hq-mol-x1.one", "title": "First", "status": "closed"},
            "next_step": {"id": "hq-mol-x1.two", "title": "Second", "description": ""},
            "auto_advanced": True, "molecule_complete": False, "molecule_id": "hq-mol-x1",
        },
        "schema_version": 1,
    }  # fmt: skip
    assert document("close", "hq-mol-x1.two", "--continue")["continue"]["molecule_complete"] is True


def test_a_gate_that_is_shut_is_closed_by_a_person_alone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    made(town, ("hq-g1", {"type": "gate", "await": "timer", "timeout": "2h"}), ("hq-aa1", {}))
    made(town, ("hq-g2", {"type": "gate", "await": "bead", "on": "hq-aa1"}), ("hq-g3", {"type": "gate"}))
    force = "to close it all the same: --force"
    monkeypatch.setenv("GT_ROLE", "mayor")
    assert unchanged(town, "close", "g1") == f"hq-g1 is a gate that is shut: its timer has 2h to go; {force}"
    assert unchanged(town, "close", "g2") == f"hq-g2 is a gate that is shut: hq-aa1 is open; {force}"
    monkeypatch.delenv("GT_ROLE")
    done = bd("close", "g1", "g3", cwd=town.root)
    assert (done.returncode, done.stderr) == (0, "the gate hq-g1 was shut still: its timer has 2h to go\n")
    prints("close", "aa1")
    assert prints("close", "g2").startswith("closed already: hq-g2")


def test_delete_from_a_file(town: Town, tmp_path: Path) -> None:
    made(town, ("hq-aa1", {}), ("hq-bb2", {}), ("hq-bb2.1", {"parent": "hq-bb2"}))
    file = tmp_path / "ids"
    file.write_text("# these\nhq-aa1\n\nbb2\n", encoding="utf-8")
    assert document("delete", "--from-file", str(file), "--cascade", "--force") == {
        "deleted": ["hq-aa1", "hq-bb2", "hq-bb2.1"], "updated": [], "dry_run": False, "commit": town.tip(),
        "schema_version": 1,
    }  # fmt: skip
    assert document("list", "--all") == []


def test_rename_changes_all_that_names_it(town: Town) -> None:
    text = "---\n# mine\ntitle: It   # quoted\npriority: 1\nzzz: kept\n---\nNot hq-aa12, but hq-aa1.\n"
    towns.put(town, "beads/hq-aa1.md", text)
    made(town, ("hq-bb2", {"needs": ["hq-aa1"], "parent": "hq-aa1"}), ("hq-cc3", {}))
    prints("comment", "bb2", "see hq-aa1.")
    towns.put(
        town, "convoys/hq-cv-x1.md", "---\nid: hq-cv-x1\ntitle: C\nstatus: open\ntracks:\n  - hq-aa1\n---\n"
    )
    before = commits(town)
    assert prints("rename", "aa1", "hq-login") == (
        "renamed hq-aa1 to hq-login\nchanged in beads/hq-bb2.md\nchanged in convoys/hq-cv-x1.md\n"
        "next: bd show hq-login\n"
    )
    assert commits(town) == ["rename: hq-aa1 hq-login", *before]
    assert towns.show(town, "beads/hq-login.md") == text.replace("but hq-aa1", "but hq-login")
    found = shown("bb2")
    assert {each["id"] for each in found["dependencies"]} == {"hq-login"}
    assert found["comments"][0]["text"] == "see hq-login."
    assert towns.git(town.root, "grep", "-lw", "hq-aa1", "HEAD", "--", "beads", "convoys", check=False) == ""


def test_memories(town: Town) -> None:
    assert prints("remember", "Staging has", "no cache: ever!") == (
        "remembered staging-has-no-cache-ever\nnext: bd recall staging-has-no-cache-ever\n"
    )
    assert towns.show(town, "memories/staging-has-no-cache-ever.md").endswith(
        "---\nStaging has no cache: ever!\n"
    )
    assert document("remember", "other", "--key", "k") == {
        "key": "k", "value": "other", "action": "remembered", "schema_version": 1,
    }  # fmt: skip
    assert (
        prints("remember", "other", "--key", "k")
        == "k is remembered already: nothing changed\nnext: bd recall k\n"
    )
    assert prints("remember", "more", "--key", "k") == "updated k\nnext: bd recall k\n"
    assert document("forget", "k") == {"key": "k", "deleted": True, "schema_version": 1}
    assert not (town.root / "memories/k.md").exists()


def test_a_batch_is_one_commit_or_none(town: Town, tmp_path: Path) -> None:
    made(town, ("hq-aa1", {}), ("hq-bb2", {}), ("hq-cc3", {"needs": ["hq-bb2"]}))
    file = tmp_path / "lines"
    lines = [
        "# comment", "create bug 1 'A quoted' title", "update hq-aa1 priority=0 status=in_progress 'title=New one'",
        "", "dep add hq-aa1 hq-bb2", "dep add hq-aa1 hq-cc3 related", "dep remove hq-cc3 hq-bb2", "close hq-cc3 it is done",
    ]  # fmt: skip
    file.write_text("\n".join(lines), encoding="utf-8")
    before = commits(town)
    said = prints("batch", "-f", str(file))
    assert re.sub(r"create \S+", "create ID", said) == (
        "create ID\nupdate hq-aa1\ndep add hq-aa1\ndep add hq-aa1\ndep remove hq-cc3\nclose hq-cc3\n"
        "next: bd list\n      bd ready\n"
    )
    assert commits(town) == ["batch: 6 changes", *before]
    assert (shown("aa1")["title"], shown("cc3")["close_reason"]) == ("New one", "it is done")
    for text, why in [
        ("close hq-bb2\nclose hq-zz9", "line 2: no bead hq-zz9; see them with: bd list --all"),
        ("close hq-aa1", "line 1: hq-aa1 waits for hq-bb2; to close it all the same: bd close hq-aa1 --force"),
        ("create task 9 x", "line 1: '9' is no priority; write 0 (critical), 1, 2, 3 or 4 (backlog)"),
        ("\nupdate hq-aa1 labels=x", "line 2: 'update' is no change; write update ID KEY=VALUE... (status, priority, title, assignee)"),
        ("create task 1 'x", "line 1: No closing quotation; close the quote, or take it out"),
        ("# nothing", "there is nothing to do; write lines such as: close ID [REASON]"),
    ]:  # fmt: skip
        file.write_text(text, encoding="utf-8")
        assert unchanged(town, "batch", "-f", str(file)) == why


def test_an_editor_on_a_terminal(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    made(town, ("hq-aa1", {"updated": "2025-01-01T00:00:00Z"}))

    def edit(program: str) -> str:
        monkeypatch.setenv("EDITOR", program)
        outer, inner = pty.openpty()
        done = subprocess.run(
            [sys.executable, "-m", "gtlib.cli", "bd", "edit", "aa1"], stdin=inner, stdout=inner, stderr=inner, timeout=60
        )  # fmt: skip
        said = os.read(outer, 65536).decode().replace("\r\n", "\n")
        os.close(inner)
        os.close(outer)
        return f"{done.returncode} {said}"

    assert edit("sed -i s/Title/Name/") == "0 edited hq-aa1\nnext: bd show hq-aa1\n"
    assert towns.show(town, "beads/hq-aa1.md") == towns.bead("hq-aa1", "Name of hq-aa1", created=NOW)
    assert edit("true") == "0 hq-aa1 is as it was: nothing changed\nnext: bd show hq-aa1\n"
    assert edit("false") == "1 error: the editor 'false' ended with 1; nothing was written\n"
    assert edit("no-such-editor").startswith("1 error: the editor 'no-such-editor' does not start: ")
    assert (list((town.local / "edit").iterdir()), towns.status(town)) == ([], "")


def test_a_time_of_another_tracker_goes_with_the_first_change(town: Town) -> None:
    made(
        town, ("hq-aa1", {"updated": "2025-01-01T00:00:00Z"}), ("hq-bb2", {"updated": "2025-01-01T00:00:00Z"})
    )
    prints("label", "add", "aa1", "x")
    assert "updated:" not in towns.show(town, "beads/hq-aa1.md")
    prints("create", "x", "--deps", "blocks:bb2")
    assert "updated:" not in towns.show(town, "beads/hq-bb2.md")


def test_what_is_archived_comes_back_when_it_is_reopened(town: Town) -> None:
    line = {"id": "hq-old1", "title": "Old", "status": "closed", "priority": 2, "issue_type": "task"}
    towns.put(town, "archive/2025-01.jsonl", json.dumps({**line, "created_at": NOW, "closed_at": NOW}) + "\n")
    assert (
        unchanged(town, "update", "old1", "-p", "1")
        == "hq-old1 is archived; bring it back first: bd reopen hq-old1"
    )
    before = commits(town)
    assert prints("reopen", "old1", "-r", "again") == "reopened hq-old1  Old\nnext: bd show hq-old1\n"
    assert commits(town) == ["reopen: hq-old1 Old", *before]
    assert (shown("old1")["status"], [each["text"] for each in shown("old1")["comments"]]) == (
        "open",
        ["again"],
    )
    assert (town.root / "archive/2025-01.jsonl").read_text() == ""


def test_a_person_whose_text_is_in_the_way_is_told(town: Town) -> None:
    made(town, ("hq-aa1", {"priority": 2}))
    towns.write(town, "beads/hq-aa1.md", towns.bead("hq-aa1", "Title of hq-aa1", created=NOW, priority=1))
    note = "beads/hq-aa1.md: your uncommitted text stays; it is merged when you commit it\n"
    for words in (["update", "aa1", "-p", "4"], ["priority", "aa1", "3", "--json"]):
        done = bd(*words)
        assert (done.returncode, done.stderr) == (0, note)
    assert "priority: 1" in (town.root / "beads/hq-aa1.md").read_text(encoding="utf-8")
