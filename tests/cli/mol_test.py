"""`bd formula`, `bd cook` and `gt mol` as people type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import bd
from tests.support.asked import gt
from tests.support.working import TOAST
from tests.support.working import molecule
from tests.support.working import sling
from tests.support.working import working_town

FORMULA = """\
formula = "tidy"
description = "Tidy {{what}}"

[vars.what]
description = "what to tidy"
required = true

[[steps]]
id = "look"
title = "Look at {{what}}"
description = "All of {{what}}."
run = ["ls", "{{what}}"]

[[steps]]
id = "sweep"
title = "Sweep"
needs = ["look"]
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, ".beads/formulas/tidy.formula.toml", FORMULA)
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    monkeypatch.chdir(town.root)
    return town


def test_cook_shows_and_pour_makes(town: Town) -> None:
    before = town.tip()
    cooked = bd("cook", "tidy", "--var", "what=the yard")
    assert cooked.stdout == (
        "tidy  Tidy the yard\n\nvalues:\n  what = the yard\n\n"
        "steps:\n  1. look  Look at the yard\n     All of the yard.\n     runs: ls 'the yard'\n"
        "  2. sweep  Sweep  (needs look)\nnext: bd mol pour tidy --var 'what=the yard'\n"
    )
    shape = json.loads(bd("cook", "tidy", "--var", "what=it", "--json").stdout)
    assert (shape["variables"], [step["title"] for step in shape["steps"]]) == (
        {"what": "it"},
        ["Look at it", "Sweep"],
    )
    assert town.tip() == before
    poured = json.loads(bd("mol", "pour", "tidy", "--var", "what=it", "--json").stdout)
    id = poured["new_epic_id"]
    assert poured == {
        "new_epic_id": id,
        "id_mapping": {"tidy": id, "tidy.look": f"{id}.look", "tidy.sweep": f"{id}.sweep"},
        "created": 3, "attached": 0, "phase": "liquid", "schema_version": 1,
    }  # fmt: skip
    assert towns.show(town, f"molecules/{id}.md").partition("## Steps\n")[2] == (
        "\n- [ ] **look** Look at it\n\n  All of it.\n\n- [ ] **sweep** Sweep (needs: look)\n\n"
        '## Recipe\n```json\n{"id":"look","run":["ls","{{what}}"]}\n```\n'
    )


def pour(town: Town) -> str:
    return str(json.loads(bd("mol", "pour", "tidy", "--var", "what=it", "--json").stdout)["new_epic_id"])


def test_a_molecule_is_worked_through(town: Town) -> None:
    id = pour(town)
    piece = id.removeprefix("hq-mol-")
    assert gt("mol", "show", piece).stdout == (
        f"{id}  tidy: Tidy it\n0 of 2 steps done · open · made now\n\n"
        f"→ [ ] look  Look at it\n        All of it.\n        runs: ls it\n  [ ] sweep  Sweep  (needs look)\n\n"
        f"molecules/{id}.md\nnext: gt mol step done {id}.look\n"
    )
    assert gt("mol", "step", "done", f"{piece}.look").stdout == (
        f"{id}.look done: 1 of 2 steps\nnext: gt mol step done {id}.sweep\n"
    )
    assert gt("mol", "step", "done", f"{id}.look").stdout == (
        f"{id}.look was done before: 1 of 2 steps\nnext: gt mol step done {id}.sweep\n"
    )
    current = json.loads(gt("mol", "current", id, "--json").stdout)[0]
    assert (current["current_step"], current["completed"], current["total"]) == ("sweep", 1, 2)
    assert [step["status"] for step in current["steps"]] == ["done", "current"]
    assert json.loads(gt("mol", "step", "done", f"{id}.sweep", "--json").stdout) == {
        "step_id": f"{id}.sweep", "molecule_id": id, "step_closed": True, "next_step_id": "", "next_step_title": "",
        "ready_steps": [], "complete": True, "action": "done", "schema_version": 1,
    }  # fmt: skip
    assert gt("mol", "list").stdout == "no open molecules\nnext: bd formula list\n"
    assert [
        (each["id"], each["status"]) for each in json.loads(bd("mol", "list", "--all", "--json").stdout)
    ] == [(id, "closed")]
    assert towns.status(town) == ""


def test_bd_close_ticks_a_step_too(town: Town) -> None:
    id = pour(town)
    assert bd("close", f"{id}.look").stdout == f"done {id}.look\nnext: gt mol show {id}\n      bd ready\n"
    assert "- [x] **look**" in towns.show(town, f"molecules/{id}.md")


def test_refusals(town: Town) -> None:
    id, before = pour(town), town.tip()
    for words, said in {
        "mol pour tidy": "formula tidy needs a value for what; add --var what=...",
        "cook tidy --var what": "--var what has no value; write --var name=value",
        "cook tidy --var wat=1": 'formula tidy has no variable "wat"; did you mean what?',
        "cook tidi": 'there is no formula "tidi"; did you mean tidy?',
        "mol pour tidy --var what=1 --for no_such": "no bead no_such; see them with: bd list --all",
        "mol show no_such": "no molecule no_such; see them with: gt mol list --all",
        "mol current": "overseer has no molecule on the hook; name one: gt mol list shows them",
        "mol step done look": "overseer has no molecule on the hook; name it as <molecule>.look, see them with: gt mol list",
        f"mol step done {id}.nope": f"{id} has no step 'nope'; its steps are look, sweep",
    }.items():
        done = gt(*words.split())
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {said}\n")
    assert town.tip() == before


def test_an_agent_works_through_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = working_town(tmp_path, {"one": None, "two": None})
    sling(town)
    id = molecule(town).id
    tree = town.root / TOAST
    assert gt("mol", "step", "done", "two", cwd=tree).stderr == (
        "error: two is not ready: it needs one; do these first, then say it again\n"
    )
    assert gt("mol", "step", "done", "one", cwd=tree).stdout == (
        f"{id}.one done: 1 of 2 steps\nnext: gt mol step done {id}.two\n"
    )
    assert json.loads(gt("mol", "current", "--json", cwd=tree).stdout)[0]["current_step"] == "two"
    other = "proj/polecats/other"
    towns.put(town, f"agents/{other}.md", f"---\naddress: {other}\n---\n")
    monkeypatch.setenv("GT_ROLE", other)
    assert gt("mol", "step", "done", f"{id}.two", cwd=tree).stderr == (
        f"error: {id} belongs to {TOAST}; tick the steps of your own molecule\n"
    )


def test_an_agents_close_of_its_own_work_hands_it_in(tmp_path: Path) -> None:
    town = working_town(tmp_path, {"one": None})
    sling(town)
    tree = town.root / TOAST
    dirty = tree / "new"
    dirty.write_text("x\n", encoding="utf-8")
    before = town.tip()
    assert bd("close", "pr-work1", cwd=tree).stderr.startswith("error: not committed: new;")
    assert town.tip() == before
    towns.git(tree, "add", "new")
    towns.git(tree, "commit", "-qm", "work", "--trailer", "Step: one")
    done = bd("close", "pr-work1", cwd=tree)
    assert (done.stdout, done.stderr) == (
        "handed in, it closes when it has landed: pr-work1  Work\nnext: gt mq list\n      bd ready\n", "",
    )  # fmt: skip
    found = next(town.snapshot().merges())
    assert (found.bead, found.status, found.agent) == ("pr-work1", "ready", TOAST)
    again = bd("close", "pr-work1", cwd=tree)
    assert (again.returncode, again.stderr) == (
        1, "error: pr-work1 closes when its work has landed; it is submitted, gt mq list shows it\n",
    )  # fmt: skip
    assert bd("close", "pr-work1", cwd=town.root).stdout == "closed pr-work1  Work\nnext: bd ready\n"
    bead = json.loads(bd("show", "pr-work1", "--json", cwd=town.root).stdout)[0]
    assert (bead["status"], bead["close_reason"]) == ("closed", "by hand")
