"""`bd list`, `count`, `stale`, `search` and `query` as people type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import NOW
from tests.support.asked import commit
from tests.support.asked import ok
from tests.support.asked import read

MADE = {"created": "2026-11-19T08:00:00Z"}


@pytest.fixture
def town(dated_town: Town) -> Town:
    return dated_town


def ids(words: str, *more: str, cwd: Path | None = None) -> str:
    return " ".join(row["id"].removeprefix("hq-") for row in read(words, *more, cwd=cwd))


def test_styles(town: Town) -> None:
    commit(
        town,
        a1={**MADE, "title": "Log in", "type": "epic", "priority": 1},
        b1={
            **MADE,
            "title": 'A "child"',
            "parent": "hq-a1",
            "assignee": "proj/polecats/toast",
            "labels": ["x", "y"],
        },
        b2={**MADE, "parent": "hq-a1", "needs": ["hq-b1"], "text": "Some\n\ntext.\n", "created_by": "ada"},
        c1={**MADE, "parent": "hq-b2", "status": "blocked"},
    )
    assert ok("list --flat") == (
        "ID     P  TYPE  STATUS   ASSIGNEE    AGE  TITLE\n"
        "hq-a1  1  epic  open                 1d   Log in\n"
        'hq-b1  2  task  open     proj/toast  1d   A "child"\n'
        "hq-b2  2  task  open                 1d   Title of b2\n"
        "hq-c1  2  task  blocked              1d   Title of c1\n"
    )
    assert (
        ok("list --tree")
        == ok("list --pretty")
        == (
            "○ hq-a1  P1 epic  Log in\n"
            '├── ○ hq-b1  P2 task  A "child"\n'
            "└── ○ hq-b2  P2 task  Title of b2\n"
            "    └── ● hq-c1  P2 task  Title of c1\n"
        )
    )
    assert ok("list --long --parent a1") == (
        '○ hq-b1  A "child"\n  P2 task · open · proj/polecats/toast · created 1d ago\n  labels: x, y\n\n'
        "○ hq-b2  Title of b2\n  P2 task · open · created 1d ago by ada\n  needs: hq-b1\n  Some\n\n  text.\n"
    )
    assert ok("list --format digraph") == "hq-b2 hq-b1\n"
    assert ok("list --format dot -p 2") == (
        "digraph beads {\n  rankdir=LR;\n  node [shape=box];\n"
        '  "hq-b1" [label="hq-b1\\nA \\"child\\""];\n'
        '  "hq-b2" [label="hq-b2\\nTitle of b2"];\n'
        '  "hq-c1" [label="hq-c1\\nTitle of c1"];\n'
        '  "hq-b1" -> "hq-b2";\n}\n'
    )
    assert ok("list -n 1") == (
        "ID     P  TYPE  STATUS  AGE  TITLE\nhq-a1  1  epic  open    1d   Log in\n"
        "... and 3 more: --limit 0 shows all\n"
    )


def test_rows_have_counts_and_times(town: Town) -> None:
    text = "\n## Comments\n### ada 2026-11-19T09:00:00Z c1\nSeen.\n"
    commit(town, a1={**MADE, "text": text}, b1={**MADE, "parent": "hq-a1", "needs": ["hq-a1"]})
    edge = {"issue_id": "hq-b1", "depends_on_id": "hq-a1", "created_at": MADE["created"]}
    shared = {"status": "open", "priority": 2, "issue_type": "task", "created_at": MADE["created"]}
    assert read("list --sort id") == [
        {
            "id": "hq-a1", "title": "Title of a1", **shared, "updated_at": "2026-11-19T09:00:00Z",
            "comments": [{"id": "c1", "issue_id": "hq-a1", "author": "ada", "text": "Seen.", "created_at": "2026-11-19T09:00:00Z"}],
            "dependency_count": 0, "dependent_count": 1, "comment_count": 1,
        },
        {
            "id": "hq-b1", "title": "Title of b1", **shared, "updated_at": "2026-11-19T09:00:00Z", "parent": "hq-a1",
            "dependencies": [{**edge, "type": "blocks"}, {**edge, "type": "parent-child"}],
            "dependency_count": 1, "dependent_count": 0, "comment_count": 0,
        },
    ]  # fmt: skip


def test_filters_that_only_commands_have(town: Town) -> None:
    commit(
        town,
        a1={"created": "2026-11-01T08:00:00Z", "due": "2026-11-19"},
        b1={"created": "2026-11-18T08:00:00Z", "needs": ["hq-a1"], "due": "2026-11-22"},
        c1={**MADE, "status": "deferred", "defer": "2026-12-01"},
        d1={**MADE, "status": "pinned"},
        e1={**MADE, "status": "closed", "closed": "2026-11-18T08:00:00Z"},
        f1={**MADE, "type": "gate"},
    )
    assert ids("list --sort id") == "a1 b1"
    assert ids("list --sort id --all") == "a1 b1 c1 d1 e1 f1"
    assert ids("list --sort id -s all") == "a1 b1 c1 d1 e1"
    assert ids("list --sort id --include-gates") == "a1 b1 f1"
    assert ids("list --ready") == ids("list --created-after 20d --created-before 3d") == "a1"
    assert ids("list --overdue") == ids("list --due-before 2026-11-20") == "a1"
    assert ids("list --due-after 1d") == ids("list --due-before 3d --due-after -1h") == "b1"
    assert ids("list --deferred") == ids("list --defer-after 7d") == "c1"
    assert ids("list --pinned") == "d1"
    assert ids("list --closed-after 7d") == ids("list --closed-before yesterday") == "e1"
    assert ids("list --updated-after 2d --sort id") == "a1 b1"
    assert ids("list --updated-before 2d") == ""
    assert ids("list --id e1,hq-f1 --sort id") == "e1 f1"
    assert ids("list --sort created") == "b1 a1" and ids("list --sort created -r") == "a1 b1"


def test_archived_beads_are_listed_with_all_the_others(town: Town) -> None:
    line = '{"id":"hq-old1","title":"Long ago","status":"closed","priority":2,"issue_type":"task",'
    line += '"created_at":"2026-01-02T08:00:00Z","closed_at":"2026-01-03T08:00:00Z"}\n'
    towns.put(town, "archive/2026-01.jsonl", line)
    commit(town, "a1")
    assert ids("list --sort id") == "a1"
    assert ids("list --all --sort id") == ids("list -s all --sort id") == "a1 old1"
    assert ids("list --id old1") == ids("search ago -s all") == ids("search ago -s closed") == "old1"
    assert ids("search ago") == ids("list -s closed") == ""
    assert read("count --all") == {"count": 2, "schema_version": 1}
    assert ids("query -a closed<30d") == "old1"
    assert ok("show old1") == (
        "✓ hq-old1  Long ago\n  P2 task · closed 45w ago · created 46w ago\n\n  archived in archive/2026-01.jsonl\n"
    )


def test_count(town: Town) -> None:
    commit(
        town,
        a1={"labels": ["x", "y"], "priority": 0},
        b1={"labels": ["x"], "type": "bug", "assignee": "proj/polecats/toast", "status": "in_progress"},
        c1={"status": "closed", "closed": NOW},
    )
    assert (ok("count"), read("count")) == ("2\n", {"count": 2, "schema_version": 1})
    assert read("count --by-label") == {
        "total": 2,
        "groups": [{"group": "x", "count": 2}, {"group": "y", "count": 1}],
        "schema_version": 1,
    }
    assert ok("count --by-status --all") == (
        "STATUS       COUNT\nclosed       1\nin_progress  1\nopen         1\ntotal        3\n"
    )
    assert ok("count --by-priority") == "PRIORITY  COUNT\nP0        1\nP2        1\ntotal     2\n"
    assert ok("count --by-type") == "TYPE   COUNT\nbug    1\ntask   1\ntotal  2\n"
    assert ok("count --by-assignee") == "ASSIGNEE    COUNT\n(none)      1\nproj/toast  1\ntotal       2\n"


def test_stale(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-09-01T08:00:00Z")
    commit(town, "a1", b1={"status": "blocked"}, c1={"status": "in_progress"})
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-11-19T08:00:00Z")
    commit(town, "d1")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-10-01T08:00:00Z")
    commit(town, c1={"status": "in_progress", "priority": 1})
    assert ok("stale") == (
        "ID     P  TYPE  STATUS       UPDATED  TITLE\n"
        "hq-a1  2  task  open         11w      Title of a1\n"
        "hq-c1  1  task  in_progress  7w       Title of c1\n"
    )
    assert (ids("stale -s blocked"), ids("stale -d 60"), ids("stale -n 1")) == ("b1", "a1", "a1")
    assert ok("stale -d 400") == "nothing has been left alone for 400 days\nnext: bd list\n"


def test_search(town: Town) -> None:
    commit(
        town,
        tok1={"title": "Something else", "text": "about the token of a user\n"},
        b1={"title": "Refresh the token", "status": "in_progress"},
        c1={"title": "Token", "status": "closed", "closed": NOW},
        d1={"title": "Unlike", "external_ref": "gh-9", "type": "bug", "text": "\n## Notes\nseen the token\n"},
    )
    assert ids("search token") == "b1 d1 tok1" and ids("search tok") == "tok1 b1 d1"
    assert ids("search TOKEN -s all") == "b1 c1 d1 tok1" and ids("search token -s closed") == "c1"
    assert ids("search", "token user") == "tok1" and ids("search the token -t bug") == "d1"
    assert ids("search hq-b") == "b1" and ids("search to --sort id") == "b1 d1 tok1"
    assert ids("search --external-contains gh-") == ids("search --notes-contains seen") == "d1"
    assert ids("search --desc-contains about") == "tok1" and ids("search tok -n 1 -r") == "d1"
    assert ok("search zebra") == "no beads\nnext: bd search WORDS -s all\n      bd list\n"


def test_search_without_an_index_finds_the_same(town: Town) -> None:
    commit(town, a1={"title": "Grüße"}, b1={"text": "viele Grüße an alle\n"}, c1={"title": "Gruss"})
    with_index = [ids("search grüße"), ids("search viele alle"), ids("search ü")]
    for path in (town.root / ".gt").glob("index*"):
        path.unlink()
    assert (
        [ids("search grüße"), ids("search viele alle"), ids("search ü")]
        == with_index
        == ["a1 b1", "b1", "a1 b1"]
    )
    assert ids("search grüße --at HEAD") == "a1 b1"


def test_query(town: Town) -> None:
    commit(
        town,
        a1={"priority": 0, "labels": ["urgent"], "status": "in_progress"},
        b1={"priority": 1, "type": "bug"},
        c1={"status": "closed", "closed": "2026-11-19T08:00:00Z", "priority": 1},
    )
    assert ids("query", "priority<=1 AND NOT type=bug") == "a1"
    assert (
        ids("query priority<=1 --sort id") == "a1 b1" and ids("query priority<=1 -a --sort id") == "a1 b1 c1"
    )
    assert ids("query", "status=closed OR closed>7d") == "c1"
    assert ids("query", "updated>2026-01-01", "-r", "-n", "1") == "b1"
    assert (
        ok("query --parse-only", "not (a=1)".replace("a", "title"), "or", "label=x")
        == "NOT title=1 OR label=x\n"
    )
    assert read("query --parse-only", "status=open AND (type=bug OR owner=none)") == {
        "query": "status=open AND (type=bug OR owner=none)",
        "parsed": "status=open AND (type=bug OR owner=none)",
        "schema_version": 1,
    }


def test_lists_are_of_the_rig_one_stands_in(town: Town) -> None:
    towns.put(town, "proj/rig.yaml", "name: proj\nprefix: my-app\nurl: /srv/proj.git\n")
    towns.put(town, "beads/my-app-one.md", towns.bead("my-app-one", "Rig's"))
    commit(town, "a1")
    for words in ("list", "search", "query", "count --by-status"):
        more = {"search": ["--title", "'"], "query": ["status=open"]}.get(words, [])
        here = read(words, *more, cwd=town.root / "proj")
        assert (here["total"] if isinstance(here, dict) else [row["id"] for row in here]) in (
            1,
            ["my-app-one"],
        )
    assert ids("list --rig proj") == "my-app-one" and ids("list --rig hq", cwd=town.root / "proj") == "a1"
    assert sorted(ids("list --all-rigs", cwd=town.root / "proj").split()) == ["a1", "my-app-one"]


def test_the_town_as_it_was(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, fields in (("10", {}), ("15", {"priority": 0}), ("19", {"status": "closed", "closed": NOW})):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-11-{day}T08:00:00Z")
        commit(town, a1={**MADE, **fields})
    towns.git(town.root, "tag", "v1", "HEAD~1")
    assert ids("list") == ""
    assert (
        ids("list --at v1 -p 0") == ids("list --at HEAD~2 -p 2") == ids("list --at 2026-11-18 -p 0") == "a1"
    )
    assert ids("list --at 8d -p 2") == ids("search title --at v1") == ids("query status=open --at v1") == "a1"
    assert [read("count --at v1")["count"], read("count")["count"]] == [1, 0]
    assert read("show a1 --at 2026-11-10T09:00:00Z")[0]["priority"] == 2
    assert read("show a1 --as-of v1")[0]["status"] == "open"
    assert [len(read(f"history a1{at}")) for at in ("", " --at v1", " --at HEAD~2")] == [3, 2, 1]
    assert read("lint --at v1", code=1)["issues"] == 1 and read("lint")["issues"] == 0
