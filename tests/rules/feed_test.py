from __future__ import annotations

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.cooked import Fan
from gtlib.model.edit import Edit
from gtlib.names import ItemId
from gtlib.rules.feed import hungry
from gtlib.rules.feed import plan_fed
from gtlib.rules.feed import plan_swarm
from tests.support.flows import Run
from tests.support.flows import step
from tests.support.world import NOW


def swarm(*steps: object) -> Run:
    """A poured molecule whose steps are fed to the rig."""
    run = Run(*steps, beads=True)  # type: ignore[arg-type]
    run.commit(plan_swarm(run.town, run.molecule, "proj", NOW, "overseer"))
    return run


def fed(run: Run) -> list[str]:
    return [bead.id.removeprefix(f"{run.id}.") for _, bead in hungry(run.town, NOW)]


def test_steps_are_slung_when_their_turn_comes_and_once() -> None:
    run = swarm(step("a"), step("g.b", "a", parent="g"), step("g", "g.b", control="group"), step("z", "g"))
    (convoy,) = run.town.convoys()
    assert convoy.tracks == tuple(ItemId(f"{run.id}.{id}") for id in ("a", "g.b", "z"))
    assert fed(run) == ["a"]
    run.commit(plan_fed(run.town, convoy.id, Edit(subject="sling"), ItemId(f"{run.id}.a")))
    assert fed(run) == []
    run.done("a")
    assert fed(run) == ["g.b"]
    assert plan_swarm(run.town, run.molecule, "proj", NOW, "overseer") is None


def test_steps_that_come_later_are_slung_too() -> None:
    run = swarm(
        step("find", fan=Fan(output="items", body=(step("fix"),))),
        step("join", "find", waits_for="all-children"),
    )
    run.done("find", items='["x", "y"]')
    assert fed(run) == ["find.1.fix", "find.2.fix"]
    (convoy,) = run.town.convoys()
    run.commit(plan_fed(run.town, convoy.id, Edit(subject="sling"), ItemId(f"{run.id}.find.1.fix")))
    (convoy,) = run.town.convoys()
    assert ItemId(f"{run.id}.find.1.fix") in convoy.tracks


def test_no_more_than_the_rig_may_have_at_work() -> None:
    run = swarm(*(step(f"s{number}") for number in range(20)))
    # one polecat of the rig has work on its hook
    assert len(fed(run)) == run.town.town.limits.rig_sessions - 1


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"poured": False}, "the steps of {} are one list, for one agent"),
        ({"status": "closed"}, "{} is closed"),
    ],
)
def test_what_is_no_swarm_is_refused(keys: dict[str, object], what: str) -> None:
    run = Run(step("a"), beads=True)
    with pytest.raises(UserError, match=what.format(run.id)):
        plan_swarm(run.town, replace(run.molecule, **keys), "proj", NOW, "overseer")


def test_outputs_of_a_step_that_another_molecule_does_are_the_steps() -> None:
    inner, outer = Run(step("find")), Run(step("find"), beads=True)
    both = outer.town.with_edit(
        Edit(subject="both", put=(replace(inner.molecule, bead=ItemId(f"{outer.id}.find")),))
    )
    inner.put(both)
    inner.done("find", found="three")
    above = inner.town.molecule(outer.id)
    assert above is not None and above.outputs == "### find\n\nfound: three"
