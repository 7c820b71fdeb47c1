"""What a molecule waits for beside its own steps, and its steps as a graph."""

from __future__ import annotations

from gtlib.model.formula_parts import Gate
from gtlib.rules.dag import dag_of
from gtlib.rules.steps_done import plan_step_failed
from gtlib.rules.waiting import waiting
from tests.support.flows import TOAST
from tests.support.flows import Run
from tests.support.flows import step

OTHER = "proj/polecats/other"


def told(run: Run, actor: str = TOAST) -> list[str]:
    return [f"{each.step} {each.kind}: {each.said} ({each.how})" for each in waiting(run.flow, actor)]


def test_gates_conditions_agents_and_failures_are_told_when_it_is_their_turn() -> None:
    for beads in (False, True):
        run = Run(
            step("first"),
            step("shut", "first", gate=Gate(type="human")),
            step("timed", "first", gate=Gate(type="timer", timeout="1h")),
            step("file", "first", when="file.exists('x')"),
            step("theirs", "first", assignee=OTHER),
            step("odd", "first"),
            step("last", "shut", "odd"),
            beads=beads,
        )
        assert told(run) == []
        run.done("first")
        run.commit(plan_step_failed(run.town, f"{run.id}.odd", TOAST, "it broke", run.now))
        mol = run.id
        assert told(run) == [
            f"shut gate: the gate {mol}.gate-shut (human) (bd gate resolve {mol}.gate-shut)",
            f"timed gate: the gate {mol}.gate-timed (timer) (bd gate check {mol}.gate-timed)",
            "file condition: the condition file.exists('x') (it is looked at in the worktree: gt mol current)",
            f"theirs agent: {OTHER} does it (gt hook {OTHER})",
            f"odd failed: it failed: it broke (gt mol step done {mol}.odd, or gt mol step skip {mol}.odd --reason WHY)",
        ]  # fmt: skip
        assert [each for each in told(run, OTHER) if "agent" in each] == []


def test_tiers_and_the_longest_way() -> None:
    run = Run(step("a"), step("b", "a"), step("c"), step("d", "b", "c"), step("e", "d", control="group"))
    found = dag_of(run.flow)
    assert found.tiers == (("a", "c"), ("b",), ("d",), ("e",))
    assert found.longest == ("a", "b", "d", "e")
    assert (found.needed["a"], found.stuck) == (("b",), ())
