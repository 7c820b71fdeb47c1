"""`gt patrol`: rounds begin, are reported and folded into the digest of a day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtlib.model.wisp_ends import Patrol
from gtlib.store import wisp_lines
from gtlib.store import wisps
from gtlib.store.town import Town
from gtlib.store.wisp_lines import DIGESTS
from tests.support import towns
from tests.support.inside import run


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    return town


def shape(town: Town, *words: str) -> Any:
    done = run(town.root, "gt", "patrol", *words, "--json")
    assert done.code == 0, done
    return json.loads(done.out)


def refused(town: Town, *words: str) -> str:
    done = run(town.root, "gt", "patrol", *words)
    assert done.code and not done.out
    return done.err.removeprefix("error: ").removesuffix("\n")


def test_rounds_of_a_day(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before = town.tip()
    first = shape(town, "new", "--role", "deacon")
    assert (first["role"], first["formula"], first["ended"]) == ("deacon", "patrol", [])
    assert "- [ ] **mail** Read your mail" in first["checklist"]
    monkeypatch.setenv("GT_ROLE", "deacon")
    monkeypatch.setenv("GT_NOW", "2026-11-20T09:00:00Z")
    then = shape(town, "report", "--summary", "all\nquiet", "--steps", "mail:OK,queue:SKIP")
    assert then["ended"] == [
        {
            "id": first["patrol_id"], "role": "deacon", "formula": "patrol", "started": "2026-11-20T08:00:00Z",
            "ended": "2026-11-20T09:00:00Z", "summary": "all quiet", "steps": {"mail": "OK", "queue": "SKIP"},
            "left": ["look", "tidy"],
        }
    ]  # fmt: skip
    assert wisps.ids(town.root) == (then["patrol_id"],)
    last = shape(town, "new")
    assert [each["summary"] for each in last["ended"]] == ["left over: nobody reported it"]
    assert (wisps.ids(town.root), town.tip()) == ((last["patrol_id"],), before)

    shown = run(town.root, "gt", "patrol", "digest", "--dry-run")
    assert shown.out == (
        "would make  Patrol digest 2026-11-20: 2 rounds\ndeacon:\n\n"
        "- 2026-11-20T09:00:00Z all quiet (mail OK, queue SKIP, look ?, tidy ?)\n"
        "- 2026-11-20T09:00:00Z left over: nobody reported it\n"
    )
    assert town.tip() == before
    monkeypatch.setenv("GT_NOW", "2026-11-21T07:00:00Z")
    assert shape(town, "digest") == {
        "date": "2026-11-21",
        "count": 0,
        "bead": "",
        "dry_run": False,
        "rounds": [],
        "schema_version": 1,
    }
    made = shape(town, "digest", "--yesterday")
    bead = town.snapshot().bead(made["bead"])
    assert bead is not None and (bead.status, bead.title) == ("closed", "Patrol digest 2026-11-20: 2 rounds")
    assert towns.git(town.root, "rev-list", "--count", f"{before}..HEAD").strip() == "1"
    assert shape(town, "digest", "--date", "2026-11-20")["count"] == 0
    assert wisps.ids(town.root) == (last["patrol_id"],)


def test_the_round_of_a_role_is_what_it_finds_on_its_hook(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = shape(town, "new", "--role", "deacon")["patrol_id"]
    report = " --summary '...' --steps STEP:OK,STEP:SKIP\n"
    said = run(town.root, "gt", "hook", "deacon").out
    assert said.startswith(f"hook of deacon (deacon)\nnothing on hook\nround:    {id}  ")
    assert "- [ ] **mail** Read your mail" in said
    assert said.endswith(f"next: gt patrol report --role deacon{report}")
    monkeypatch.setenv("GT_ROLE", "deacon")
    for words in (("hook",), ("mol", "current"), ("mol", "status"), ("mol", "current", "deacon")):
        said = run(town.root, "gt", *words).out
        assert id in said and "- [ ] **mail** Read your mail" in said
        assert said.endswith(f"next: gt patrol report{report}")
    told = json.loads(run(town.root, "gt", "hook", "--json").out)
    assert (told["attached_molecule"], told["is_wisp"], told["has_work"]) == (id, True, True)


def test_a_crash_makes_no_second_digest(town: Town) -> None:
    shape(town, "new", "--role", "deacon")
    shape(town, "report", "--role", "deacon", "--summary", "one")
    lines = wisp_lines.read(town.root, DIGESTS, Patrol)
    made = shape(town, "digest")["bead"]
    tip = town.tip()
    marked = [
        Patrol(**{**{f: getattr(each, f) for f in each.__struct_fields__}, "bead": made}) for each in lines
    ]
    wisp_lines.append(town.root, DIGESTS, [*marked, *marked])  # as they were before they went
    assert (shape(town, "digest")["count"], town.tip()) == (1, tip)
    assert wisp_lines.read(town.root, DIGESTS, Patrol) == []


def test_a_formula_of_ones_own(town: Town) -> None:
    text = 'formula = "{}"\ndescription = "Round of {{{{role}}}}"\n[vars.role]\nrequired = true\n[[steps]]\nid = "go"\ntitle = "Go"\n'
    towns.put(town, "formulas/mol-mayor-patrol.formula.toml", text.format("mol-mayor-patrol"))
    assert shape(town, "new", "--role", "mayor")["formula"] == "mol-mayor-patrol"
    towns.put(town, "formulas/mayor-patrol.formula.toml", text.format("mayor-patrol"))
    begun = shape(town, "new", "--role", "mayor")
    assert (begun["formula"], begun["checklist"]) == ("mayor-patrol", "Round of mayor\n\n- [ ] **go** Go")
    assert shape(town, "new", "--role", "deacon")["formula"] == "patrol"


def test_text_of_a_round(town: Town) -> None:
    begun = run(town.root, "gt", "patrol", "new", "--role", "deacon").out
    assert "One round of the deacon.\n" in begun
    assert begun.endswith("next: gt patrol report --summary '...' --steps STEP:OK,STEP:SKIP\n")
    first = wisps.ids(town.root)[0]
    ended = run(town.root, "gt", "patrol", "report", "--role", "deacon", "--summary", "quiet").out
    then = wisps.ids(town.root)[0]
    assert ended == (
        f"ended {first}: quiet\n{then}  patrol: One round of the deacon.\n"
        f"next: gt mol show {then}\n      gt patrol report --summary '...' --steps STEP:OK,STEP:SKIP\n"
    )


def test_refusals(town: Town) -> None:
    shape(town, "new", "--role", "mayor")
    held, before = wisps.every(town.root), town.tip()
    for words, said in {
        "new": "whose patrol?; say it: --role mayor | deacon | witness | refinery",
        "new --role witness": "which rig's witness?; write --role RIG/witness, or stand in the rig's folder",
        "report --role deacon --summary x": "deacon has no open round; begin one: gt patrol new --role deacon",
        "report --role mayor --summary x --steps mial:OK": "did you mean mail?",
        "digest --yesterday --date 2026-11-20": "--yesterday and --date contradict each other; give one of them",
        "digest --date soon": "--date: 'soon' is not a time",
    }.items():
        assert said in refused(town, *words.split())
    assert (wisps.every(town.root), town.tip()) == (held, before)
