"""`bd` and `gt ready` as people type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import NOW
from tests.support.asked import bd
from tests.support.asked import filed
from tests.support.asked import gt


def ok(program: Any, *words: str, cwd: Path | None = None) -> str:
    done = program(*words, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return str(done.stdout)


def refused(program: Any, *words: str) -> tuple[int, str]:
    done = program(*words)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_life(town: Town) -> None:
    words = ("-t", "bug", "-p", "P1", "-l", "auth", "-d", "What is wrong.", "--acceptance", "- once")
    assert ok(bd, "create", "Refresh the token", *words, "--id", "hq-tok1") == (
        "created hq-tok1  P1 bug  Refresh the token\nnext: bd show hq-tok1\n"
    )
    assert ok(bd, "create", "Write the docs", "--deps", "tok1", "--id", "hq-doc1") == (
        "created hq-doc1  P2 task  Write the docs\nwaits for hq-tok1\nnext: bd show hq-doc1\n"
    )
    assert towns.show(town, "beads/hq-tok1.md") == (
        "---\nid: hq-tok1\ntitle: Refresh the token\ntype: bug\nstatus: open\npriority: 1\nlabels:\n  - auth\n"
        f"created: {NOW}\ncreated_by: overseer\n---\nWhat is wrong.\n\n## Acceptance Criteria\n- once\n"
    )
    assert ok(bd, "list") == (
        "ID       P  TYPE  STATUS  AGE  TITLE\n"
        "hq-tok1  1  bug   open    now  Refresh the token\n"
        "hq-doc1  2  task  open    now  Write the docs\n"
    )
    assert ok(bd, "ready") == (
        "ID       P  TYPE  STATUS  AGE  TITLE\nhq-tok1  1  bug   open    now  Refresh the token\n"
    )
    assert (
        ok(bd, "update", "tok1", "--claim") == "claimed hq-tok1  Refresh the token\nnext: bd show hq-tok1\n"
    )
    assert ok(bd, "update", "tok1", "--claim") == "hq-tok1 is yours already\nnext: bd show hq-tok1\n"
    assert ok(bd, "update", "tok1", "-p", "0", "--add-label", "x", "--append-notes", "n") == (
        "updated hq-tok1: priority 0, labels auth, x, notes n\nnext: bd show hq-tok1\n"
    )
    assert refused(bd, "close", "doc1") == (
        1,
        "error: hq-doc1 waits for hq-tok1; to close it all the same: --force\n",
    )
    assert ok(bd, "close", "tok1", "-r", "fixed in 1.4") == (
        "closed hq-tok1  Refresh the token\nready now: hq-doc1  Write the docs\nnext: bd ready\n"
    )
    assert ok(bd, "close", "tok1") == "closed already: hq-tok1  Refresh the token\nnext: bd ready\n"
    assert ok(bd, "reopen", "tok1", "-r", "fails on macOS") == (
        "reopened hq-tok1  Refresh the token\nnext: bd show hq-tok1\n"
    )
    assert ok(bd, "show", "tok1") == (
        "○ hq-tok1  Refresh the token\n"
        "  P0 bug · open · created now by overseer\n"
        "  labels      auth, x\n\n"
        "  What is wrong.\n\n"
        "  Acceptance criteria:\n  - once\n\n"
        "  Notes:\n  n\n\n"
        "  needed by   ○ hq-doc1 Write the docs\n\n"
        "  overseer, now:\n  fails on macOS\n\n"
        "  beads/hq-tok1.md\n"
    )
    assert towns.status(town) == ""


def test_json_shapes(town: Town) -> None:
    made = json.loads(ok(bd, "create", "One", "--id", "hq-one1", "-a", "mayor", "-e", "30", "--json"))
    assert made == {
        "id": "hq-one1", "title": "One", "status": "open", "priority": 2, "issue_type": "task",
        "assignee": "mayor", "estimated_minutes": 30, "created_at": NOW, "created_by": "overseer", "updated_at": NOW,
        "schema_version": 1,
    }  # fmt: skip
    assert ok(bd, "create", "Two", "--id", "hq-two1", "--deps", "hq-one1", "--silent") == "hq-two1\n"
    rows = json.loads(ok(bd, "list", "--json"))
    assert [(r["id"], r["dependency_count"], r["dependent_count"], r["comment_count"]) for r in rows] == [
        ("hq-one1", 0, 1, 0),
        ("hq-two1", 1, 0, 0),
    ]
    assert rows[1]["dependencies"] == [
        {"issue_id": "hq-two1", "depends_on_id": "hq-one1", "type": "blocks", "created_at": NOW}
    ]
    one, two = json.loads(ok(bd, "show", "hq-one1", "hq-two1", "--json"))
    assert [(each["id"], each["dependency_type"]) for each in one["dependents"]] == [("hq-two1", "blocks")]
    assert [(each["title"], each["dependency_type"]) for each in two["dependencies"]] == [("One", "blocks")]
    assert [each["id"] for each in json.loads(ok(bd, "update", "one1", "-p", "1", "--json"))] == ["hq-one1"]
    closed = json.loads(ok(bd, "close", "one1", "--suggest-next", "--json"))
    assert [each["closed_at"] for each in closed["closed"]] == [NOW]
    assert [each["id"] for each in closed["unblocked"]] == ["hq-two1"]
    assert [each["status"] for each in json.loads(ok(bd, "reopen", "one1", "--json"))] == ["open"]
    assert json.loads(ok(bd, "dep", "remove", "two1", "one1", "--json")) == {
        "status": "removed", "issue_id": "hq-two1", "depends_on_id": "hq-one1", "type": "blocks", "schema_version": 1,
    }  # fmt: skip
    assert json.loads(ok(bd, "list", "-s", "closed", "--json")) == []


def test_gt_ready(town: Town) -> None:
    towns.put(town, "proj/rig.yaml", "name: proj\nprefix: pr\nurl: /srv/proj.git\n")
    towns.put(town, "beads/hq-aa11.md", towns.bead("hq-aa11", "Town's", created=NOW, priority=0))
    towns.put(town, "beads/pr-bb22.md", towns.bead("pr-bb22", "Rig's", created=NOW))
    assert ok(gt, "ready") == (
        "town: 1 bead ready\nID       P  TYPE  STATUS  AGE  TITLE\nhq-aa11  0  task  open    now  Town's\n\n"
        "proj: 1 bead ready\nID       P  TYPE  STATUS  AGE  TITLE\npr-bb22  2  task  open    now  Rig's\n"
        "next: gt sling pr-bb22 proj\n"
    )
    found = json.loads(ok(gt, "ready", "--json", "-n", "1"))
    assert found["sources"][0]["issues"][0].pop("updated_at")
    assert found == {
        "sources": [
            {
                "name": "town",
                "issues": [
                    {
                        "id": "hq-aa11", "title": "Town's", "status": "open", "priority": 0, "issue_type": "task",
                        "created_at": NOW, "dependency_count": 0, "dependent_count": 0, "comment_count": 0,
                    }
                ],
                "error": "",
            },
            {"name": "proj", "issues": [], "error": ""},
        ],
        "summary": {
            "total": 2, "by_source": {"town": 1, "proj": 0},
            "p0_count": 1, "p1_count": 0, "p2_count": 1, "p3_count": 0, "p4_count": 0,
        },
        "town_root": str(town.root),
        "schema_version": 1,
    }  # fmt: skip


def test_what_is_made_and_listed_belongs_to_where_one_stands(town: Town) -> None:
    towns.put(town, "proj/rig.yaml", "name: proj\nprefix: pr\nurl: /srv/proj.git\n")
    rig = town.root / "proj"
    made = [
        ok(bd, "create", "In the rig", "--silent", cwd=rig),
        ok(bd, "create", "By name", "--rig", "proj", "--silent"),
        ok(bd, "create", "In the town", "--silent"),
        ok(bd, "create", "For the town", "--rig", "hq", "--silent", cwd=rig),
    ]
    assert [id[:3] for id in made] == ["pr-", "pr-", "hq-", "hq-"]

    def titles(*words: str, cwd: Path | None = None) -> set[str]:
        return {each["title"] for each in json.loads(ok(bd, "list", "--json", *words, cwd=cwd))}

    assert titles(cwd=rig) == titles("--rig", "proj") == {"In the rig", "By name"}
    assert titles("--rig", "hq") == {"In the town", "For the town"}
    assert titles() == titles("--all-rigs", cwd=rig) and len(titles()) == 4
    assert refused(bd, "create", "x", "--rig", "prij") == (1, "error: no rig 'prij'; did you mean proj?\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["create", " "], 1, "the title is empty; say in a few words what is to be done"),
        (["create", "x", "-t", "bugg"], 1, "unknown type 'bugg'; did you mean bug?"),
        (["create", "x", "-p", "9"], 1, "'9' is no priority; write 0 (critical), 1, 2, 3 or 4 (backlog)"),
        (["create", "x", "-l", ""], 1, "an empty label; name the label, or leave the flag out"),
        (["create", "x", "--defer", "2020-01-01"], 1, "2020-01-01T00:00:00Z has passed; give a time that lies ahead"),
        (["create", "x", "--id", "hq-one1"], 1, "hq-one1 is taken; see it with: bd show hq-one1"),
        (["show"], 2, "no id is given; name one or more: bd show gt-abc12"),
        (["show", "zzz"], 1, "no bead zzz; see them with: bd list --all"),
        (["show", "one"], 1, "'one' means 2 items; write one of: hq-one1, hq-one2"),
        (["list", "-n", "-1"], 2, "--limit -1 is negative; 0 shows all"),
        (["list", "--sort", "titel"], 2, "--sort 'titel' is unknown; did you mean title?"),
        (["list", "-s", "opened"], 1, "unknown status 'opened'; did you mean open?"),
        (["list", "-t", "bugg"], 1, "unknown type 'bugg'; did you mean bug?"),
        (["list", "--parent", "zzz"], 1, "no bead zzz; see them with: bd list --all"),
        (["list", "--rig", "proj", "--all-rigs"], 2, "--rig and --all-rigs contradict each other; give one of them"),
        (["update", "one1"], 2, "nothing to change is given; see bd update --help"),
        (["update", "one1", "--status", "x"], 1, "unknown status 'x'; one of: open, in_progress, hooked, blocked, deferred, pinned, closed"),
        (["update", "one1", "--claim", "-s", "open"], 2, "--claim sets status and assignee itself; leave --status and --assignee out"),
        (["update", "one1", "--remove-label", "a"], 1, "hq-one1 has no label a; it has none"),
        (["update", "--claim"], 2, "no id is given; name one or more: bd update gt-abc12 --priority 1"),
        (["reopen", "one1"], 1, "hq-one1 is open, not closed; see it with: bd show hq-one1"),
        (["close", "one1", "-r", "a", "-r", "b"], 2, "2 reasons for 1 ids; give one reason, or one for each id"),
        (["dep", "add", "one1", "one1"], 1, "hq-one1 can't depend on itself; name two beads"),
    ],
)  # fmt: skip
def test_refusals_change_nothing(town: Town, words: list[str], code: int, said: str) -> None:
    filed(town, {f"beads/{id}.md": towns.bead(id) for id in ("hq-one1", "hq-one2")})
    before = town.tip()
    assert refused(bd, *words) == (code, f"error: {said}\n")
    assert (town.tip(), towns.status(town)) == (before, "")


def test_filters(town: Town) -> None:
    fields: dict[str, dict[str, Any]] = {
        "hq-b1": {"labels": ["x", "y"], "assignee": "ada", "priority": 1},
        "hq-b2": {"labels": ["x"], "type": "bug"},
        "hq-b3": {"status": "closed", "closed": NOW},
        "hq-b4": {"type": "gate"},
        "hq-b5": {"status": "deferred", "parent": "hq-b1"},
        "hq-b6": {"status": "in_review", "type": "question"},
    }
    for id, keys in fields.items():
        towns.write(town, f"beads/{id}.md", towns.bead(id, f"Title of {id}", **keys))
    towns.git(town.root, "add", "beads")
    towns.commit(town.root, "-m", "by hand")

    def ids(*words: str) -> list[str]:
        return [
            each["id"].removeprefix("hq-")
            for each in json.loads(ok(bd, "list", "--sort", "id", "--json", *words))
        ]

    assert ids() == ["b1", "b2", "b6"]
    assert ids("--all") == ["b1", "b2", "b3", "b4", "b5", "b6"]
    assert ids("-s", "closed,deferred") == ["b3", "b5"]
    assert ids("-s", "in_review") == ids("-t", "question") == ["b6"]
    assert ids("-t", "gate") == ["b4"]
    assert ids("-l", "x", "-l", "y") == ["b1"]
    assert ids("--label-any", "y,z") == ["b1"]
    assert ids("-a", "") == ids("--no-assignee") == ["b2", "b6"]
    assert ids("-a", "ada", "-p", "1") == ["b1"]
    assert ids("--title", "OF HQ-B2") == ["b2"]
    assert ids("--all", "--parent", "b1") == ["b5"]
    assert ids("--all", "-n", "2", "-r") == ["b6", "b5"]
    assert len(ids("--all", "-n", "0")) == 6
    assert ok(bd, "list", "-n", "1").splitlines()[-1] == "... and 2 more: --limit 0 shows all"


def test_a_hostile_title_does_not_reach_the_terminal(town: Town) -> None:
    ok(bd, "create", "red \x1b[31m and\x07 bell", "--id", "hq-bad1")
    assert "\x1b" not in ok(bd, "list") + ok(bd, "show", "bad1")
    assert json.loads(ok(bd, "show", "bad1", "--json"))[0]["title"] == "red \x1b[31m and\x07 bell"


def test_text_from_standard_input_and_files(town: Town, tmp_path: Path) -> None:
    text = tmp_path / "text.md"
    text.write_text("Line one\n## Notes\nno notes\n", encoding="utf-8")
    ok(bd, "create", "x", "--id", "hq-fil1", "--body-file", str(text))
    assert json.loads(ok(bd, "show", "fil1", "--json"))[0]["description"].splitlines() == [
        "Line one",
        "## Notes",
        "no notes",
    ]
    assert refused(bd, "create", "x", "--body-file", str(tmp_path / "none")) == (
        1, f"error: {tmp_path / 'none'}: No such file or directory; name a file that can be read\n",
    )  # fmt: skip


def test_outside_a_town(tmp_path: Path) -> None:
    done = bd("list", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "") and "is not in a town" in done.stderr


def test_a_file_that_no_longer_parses_is_shown_as_it_was(town: Town) -> None:
    towns.put(town, "beads/hq-aaa11.md", towns.bead("hq-aaa11", "Good"))
    towns.write(town, "beads/hq-aaa11.md", "---\ntitle: [\n---\n")
    towns.commit(town.root, "-am", "bad", "--no-verify")
    lines = ok(bd, "show", "aaa11").splitlines()
    assert lines[0] == "○ hq-aaa11  Good"
    assert lines[-1].startswith("  this is its last good version: beads/hq-aaa11.md:")
    code, said = refused(bd, "update", "aaa11", "-p", "1")
    assert (code, said.partition(";")[0]) == (1, "error: beads/hq-aaa11.md does not parse")
