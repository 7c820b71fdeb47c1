"""Molecules of any make, as a task list and poured side by side, and what must hold whatever is done to them."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.cooked import CStep
from gtlib.model.cooked import Fan
from gtlib.model.edit import Edit
from gtlib.model.formula_parts import Gate
from gtlib.model.kinds import Item
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.flow import OVER
from gtlib.rules.steps_done import plan_skip
from gtlib.rules.steps_done import plan_step
from gtlib.rules.steps_done import plan_step_failed
from tests.support.flows import TOAST
from tests.support.flows import Run
from tests.support.flows import step
from tests.support.world import NOW

RECORDS = ("status", "closed", "decided", "rounds", "fanned", "attempts", "reasons", "outputs")
ACTS = ("done", "done", "done", "done", "early", "fail", "skip", "open", "open gate", "remove gate", "tick")
ITEMS = ("[]", '["a"]', '["a", {"n": 2}]')


class Act(NamedTuple):
    """One thing that is done: to the one of all that it can be done to that `at` picks."""

    kind: str
    at: int
    yes: bool


@st.composite
def graphs(draw: st.DrawFn) -> tuple[CStep, ...]:
    """Cooked steps as cooking gives them: what is needed stands above, a control step below what is in it."""
    found: list[CStep] = []
    ends: list[str] = []  # what another step may need, or ask about
    fans: list[str] = []
    for number in range(draw(st.integers(1, 5))):
        id = f"s{number}"
        needs = draw(st.lists(st.sampled_from(ends), max_size=2, unique=True)) if ends else []
        keys = draw(_keys(ends))
        kind = draw(st.sampled_from(("step", "step", "step", "group", "loop", "fan", "join")))
        if kind == "group":
            found += [
                step(f"{id}.a", *needs, parent=id, **draw(_keys(ends))),
                step(f"{id}.b", f"{id}.a", parent=id),
            ]
            found.append(
                step(id, f"{id}.b", control="group", **{k: v for k, v in keys.items() if k == "when"})
            )
        elif kind == "loop":
            body = (step("x", **draw(_keys(ends, gates=False))), step("y", "x"))
            until = draw(st.sampled_from(("y.output.ok == 'yes'", "x.status == 'failed'")))
            most = draw(st.integers(1, 3))
            first = (replace(body[0], id=StepId(f"{id}.iter1.x"), needs=tuple(map(StepId, needs)), parent=StepId(id)),
                     step(f"{id}.iter1.y", f"{id}.iter1.x", parent=id))  # fmt: skip
            found += first
            found.append(step(id, f"{id}.iter1.y", control="loop", until=until, max=most, body=body))
        elif kind == "fan":
            fan = Fan(
                output="items",
                body=(step("do", **draw(_keys(ends, gates=False))), step("prove", "do")),
                vars={"what": "{item}"},
                parallel=draw(st.booleans()),
            )
            found.append(step(id, *needs, fan=fan, **keys))
            fans.append(id)
        elif kind == "join" and fans:
            of = draw(st.sampled_from(fans))
            word = draw(st.sampled_from(("all-children", "any-children", f"children-of({of})")))
            found.append(step(id, of, waits_for=word))
        else:
            found.append(step(id, *needs, **keys))
        ends.append(id)
    return tuple(found)


@st.composite
def _keys(draw: st.DrawFn, ends: list[str], *, gates: bool = True) -> dict[str, object]:
    keys: dict[str, object] = {}
    if ends and draw(st.integers(0, 3)) == 0:
        of = draw(st.sampled_from(ends))
        keys["when"] = draw(st.sampled_from((f"{of}.status == 'complete'", f"{of}.output.ok == 'yes'")))
    if gates and draw(st.integers(0, 4)) == 0:
        keys["gate"] = draw(
            st.sampled_from((Gate(type="human"), Gate(type="conditional", condition="steps.complete >= 2")))
        )
    if draw(st.integers(0, 3)) == 0:
        keys |= {"attempts": draw(st.integers(1, 2)), "exhausted": draw(st.sampled_from(("hold", "skip")))}
    return keys


act = st.builds(Act, st.sampled_from(ACTS), st.integers(0, 7), st.booleans())
acts = st.lists(act, min_size=1, max_size=8)


class Pair:
    """The same steps in both forms; what is done is done to both."""

    def __init__(self, steps: tuple[CStep, ...]) -> None:
        self.runs = (Run(*steps), Run(*steps, beads=True))
        self.check()

    def check(self) -> None:
        """What holds at any time."""
        first, second = (seen(run) for run in self.runs)
        assert first == second, {key: (first[key], second[key]) for key in first if first[key] != second[key]}
        for run in self.runs:
            flow = run.flow
            for each in flow.ready():
                assert all(flow.state(need) in OVER for need in each.needs if flow.has(need)), each
            for id, how in flow.recipe.items():
                if how.until:
                    assert run.molecule.rounds.get(id, 1) <= how.max
            own: list[Item] = [run.molecule, *(bead for id in flow.ids if (bead := flow.bead(id)))]
            for item in own:
                assert kinds.parse(kinds.path_of(item), kinds.render(item)) == item
            if flow.is_complete():
                assert run.molecule.closed

    def act(self, act: Act) -> None:
        for run in self.runs:
            do(run, act)
        self.check()

    def finish(self) -> None:
        """Who does what is ready, opens gates, and says that failed steps are done, comes to the end."""
        for turn in range(200):
            ended = [finish_one(run, turn) for run in self.runs]
            if all(ended):
                break
            self.check()
        for run in self.runs:
            assert run.flow.is_complete(), run.boxes()


def seen(run: Run) -> dict[str, object]:
    """How the molecule stands, told in the same words for both forms."""
    molecule = run.molecule
    gates = {
        id: (bead.status if (bead := run.town.bead(ItemId(gate))) else "gone")
        for id, gate in molecule.gates.items()
    }
    records = {name: getattr(molecule, name) for name in RECORDS}
    return {"boxes": run.boxes(), "ready": run.ready(), "gates": gates, **records}


def finish_one(run: Run, turn: int) -> bool:
    """One thing that brings the molecule nearer to its end; whether it is there."""
    flow = run.flow
    for each in flow.ready():
        say_done(run, each.id, yes=turn % 2 == 0)
        return False
    for gate in open_gates(run):
        run.commit(Edit(subject="opened", put=(replace(gate, status="closed", closed=NOW),)))
        return False
    for id in flow.ids:
        if flow.state(id) == "failed":
            run.commit(plan_step(run.town, f"{run.id}.{id}", "overseer", "", NOW))
            return False
    return True


def do(run: Run, act: Act) -> None:
    """One thing that somebody does; nothing, where there is nothing to do it to."""
    flow = run.flow
    ids = list(flow.ids)
    if act.kind in ("done", "fail"):
        ready = flow.ready()
        if ready:
            id = ready[act.at % len(ready)].id
            if act.kind == "done":
                say_done(run, id, yes=act.yes)
            else:
                run.commit(plan_step_failed(run.town, f"{run.id}.{id}", TOAST, "it did not work", NOW))
        return
    if act.kind == "early":
        refused(run, act)
        return
    if act.kind in ("open gate", "remove gate"):
        change_gate(run, act)
        return
    over = [id for id in ids if (flow.state(id) == "open") == (act.kind != "open")]
    over = [id for id in over if not flow.is_control(id)]
    if not over:
        return
    id = over[act.at % len(over)]
    if act.kind == "skip":
        run.commit(plan_skip(run.town, f"{run.id}.{id}", TOAST, "not now", NOW))
        assert run.flow.state(id) == "skipped"
    elif act.kind == "open":
        by_hand(run, id, "open")
        assert run.flow.state(id) == "open", f"{id} was opened by a person"
    else:
        by_hand(run, id, "done")
        assert run.flow.state(id) == "done", f"{id} was ticked by a person"


def say_done(run: Run, id: StepId, *, yes: bool) -> None:
    how = run.flow.recipe.get(id)
    outputs = {"ok": "yes" if yes else "no"}
    if how is not None and how.fan is not None:
        outputs[how.fan.output] = ITEMS[len(run.flow.ids) % len(ITEMS)]
    run.done(id, **outputs)


def refused(run: Run, act: Act) -> None:
    """A step before its turn, and a control step, can't be said to be done by an agent."""
    flow = run.flow
    ready = {each.id for each in flow.ready()}
    early = [id for id in flow.ids if flow.state(id) == "open" and id not in ready]
    if not early:
        return
    id = early[act.at % len(early)]
    try:
        edit = plan_step(run.town, f"{run.id}.{id}", TOAST, "c" * 40, NOW)
    except UserError:
        return
    raise AssertionError(f"{id} was ticked before its turn: {edit}")


def change_gate(run: Run, act: Act) -> None:
    gates = open_gates(run)
    if not gates:
        return
    gate = gates[act.at % len(gates)]
    path = kinds.path_of(gate)
    if act.kind == "remove gate":
        run.commit(Edit(subject="rm", removes=(path,)))
        assert not run.town.exists(path), "a person removed the gate"
    else:
        run.commit(Edit(subject="opened", put=(replace(gate, status="closed", closed=NOW),)))
        assert run.town.bead(gate.id) == run.town.get(path) != gate


def open_gates(run: Run) -> list[Bead]:
    found = [run.town.bead(ItemId(gate)) for gate in run.molecule.gates.values()]
    return [gate for gate in found if gate is not None and gate.status != "closed"]


def by_hand(run: Run, id: StepId, state: str) -> None:
    """A box, or the status of a bead, as an editor changes it: nothing else is."""
    flow = run.flow
    bead = flow.bead(id)
    if bead is not None:
        status = {"open": "open", "done": "closed"}[state]
        run.commit(Edit(subject="by hand", put=(replace(bead, status=status, close_reason=""),)))
        return
    steps = tuple(replace(each, state=state) if each.id == id else each for each in run.molecule.steps)
    run.commit(Edit(subject="by hand", put=(replace(run.molecule, steps=steps),)))
