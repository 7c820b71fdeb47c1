"""`bd ready`, `blocked`, `children`, `epic`, `graph`, `swarm` and `gt ready` as people type them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gtlib.store.town import Town
from tests.support import run_program
from tests.support import towns
from tests.support.inside import run

NOW = "2026-11-20T08:00:00Z"
OLD = "2026-11-01T08:00:00Z"
BEADS: dict[str, dict[str, object]] = {
    "hq-one": {"priority": 1, "type": "bug", "labels": ["auth", "web"], "created": OLD},
    "hq-two": {"needs": ["hq-one"], "labels": ["web"]},
    "hq-three": {"assignee": "ada", "metadata": "\n  team: web"},
    "hq-e1": {"type": "epic", "needs": ["hq-done", "hq-gone"], "priority": 3},
    "hq-e1.2": {"parent": "hq-e1", "priority": 4},
    "hq-e1.10": {"parent": "hq-e1", "priority": 4},
    "hq-e1.2.1": {"parent": "hq-e1.2", "needs": ["hq-gate"]},
    "hq-gate": {"type": "gate"},
    "hq-done": {"status": "closed", "closed": "2026-11-19T09:00:00Z", "close_reason": "done"},
    "hq-else": {"conditional_blocks": ["hq-done"]},
    "hq-later": {"status": "deferred", "defer": "2026-11-21"},
    "hq-woke": {"status": "deferred", "defer": "2026-11-19", "priority": 0},
}


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    monkeypatch.setenv("GT_NOW", NOW)
    for id, fields in BEADS.items():
        text = towns.bead(id, f"Do {id}", **{"created": "2026-11-20T07:00:00Z", **fields})
        towns.write(town, f"beads/{id}.md", text)
    towns.git(town.root, "add", "beads")
    towns.commit(town.root, "-m", "beads")
    return town


def ok(town: Town, *words: str, program: str = "bd") -> str:
    done = run(town.root, program, *words)
    assert (done.code, done.err) == (0, "")
    return done.out


def told(town: Town, *words: str) -> Any:
    return json.loads(ok(town, *words, "--json"))


def ids(town: Town, *words: str) -> str:
    return " ".join(each["id"].removeprefix("hq-") for each in told(town, *words))


def refused(town: Town, *words: str) -> str:
    done = run(town.root, "bd", *words)
    assert (done.code, done.out) in ((1, ""), (2, ""))
    return done.err


def test_the_list(town: Town) -> None:
    assert ok(town, "ready", "-n", "3") == (
        "ID        P  TYPE  STATUS    ASSIGNEE  AGE  TITLE\n"
        "hq-woke   0  task  deferred            1h   Do hq-woke\n"
        "hq-one    1  bug   open                2w   Do hq-one\n"
        "hq-three  2  task  open      ada       1h   Do hq-three\n"
        "... and 3 more: --limit 0 shows all\n"
    )
    assert ok(town, "ready", "--plain", "-n", "2") == (
        "1. [P0] [task] hq-woke: Do hq-woke\n2. [P1] [bug] hq-one: Do hq-one\n"
    )
    assert ok(town, "ready", "-n", "2", program="gt") == (
        "ID       P  TYPE  STATUS    AGE  TITLE\n"
        "hq-woke  0  task  deferred  1h   Do hq-woke\n"
        "hq-one   1  bug   open      2w   Do hq-one\n"
        "next: bd show hq-woke\n"
    ).replace("next:", "... and 4 more: --limit 0 shows all\nnext:")


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ("", "woke one three e1 e1.2 e1.10"),
        ("-n 0", "woke one three e1 e1.2 e1.10"),
        ("-s oldest", "one woke three e1 e1.2 e1.10"),
        ("--sort hybrid", "woke three e1 e1.2 e1.10 one"),
        ("-p 1", "one"),
        ("-p P0", "woke"),
        ("-a ada", "three"),
        ("-u", "woke one e1 e1.2 e1.10"),
        ("-l auth,web", "one"),
        ("--label-any auth,zz", "one"),
        ("--exclude-label auth", "woke three e1 e1.2 e1.10"),
        ("-t bug", "one"),
        ("-t bug,epic", "one e1"),
        ("-t gate", "gate"),
        ("--exclude-type epic,bug", "woke three e1.2 e1.10"),
        ("--parent e1", "e1.2 e1.10"),
        ("--mol hq-e1", "e1.2 e1.10"),
        ("--metadata-field team=web", "three"),
        ("--include-deferred", "woke one later three e1 e1.2 e1.10"),
    ],
)
def test_what_is_chosen(town: Town, flags: str, found: str) -> None:
    assert ids(town, "ready", *flags.split()) == found


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("-n -1", "--limit -1 is negative; 0 shows all"),
        ("-s nonsense", "--sort 'nonsense' is unknown; one of: priority, hybrid, oldest"),
        ("-t bugg", "unknown type 'bugg'; did you mean bug?"),
        ("--parent nope", "no bead nope; see them with: bd list --all"),
        ("--mol nope", "no molecule nope; see them with: gt mol list --all"),
        ("-u -a ada", "--assignee and --unassigned contradict each other; give one of them"),
        (
            "--claim --explain",
            "more than one form is asked for; give one of --gated, --claim, --explain and --plain",
        ),
        ("--claim --at HEAD", "--claim and --at contradict each other; claim what is ready now"),
        ("--claim -p 3 -t bug", "nothing is ready to be claimed; bd blocked says what waits"),
        (
            "--metadata-field team",
            "--metadata-field 'team' is not key=value; write --metadata-field team=web",
        ),
    ],
)
def test_what_is_refused(town: Town, flags: str, said: str) -> None:
    assert refused(town, "ready", *flags.split()) == f"error: {said}\n"


def test_explain(town: Town) -> None:
    assert ok(town, "ready", "--explain") == (
        "ready: hq-woke  Do hq-woke: no blocking dependencies\n"
        "ready: hq-one  Do hq-one: no blocking dependencies\n"
        "ready: hq-three  Do hq-three: no blocking dependencies\n"
        "ready: hq-e1  Do hq-e1: 1 blocker resolved\n"
        "ready: hq-e1.2  Do hq-e1.2: no blocking dependencies\n"
        "ready: hq-e1.10  Do hq-e1.10: no blocking dependencies\n"
        "blocked: hq-e1.2.1  Do hq-e1.2.1: waits for hq-gate\n"
        "blocked: hq-else  Do hq-else: runs only if hq-done fails, which it did not\n"
        "blocked: hq-two  Do hq-two: waits for hq-one\n"
        "note: hq-e1 depends on hq-gone, which does not exist\n"
        "6 ready, 3 blocked, 0 cycles\n"
    )
    shape = told(town, "ready", "--explain")
    assert [(each["id"], each["reason"], each["resolved_blockers"]) for each in shape["ready"]][2:4] == [
        ("hq-three", "no blocking dependencies", []),
        ("hq-e1", "1 blocker resolved", ["hq-done"]),
    ]
    gate = {"id": "hq-gate", "title": "Do hq-gate", "status": "open", "priority": 2}
    assert [(each["id"], each["blocked_by"], each["blocked_by_count"]) for each in shape["blocked"]][0] == (
        "hq-e1.2.1", [gate], 1,
    )  # fmt: skip
    assert shape["cycles"] == [] and shape["missing"] == [{"issue_id": "hq-e1", "depends_on_id": "hq-gone"}]
    assert shape["summary"] == {"total_ready": 6, "total_blocked": 3, "cycle_count": 0}


def test_claim_takes_one_after_the_other(town: Town) -> None:
    assert ok(town, "ready", "--claim") == (
        "claimed hq-woke  Do hq-woke\nnext: bd show hq-woke\n      bd close hq-woke --claim-next\n"
    )
    found = told(town, "ready", "--claim")
    assert (found["id"], found["status"], found["assignee"], found["started_at"]) == (
        "hq-one", "in_progress", "overseer", NOW,
    )  # fmt: skip
    assert told(town, "ready", "--claim", "--parent", "e1")["id"] == "hq-e1.2"
    assert towns.status(town) == ""


def test_claims_at_once_take_different_beads(town: Town) -> None:
    with ThreadPoolExecutor(5) as pool:
        done = list(
            pool.map(lambda _: run_program("bd", "ready", "--claim", "--json", cwd=town.root), range(6))
        )
    won = [json.loads(each.stdout)["id"] for each in done if each.returncode == 0]
    assert sorted(won) == ["hq-e1", "hq-e1.10", "hq-e1.2", "hq-one", "hq-woke"]
    assert [each.returncode for each in done].count(1) == 1


def test_what_a_gate_set_free(town: Town) -> None:
    assert ok(town, "ready", "--gated") == "no gate has set anything free\n"
    ok(town, "close", "gate", "--force")
    assert ok(town, "ready", "--gated") == (
        "hq-e1.2  Do hq-e1.2\n  hq-gate is open: hq-e1.2.1  Do hq-e1.2.1\n"
    )
    shape = told(town, "ready", "--gated")
    assert [
        (each["molecule_id"], each["closed_gate"]["id"], each["ready_step"]["id"])
        for each in shape["molecules"]
    ] == [("hq-e1.2", "hq-gate", "hq-e1.2.1")]
    assert shape["count"] == 1


def test_steps_of_a_molecule(town: Town) -> None:
    made = told(town, "mol", "pour", "release", "--var", "version=1.0")["new_epic_id"]
    (first,) = told(town, "ready", "--mol", made)
    assert first["id"].startswith(f"{made}.") and first["parent"] == made and first["status"] == "open"
    assert ok(town, "ready", "--mol", made).splitlines()[1].startswith(first["id"])
    assert refused(town, "ready", "--mol", made, "--claim") == (
        "error: a molecule's file is claimed as a whole; put it on a hook: gt sling\n"
    )


def test_blocked(town: Town) -> None:
    assert ok(town, "blocked") == (
        "hq-e1.2.1  P2 task  Do hq-e1.2.1\n  waits for hq-gate\n"
        "hq-else  P2 task  Do hq-else\n  runs only if hq-done fails, which it did not\n"
        "hq-two  P2 task  Do hq-two\n  waits for hq-one\n"
    )
    assert (
        ok(town, "blocked", "--parent", "hq-e1") == "hq-e1.2.1  P2 task  Do hq-e1.2.1\n  waits for hq-gate\n"
    )
    assert (
        refused(town, "blocked", "--parent", "nope") == "error: no bead nope; see them with: bd list --all\n"
    )
    ok(town, "dep", "add", "e1.2", "two")
    assert ok(town, "blocked", "--parent", "e1.2") == (
        "hq-e1.2.1  P2 task  Do hq-e1.2.1\n  waits for hq-gate\n  waits for hq-two (as hq-e1.2 above it)\n"
    )
    rows = told(town, "blocked")
    assert {each["id"]: (each["blocked_by"], each["blocked_by_count"]) for each in rows} == {
        "hq-e1.2.1": (["hq-gate", "hq-e1.2"], 2),
        "hq-e1.2": (["hq-two"], 1),
        "hq-else": (["hq-done"], 1),
        "hq-two": (["hq-one"], 1),
    }
    assert [each["reasons"] for each in rows if each["id"] == "hq-two"] == [["waits for hq-one"]]


def test_children(town: Town) -> None:
    assert ok(town, "children", "hq-e1") == (
        "ID        P  TYPE  STATUS  AGE  TITLE\n"
        "hq-e1.2   4  task  open    1h   Do hq-e1.2\n"
        "hq-e1.10  4  task  open    1h   Do hq-e1.10\n"
    )
    assert ids(town, "children", "e1.2") == "e1.2.1"
    assert ok(town, "children", "two") == (
        "nothing is below hq-two\nnext: bd create 'What is to be done' --parent hq-two\n"
    )
    assert refused(town, "children", "nope") == "error: no bead nope; see them with: bd list --all\n"


def test_epics(town: Town) -> None:
    assert ok(town, "epic", "status") == (
        "ID     P  DONE  CAN BE CLOSED  TITLE\nhq-e1  3  0/2                  Do hq-e1\n"
    )
    assert told(town, "epic", "status", "--eligible-only") == []
    assert ok(town, "epic", "close-eligible") == "no epic can be closed\nnext: bd ready\n"
    for id in ("e1.2", "e1.10"):
        ok(town, "close", f"hq-{id}")
    (shape,) = told(town, "epic", "close-eligible", "--dry-run")
    assert (shape["epic"]["id"], shape["total_children"], shape["closed_children"], shape["eligible_for_close"]) == (
        "hq-e1", 2, 2, True,
    )  # fmt: skip
    assert told(town, "epic", "status", "--eligible-only") == [shape]
    assert told(town, "epic", "close-eligible") == {"closed": ["hq-e1"], "count": 1, "schema_version": 1}
    assert told(town, "show", "hq-e1")[0]["close_reason"] == "all children are closed"
    assert told(town, "epic", "close-eligible") == {"closed": [], "count": 0, "schema_version": 1}


def test_graph(town: Town) -> None:
    assert ok(town, "graph", "two") == (
        "layer 0:\n  ○ hq-one  Do hq-one\nlayer 1:\n  ○ hq-two  Do hq-two  after hq-one\n"
    )
    assert ok(town, "graph", "two", "--compact") == (
        "○ hq-one  Do hq-one\n○ hq-two  Do hq-two  after hq-one\n"
    )
    assert ok(town, "graph", "two", "--dot") == (
        'digraph beads {\n  rankdir=LR;\n  node [shape=box];\n  "hq-one" [label="hq-one\\nDo hq-one"];\n'
        '  "hq-two" [label="hq-two\\nDo hq-two"];\n  "hq-two" -> "hq-one" [label="blocks", style=solid];\n}\n'
    )
    assert ok(town, "graph", "two", "--mermaid") == (
        'flowchart TD\n  n0["hq-one: Do hq-one"]\n  n1["hq-two: Do hq-two"]\n  n1 -->|blocks| n0\n'
    )
    shape = told(town, "graph", "two")
    assert [each["id"] for each in shape.pop("issues")] == ["hq-one", "hq-two"]
    assert shape == {
        "root": "hq-two",
        "dependencies": [{"issue_id": "hq-two", "depends_on_id": "hq-one", "type": "blocks"}],
        "layers": [["hq-one"], ["hq-two"]],
        "stuck": [],
        "schema_version": 1,
    }
    assert "hq-done" not in ok(town, "graph", "--all", "--compact")
    assert refused(town, "graph", "two", "--all") == "error: two and --all are given; give one of them\n"


def test_titles_in_drawings_are_data(town: Town) -> None:
    title = 'a "b" \\ <script>]; x'
    towns.put(town, "beads/hq-odd.md", towns.bead("hq-odd", f"'{title}'"))
    assert ok(town, "graph", "odd", "--dot").splitlines()[3] == (
        '  "hq-odd" [label="hq-odd\\na \\"b\\" \\\\ <script>]; x"];'
    )
    assert ok(town, "graph", "odd", "--mermaid") == (
        'flowchart TD\n  n0["hq-odd: a #34;b#34; #92; #60;script#62;#93;; x"]\n'
    )


def test_graph_check(town: Town) -> None:
    done = run(town.root, "bd", "graph", "check")
    assert done == (1, "hq-e1 depends on hq-gone, which does not exist\n", "")
    ok(town, "dep", "remove", "e1", "gone")
    assert ok(town, "graph", "check") == "clean\n"
    ok(town, "dep", "add", "one", "two", "--no-cycle-check")
    done = run(town.root, "bd", "graph", "check", "--json")
    assert (done.code, json.loads(done.out)) == (1, {
        "clean": False, "cycles": [["hq-one", "hq-two"]], "missing": [],
        "summary": {"cycle_count": 1, "missing_count": 0}, "schema_version": 1,
    })  # fmt: skip


def test_swarm(town: Town) -> None:
    ok(town, "dep", "add", "e1.10", "e1.2")
    assert ok(town, "swarm", "validate", "hq-e1", "-v") == (
        "hq-e1  Do hq-e1: 3 beads, 0 done\n"
        "  wave 1: 2 beads: hq-e1.2, hq-e1.2.1\n"
        "  wave 2: 1 bead: hq-e1.10\n"
        "  warning: hq-e1.2.1 waits for hq-gate, which is not below hq-e1\n"
        "  at once: 2 at most\nnext: bd ready --parent hq-e1\n"
    )
    assert told(town, "swarm", "validate", "hq-e1") == {
        "epic_id": "hq-e1", "epic_title": "Do hq-e1", "total_issues": 3, "closed_issues": 0,
        "ready_fronts": [
            {"wave": 1, "issues": ["hq-e1.2", "hq-e1.2.1"]}, {"wave": 2, "issues": ["hq-e1.10"]},
        ],
        "max_parallelism": 2, "estimated_sessions": 3,
        "warnings": ["hq-e1.2.1 waits for hq-gate, which is not below hq-e1"], "errors": [],
        "swarmable": True, "schema_version": 1,
    }  # fmt: skip
    done = run(town.root, "bd", "swarm", "validate", "two")
    assert done == (1, "hq-two  Do hq-two: 0 beads, 0 done\n  error: nothing is below hq-two\n", "")


def test_words(town: Town) -> None:
    text = (town.root / "town.yaml").read_text()
    towns.put(town, "town.yaml", text + "statuses:\n  in_review: active\ntypes:\n  - docs\n")
    shape = told(town, "statuses")
    assert shape["built_in_statuses"][1] == {
        "name": "in_progress", "category": "wip", "icon": "▶", "description": "somebody works on it",
    }  # fmt: skip
    assert shape["custom_statuses"] == [{"name": "in_review", "category": "active", "icon": "○"}]
    assert ok(town, "statuses").splitlines()[-1] == "○ in_review    active    the town's own"
    shape = told(town, "types")
    assert shape["core_types"][2] == {
        "name": "feature", "description": "something new for users", "aliases": ["enhancement", "feat"],
    }  # fmt: skip
    assert shape["custom_types"] == ["docs"]
    assert ok(town, "types").splitlines()[-1] == "docs                                   the town's own"
