from __future__ import annotations

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.cooked import Fan
from gtlib.model.edit import Edit
from gtlib.model.formula_parts import Gate
from gtlib.names import ItemId
from gtlib.rules import registry
from gtlib.rules.advance import advanced
from gtlib.rules.asking import World
from gtlib.rules.marks import with_states
from gtlib.rules.steps_done import plan_skip
from gtlib.rules.steps_done import plan_step
from gtlib.rules.steps_done import plan_step_failed
from tests.support.flows import TOAST
from tests.support.flows import Run
from tests.support.flows import step
from tests.support.world import NOW
from tests.support.world import committed

both_forms = pytest.mark.parametrize("beads", [False, True], ids=["list", "poured"])


def closed(run: Run, id: str) -> Edit:
    bead = run.town.bead(ItemId(id))
    assert bead is not None
    return Edit(subject="close", put=(replace(bead, status="closed", close_reason="ok", closed=NOW),))


@both_forms
def test_a_group_is_over_with_its_steps(beads: bool) -> None:
    run = Run(
        step("a"),
        step("g.one", "a", parent="g"),
        step("g.two", "a", parent="g"),
        step("g", "g.one", "g.two", control="group"),
        step("z", "g"),
        beads=beads,
    )
    assert run.ready() == ["a"]
    run.done("a")
    assert run.ready() == ["g.one", "g.two"]
    run.all_done(["g.two", "g.one"])
    assert run.boxes() == "a[x] g.one[x] g.two[x] g[x] z[ ]"
    run.done("z")
    assert (run.molecule.status, run.molecule.closed) == ("closed", NOW)


@both_forms
def test_nobody_ticks_a_group_or_a_step_that_waits(beads: bool) -> None:
    run = Run(step("a"), step("b", "a", parent="g"), step("g", "b", control="group"), beads=beads)
    for id, what in (("g", "g is over by itself when what it needs is"), ("b", "b is not ready: it needs a")):
        with pytest.raises(UserError, match=what):
            plan_step(run.town, f"{run.id}.{id}", TOAST, "", NOW)


@both_forms
def test_a_condition_is_looked_at_when_the_turn_comes_and_once(beads: bool) -> None:
    run = Run(
        step("look"),
        step("fix", "look", when="look.output.bad == 'yes'"),
        step("fine", "look", when="look.output.bad == 'no'"),
        step("end", "fix", "fine"),
        beads=beads,
    )
    assert run.flow.waits("fix") == ("look",)
    run.done("look", bad="yes")
    assert run.boxes() == "look[x] fix[ ] fine[-] end[ ]"
    assert run.molecule.decided == {"fix": "true", "fine": "false"}
    assert run.molecule.reasons == {"fine": "condition: look.output.bad == 'no'"}
    run.done("look", bad="no")  # said again, otherwise: it was decided
    assert (run.boxes(), run.ready()) == ("look[x] fix[ ] fine[-] end[ ]", ["fix"])


@both_forms
def test_a_condition_of_a_group_skips_all_of_it(beads: bool) -> None:
    run = Run(
        step("a"),
        step("g.one", "a", parent="g"),
        step("g.two", "g.one", parent="g"),
        step("g", "g.two", control="group", when="a.status == 'failed'"),
        step("z", "g"),
        beads=beads,
    )
    run.done("a")
    assert (run.boxes(), run.ready()) == ("a[x] g.one[-] g.two[-] g[-] z[ ]", ["z"])


@both_forms
def test_a_condition_of_the_world_waits_for_somebody_who_has_one(beads: bool) -> None:
    run = Run(step("a", when="file.exists('ok.txt') and env.MODE == 'fast'"), step("b"), beads=beads)
    assert run.ready() == ["b"]
    assert run.flow.waits("a") == ("condition file.exists('ok.txt') and env.MODE == 'fast'",)
    world = World(exists=lambda path: path == "ok.txt", env={"MODE": "fast"})
    run.commit(advanced(run.town, run.molecule, NOW, world))
    assert run.ready() == ["a", "b"]


@both_forms
def test_a_gate_is_made_when_the_turn_of_its_step_comes(beads: bool) -> None:
    gate = Gate(type="gh:run", id="ci-{{branch}}.yml", timeout="30m")
    run = Run(step("build"), step("ship", "build", gate=gate, env={"branch": "main"}), beads=beads)
    id = f"{run.id}.gate-ship"
    assert (run.town.bead(ItemId(id)), run.flow.waits("ship")) == (None, ("build",))
    run.done("build")
    bead = run.town.bead(ItemId(id))
    assert bead == Bead(
        id=ItemId(id),
        title="Gate: gh:run ci-main.yml",
        type="gate",
        await_="gh:run",
        on="ci-main.yml",
        timeout="30m",
        waiters=(TOAST,),
        created=NOW,
        created_by="overseer",
        description=f"Step ship of {run.id} waits for this.",
    )
    assert (run.ready(), run.flow.waits("ship")) == ([], (id,))
    run.commit(closed(run, id))
    assert run.ready() == ["ship"]


@both_forms
def test_a_gate_that_somebody_removed_is_not_made_again(beads: bool) -> None:
    run = Run(step("ship", gate=Gate(type="human")), beads=beads)
    run.commit(Edit(subject="rm", removes=(f"beads/{run.id}.gate-ship.md",)))
    assert run.ready() == ["ship"]


@both_forms
def test_a_conditional_gate_opens_with_its_condition(beads: bool) -> None:
    run = Run(
        step("a"),
        step("b"),
        step("c"),
        step("ship", gate=Gate(type="conditional", condition="steps.complete >= 2")),
        beads=beads,
    )
    run.done("a")
    assert run.ready() == ["b", "c"]
    run.done("b")
    assert run.ready() == ["c", "ship"]


@both_forms
def test_a_loop_goes_round_until_its_condition_holds(beads: bool) -> None:
    body = (step("write"), step("review", "write"))
    run = Run(
        step("loop.iter1.write", parent="loop"),
        step("loop.iter1.review", "loop.iter1.write", parent="loop"),
        step(
            "loop", "loop.iter1.review", control="loop", until="review.output.ok == 'yes'", max=3, body=body
        ),
        step("end", "loop"),
        beads=beads,
    )
    run.done("loop.iter1.write")
    run.done("loop.iter1.review", ok="no")
    assert run.ready() == ["loop.iter2.write"]
    assert run.molecule.rounds == {"loop": 2}
    run.done("loop.iter2.write")
    run.done("loop.iter2.review", ok="yes")
    assert (run.ready(), run.molecule.reasons) == (["end"], {})
    assert run.boxes() == (
        "loop.iter1.write[x] loop.iter1.review[x] loop.iter2.write[x] loop.iter2.review[x] loop[x] end[ ]"
    )


@both_forms
def test_a_loop_stops_after_its_most_rounds(beads: bool) -> None:
    run = Run(
        step("l.iter1.a", parent="l"),
        step("l", "l.iter1.a", control="loop", until="a.status == 'failed'", max=2, body=(step("a"),)),
        step("end", "l"),
        beads=beads,
    )
    run.all_done(["l.iter1.a", "l.iter2.a"])
    assert run.ready() == ["end"]
    assert run.molecule.reasons == {"l": "stopped after 2 rounds without: a.status == 'failed'"}


@both_forms
@pytest.mark.parametrize("parallel", [True, False])
def test_a_step_fans_out_to_its_items(beads: bool, parallel: bool) -> None:
    fan = Fan(
        output="findings",
        body=(step("fix", run=("mend", "{{file}}")), step("prove", "fix")),
        vars={"file": "{item.path}", "n": "{index}"},
        parallel=parallel,
        formula="fix-one",
    )
    run = Run(
        step("find", fan=fan),
        step("join", "find", waits_for="all-children"),
        step("end", "join"),
        beads=beads,
    )
    with pytest.raises(UserError, match="step find fans out to its output findings, a list"):
        plan_step(run.town, f"{run.id}.find", TOAST, "", NOW)
    run.done("find", findings='[{"path": "a.py"}, {"path": "b $(x).py"}]')
    first = ["find.1.fix", "find.2.fix"] if parallel else ["find.1.fix"]
    assert (run.ready(), run.molecule.fanned) == (first, {"find": 2})
    assert run.flow.recipe["find.2.fix"].env["file"] == "b $(x).py"  # type: ignore[index]
    assert run.flow.recipe["find.2.fix"].run == ("mend", "{{file}}")  # type: ignore[index]
    run.all_done(["find.1.fix", "find.1.prove", "find.2.fix"])
    assert run.flow.waits("join") == ("find.2",)
    run.done("find.2.prove")
    assert run.ready() == ["join"]


@both_forms
def test_rounds_and_copies_that_are_there_are_not_added_again(beads: bool) -> None:
    """Somebody took out the records that say so."""
    run = Run(
        step("l.iter1.a", parent="l"),
        step("l", "l.iter1.a", control="loop", until="a.output.ok", max=4, body=(step("a"),)),
        step("find", "l", fan=Fan(output="found", body=(step("fix"), step("prove", "fix")))),
        beads=beads,
    )
    run.done("l.iter1.a")
    run.put(committed(run.town, Edit(subject="by hand", put=(replace(run.molecule, rounds={}),))))
    run.done("l.iter2.a")
    assert (run.ready(), run.molecule.rounds) == (["l.iter3.a"], {"l": 3})
    run.done("l.iter3.a", ok="yes")
    run.done("find", found="[1, 2]")
    run.done("find.1.fix")
    boxes = run.boxes()
    run.put(committed(run.town, Edit(subject="by hand", put=(replace(run.molecule, fanned={}),))))
    assert (run.boxes(), run.molecule.fanned) == (boxes, {"find": 2})
    assert run.ready() == ["find.1.prove", "find.2.fix"]


@both_forms
def test_what_fans_out_to_nothing_is_joined_at_once(beads: bool) -> None:
    fan = Fan(output="findings", body=(step("fix"),))
    run = Run(step("find", fan=fan), step("join", "find", waits_for="all-children"), beads=beads)
    run.done("find", findings="[]")
    assert (run.ready(), run.molecule.fanned) == (["join"], {"find": 0})


@both_forms
def test_any_child_is_enough_where_the_formula_says_so(beads: bool) -> None:
    fan = Fan(output="items", body=(step("do"),))
    run = Run(
        step("find", fan=fan),
        step("other"),
        step("join", "other", waits_for="children-of(find)"),
        step("any", "find", waits_for="any-children"),
        beads=beads,
    )
    run.done("other")
    run.done("find", items="[1, 2]")
    assert run.ready() == ["find.1.do", "find.2.do"]
    run.done("find.2.do")
    assert run.ready() == ["find.1.do", "any"]
    run.done("find.1.do")
    assert run.ready() == ["join", "any"]


@both_forms
def test_a_failed_step_follows_its_word(beads: bool) -> None:
    run = Run(
        step("again", attempts=2, exhausted="skip"),
        step("stop", "again", attempts=1),
        step("z", "stop"),
        beads=beads,
    )

    def fails(id: str) -> None:
        run.commit(plan_step_failed(run.town, f"{run.id}.{id}", TOAST, "exit status 1", NOW))

    fails("again")
    assert (run.boxes(), run.molecule.attempts) == ("again[ ] stop[ ] z[ ]", {"again": 1})
    fails("again")
    assert (run.boxes(), run.molecule.reasons) == (
        "again[-] stop[ ] z[ ]",
        {"again": "failed: exit status 1"},
    )
    fails("stop")
    assert (run.boxes(), run.ready()) == ("again[-] stop[!] z[ ]", [])
    agent = run.town.agent(TOAST)
    assert agent is not None and agent.hook is not None and agent.hook.state == "suspended"
    (escalation,) = [run.town.get(path) for path in run.town.paths("escalations/")]
    assert getattr(escalation, "title", "") == f"step stop of {run.id} failed: exit status 1"
    # a person says that it is done all the same
    run.done("stop", "overseer")
    assert (run.ready(), run.molecule.reasons) == (["z"], {"again": "failed: exit status 1"})


@both_forms
def test_a_step_that_is_left_out_takes_along_what_is_in_it(beads: bool) -> None:
    run = Run(step("g.a", parent="g"), step("g", "g.a", control="group"), step("z", "g"), beads=beads)
    run.commit(plan_skip(run.town, f"{run.id}.g", TOAST, "not today", NOW))
    assert run.boxes() == "g.a[-] g[-] z[ ]"
    assert run.molecule.reasons == {"g": "not today", "g.a": "not today"}


def test_a_check_is_passed_before_an_agent_says_done() -> None:
    run = Run(step("a", check=("make", "test")))
    with pytest.raises(UserError, match="step a is done when its check passes"):
        plan_step(run.town, f"{run.id}.a", TOAST, "", NOW)
    run.commit(plan_step(run.town, f"{run.id}.a", TOAST, "", NOW, (), checked=True))
    assert run.boxes() == "a[x]"


@pytest.mark.parametrize(("held", "status"), [(True, "hooked"), (False, "closed")])
def test_the_bead_of_a_poured_molecule_closes_with_it_when_nobody_has_it(held: bool, status: str) -> None:
    run = Run(step("a"), beads=True)
    run.put(run.town.with_edit(Edit(subject="for", put=(replace(run.molecule, bead=ItemId("pr-x")),))))
    if not held:
        agent, bead = run.town.agent(TOAST), run.town.bead(ItemId("pr-x"))
        assert agent is not None and bead is not None
        free = Edit(
            subject="free", put=(replace(agent, hook=None), replace(bead, status="open", assignee=""))
        )
        run.put(run.town.with_edit(free))
    run.done("a", "overseer")
    bead = run.town.bead(ItemId("pr-x"))
    assert bead is not None and bead.status == status


def test_a_molecule_that_cannot_go_on_says_so_and_the_others_do() -> None:
    run = Run(step("a"), step("b", "a", gate=Gate(type="timer", timeout="tomorrow")))
    other = Run(step("c"), step("g", "c", control="group"))
    run.put(
        run.town.with_edit(Edit(subject="both", put=(replace(other.molecule, id=ItemId("pr-mol-other")),)))
    )
    run.commit(plan_step(run.town, f"{run.id}.a", "overseer", "", NOW))
    assert run.boxes() == "a[x] b[ ]"
    assert run.molecule.stuck == "timeout is 'tomorrow'; write it as 30m, 2h or 1h30m"
    assert len(list(run.town.paths("mail/overseer/new/"))) == 1
    run.commit(plan_step(run.town, "pr-mol-other.c", "overseer", "", NOW))
    there = run.town.molecule(ItemId("pr-mol-other"))
    assert there is not None and there.status == "closed"
    mended = replace(run.molecule, recipe=run.molecule.recipe.replace("tomorrow", "30m"))
    run.put(run.town.with_edit(Edit(subject="mend", put=(mended,))))
    assert (run.molecule.stuck, list(run.molecule.gates)) == ("", ["b"])


@both_forms
def test_long_and_empty_texts_of_items_are_cut_to_what_a_file_takes(beads: bool) -> None:
    fan = Fan(output="xs", body=(step("w", labels=("{item}",)),), vars={})
    named = replace(fan.body[0], title="Do {item}")
    run = Run(step("a", fan=replace(fan, body=(named,))), beads=beads)
    run.done("a", xs='["' + "x" * 600 + '", ""]')
    assert run.ready() == ["a.1.w", "a.2.w"]
    assert run.molecule.stuck == ""


@both_forms
def test_a_copy_whose_id_would_be_too_long_is_not_made(beads: bool) -> None:
    run = Run(step("a" * 60, fan=Fan(output="xs", body=(step("b" * 60),))), beads=beads)
    run.done("a" * 60, xs="[1]")
    assert "is not a step id" in run.molecule.stuck
    assert run.flow.ids == ("a" * 60,)


def test_a_gate_takes_no_bead_that_is_there() -> None:
    run = Run(step("x", gate=Gate(type="human")), step("gate-x"), beads=True)
    assert run.molecule.gates == {"x": f"{run.id}.gate-x-2"}
    assert run.flow.bead("gate-x") == run.town.bead(ItemId(f"{run.id}.gate-x"))


@both_forms
def test_a_gate_whose_record_is_gone_is_the_one_that_is_there(beads: bool) -> None:
    run = Run(step("x", gate=Gate(type="human")), beads=beads)
    run.commit(closed(run, f"{run.id}.gate-x"))
    before = run.town.bead(ItemId(f"{run.id}.gate-x"))
    run.put(run.town.with_edit(Edit(subject="rm", put=(replace(run.molecule, gates={}),))))
    assert (run.town.bead(ItemId(f"{run.id}.gate-x")), run.ready()) == (before, ["x"])


def test_another_bead_that_a_poured_step_needs_lets_it_go_on() -> None:
    run = Run(step("a"), step("b", "a", when="a.status == 'complete'"), beads=True)
    bead, other = run.flow.bead("b"), Bead(id=ItemId("pr-ext"), title="Other")
    assert bead is not None
    run.put(
        run.town.with_edit(Edit(subject="dep", put=(other, replace(bead, needs=(*bead.needs, other.id)))))
    )
    run.done("a")
    assert (run.ready(), run.molecule.decided) == ([], {})
    edit = closed(run, "pr-ext")
    after = run.town.with_edit(edit)
    asked = registry.run(after, NOW, frozenset({"beads/pr-ext.md"}))
    run.put(after.with_edit(asked) if asked else after)
    assert run.ready() == ["b"]


@both_forms
def test_a_control_step_that_a_person_opens_again_stays_so(beads: bool) -> None:
    run = Run(step("g.a", parent="g"), step("g", "g.a", control="group"), step("z", "g"), beads=beads)
    run.done("g.a")
    states = {"g": "open"}
    items = with_states(run.flow, states, NOW)  # type: ignore[arg-type]
    run.put(run.town.with_edit(Edit(subject="untick", put=tuple(items))))
    assert run.boxes() == "g.a[x] g[ ] z[ ]"


def test_a_poured_step_that_a_person_blocks_stays_so() -> None:
    run = Run(step("a"), step("b", "a", waits_for="all-children"), beads=True)
    run.done("a")
    bead = run.flow.bead("b")
    assert bead is not None and bead.status == "open"
    run.put(run.town.with_edit(Edit(subject="block", put=(replace(bead, status="blocked"),))))
    bead = run.flow.bead("b")
    assert bead is not None and bead.status == "blocked"


@both_forms
def test_a_thousand_copies_that_are_left_out_come_to_rest(beads: bool) -> None:
    body = (step("w", when="false"),)
    run = Run(
        step("a", fan=Fan(output="xs", body=body)), step("z", "a", waits_for="all-children"), beads=beads
    )
    run.done("a", xs=str(list(range(300))))
    assert run.ready() == ["z"]
