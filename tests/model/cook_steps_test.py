"""Children, gates, conditions and waiting: what becomes of one formula's steps."""

from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model.cook import compile_
from gtlib.model.cook import cook
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Gate
from gtlib.model.formula_parts import Loop
from gtlib.model.formula_vars import Var
from gtlib.names import StepId
from tests.support.cooking import Shelf
from tests.support.cooking import shape
from tests.support.cooking import short

CHILDREN = """\
formula = "f"
[[steps]]
id = "a"
title = "A"
[[steps]]
id = "b"
title = "B"
needs = ["a"]
{more}
[[steps.children]]
id = "b1"
title = "B1"
[[steps.children]]
id = "b2"
title = "B2"
needs = ["b1"]
[[steps.children]]
id = "b3"
title = "B3"
{third}
[[steps]]
id = "c"
title = "C"
needs = ["b"]
"""


def children(more: str = "", third: str = "") -> str:
    return CHILDREN.format(more=more, third=third)


def refused(text: str, *others: str, **given: str) -> str:
    with pytest.raises(UserError) as caught:
        Shelf(text, *others).cook(given)
    return str(caught.value)


def test_a_step_with_children_is_a_group_that_ends_when_they_do() -> None:
    cooked = Shelf(children()).cook()
    assert shape(cooked) == [
        "a", "b1 in b < a", "b2 in b < b1", "b3 in b < a", "b (group) < b1 b2 b3", "c < b",
    ]  # fmt: skip
    assert [step.type for step in cooked.steps] == ["task", "task", "task", "task", "epic", "task"]


def test_a_step_with_children_that_runs_something_runs_behind_them() -> None:
    cooked = Shelf(children('run = "true"')).cook()
    assert shape(cooked) == ["a", "b1 in b < a", "b2 in b < b1", "b3 in b < a", "b < b1 b2 b3", "c < b"]
    assert short(cooked.steps[4])["run"] == "true"


def test_children_in_children_begin_with_the_outermost() -> None:
    text = children(third='[[steps.children.children]]\nid = "deep"\ntitle = "Deep"')
    assert shape(Shelf(text).cook()) == [
        "a", "b1 in b < a", "b2 in b < b1", "deep in b3 < a", "b3 (group) in b < deep",
        "b (group) < b1 b2 b3", "c < b",
    ]  # fmt: skip


def test_a_gate_of_a_group_stands_before_its_first_step_when_there_is_one() -> None:
    text = children('gate = { type = "timer", timeout = "5m" }', 'needs = ["b2"]')
    cooked = Shelf(text).cook()
    assert shape(cooked) == [
        "a",
        "b1 in b < a",
        "b2 in b < b1",
        "b3 in b < b2",
        "b (group) < b1 b2 b3",
        "c < b",
    ]
    assert [short(step).get("gate") for step in cooked.steps] == [
        None, {"type": "timer", "timeout": "5m"}, None, None, None, None,
    ]  # fmt: skip


def test_a_gate_of_a_group_with_several_first_steps_has_a_step_of_its_own() -> None:
    cooked = Shelf(children('gate = { type = "human" }')).cook()
    assert shape(cooked) == [
        "a", "b.start (group) in b < a", "b1 in b < b.start", "b2 in b < b1", "b3 in b < b.start",
        "b (group) < b1 b2 b3", "c < b",
    ]  # fmt: skip
    assert short(cooked.steps[1]) == {
        "id": "b.start",
        "title": "Start: B",
        "needs": ("a",),
        "parent": "b",
        "control": "group",
        "gate": {"type": "human"},
    }


def test_two_gates_do_not_share_a_step() -> None:
    text = children('gate = { type = "human" }', 'needs = ["b2"]').replace(
        'title = "B1"', 'title = "B1"\ngate = { type = "mail" }'
    )
    cooked = Shelf(text).cook()
    assert [(step.id, step.gate.type) for step in cooked.steps if step.gate] == [
        ("b.start", "human"),
        ("b1", "mail"),
    ]


CONDITIONS = """\
formula = "f"
[vars]
deploy = "no"
n = "2"
unset = { description = "nothing" }
[[steps]]
id = "a"
title = "A"
[[steps]]
id = "b"
title = "B"
needs = ["a"]
condition = "{{deploy}}"
[[steps.children]]
id = "b1"
title = "B1"
[[steps.children]]
id = "b2"
title = "B2"
needs = ["b1"]
[[steps]]
id = "c"
title = "C"
needs = ["b2"]
condition = "{{n}} != 2"
[[steps]]
id = "d"
title = "D"
needs = ["c", "a"]
condition = "!{{unset}}"
[[steps]]
id = "e"
title = "E"
needs = ["d"]
condition = "d.output.env == '{{deploy}}'"
"""


def test_what_values_make_false_is_dropped_and_its_needs_are_handed_on() -> None:
    cooked = Shelf(CONDITIONS).cook()
    assert [short(step) for step in cooked.steps] == [
        {"id": "a", "title": "A"},
        {"id": "d", "title": "D", "needs": ("a",)},
        {"id": "e", "title": "E", "needs": ("d",), "when": "d.output.env == 'no'"},
    ]


def test_what_values_make_true_stays_without_a_condition() -> None:
    cooked = Shelf(CONDITIONS).cook({"deploy": "yes", "n": "3", "unset": "1"})
    assert shape(cooked) == [
        "a", "b1 in b < a", "b2 in b < b1", "b (group) < b1 b2", "c < b2", "e < c a",
    ]  # fmt: skip
    assert [step.when for step in cooked.steps] == ["", "", "", "", "", "d.output.env == 'yes'"]


def test_conditions_stay_when_a_formula_is_compiled() -> None:
    cooked = Shelf(CONDITIONS).compile()
    assert [(step.id, step.when) for step in cooked.steps if step.when] == [
        ("b", "{{deploy}}"),
        ("c", "{{n}} != 2"),
        ("d", "!{{unset}}"),
        ("e", "d.output.env == '{{deploy}}'"),
    ]


def test_a_value_does_not_change_what_a_condition_asks() -> None:
    said = refused(CONDITIONS, deploy="' || 'a' == 'a")
    assert said == (
        "formulas/f.formula.toml:31: the condition of step \"e\" cannot take deploy=\"' || 'a' == 'a\"; "
        "write '{{deploy}}' in quotes there, and give a value without quotes"
    )


def test_waiting_for_children_needs_whose_they_are() -> None:
    text = children().replace('needs = ["b"]', 'waits_for = "children-of(b)"')
    cooked = Shelf(text).cook()
    assert short(cooked.steps[-1]) == {
        "id": "c", "title": "C", "needs": ("b",), "waits_for": "children-of(b)",
    }  # fmt: skip


def test_everything_else_of_a_step_is_kept() -> None:
    text = """\
    formula = "f"
    agent = "claude-opus"
    vars = { who = "ada", k = "v" }
    [[steps]]
    id = "a"
    title = "A\\n b"
    type = "bug"
    priority = 0
    labels = ["ci", "for-{{who}}"]
    metadata = { key = "{{k}}" }
    assignee = "{{who}}"
    run = ["make", "{{k}}"]
    timeout = "5m"
    retry = { max_attempts = 2, check = "test -e $k", on_exhausted = "soft_fail" }
    gate = { type = "gh:run", id = "{{k}}.yml", timeout = "30m" }
    """
    assert [short(step) for step in Shelf(text).cook().steps] == [
        {
            "id": "a",
            "title": "A b",
            "type": "bug",
            "priority": 0,
            "labels": ("ci", "for-ada"),
            "metadata": {"key": "v"},
            "assignee": "ada",
            "agent": "claude-opus",
            "run": ("make", "{{k}}"),
            "timeout": "5m",
            "check": "test -e $k",
            "attempts": 2,
            "exhausted": "skip",
            "gate": {"type": "gh:run", "id": "v.yml", "timeout": "30m"},
        }
    ]


def test_a_formula_whose_steps_are_all_dropped_has_none() -> None:
    text = 'formula = "f"\nvars = { x = "" }\n[[steps]]\nid = "a"\ntitle = "A"\ncondition = "{{x}}"\n'
    assert Shelf(text).cook().steps == ()


def test_too_long_lists_of_needs_meet_in_one_step() -> None:
    many = "".join(f'[[steps]]\nid = "s{n}"\ntitle = "S"\n' for n in range(12))
    needs = ", ".join(f'"s{n}"' for n in range(12))
    inner = "".join(f'[[steps.children]]\nid = "c{n}"\ntitle = "C"\n' for n in range(12))
    text = f'formula = "f"\n{many}[[steps]]\nid = "g"\ntitle = "G"\nneeds = [{needs}]\n{inner}'
    cooked = Shelf(text).cook()
    assert sum(len(step.needs) for step in cooked.steps) == 12 + 12 + 12
    assert [step.needs for step in cooked.steps if step.parent == "g"][1:] == [("g.start",)] * 12


@pytest.mark.parametrize(
    ("value", "type_", "said"),
    [("yes", "conditional", "true"), ("", "conditional", "false"), ("yes", "human", "yes")],
)
def test_a_gate_that_asks_for_a_value_has_its_answer(value: str, type_: str, said: str) -> None:
    gate = Gate(type=type_, condition="{{deploy}}")
    loop = Loop(count=1, body=(FStep(id=StepId("a"), title="A", gate=gate),))
    formula = Formula(
        name="f",
        vars={"deploy": Var(name="deploy", default="")},
        steps=(FStep(id=StepId("l"), title="L", loop=loop),),
    )
    cooked = cook(formula, {"deploy": value}, load=lambda name: formula)
    assert cooked.steps[0].gate == Gate(type=type_, condition=said)
    assert compile_(formula, load=lambda name: formula).steps[0].gate == gate
