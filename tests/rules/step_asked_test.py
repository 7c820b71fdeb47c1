"""Escalations about steps that failed: one at a time for each step, closed when it is over."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gtlib.model.edit import Edit
from gtlib.model.escalation import Escalation
from gtlib.model.snapshot import Snapshot
from gtlib.names import StepId
from gtlib.rules.base import OVERSEER
from gtlib.rules.escalations import plan_ack
from gtlib.rules.marks import with_states
from gtlib.rules.references import escalations
from gtlib.rules.steps_done import plan_skip
from gtlib.rules.steps_done import plan_step_failed
from tests.support.flows import TOAST
from tests.support.flows import Run
from tests.support.flows import step
from tests.support.world import LATER
from tests.support.world import NOW
from tests.support.world import committed


def asked(town: Snapshot) -> list[Escalation]:
    return list(escalations(town))


def failed(beads: bool = False) -> Run:
    run = Run(step("a"), step("b", "a"), beads=beads)
    run.commit(plan_step_failed(run.town, f"{run.id}.a", TOAST, "exit status 1", NOW))
    return run


def reopen(run: Run) -> None:
    put = tuple(with_states(run.flow, {StepId("a"): "open"}, NOW))
    run.put(committed(run.town, Edit(subject="again", put=put)))


@pytest.mark.parametrize("beads", [False, True])
def test_it_closes_when_the_step_is_over_and_stays_as_a_person_leaves_it(beads: bool) -> None:
    for how in ("done", "skipped"):
        run = failed(beads)
        (before,) = asked(run.town)
        assert (before.status, before.extra) == ("open", {"step": f"{run.id}.a"})
        if how == "done":
            run.done("a", "overseer")
        else:
            run.commit(plan_skip(run.town, f"{run.id}.a", "overseer", "no need", NOW))
        (after,) = asked(run.town)
        assert (after.status, after.closed, after.closed_by, after.close_reason) == (
            "closed", NOW, "deacon", f"step {run.id}.a is {how}",
        )  # fmt: skip
        opened = replace(before, extra=after.extra)
        run.put(committed(run.town, Edit(subject="by hand", put=(opened,))))
        assert asked(run.town) == [opened]


def test_a_second_failure_asks_by_the_same_one() -> None:
    run = failed()
    run.commit(plan_ack(run.town, asked(run.town)[0].id, "overseer")[1])
    reopen(run)
    run.commit(plan_step_failed(run.town, f"{run.id}.a", TOAST, "exit status 2", LATER))
    (again,) = asked(run.town)
    assert (again.title, again.status) == (
        f"step a of {run.id} failed (2 attempts): exit status 2", "acked"
    )  # fmt: skip
    assert len([each for _, each in run.town.mail(OVERSEER, "new")]) == 2
    run.done("a", "overseer")
    assert asked(run.town)[0].status == "closed"
    # what was decided and fails again is a new question
    reopen(run)
    run.commit(plan_step_failed(run.town, f"{run.id}.a", TOAST, "exit status 3", LATER))
    assert sorted(each.status for each in asked(run.town)) == ["closed", "open"]


def test_it_closes_with_its_molecule() -> None:
    run = failed()
    run.commit(Edit(subject="closed", put=(replace(run.molecule, status="closed"),)))
    assert [each.close_reason for each in asked(run.town)] == [f"{run.id} is closed"]
    run = failed()
    run.put(committed(run.town, Edit(subject="burnt", removes=(f"molecules/{run.id}.md",))))
    assert [each.close_reason for each in asked(run.town)] == [f"the molecule of step {run.id}.a is gone"]
