"""`bd dep`, `relate`, `link` as people type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.inside import run

BEADS = {
    "hq-aa1": {},
    "hq-bb1": {},
    "hq-cc1": {"needs": ["hq-bb1"], "status": "in_progress"},
    "hq-e1": {"type": "epic"},
    "hq-e1.2": {"parent": "hq-e1"},
    "hq-e1.10": {"parent": "hq-e1", "status": "closed", "closed": "2026-11-19T08:00:00Z"},
}


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    for id, fields in BEADS.items():
        text = towns.bead(id, f"Do {id}", created="2026-11-19T08:00:00Z", **fields)
        towns.write(town, f"beads/{id}.md", text)
    towns.git(town.root, "add", "beads")
    towns.commit(town.root, "-m", "beads")
    return town


def ok(town: Town, *words: str) -> str:
    done = run(town.root, "bd", *words)
    assert (done.code, done.err) == (0, "")
    return done.out


def told(town: Town, *words: str) -> Any:
    return json.loads(ok(town, *words, "--json"))


def refused(town: Town, *words: str) -> str:
    before = towns.git(town.root, "rev-parse", "HEAD")
    done = run(town.root, "bd", *words)
    assert (done.code, done.out) in ((1, ""), (2, ""))
    assert towns.git(town.root, "rev-parse", "HEAD") == before
    return done.err


def test_add_and_remove(town: Town) -> None:
    assert ok(town, "dep", "add", "aa1", "bb1") == (
        "hq-aa1 waits for hq-bb1\nnext: bd show hq-aa1\n      bd ready\n"
    )
    assert towns.show(town, "beads/hq-aa1.md") == (
        "---\nid: hq-aa1\ntitle: Do hq-aa1\ncreated: 2026-11-19T08:00:00Z\nneeds:\n  - hq-bb1\n---\n"
    )
    assert ok(town, "dep", "add", "aa1", "bb1") == (
        "no change: hq-aa1 waits for hq-bb1 already\nnext: bd show hq-aa1\n      bd ready\n"
    )
    assert refused(town, "dep", "add", "aa1", "bb1", "-t", "related") == (
        "error: hq-aa1 depends on hq-bb1 already (blocks); take that out first: bd dep remove hq-aa1 hq-bb1\n"
    )
    assert ok(town, "dep", "rm", "aa1", "bb1") == (
        "no longer: hq-aa1 waits for hq-bb1\nnext: bd show hq-aa1\n      bd ready\n"
    )
    assert refused(town, "dep", "rm", "aa1", "bb1") == (
        "error: hq-aa1 has no dependency on bb1; it depends on nothing\n"
    )
    assert towns.status(town) == ""


@pytest.mark.parametrize(
    ("words", "edge"),
    [
        (("dep", "add", "aa1", "--blocked-by", "bb1"), ("hq-aa1", "hq-bb1", "blocks")),
        (("dep", "add", "aa1", "--depends-on", "bb1"), ("hq-aa1", "hq-bb1", "blocks")),
        (("dep", "add", "aa1", "bb1", "--type=discovered-from"), ("hq-aa1", "hq-bb1", "discovered-from")),
        (("dep", "add", "aa1", "bb1", "-t", "inspired-by"), ("hq-aa1", "hq-bb1", "inspired-by")),
        (("dep", "add", "aa1", "external:x:y"), ("hq-aa1", "external:x:y", "blocks")),
        (("dep", "aa1", "--blocks", "bb1"), ("hq-bb1", "hq-aa1", "blocks")),
        (("link", "aa1", "bb1"), ("hq-aa1", "hq-bb1", "blocks")),
        (("relate", "aa1", "bb1"), ("hq-aa1", "hq-bb1", "relates-to")),
        (("dep", "relate", "aa1", "bb1"), ("hq-aa1", "hq-bb1", "relates-to")),
    ],
)
def test_ways_to_say_it(town: Town, words: tuple[str, ...], edge: tuple[str, str, str]) -> None:
    shape = {"issue_id": edge[0], "depends_on_id": edge[1], "type": edge[2], "schema_version": 1}
    assert told(town, *words) == {"status": "added", **shape}
    assert told(town, *words) == {"status": "unchanged", **shape}
    out = "unrelate" if edge[2] == "relates-to" else "dep remove"
    assert told(town, *out.split(), edge[0], edge[1]) == {"status": "removed", **shape}


def test_what_is_refused(town: Town) -> None:
    assert refused(town, "dep", "add", "bb1", "cc1") == (
        "error: hq-bb1 would wait for itself: hq-bb1 -> hq-cc1 -> hq-bb1; take one of these needs out first\n"
    )
    assert refused(town, "dep", "add", "aa1") == (
        "error: two beads are needed; bd dep add gt-abc12 gt-def34: the first waits for the second\n"
    )
    assert refused(town, "dep", "add", "aa1", "nope") == "error: no bead nope; see them with: bd list --all\n"
    assert refused(town, "dep", "lsit", "aa1") == "error: bd dep has no command 'lsit'; did you mean list?\n"
    assert refused(town, "dep") == (
        "error: one bead and --blocks are needed; one of: add, cycles, list, relate, remove, tree, unrelate, "
        "or ID --blocks OTHER\n"
    )
    assert refused(town, "dep", "aa1", "bb1", "--blocks", "cc1").startswith(
        "error: one bead and --blocks are"
    )
    assert refused(town, "unrelate", "aa1", "bb1") == (
        "error: hq-aa1 has no dependency on bb1 (relates-to); it depends on nothing\n"
    )
    assert refused(town, "dep", "list").startswith("error: no id is given;")
    assert refused(town, "dep", "list", "nope") == "error: no bead nope; see them with: bd list --all\n"
    assert refused(town, "dep", "list", "aa1", "--direction", "dwon") == (
        "error: --direction 'dwon' is unknown; did you mean down?\n"
    )
    assert refused(town, "dep", "tree", "aa1", "-d", "0") == (
        "error: --max-depth 0 shows nothing; give 1 or more\n"
    )
    assert refused(town, "dep", "tree", "aa1", "--status", "opne") == (
        "error: unknown status 'opne'; did you mean open?\n"
    )


def test_many_from_a_file(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "deps.jsonl"
    lines = ['{"from":"aa1","to":"bb1"}', "", '{"from":"cc1","to":"hq-bb1","type":"blocks"}']
    path.write_text("\n".join([*lines, '{"from":"aa1","to":"e1.2","type":"related"}', ""]))
    assert told(town, "dep", "add", "--file", str(path)) == {
        "status": "added",
        "count": 2,
        "dependencies": [
            {"issue_id": "hq-aa1", "depends_on_id": "hq-bb1", "type": "blocks"},
            {"issue_id": "hq-cc1", "depends_on_id": "hq-bb1", "type": "blocks"},
            {"issue_id": "hq-aa1", "depends_on_id": "hq-e1.2", "type": "related"},
        ],
        "schema_version": 1,
    }
    assert ok(town, "dep", "add", "--file", str(path)) == (
        "added 0 dependencies\nthere already: 3\nnext: bd dep cycles\n      bd ready\n"
    )
    for line, said in (
        ('{"from":"bb1","to":"aa1"}', "hq-bb1 would wait for itself: hq-bb1 -> hq-aa1 -> hq-bb1; "
         "take one of these needs out first"),
        ('{"from":"bb1"}', "no edge; one object a line: {from, to, type}"),
        ('{"from":"bb1","to":3}', "no edge; one object a line: {from, to, type}"),
        ("[]", "no edge; one object a line: {from, to, type}"),
        ("{", "no JSON (Input data was truncated); one object a line: {from, to, type}"),
    ):  # fmt: skip
        path.write_text('{"from":"e1.2","to":"aa1"}\n' + line + "\n")
        assert refused(town, "dep", "add", "--file", str(path)) == f"error: {path}:2: {said}\n"
    path.write_text('{"from":"bb1","to":"aa1"}\n')
    assert ok(town, "dep", "add", "--file", str(path), "--no-cycle-check").startswith("added 1 dependency\n")
    assert ok(town, "dep", "cycles") == ("hq-aa1 -> hq-bb1 -> hq-aa1\nnext: bd dep remove hq-aa1 hq-bb1\n")
    assert [[each["id"] for each in path] for path in told(town, "dep", "cycles")] == [["hq-aa1", "hq-bb1"]]


def test_list(town: Town) -> None:
    assert ok(town, "dep", "list", "cc1") == (
        "TYPE    DEPENDS ON  STATUS  TITLE\nblocks  hq-bb1      open    Do hq-bb1\n"
    )
    assert ok(town, "dep", "list", "hq-e1", "--direction", "up") == (
        "TYPE          DEPENDENT  STATUS  TITLE\n"
        "parent-child  hq-e1.2    open    Do hq-e1.2\n"
        "parent-child  hq-e1.10   closed  Do hq-e1.10\n"
    )
    assert ok(town, "dep", "list", "aa1") == "hq-aa1: depends on nothing\n"
    assert ok(town, "dep", "list", "cc1", "-t", "related") == "hq-cc1: depends on nothing\n"
    assert [
        (each["id"], each["title"], each["dependency_type"]) for each in told(town, "dep", "list", "cc1")
    ] == [("hq-bb1", "Do hq-bb1", "blocks")]
    assert told(town, "dep", "list", "bb1", "hq-e1", "--direction", "up") == [
        {"issue_id": "hq-cc1", "depends_on_id": "hq-bb1", "type": "blocks"},
        {"issue_id": "hq-e1.2", "depends_on_id": "hq-e1", "type": "parent-child"},
        {"issue_id": "hq-e1.10", "depends_on_id": "hq-e1", "type": "parent-child"},
    ]
    assert told(town, "dep", "list", "aa1") == []


def test_tree(town: Town) -> None:
    ok(town, "dep", "add", "e1.2", "cc1")
    assert ok(town, "dep", "tree", "e1.2") == (
        "○ hq-e1.2  Do hq-e1.2\n  ▶ hq-cc1  Do hq-cc1 (blocks)\n    ○ hq-bb1  Do hq-bb1 (blocks)\n"
        "  ○ hq-e1  Do hq-e1 (parent-child)\n"
    )
    assert ok(town, "dep", "tree", "e1.2", "-d", "1") == (
        "○ hq-e1.2  Do hq-e1.2\n  ▶ hq-cc1  Do hq-cc1 (blocks)\n    ...\n  ○ hq-e1  Do hq-e1 (parent-child)\n"
    )
    assert ok(town, "dep", "tree", "cc1", "--direction", "both", "--status", "open") == (
        "is needed for this:\n  ○ hq-bb1  Do hq-bb1 (blocks)\n"
        "depends on this:\n  ○ hq-e1.2  Do hq-e1.2 (blocks)\n"
    )
    assert ok(town, "dep", "tree", "cc1", "--direction", "both", "--format", "mermaid") == (
        'flowchart TD\n  n0["hq-cc1: Do hq-cc1"]\n  n1["hq-bb1: Do hq-bb1"]\n  n2["hq-e1.2: Do hq-e1.2"]\n'
        "  n0 -->|blocks| n1\n  n2 -->|blocks| n0\n"
    )
    rows = told(town, "dep", "tree", "e1.2")
    assert [
        (each["id"], each["depth"], each["parent_id"], each["edge_from_parent"], each["truncated"])
        for each in rows
    ] == [
        ("hq-e1.2", 0, "", "", False),
        ("hq-cc1", 1, "hq-e1.2", "blocks", False),
        ("hq-bb1", 2, "hq-cc1", "blocks", False),
        ("hq-e1", 1, "hq-e1.2", "parent-child", False),
    ]
