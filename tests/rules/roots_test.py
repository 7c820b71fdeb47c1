"""Roots of molecules close with their last step, and nobody who opens one again is fought."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import registry
from gtlib.rules.roots import close_roots
from tests.support import towns
from tests.support import world
from tests.support.asked import bd
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead

ROOT = bead("pr-aa1", type="molecule")
STEPS = (closed_bead("pr-aa1.1", parent="pr-aa1"), closed_bead("pr-aa1.2", parent="pr-aa1"))
LAST = frozenset({"beads/pr-aa1.2.md"})


def after(snapshot: Snapshot, changed: frozenset[str] | None = LAST) -> Bead | None:
    found = world.committed(snapshot, close_roots(snapshot, NOW, changed)).bead(ItemId("pr-aa1"))
    return found if found is not None and found.status == "closed" else None


def test_it_closes_with_its_last_step() -> None:
    assert after(world.world(ROOT, *STEPS)) == replace(
        ROOT, status="closed", closed=NOW, close_reason="all steps complete"
    )
    folded = '{"id":"pr-aa1.1","title":"x","status":"closed","dependencies":[{"depends_on_id":"pr-aa1","type":"parent-child"}]}'
    assert after(world.world(ROOT, STEPS[1], files={"archive/2026-01.jsonl": f"{folded}\n"}))


@pytest.mark.parametrize(
    "keys",
    [{"type": "epic"}, {"status": "deferred"}, {"pinned": True}, {"template": True}, {"status": "pinned"}],
)
def test_what_is_no_root_or_is_kept_stays(keys: dict[str, Any]) -> None:
    assert after(world.world(replace(ROOT, **keys), *STEPS)) is None


def test_nothing_closes_without_a_close_that_was_the_last() -> None:
    assert after(world.world(ROOT, *STEPS), None) is None
    assert after(world.world(ROOT, *STEPS), frozenset({"beads/pr-aa1.md"})) is None
    assert after(world.world(ROOT, *STEPS, bead("pr-bb1", parent="pr-aa1"))) is None
    assert after(world.world(ROOT, STEPS[0], replace(STEPS[1], updated=NOW))) is None
    assert after(world.world(replace(ROOT, updated=NOW), *STEPS)) is None


def test_work_is_not_closed_by_it() -> None:
    assert after(world.world(ROOT, *STEPS, world.polecat(on=world.hook("pr-aa1")))) is None
    assert after(world.world(ROOT, *STEPS, world.request("pr-mr-aa", "pr-aa1"))) is None


def test_roots_above_roots_close_too() -> None:
    above = bead("pr-zz1", type="molecule")
    snapshot = world.world(above, replace(ROOT, parent=ItemId("pr-zz1")), *STEPS)
    edit = registry.with_rules(snapshot, Edit(subject="x", put=(replace(STEPS[1], notes="n"),)), NOW)
    found = world.committed(snapshot, edit)
    assert {each.id: each.status for each in found.beads()} == dict.fromkeys(
        ("pr-aa1", "pr-aa1.1", "pr-aa1.2", "pr-zz1"), "closed"
    )


def test_who_reopens_it_has_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = towns.make_town(tmp_path / "town")
    monkeypatch.chdir(town.root)

    def at(minute: int, *words: str) -> str:
        monkeypatch.setenv("GT_NOW", f"2030-01-01T00:{minute:02}:00Z")
        done = bd(*words)
        assert (done.returncode, done.stderr) == (0, "")
        found = town.snapshot().bead(ItemId("hq-m"))
        return found.status if found else ""

    at(0, "create", "Root", "-t", "molecule", "--id", "hq-m")
    at(1, "create", "Step", "--parent", "hq-m")
    assert at(2, "close", "hq-m.1") == "closed"
    assert at(3, "reopen", "hq-m") == "open"
    assert at(4, "comment", "hq-m.1", "well") == "open"
    at(5, "reopen", "hq-m.1")
    assert at(6, "close", "hq-m.1") == "closed"
