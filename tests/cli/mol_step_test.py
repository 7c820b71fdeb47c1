"""`gt mol step done|skip|fail`, `mol current|status|progress|dag`, `bd close --continue`, as people type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtlib.actions import settle
from gtlib.actions import shell_session
from gtlib.actions.decide import contains
from gtlib.runtimes import runs
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town
from gtlib.system.process import Proc
from tests.support import towns
from tests.support.inside import Ran
from tests.support.inside import run
from tests.support.working import TOAST
from tests.support.working import hook
from tests.support.working import mail
from tests.support.working import molecule
from tests.support.working import sling
from tests.support.working import working_town

FORMULA = """\
formula = "tidy"
description = "Tidy {{what}}"

[vars.what]
default = "the yard"

[[steps]]
id = "look"
title = "Look at {{what}}"
description = "All of it.\\n\\nTwice."
run = ["ls", "{{what}}"]

[[steps]]
id = "ask"
title = "Ask"
needs = ["look"]
gate = { type = "human" }

[[steps]]
id = "sweep"
title = "Sweep"
needs = ["ask"]
retry = { max_attempts = 2, check = "test -f swept" }
"""
WIDE = """\
formula = "wide"
description = "Wide"

[[steps]]
id = "one"
title = "One"

[[steps]]
id = "two"
title = "Two"

[[steps]]
id = "end"
title = "End"
needs = ["one", "two"]
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "formulas/tidy.formula.toml", FORMULA)
    towns.put(town, "formulas/wide.formula.toml", WIDE)
    return town


def gt(town: Town, *words: str, at: Path | None = None) -> Ran:
    return run(at or town.root, "gt", *words)


def pour(town: Town, name: str = "tidy", *words: str) -> str:
    return str(json.loads(run(town.root, "bd", "mol", "pour", name, *words, "--json").out)["new_epic_id"])


def read(ran: Ran) -> Any:
    assert ran.err == ""
    return json.loads(ran.out)


def test_a_molecule_says_where_it_stands_and_what_it_waits_for(town: Town) -> None:
    id = pour(town)
    assert gt(town, "mol", "current", id).out == (
        f"{id}  tidy: Tidy the yard\nprogress: -------------------- 0% (0/3 steps)\n\n"
        "now: look  Look at the yard\n    All of it.\n\n    Twice.\n    runs: ls 'the yard'\n\n"
        f"next: gt mol step done {id}.look\n"
    )
    assert gt(town, "mol", "step", "done", f"{id}.look", "--output", "n=3").out == (
        f"{id}.look done: 1 of 3 steps\nno other step is ready\nnext: gt mol current {id}\n"
    )
    gate = f"{id}.gate-ask"
    waits = f"ask: waits for the gate {gate} (human) (bd gate resolve {gate})\n"
    then = f"next: bd gate resolve {gate}\n      gt mol show {id}\n"
    stands = f"{id}  tidy: Tidy the yard\nprogress: ######-------------- 33% (1/3 steps)\n"
    assert gt(town, "mol", "current", id[-5:]).out == f"{stands}{waits}{then}"
    assert gt(town, "mol", "status", id).out == f"{stands}{waits}{then}"
    assert gt(town, "mol", "progress", id).out == f"{stands}blocked:  ask, sweep\n"
    assert read(gt(town, "mol", "progress", id, "--json")) == {
        "root_id": id, "root_title": "tidy: Tidy the yard", "molecule_id": id, "total_steps": 3, "done_steps": 1,
        "in_progress_steps": 0, "ready_steps": [], "blocked_steps": ["ask", "sweep"], "percent_complete": 33,
        "complete": False, "molecule_title": "tidy: Tidy the yard", "total": 3, "completed": 1, "in_progress": 0,
        "current_step_id": "", "first_closed": "", "last_closed": "", "schema_version": 1,
    }  # fmt: skip
    shape = read(gt(town, "mol", "current", id, "--json"))[0]
    assert shape["waits"] == [
        {"step": "ask", "kind": "gate", "on": gate, "said": f"the gate {gate} (human)", "how": f"bd gate resolve {gate}"}
    ]  # fmt: skip
    assert shape["steps"][1] == {
        "issue": {"id": f"{id}.ask", "title": "Ask", "description": ""}, "id": "ask", "needs": ["look"],
        "status": "pending", "is_current": False, "gate": gate,
    }  # fmt: skip
    assert "output n: 3\n" in gt(town, "mol", "show", id).out


def test_a_graph_in_tiers_and_as_a_tree(town: Town) -> None:
    id = pour(town, "wide")
    assert gt(town, "mol", "dag", id).out == (
        f"{id}  wide: Wide\ntier 1:\n  [ ] → one  One\n  [ ] two  Two\n"
        "tier 2:\n  [ ] end  End  (needs one, two)\nlongest way: 2 steps\n"
    )
    assert gt(town, "mol", "dag", id, "--tree").out == (
        f"{id}  wide: Wide\n[ ] → one  One\n└── [ ] end  End  (also needs two)\n[ ] two  Two\nlongest way: 2 steps\n"
    )
    found = read(gt(town, "mol", "dag", id, "--json"))
    assert (found["tiers"], found["critical_path"], found["cycles"]) == (
        [["one", "two"], ["end"]],
        ["two", "end"],
        [],
    )
    assert found["nodes"][2] == {
        "id": f"{id}.end", "step": "end", "title": "End", "status": "pending", "control": False, "tier": 2,
        "dependencies": ["one", "two"], "dependents": [],
    }  # fmt: skip


def test_steps_are_skipped_and_fail_as_their_formula_says(town: Town) -> None:
    id = pour(town)
    gt(town, "mol", "step", "done", f"{id}.look")
    assert gt(town, "mol", "step", "skip", f"{id}.ask", "--reason", "I know").out == (
        f"{id}.ask skipped: 2 of 3 steps\nnext: gt mol step done {id}.sweep\n"
    )
    assert gt(town, "mol", "step", "fail", f"{id}.sweep", "-r", "no broom").out == (
        f"{id}.sweep failed, 1 try left\nnext: gt mol step done {id}.sweep\n"
    )
    held = read(gt(town, "mol", "step", "fail", f"{id}.sweep", "-r", "no broom", "--json"))
    assert held == {
        "step_id": f"{id}.sweep", "molecule_id": id, "step_closed": False, "next_step_id": "", "next_step_title": "",
        "ready_steps": [], "complete": False, "action": "held", "reason": "no broom", "attempts": 2,
        "attempts_left": 0, "schema_version": 1,
    }  # fmt: skip
    assert gt(town, "mol", "list").out.splitlines()[1].split()[:3] == [id, "2/3", "failed"]
    assert gt(town, "mol", "current", id).out.splitlines()[2] == (
        f"sweep: it failed: no broom (gt mol step done {id}.sweep, or gt mol step skip {id}.sweep --reason WHY)"
    )
    assert "  [!] sweep  Sweep  (no broom)\n" in gt(town, "mol", "show", id).out
    assert gt(town, "mol", "step", "done", f"{id}.sweep", "--force").out == (
        f"{id}.sweep done: 3 of 3 steps\n{id} is complete\nnext: gt mol show {id}\n"
    )


def test_what_would_come_of_it_changes_nothing(town: Town) -> None:
    id = pour(town, "wide")
    tip = towns.git(town.root, "rev-parse", "HEAD").strip()
    assert gt(town, "mol", "step", "done", f"{id}.one", "-n").out == (
        f"{id}.one would be done: 1 of 3 steps\nnext: gt mol step done {id}.two\n"
    )
    both = read(gt(town, "mol", "step", "done", f"{id}.two", "--dry-run", "--json"))
    assert (both["action"], both["ready_steps"]) == ("continue", [f"{id}.one"])
    assert towns.git(town.root, "rev-parse", "HEAD").strip() == tip


def test_refusals_say_why_in_a_line(town: Town) -> None:
    id = pour(town)
    before = towns.git(town.root, "rev-parse", "HEAD")
    for words, code, said in (
        (f"step done {id}.nope", 1, f"{id} has no step 'nope'; its steps are look, ask, sweep"),
        (f"step done {id}.look --output n", 2, "--output n has no value; write --output key=value"),
        (f"step skip {id}.look --reason=", 2, "--reason is empty; say why in a few words"),
        ("step done no_such.look", 1, "overseer has no molecule on the hook; name it as <molecule>.no_such.look, see them with: gt mol list"),
        (f"dag {id} --tree --tiers", 2, "--tree and --tiers contradict each other; give one of them"),
        ("progress no_such", 1, "no molecule no_such; see them with: gt mol list --all"),
        ("attach no_such", 1, "no molecule no_such; see them with: gt mol list --all"),
    ):  # fmt: skip
        ran = gt(town, "mol", *words.split())
        assert (ran.code, ran.out, ran.err) == (code, "", f"error: {said}\n"), words
    assert towns.git(town.root, "rev-parse", "HEAD") == before


CHECKED = """\
formula = "chore"
description = "A chore"

[[steps]]
id = "one"
title = "One"
retry = { max_attempts = 2, check = "echo looking; test -f swept" }

[[steps]]
id = "two"
title = "Two"
needs = ["one"]
condition = "file.exists('swept')"

[[steps]]
id = "three"
title = "Three"
needs = ["two"]
condition = "env.NOWHERE_SET == 'x'"
"""


def checked_town(path: Path) -> Town:
    town = working_town(path, {"one": None})
    towns.put(town, "formulas/chore.formula.toml", CHECKED)
    sling(town)
    return town


def test_an_agents_step_is_done_when_its_check_passes(tmp_path: Path) -> None:
    town = checked_town(tmp_path)
    id, tree = molecule(town).id, town.root / TOAST
    assert gt(town, "mol", "step", "done", "one", at=tree).err == (
        "error: the check of step one is not allowed on this machine; "
        "read it, then allow it with: gt allow formulas/chore.formula.toml\n"
    )
    allow_text(town.local, "echo looking; test -f swept", "test")
    ran = gt(town, "mol", "step", "done", "one", at=tree)
    assert (ran.code, ran.out) == (
        1,
        "  | looking\nthe check of step one ended with exit status 1: "
        f"{id}.one failed, 1 try left\nnext: gt mol step done {id}.one\n",
    )
    (tree / "swept").write_text("", encoding="utf-8")
    done = read(gt(town, "mol", "step", "done", "one", "--json", at=tree))
    # the worktree holds the file that two asks for, and no environment what three does
    assert (done["step_closed"], done["action"], done["ready_steps"]) == (True, "continue", [f"{id}.two"])
    found = Town.open(town.root).snapshot().molecule(id)
    assert found is not None
    assert (found.decided, found.attempts) == ({"two": "true"}, {"one": 1})
    last = gt(town, "mol", "step", "done", "two", at=tree)
    assert last.out == f"{id}.two done: 3 of 3 steps\n{id} is complete\nnext: gt done\n"


def test_a_check_that_fails_to_the_end_holds_the_step(tmp_path: Path) -> None:
    town = checked_town(tmp_path)
    id, tree = molecule(town).id, town.root / TOAST
    allow_text(town.local, "echo looking; test -f swept", "test")
    gt(town, "mol", "step", "done", "one", at=tree)
    held = gt(town, "mol", "step", "done", "one", "--json", at=tree)
    assert (held.code, json.loads(held.out)) == (1, {
        "step_id": f"{id}.one", "molecule_id": id, "step_closed": False, "action": "held",
        "reason": "the check of step one ended with exit status 1", "attempts": 2, "attempts_left": 0,
        "tail": "looking", "schema_version": 1,
    })  # fmt: skip
    again = Town.open(town.root)
    assert hook(again).state == "suspended"
    assert any("step one" in subject for subject in mail(again))


def test_a_person_says_done_when_the_check_passes_or_overrules_it(tmp_path: Path) -> None:
    town = checked_town(tmp_path)
    id = molecule(town).id
    name, tip = f"{id}.one", town.tip()
    why = "the check of step one is not allowed on this machine; read it, then allow it with: gt allow "
    assert gt(town, "mol", "step", "done", name).err == (
        f"error: {why}formulas/chore.formula.toml; or overrule the check with --force\n"
    )
    allow_text(town.local, "echo looking; test -f swept", "test")
    ran = gt(town, "mol", "step", "done", name)
    assert (ran.code, ran.out) == (
        1,
        f"  | looking\nthe check of step one ended with exit status 1: {name} stays open\n"
        f"next: gt mol current {id}\n      gt mol step done {name} --force\n",
    )
    assert town.tip() == tip
    assert gt(town, "mol", "step", "done", "one", "--force", at=town.root / TOAST).err == (
        "error: only a person overrules a check; say it without --force, which runs the check\n"
    )
    assert gt(town, "mol", "step", "done", name, "--force").out.startswith(f"{name} done: 1 of 3 steps\n")


def test_a_check_without_a_worktree_is_overruled_only(tmp_path: Path) -> None:
    town = checked_town(tmp_path)
    run(town.root, "bd", "mol", "pour", "chore")
    (id,) = (each.id for each in town.snapshot().molecules() if each.id != molecule(town).id)
    ran = gt(town, "mol", "step", "done", f"{id}.one")
    assert ran.err == (
        f"error: {id} is on no hook, so there is no worktree to run the check of step one in; "
        f"put it on one with: gt mol attach {id}; or overrule the check with --force\n"
    )
    assert gt(town, "mol", "step", "done", f"{id}.one", "--force").code == 0


def test_why_a_session_came_to_nothing_is_told_with_the_step(tmp_path: Path) -> None:
    town = working_town(tmp_path, {"one": "exit 3"})
    sling(town)
    id = molecule(town).id
    ways = f"      gt mol step done {id}.one\n      gt mol step skip {id}.one --reason WHY\n"
    for number in (1, 2, 3):
        shell_session.serve(town, TOAST, f"s-{number}")
        at = hook(town)
        state = runs.Run(
            address=TOAST, bead=at.bead, since=at.since, session=f"s-{number}", attempts=number - 1,
            proc=Proc(1, "long ago"), ended=False,
        )  # fmt: skip
        runs.write(town.local, state)
        settle.settle(town, "2026-11-20T08:00:00Z")
        out = gt(town, "mol", "current", id).out
        if number < 3:
            assert f"\nfailed:   step one ended with exit status 3, try {number} of 3\n" in out
            assert out.endswith(f"next: gt agents\n{ways}")
    said = "gave up:  after 3 sessions without a step done: step one ended with exit status 3"
    assert f"\n{said}\n" in out and "\nnow: one  Do one\n" in out
    assert out.endswith(f"next: gt session start {TOAST}\n{ways}")


def test_the_steps_of_a_poured_molecule_are_claimed_one_after_the_other(town: Town) -> None:
    id = pour(town, "wide", "--beads")
    went = read(run(town.root, "bd", "close", f"{id}.one", "--continue", "--json"))
    assert went["continue"] == {
        "closed_step": {"id": f"{id}.one", "title": "One", "status": "closed"},
        "next_step": {"id": f"{id}.two", "title": "Two", "description": ""}, "auto_advanced": True,
        "molecule_complete": False, "molecule_id": id,
    }  # fmt: skip
    two = Town.open(town.root).snapshot().bead(f"{id}.two")  # type: ignore[arg-type]
    assert two is not None and (two.status, two.assignee) == ("in_progress", "overseer")
    assert read(gt(town, "mol", "progress", id, "--json"))["in_progress"] == 1
    went = read(run(town.root, "bd", "close", f"{id}.two", "--continue", "--no-auto", "--json"))
    assert (went["continue"]["next_step"]["id"], went["continue"]["auto_advanced"]) == (f"{id}.end", False)
    end = Town.open(town.root).snapshot().bead(f"{id}.end")  # type: ignore[arg-type]
    assert end is not None and (end.status, end.assignee) == ("open", "")
    last = run(town.root, "bd", "close", f"{id}.end", "--continue")
    assert last.out == f"done {id}.end\n{id} is complete\nnext: gt mol show {id}\n      bd ready\n"


def test_steps_of_a_wisp_are_closed_and_skipped_too(town: Town) -> None:
    id = read(run(town.root, "bd", "mol", "wisp", "wide", "--json"))["new_epic_id"]
    before = towns.git(town.root, "rev-parse", "HEAD")
    went = read(run(town.root, "bd", "close", f"{id}.one", "--continue", "--json"))["continue"]
    assert (went["next_step"]["id"], went["closed_step"]["title"]) == (f"{id}.two", "One")
    assert gt(town, "mol", "step", "skip", f"{id}.two", "-r", "no").out == (
        f"{id}.two skipped: 2 of 3 steps\nnext: gt mol step done {id}.end\n"
    )
    assert (
        gt(town, "mol", "current", id).out.splitlines()[1] == "progress: #############------- 66% (2/3 steps)"
    )
    assert towns.git(town.root, "rev-parse", "HEAD") == before


def test_a_file_counts_only_in_the_worktree_itself(tmp_path: Path) -> None:
    inside, outside = tmp_path / "tree", tmp_path / "outside"
    (inside / "a").mkdir(parents=True)
    outside.write_text("", encoding="utf-8")
    (inside / "a" / "b").write_text("", encoding="utf-8")
    (inside / "out").symlink_to(outside)
    (inside / "in").symlink_to(inside / "a")
    found = {
        path: contains(inside, path) for path in ("a/b", "in/b", "a", "out", "../outside", "no", "", "a\0b")
    }
    assert found == {
        "a/b": True, "in/b": True, "a": True, "out": False, "../outside": False, "no": False, "": False, "a\0b": False,
    }  # fmt: skip
    assert not contains(inside, str(inside / "a"))
