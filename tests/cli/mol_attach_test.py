"""`gt mol attach|detach|attachment|attach-from-mail`: which molecule a hook has, as people type it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtlib.model.molecule import Molecule
from gtlib.names import ItemId
from gtlib.store.town import Town
from tests.support import towns
from tests.support.inside import Ran
from tests.support.inside import run
from tests.support.working import TOAST
from tests.support.working import hook
from tests.support.working import molecule
from tests.support.working import sling
from tests.support.working import working_town

OTHER = "proj/polecats/other"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = working_town(tmp_path, {"one": None, "two": None})
    sling(town)
    return town


def mol(town: Town, *words: str, at: str = "") -> Ran:
    return run(town.root / at, "gt", "mol", *words)


def pour(town: Town, *words: str) -> str:
    shape = json.loads(run(town.root, "bd", "mol", "pour", "chore", *words, "--json").out)
    return str(shape["new_epic_id"])


def again(town: Town) -> Town:
    return Town.open(town.root)


def found(town: Town, id: str) -> Molecule:
    item = again(town).snapshot().molecule(ItemId(id))
    assert item is not None
    return item


def shape(town: Town, *words: str) -> Any:
    return json.loads(mol(town, *words, "--json").out)


def test_a_molecule_is_taken_off_a_hook_and_another_put_on(town: Town) -> None:
    old, new = molecule(town).id, pour(town)
    assert mol(town, "attachment", "pr-work1").out == (
        f"pr-work1  Work\non the hook of {TOAST}\nmolecule: {old}  chore: A chore\n"
        f"progress: -------------------- 0% (0/2 steps)\nnext: gt mol current {old}\n"
    )
    assert mol(town, "attach", "pr-work1", new).err == (
        f"error: pr-work1 has {old} already; gt mol detach pr-work1 takes it off\n"
    )
    assert mol(town, "detach", "pr-work1").out == (
        f"detached {old}  chore: A chore  (for pr-work1)\nnext: gt mol current {old}\n"
    )
    assert (hook(again(town)).molecule, found(town, old).bead, found(town, old).assignee) == ("", "", "")
    assert mol(town, "status", TOAST).out == (
        f"{TOAST} has no molecule on the hook\nnext: gt mol list\n      gt mol attach MOLECULE\n"
    )
    assert mol(town, "attach", "pr-work1", new[-5:]).out == (
        f"attached {new}  chore: A chore  (for pr-work1)\nnext: gt mol current {new}\n"
    )
    assert (hook(again(town)).molecule, found(town, new).bead, found(town, new).assignee) == (
        new,
        "pr-work1",
        TOAST,
    )
    assert mol(town, "attach", "pr-work1", new).out.startswith(f"was attached before: {new}")
    status = shape(town, "status", TOAST)
    assert (status["target"], status["has_work"], status["attached_molecule"]) == (TOAST, True, new)
    assert shape(town, "attachment", TOAST) == {
        "pinned_bead": {"id": "pr-work1", "title": "Work", "status": "hooked"}, "target": TOAST,
        "attached_molecule": new, "attached_formula": "chore", "attached_at": found(town, new).created,
        "attached_args": "", "attached_vars": [], "schema_version": 1,
    }  # fmt: skip
    assert towns.status(town) == ""


def test_an_agent_changes_its_own_hook_alone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    towns.put(town, "beads/pr-work2.md", towns.bead("pr-work2", "More"))
    sling(town, "pr-work2", OTHER)
    mine, theirs = molecule(again(town)).id, molecule(again(town), OTHER).id
    free, ended = pour(town), pour(town)
    run(town.root, "bd", "mol", "squash", ended)
    before = towns.git(town.root, "rev-parse", "HEAD")
    monkeypatch.setenv("GT_ROLE", TOAST)
    for words, said in (
        (f"attach pr-work2 {free}", f"that is the hook of {OTHER}; change your own, or ask the mayor"),
        ("detach pr-work2", f"that is the hook of {OTHER}; change your own, or ask the mayor"),
        (f"attach {theirs}", f"{theirs} is for pr-work2; gt mol detach pr-work2 frees it"),
        (f"attach {free}", f"pr-work1 has {mine} already; gt mol detach pr-work1 takes it off"),
        (f"attach {ended}", f"{ended} is closed; attach one that is open"),
        ("attach no_such", "no molecule no_such; see them with: gt mol list --all"),
    ):
        ran = mol(town, *words.split())
        assert (ran.code, ran.err) == (1, f"error: {said}\n"), words
    assert towns.git(town.root, "rev-parse", "HEAD") == before
    assert mol(town, "detach").code == 0
    assert mol(town, "attach", free).code == 0
    assert hook(again(town)).molecule == free
    # a step of it is the agent's own
    assert mol(town, "step", "done", "one").code == 0


def test_a_bead_on_no_hook_has_one_too(town: Town) -> None:
    towns.put(town, "beads/pr-work2.md", towns.bead("pr-work2", "More"))
    id = pour(town)
    assert mol(town, "attachment", "pr-work2").out == (
        "pr-work2  More\nno molecule is attached\nnext: gt mol attach pr-work2 MOLECULE\n"
    )
    assert mol(town, "current", "pr-work2").err == (
        "error: pr-work2 has no molecule; give it one: gt mol attach pr-work2 MOLECULE\n"
    )
    mol(town, "attach", "pr-work2", id)
    assert found(town, id).bead == "pr-work2"
    assert mol(town, "current", "pr-work2").out.splitlines()[:2] == [
        f"{id}  chore: A chore",
        "for:      pr-work2  More",
    ]
    mol(town, "detach", "pr-work2")
    assert found(town, id).bead == ""


def test_a_letter_names_a_molecule(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    id = pour(town)
    run(town.root, "gt", "mail", "send", TOAST, "-s", "Work", "-m", f"Please.\n\nmolecule: {id}\n")
    run(town.root, "gt", "mail", "send", TOAST, "-s", "Hello", "-m", "Nothing to do")
    monkeypatch.setenv("GT_ROLE", TOAST)
    letters = {message.subject: path for path, message in again(town).snapshot().mail(TOAST, "new")}
    names = {subject: Path(path).stem for subject, path in letters.items()}
    assert mol(town, "attach-from-mail", names["Hello"]).err == (
        "error: that message names no molecule; it wants a line such as `molecule: gt-mol-k2p9x`\n"
    )
    mol(town, "detach")
    assert mol(town, "attach-from-mail", names["Work"]).out == (
        f"attached {id}  chore: A chore  (for pr-work1)\nnext: gt mol current {id}\n"
    )
    after = again(town)
    assert hook(after).molecule == id
    assert [message.subject for _, message in after.snapshot().mail(TOAST, "new")] == ["Hello"]


def test_a_bead_in_a_queue_keeps_its_molecule_for_its_turn(town: Town) -> None:
    towns.put(town, "beads/pr-work2.md", towns.bead("pr-work2", "More"))
    run(town.root, "gt", "crew", "add", "max", "--rig", "proj")
    sling(town, "pr-work2", "proj/crew/max")
    towns.put(town, "beads/pr-work3.md", towns.bead("pr-work3", "Still more"))
    run(town.root, "gt", "sling", "pr-work3", "proj/crew/max")
    id = pour(town)
    assert mol(town, "detach", "pr-work3").code == 0
    assert mol(town, "attach", "pr-work3", id).code == 0
    assert (found(town, id).bead, found(town, id).assignee) == ("pr-work3", "proj/crew/max")
    run(town.root, "gt", "unsling", "pr-work2")
    now = hook(again(town), "proj/crew/max")
    assert (now.bead, now.molecule) == ("pr-work3", id)
