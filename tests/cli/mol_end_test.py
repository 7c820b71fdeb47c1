"""`gt mol squash` and `burn`, of molecules in one file, of poured ones, and of wisps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtlib.actions import file_checks
from gtlib.names import ItemId
from gtlib.store import wisps
from gtlib.store.town import Town
from tests.support import towns
from tests.support import working
from tests.support.inside import run
from tests.support.working import TOAST

FORMULA = """\
formula = "tidy"
description = "Tidy up"
pour = {pour}

[[steps]]
id = "look"
title = "Look"
gate = {{ type = "human" }}

[[steps]]
id = "sweep"
title = "Sweep"
needs = ["look"]
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "formulas/tidy.formula.toml", FORMULA.format(pour="false"))
    towns.put(town, "formulas/poured.formula.toml", FORMULA.format(pour="true").replace("tidy", "poured"))
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    return town


def shape(town: Town, *words: str) -> Any:
    done = run(town.root, *words, "--json")
    assert done.code == 0, done
    return json.loads(done.out)


def pour(town: Town, name: str) -> str:
    return str(shape(town, "bd", "mol", "pour", name)["new_epic_id"])


def wisp(town: Town) -> str:
    return str(shape(town, "bd", "mol", "wisp", "tidy")["new_epic_id"])


def changed(town: Town, since: str) -> list[str]:
    found = towns.git(town.root, "diff", "--name-status", since, "HEAD")
    return [line.replace("\t", " ") for line in found.splitlines()]


def commits(town: Town, since: str) -> int:
    return int(towns.git(town.root, "rev-list", "--count", f"{since}..HEAD"))


def test_squash_of_a_molecule(town: Town) -> None:
    id = pour(town, "tidy")
    gate = f"{id}.gate-look"
    before = town.tip()
    done = shape(town, "gt", "mol", "squash", id, "--summary", "not needed")
    digest = done["digest_id"]
    assert done == {
        "molecule_id": id, "digest_id": digest, "squashed_ids": [id, gate], "squashed_count": 2,
        "deleted_count": 0, "kept_children": False, "wisp_squash": False, "schema_version": 1,
    }  # fmt: skip
    assert commits(town, before) == 1
    assert sorted(changed(town, before)) == sorted(
        [f"A beads/{digest}.md", f"M beads/{gate}.md", f"M molecules/{id}.md"]
    )
    snapshot = town.snapshot()
    molecule, bead = snapshot.molecule(ItemId(id)), snapshot.bead(ItemId(digest))
    assert molecule is not None and bead is not None
    assert (molecule.status, [step.state for step in molecule.steps]) == ("closed", ["skipped", "skipped"])
    assert "  0 done, 2 skipped  closed" in run(town.root, "gt", "mol", "list", "--all").out
    assert "0 done, 2 skipped · closed now" in run(town.root, "gt", "mol", "show", id).out
    assert "complete: now  (0 done, 2 skipped)" in run(town.root, "gt", "mol", "current", id).out
    assert molecule.reasons == {"look": "squashed", "sweep": "squashed"}
    assert (bead.title, bead.status, bead.description) == ("Digest: tidy: Tidy up", "closed", "not needed")


def test_squash_of_a_poured_one(town: Town) -> None:
    for words, steps in (((), "closed"), (("--keep-children",), "open")):
        id = pour(town, "poured")
        done = shape(town, "gt", "mol", "squash", id, "--no-digest", *words)
        assert (done["digest_id"], done["kept_children"]) == ("", bool(words))
        snapshot = town.snapshot()
        sweep, molecule = snapshot.bead(ItemId(f"{id}.sweep")), snapshot.molecule(ItemId(id))
        assert sweep is not None and molecule is not None
        assert (molecule.status, sweep.status) == ("closed", steps)
        assert sweep.close_reason == ("" if words else "skipped: squashed")


def test_squash_of_a_wisp(town: Town) -> None:
    id, before = wisp(town), town.tip()
    done = shape(town, "bd", "mol", "squash", id)
    assert (done["wisp_squash"], done["deleted_count"], done["squashed_ids"]) == (
        True,
        1,
        [id, f"{id}.gate-look"],
    )
    bead = town.snapshot().bead(done["digest_id"])
    assert bead is not None and bead.description == (
        f"{id}, made of the formula tidy, from 2026-11-20T08:00:00Z, to 2026-11-20T08:00:00Z.\n\n"
        "0 of 2 steps done.\n\n- [ ] look: Look\n- [ ] sweep: Sweep"
    )
    assert (wisps.ids(town.root), commits(town, before)) == ((), 1)
    kept = wisp(town)
    before = town.tip()
    assert shape(town, "bd", "mol", "squash", kept, "--keep-children", "--no-digest")["deleted_count"] == 0
    found = wisps.one(town.root, kept)
    assert found is not None and found.status == "closed"
    assert changed(town, before) == [f"M beads/{kept}.gate-look.md"]


def test_burn(town: Town) -> None:
    one, poured, before = pour(town, "tidy"), pour(town, "poured"), town.tip()
    towns.put(town, "beads/hq-aaa11.md", towns.bead("hq-aaa11", needs=[one]))
    refusal = run(town.root, "gt", "mol", "burn", one, poured)
    assert refusal.err == (
        f"error: {one}, {poured} is committed, and its steps go with it; "
        f"burn it with: gt mol burn {one} {poured} --force\n"
    )
    tip = town.tip()
    done = shape(town, "gt", "mol", "burn", one, poured, "--force")
    assert (done["total_deleted"], done["failed_count"]) == (6, 0)
    assert [each["deleted_ids"] for each in done["results"]] == [
        [one, f"{one}.gate-look"],
        [poured, f"{poured}.look", f"{poured}.sweep", f"{poured}.gate-look"],
    ]
    assert commits(town, tip) == 1
    snapshot = town.snapshot()
    assert [*snapshot.paths("molecules/hq")] == [] and [*snapshot.paths("beads/")] == [
        "beads/.gitkeep",
        "beads/hq-aaa11.md",
    ]
    bead = snapshot.bead(ItemId("hq-aaa11"))
    assert bead is not None and bead.needs == ()
    assert towns.git(town.root, "show", f"{tip}:molecules/{one}.md") and before


def test_gates_that_were_opened_go_with_their_molecule(town: Town) -> None:
    id = pour(town, "tidy")
    assert run(town.root, "bd", "gate", "resolve", f"{id}.gate-look").code == 0
    done = shape(town, "gt", "mol", "burn", id, "--force")
    assert done["deleted_ids"] == [id, f"{id}.gate-look"]
    assert [*town.snapshot().paths("beads/")] == ["beads/.gitkeep"]


def test_a_gate_whose_file_is_gone_is_open_and_that_is_told(town: Town) -> None:
    id = pour(town, "tidy")
    said = run(town.root, "gt", "mol", "current", id).out
    assert said.endswith(f"next: bd gate resolve {id}.gate-look\n      gt mol show {id}\n")
    assert run(town.root, "gt", "mol", "show", id).out.endswith(
        f"next: bd gate resolve {id}.gate-look\n      gt mol current {id}\n"
    )
    assert run(town.root, "bd", "gate", "list").out.endswith(
        f"next: bd gate resolve {id}.gate-look\n      bd gate show {id}.gate-look\n"
    )
    towns.git(town.root, "rm", "-q", f"beads/{id}.gate-look.md")
    towns.commit(town.root, "-m", "no more questions")
    for words in (("current", id), ("show", id)):
        said = run(town.root, "gt", "mol", *words).out
        assert f"its gate's file is gone ({id}.gate-look): open" in said
    rows = list(file_checks.molecules(town, town.snapshot()))
    assert [(each.status, each.message) for each in rows] == [
        ("warning", f"the gate {id}.gate-look of {id}.look is open, since its file is gone")
    ]


def test_burn_of_wisps(town: Town) -> None:
    first, second = wisp(town), wisp(town)
    assert shape(town, "bd", "mol", "burn", first) == {
        "molecule_id": first, "deleted_ids": [first, f"{first}.gate-look"], "deleted_count": 2, "schema_version": 1,
    }  # fmt: skip
    assert run(town.root, "gt", "mol", "burn", second).out == (
        f"burned {second} and 1 bead of it\nnext: gt mol list\n      bd mol wisp list\n"
    )
    assert wisps.ids(town.root) == ()
    assert [*town.snapshot().paths("beads/hq")] == []


def test_what_is_on_a_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = working.working_town(tmp_path, {"one": None, "two": None})
    working.sling(town)
    id = working.molecule(town).id
    other = "proj/polecats/other"
    towns.put(town, f"agents/{other}.md", f"---\naddress: {other}\n---\n")
    monkeypatch.setenv("GT_ROLE", other)
    assert (
        run(town.root, "gt", "mol", "squash", id).err
        == f"error: {id} belongs to {TOAST}; end your own molecules\n"
    )
    assert run(town.root, "gt", "mol", "burn").err == (
        "error: proj/polecats/other has no molecule on the hook; name one: gt mol list shows them\n"
    )
    monkeypatch.setenv("GT_ROLE", TOAST)
    assert shape(town, "gt", "mol", "squash")["molecule_id"] == id
    assert (working.hook(town).molecule, working.hook(town).bead) == ("", "pr-work1")


def test_refusals(town: Town) -> None:
    id, before = wisp(town), town.tip()
    for words, said in {
        f"mol squash {id} --no-digest --summary x": "--summary and --no-digest contradict each other; give one of them",
        f"mol squash {id} --jitter soon": "--jitter: 'soon' is not a span of time; write it as 30m, 2h or 1h30m",
        "mol squash no_such": "no molecule no_such; see them with: gt mol list --all",
        f"mol burn {id} no_such": "no molecule no_such; see them with: gt mol list --all",
    }.items():
        done = run(town.root, "gt", *words.split())
        assert (done.out, done.err) == ("", f"error: {said}\n")
    assert (wisps.ids(town.root), town.tip()) == ((id,), before)
