from __future__ import annotations

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import ready
from gtlib.rules.take import gated
from gtlib.rules.take import plan_take
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import hook
from tests.support.world import polecat
from tests.support.world import put
from tests.support.world import world


def test_the_first_that_nobody_has_is_taken() -> None:
    busy = polecat("toast", replace(hook("pr-other"), queue=("pr-queued",)))
    beads = [
        bead("pr-theirs", assignee="bo", priority=0),
        bead("pr-queued", priority=0),
        bead("pr-mine", assignee="ada", priority=1),
        bead("pr-free", priority=2),
    ]
    town = world(*beads, busy)
    able = ready(town, NOW)
    assert [each.id for each in able] == ["pr-queued", "pr-theirs", "pr-mine", "pr-free"]
    id, edit = plan_take(town, able, "ada", NOW)
    assert id == "pr-mine"
    assert put(edit) == {
        "beads/pr-mine.md": replace(beads[2], status="in_progress", started=NOW),
    }
    assert plan_take(town, able, "cy", NOW)[0] == "pr-free"
    with pytest.raises(UserError, match=r"nothing is ready to be claimed; others have what is ready"):
        plan_take(town, able[:2], "ada", NOW)
    with pytest.raises(UserError, match=r"nothing is ready to be claimed; bd blocked says what waits"):
        plan_take(town, (), "ada", NOW)


def test_what_woke_up_can_be_taken() -> None:
    town = world(bead("pr-a", status="deferred", defer="2026-11-19"))
    id, edit = plan_take(town, ready(town, NOW), "ada", NOW)
    assert id == "pr-a" and edit is not None


def test_molecules_that_a_gate_set_free() -> None:
    town = world(
        bead("pr-m"),
        bead("pr-m.1", parent="pr-m", needs=("pr-g",)),
        bead("pr-m.2", parent="pr-m", needs=("pr-g",)),
        closed_bead("pr-g", type="gate"),
        bead("pr-alone", needs=("pr-g",)),
        bead("pr-n.1", parent="pr-m", needs=("pr-shut",)),
        bead("pr-shut", type="gate"),
    )
    found = gated(Ledger(town), ready(town, NOW))
    assert [(each.molecule.id, each.gate.id, each.step.id) for each in found] == [("pr-m", "pr-g", "pr-m.1")]
