"""`bd mol wisp`, `bd promote` and `gt compact` as people type them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gtlib.actions import wisp as actions
from gtlib.deacon import wisps as deacon
from gtlib.names import ItemId
from gtlib.store import wisps
from gtlib.store.town import Town
from tests.support import towns
from tests.support.inside import Ran
from tests.support.inside import run

FORMULA = """\
formula = "tidy"
description = "Tidy {{what}}"
phase = "vapor"

[vars.what]
required = true

[[steps]]
id = "look"
title = "Look at {{what}}"
description = "All of {{what}}."

[[steps]]
id = "wait"
title = "Wait"
needs = ["look"]
gate = { type = "human" }

[[steps]]
id = "sweep"
title = "Sweep"
needs = ["wait"]
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "formulas/tidy.formula.toml", FORMULA)
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    return town


def ok(town: Town, *words: str) -> str:
    done = run(town.root, *words)
    assert done.code == 0, done
    return done.out


def shape(town: Town, *words: str) -> Any:
    return json.loads(ok(town, *words, "--json"))


def make(town: Town, *words: str) -> str:
    return str(shape(town, "bd", "mol", "wisp", "tidy", "--var", "what=it", *words)["new_epic_id"])


def refused(done: Ran) -> str:
    assert done.code and not done.out
    return done.err


def text_of(town: Town, id: str) -> str:
    return (town.root / wisps.FOLDER / f"{id}.md").read_text(encoding="utf-8")


def test_a_wisp_is_made_and_nothing_committed(town: Town) -> None:
    before = town.tip()
    made = shape(town, "bd", "mol", "wisp", "create", "tidy", "--var", "what=it")
    id = made["new_epic_id"]
    assert made == {
        "new_epic_id": id,
        "id_mapping": {
            "tidy": id, "tidy.look": f"{id}.look", "tidy.wait": f"{id}.wait", "tidy.sweep": f"{id}.sweep",
        },
        "created": 4, "attached": 0, "phase": "vapor", "schema_version": 1,
    }  # fmt: skip
    assert wisps.is_id(id) and id.startswith("hq-wisp-")
    assert shape(town, "gt", "mol", "wisp", "list") == {
        "wisps": [
            {
                "id": id, "title": "tidy: Tidy it", "formula": "tidy", "status": "open", "priority": 2,
                "assignee": "", "wisp_type": "", "created_at": "2026-11-20T08:00:00Z",
                "updated_at": "2026-11-20T08:00:00Z", "completed": 0, "total": 3, "old": False,
            }
        ],
        "count": 1, "old_count": 0, "schema_version": 1,
    }  # fmt: skip
    assert ok(town, "bd", "mol", "wisp", "list") == (
        f"ID             STEPS  STATUS  KIND  AGE  TITLE\n{id}  0/3    open          now  tidy: Tidy it\n"
    )
    assert (town.tip(), towns.status(town)) == (before, "")


def test_dry_run_and_root_only(town: Town) -> None:
    assert ok(town, "bd", "mol", "wisp", "tidy", "--var", "what=it", "--dry-run") == (
        "would make a wisp  tidy: Tidy it\n  1. look  Look at it\n  2. wait  Wait  (needs look)\n"
        "  3. sweep  Sweep  (needs wait)\n"
    )
    assert wisps.ids(town.root) == ()
    id = make(town, "--root-only", "--type", "ping")
    wisp = wisps.one(town.root, id)
    assert wisp is not None and (wisp.steps, wisp.recipe, wisp.extra["wisp_type"]) == ((), "", "ping")
    shown = ok(town, "gt", "mol", "show", id)
    assert f".git/gt/wisps/{id}.md\n" in shown
    assert (
        "Tidy it\n\n- [ ] **look** Look at it\n\n  All of it.\n\n- [ ] **wait** Wait (needs: look)\n\n"
        "- [ ] **sweep** Sweep (needs: wait)\n"
    ) in shown


def test_steps_are_done_and_gates_committed(town: Town) -> None:
    id = make(town)
    before = town.tip()
    piece = id.removeprefix("hq-wisp-")
    assert ok(town, "gt", "mol", "step", "done", f"{piece}.look").startswith(
        f"{id}.look done: 1 of 3 steps\n"
    )
    gate = f"{id}.gate-wait"
    assert towns.git(town.root, "diff", "--name-only", before, "HEAD") == f"beads/{gate}.md\n"
    assert f"gates:\n  wait: {gate}\n" in text_of(town, id)
    ok(town, "bd", "gate", "resolve", gate)
    tip = town.tip()
    ok(town, "gt", "mol", "step", "done", f"{id}.wait")
    assert ok(town, "gt", "mol", "step", "done", f"{id}.sweep").startswith(
        f"{id}.sweep done: 3 of 3 steps\n{id} is complete\n"
    )
    assert (town.tip(), town.snapshot().molecule(id)) == (tip, None)
    wisp = wisps.one(town.root, id)
    assert wisp is not None and (wisp.status, wisp.closed) == ("closed", "2026-11-20T08:00:00Z")
    assert ok(town, "bd", "mol", "wisp", "list").startswith("no open wisps\n")
    assert ok(town, "gt", "mol", "list") == "no open molecules\nnext: bd formula list\n"
    assert [row["id"] for row in shape(town, "gt", "mol", "list", "--all")] == [id]


def test_bd_close_does_steps_too(town: Town) -> None:
    towns.put(town, "beads/hq-aaa11.md", towns.bead("hq-aaa11"))
    id = make(town)
    before = town.tip()
    assert refused(run(town.root, "bd", "close", "hq-aaa11", f"{id}.look")) == (
        "error: steps of wisps and other items are no one commit; close the steps by themselves\n"
    )
    assert (town.tip(), "[x]" in text_of(town, id)) == (before, False)
    assert (
        ok(town, "bd", "close", f"{id}.look") == f"done {id}.look\nnext: gt mol show {id}\n      bd ready\n"
    )
    ok(town, "bd", "gate", "resolve", f"{id}.gate-wait")
    went = shape(town, "bd", "close", f"{id}.wait", "--continue")["continue"]
    assert (went["molecule_id"], went["next_step"]["id"]) == (id, f"{id}.sweep")


def test_conditions_ask_for_files_of_whoever_works_on_it(town: Town) -> None:
    text = """formula = "ask"
[[steps]]
id = "look"
title = "Look"

[[steps]]
id = "mend"
title = "Mend"
needs = ["look"]
gate = { type = "conditional", condition = "file.exists('broken')" }
"""
    towns.put(town, "formulas/ask.formula.toml", text)
    id = ItemId(shape(town, "bd", "mol", "wisp", "ask")["new_epic_id"])
    actions.step(town, id, "look", "overseer")
    assert towns.show(town, f"beads/{id}.gate-mend.md").count("status: open") == 1
    towns.write(town, "broken", "")
    actions.settle_all(town)
    assert "status: open" in towns.show(town, f"beads/{id}.gate-mend.md")
    actions.settle(town, id, "overseer")
    assert "status: closed" in towns.show(town, f"beads/{id}.gate-mend.md")


def test_a_box_ticked_by_hand_counts(town: Town) -> None:
    id = make(town)
    path = wisps.folder(town.root) / f"{id}.md"
    path.write_text(text_of(town, id).replace("- [ ]", "- [x]"), encoding="utf-8")
    actions.settle_all(town)
    assert "status: closed\n" in text_of(town, id)


def test_pouring_what_is_meant_for_wisps_warns(town: Town) -> None:
    done = run(town.root, "bd", "mol", "pour", "tidy", "--var", "what=it")
    assert (done.code, done.err) == (0, "warning: tidy is meant for wisps: bd mol wisp tidy\n")


def test_a_gate_that_was_made_before_a_crash_stays_as_it_is(town: Town) -> None:
    id = make(town)
    before = text_of(town, id)
    actions.step(town, id, "look", "overseer")
    ok(town, "bd", "gate", "resolve", f"{id}.gate-wait")
    (wisps.folder(town.root) / f"{id}.md").write_text(before, encoding="utf-8")
    tip = town.tip()
    actions.step(town, id, "look", "overseer")
    assert town.tip() == tip and f"wait: {id}.gate-wait" in text_of(town, id)
    actions.step(town, id, "wait", "overseer")


def test_two_at_once_lose_nothing(town: Town) -> None:
    steps = [f"s{number}" for number in range(8)]
    text = "".join(f'[[steps]]\nid = "{each}"\ntitle = "Do {each}"\n' for each in steps)
    towns.put(town, "formulas/wide.formula.toml", f'formula = "wide"\n{text}')
    id = ItemId(shape(town, "bd", "mol", "wisp", "wide")["new_epic_id"])

    def some(mine: list[str]) -> None:
        own = Town.open(town.root)
        for each in mine:
            actions.step(own, id, each, "overseer")

    with ThreadPoolExecutor() as pool:
        list(pool.map(some, (steps[::2], steps[1::2])))
    wisp = wisps.one(town.root, id)
    assert wisp is not None and (wisp.status, {step.state for step in wisp.steps}) == ("closed", {"done"})


def test_an_agent_does_the_steps_of_its_own(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    others = make(town)
    monkeypatch.setenv("GT_ROLE", "mayor")
    mine = make(town)
    assert ok(town, "gt", "mol", "step", "done", f"{mine}.look").startswith(f"{mine}.look done")
    before = text_of(town, others)
    assert refused(run(town.root, "gt", "mol", "step", "done", f"{others}.look")) == (
        f"error: {others} belongs to nobody; tick the steps of your own molecule\n"
    )
    assert text_of(town, others) == before


def test_promote(town: Town) -> None:
    id = make(town)
    kept = text_of(town, id)
    bead = f"hq-{id.removeprefix('hq-wisp-')}"
    assert ok(town, "bd", "promote", id, "-r", "it matters") == (
        f"promoted {id}: it is {bead}  tidy: Tidy it\nnext: bd show {bead}\n"
    )
    found = town.snapshot().bead(bead)
    assert found is not None and (found.type, found.status, found.notes) == (
        "task",
        "open",
        "Promoted: it matters",
    )
    assert wisps.ids(town.root) == ()
    (wisps.folder(town.root) / f"{id}.md").write_text(kept, encoding="utf-8")  # a crash before it went
    tip = town.tip()
    assert shape(town, "bd", "promote", id)["id"] == bead
    assert (town.tip(), wisps.ids(town.root)) == (tip, ())
    assert refused(run(town.root, "bd", "promote", bead)).startswith(f"error: {bead} lasts already; ")
    assert (
        refused(run(town.root, "bd", "promote", "no_such"))
        == "error: no bead no_such; see them with: bd list --all\n"
    )


def test_promote_clears_the_flag_of_a_bead(town: Town) -> None:
    towns.put(town, "beads/hq-aaa11.md", towns.bead("hq-aaa11", ephemeral="true"))
    assert shape(town, "bd", "promote", "aaa11")["id"] == "hq-aaa11"
    assert "ephemeral" not in towns.show(town, "beads/hq-aaa11.md")


def test_gc(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    open_, closed = make(town), make(town)
    actions.finish(town, closed, "overseer")
    assert ok(town, "bd", "mol", "wisp", "gc") == "no wisp to delete\nnext: bd mol wisp list\n"
    monkeypatch.setenv("GT_NOW", "2026-11-20T09:30:00Z")
    assert shape(town, "bd", "mol", "wisp", "gc", "--dry-run") == {
        "cleaned_ids": [closed], "cleaned_count": 0, "candidates": 1, "dry_run": True, "schema_version": 1,
    }  # fmt: skip
    before = town.tip()
    assert ok(town, "bd", "mol", "wisp", "gc") == f"deleted {closed}\nnext: bd mol wisp list\n"
    assert shape(town, "bd", "mol", "wisp", "gc", "--age", "2h", "--force")["cleaned_ids"] == []
    assert shape(town, "bd", "mol", "wisp", "gc", "--age", "30m", "--force")["cleaned_ids"] == [open_]
    assert (wisps.ids(town.root), town.tip()) == ((), before)
    assert refused(run(town.root, "bd", "mol", "wisp", "gc", "--age", "old")).startswith(
        "error: --age: 'old'"
    )


def test_compact(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    open_, closed, kept = make(town, "--type", "ping"), make(town), make(town, "--type", "error")
    actions.finish(town, closed, "overseer")
    (wisps.folder(town.root) / "hq-wisp-bad.md").write_text("nothing\n", encoding="utf-8")
    assert shape(town, "gt", "compact")["skipped"] == 3
    monkeypatch.setenv("GT_NOW", "2026-11-21T09:00:00Z")
    assert ok(town, "gt", "compact", "--dry-run").splitlines()[-3] == (
        "would be promoted 1, would be deleted 1, left alone 1"
    )
    before = town.tip()
    done = shape(town, "gt", "compact")
    bead = f"hq-{open_.removeprefix('hq-wisp-')}"
    assert done["promoted"] == [
        {
            "id": open_,
            "title": "tidy: Tidy it",
            "reason": "open past its time",
            "wisp_type": "ping",
            "bead": bead,
        }
    ]
    assert [each["id"] for each in done["deleted"]] == [closed]
    assert done["errors"][0].startswith(".git/gt/wisps/hq-wisp-bad.md:1: ")
    assert towns.git(town.root, "diff", "--name-only", before, "HEAD") == f"beads/{bead}.md\n"
    assert set(wisps.ids(town.root)) == {kept, "hq-wisp-bad"}
    assert shape(town, "gt", "compact", "report", "--weekly") == {
        "days": 7, "deleted": 1, "promoted": done["promoted"], "active": 1,
        "by_type": [
            {"wisp_type": "error", "active": 1, "deleted": 0, "promoted": 0},
            {"wisp_type": "other", "active": 0, "deleted": 1, "promoted": 0},
            {"wisp_type": "ping", "active": 0, "deleted": 0, "promoted": 1},
        ],
        "schema_version": 1,
    }  # fmt: skip


def test_the_deacon_ends_them_once_a_day_and_lets_them_go_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def look() -> list[str]:
        said.clear()
        deacon.look(town, said.append, lambda about, line: said.append(line))
        return list(said)

    assert look() == [] and not wisps.folder(town.root).exists()
    id = make(town)
    actions.finish(town, id, "overseer")
    assert look() == []
    monkeypatch.setenv("GT_NOW", "2026-11-21T07:00:00Z")
    assert look() == []
    monkeypatch.setenv("GT_NOW", "2026-11-21T09:00:00Z")
    before = town.tip()
    assert look() == ["1 wisp ended, 0 of them as beads"]
    assert look() == []
    assert (town.tip(), wisps.ids(town.root)) == (before, ())


def test_refusals(town: Town) -> None:
    before = town.tip()
    for words, said in {
        "bd mol wisp tidy": "needs a value",
        "bd mol wisp nope": 'there is no formula "nope"',
        "bd mol wisp tidy --var what=it --type pang": "--type 'pang' is unknown; did you mean ping?",
        "gt mol show hq-wisp-zzzzz": "no molecule hq-wisp-zzzzz",
        "gt mol step done hq-wisp-zzzzz.look": "overseer has no molecule on the hook",
    }.items():
        assert said in refused(run(town.root, *words.split()))
    assert (town.tip(), wisps.ids(town.root)) == (before, ())
