"""Loops: rounds that are known when a formula is cooked, and those that are not."""

from __future__ import annotations

import pytest

from gtlib.errors import UserError
from tests.support.cooking import Shelf
from tests.support.cooking import shape
from tests.support.cooking import short

RANGE = """\
formula = "f"
vars = { n = "2" }
[[steps]]
id = "a"
title = "A"
[[steps]]
id = "l"
title = "L"
needs = ["a"]
assignee = "ada"
MORE
[steps.loop]
range = "1..{n}"
var = "v"
[[steps.loop.body]]
id = "x"
title = "X {v} of {{n}}, {round}"
description = "{v}"
notes = "n{v}"
acceptance = "a{v}"
labels = ["v{v}"]
metadata = { k = "{v}" }
priority = 1
run = ["echo", "{v}"]
[[steps.loop.body]]
id = "y"
title = "Y"
needs = ["x"]
assignee = "bob-{v}"
[[steps.loop.body]]
id = "z"
title = "Z"
needs = ["x"]
condition = "x.output.ok == '{{v}}'"
[[steps]]
id = "e"
title = "E"
needs = ["l"]
"""


def test_rounds_run_one_after_the_other_and_the_loop_ends_with_the_last() -> None:
    cooked = Shelf(RANGE.replace("MORE", "")).cook()
    assert shape(cooked) == [
        "a",
        "l.iter1.x in l < a",
        "l.iter1.y in l < l.iter1.x",
        "l.iter1.z in l < l.iter1.x",
        "l.iter2.x in l < l.iter1.y l.iter1.z",
        "l.iter2.y in l < l.iter2.x",
        "l.iter2.z in l < l.iter2.x",
        "l (loop) < l.iter2.y l.iter2.z",
        "e < l",
    ]


def test_all_keys_of_a_body_are_kept_with_the_number_of_the_round() -> None:
    cooked = Shelf(RANGE.replace("MORE", "")).cook()
    assert [short(step) for step in cooked.steps[4:7]] == [
        {
            "id": "l.iter2.x",
            "title": "X 2 of 2, 2",
            "text": "2\n\nAcceptance criteria: a2\n\nNotes: n2",
            "priority": 1,
            "labels": ("v2",),
            "metadata": {"k": "2"},
            "needs": ("l.iter1.y", "l.iter1.z"),
            "parent": "l",
            "assignee": "ada",
            "run": ("echo", "{v}"),
            "env": {"v": "2", "round": "2"},
        },
        {"id": "l.iter2.y", "title": "Y", "needs": ("l.iter2.x",), "parent": "l", "assignee": "bob-2"},
        {
            "id": "l.iter2.z",
            "title": "Z",
            "needs": ("l.iter2.x",),
            "parent": "l",
            "assignee": "ada",
            "when": "l.iter2.x.output.ok == '2'",
        },
    ]
    assert short(cooked.steps[7]) == {
        "id": "l", "title": "L", "needs": ("l.iter2.y", "l.iter2.z"), "control": "loop", "assignee": "ada",
    }  # fmt: skip


def test_the_gate_of_a_loop_stands_before_its_first_round() -> None:
    cooked = Shelf(RANGE.replace("MORE", 'gate = { type = "human" }')).cook()
    assert [step.id for step in cooked.steps if step.gate] == ["l.iter1.x"]


def test_a_dropped_loop_takes_its_rounds_with_it() -> None:
    cooked = Shelf(RANGE.replace("MORE", 'condition = "{{n}} != 2"')).cook()
    assert shape(cooked) == ["a", "e < a"]


def test_without_a_value_one_round_is_shown() -> None:
    text = RANGE.replace("MORE", "").replace('n = "2"', 'n = { description = "how many" }')
    cooked = Shelf(text).compile()
    assert [step.title for step in cooked.steps] == ["A", "X {v} of {{n}}, 1", "Y", "Z", "L", "E"]
    assert cooked.warnings == (
        'formulas/f.formula.toml:6: step "l": one round is shown, its range needs a value for n',
    )


NESTED = """\
formula = "f"
[[steps]]
id = "o"
title = "O"
[steps.loop]
count = 2
[[steps.loop.body]]
id = "p"
title = "P"
[steps.loop.body.loop]
range = "1..{i}"
var = "j"
[[steps.loop.body.loop.body]]
id = "q"
title = "{i} {j} {round}"
run = "true"
[[steps.loop.body]]
id = "g"
title = "G"
needs = ["p"]
[[steps.loop.body.children]]
id = "h"
title = "H"
"""


def test_loops_and_groups_stand_in_loops() -> None:
    cooked = Shelf(NESTED).cook()
    assert shape(cooked) == [
        "o.iter1.p.iter1.q in o.iter1.p",
        "o.iter1.p (loop) in o < o.iter1.p.iter1.q",
        "o.iter1.h in o.iter1.g < o.iter1.p",
        "o.iter1.g (group) in o < o.iter1.h",
        "o.iter2.p.iter1.q in o.iter2.p < o.iter1.g",
        "o.iter2.p.iter2.q in o.iter2.p < o.iter2.p.iter1.q",
        "o.iter2.p (loop) in o < o.iter2.p.iter2.q",
        "o.iter2.h in o.iter2.g < o.iter2.p",
        "o.iter2.g (group) in o < o.iter2.h",
        "o (loop) < o.iter2.g",
    ]
    assert [(step.title, step.env) for step in cooked.steps if step.run] == [
        ("1 1 1", {"i": "1", "j": "1", "round": "1"}),
        ("2 1 1", {"i": "2", "j": "1", "round": "1"}),
        ("2 2 2", {"i": "2", "j": "2", "round": "2"}),
    ]


UNTIL = """\
formula = "f"
vars = { w = "good" }
[[steps]]
id = "a"
title = "A"
[[steps]]
id = "l"
title = "L"
needs = ["a"]
gate = { type = "human" }
[steps.loop]
until = "y.output.word == '{{w}}'"
max = 5
[[steps.loop.body]]
id = "x"
title = "X {round} {{w}}"
needs = ["a"]
expand = "ex"
[[steps.loop.body]]
id = "y"
title = "Y {round}"
run = ["try", "{round}"]
needs = ["x.one"]
condition = "x.one.status == 'done'"
waits_for = "children-of(x)"
[[steps]]
id = "e"
title = "E"
needs = ["l"]
"""
EX = """\
formula = "ex"
type = "expansion"
[[template]]
id = "{target}.one"
title = "{target.title}: {target}"
run = "true"
"""


def test_a_loop_until_has_its_first_round_and_a_body_for_the_others() -> None:
    cooked = Shelf(UNTIL, EX).cook()
    assert [short(step) for step in cooked.steps] == [
        {"id": "a", "title": "A"},
        {
            "id": "l.start",
            "title": "Start: L",
            "needs": ("a",),
            "parent": "l",
            "control": "group",
            "gate": {"type": "human"},
        },
        {
            "id": "l.iter1.x.one",
            "title": "X 1 good: l.iter1.x",
            "needs": ("a", "l.start"),
            "parent": "l.iter1.x",
            "run": "true",
            "env": {
                "round": "1",
                "target": "l.iter1.x",
                "target.id": "l.iter1.x",
                "target.title": "X 1 good",
            },
        },
        {
            "id": "l.iter1.x",
            "title": "X 1 good",
            "needs": ("l.iter1.x.one",),
            "parent": "l",
            "control": "group",
        },
        {
            "id": "l.iter1.y",
            "title": "Y 1",
            "needs": ("l.iter1.x.one", "l.iter1.x"),
            "parent": "l",
            "run": ("try", "{round}"),
            "env": {"round": "1"},
            "when": "l.iter1.x.one.status == 'done'",
            "waits_for": "children-of(l.iter1.x)",
        },
        {
            "id": "l",
            "title": "L",
            "needs": ("l.iter1.y",),
            "control": "loop",
            "until": "y.output.word == 'good'",
            "max": 5,
            "body": (
                {
                    "id": "x.one",
                    "title": "X {round} good: l.iter{round}.x",
                    "parent": "x",
                    "run": "true",
                    "env": {
                        "target": "l.iter{round}.x",
                        "target.id": "l.iter{round}.x",
                        "target.title": "X {round} good",
                    },
                },
                {"id": "x", "title": "X {round} good", "needs": ("x.one",), "control": "group"},
                {
                    "id": "y",
                    "title": "Y {round}",
                    "needs": ("x.one", "x"),
                    "run": ("try", "{round}"),
                    "when": "x.one.status == 'done'",
                    "waits_for": "children-of(x)",
                },
            ),
        },
        {"id": "e", "title": "E", "needs": ("l",)},
    ]


INNER = """\
formula = "f"
[[steps]]
id = "o"
title = "O"
[steps.loop]
until = "i.status == 'done'"
max = 2
[[steps.loop.body]]
id = "i"
title = "I {round}"
[steps.loop.body.loop]
until = "w.status == 'done'"
max = 3
[[steps.loop.body.loop.body]]
id = "w"
title = "W {round}"
"""


def test_a_loop_until_in_another_has_bodies_of_its_own() -> None:
    inner = {"id": "w", "title": "W {round}"}
    loop = {"control": "loop", "until": "w.status == 'done'", "max": 3, "body": (inner,)}
    assert [short(step) for step in Shelf(INNER).cook().steps] == [
        {"id": "o.iter1.i.iter1.w", "title": "W 1", "parent": "o.iter1.i"},
        {"id": "o.iter1.i", "title": "I 1", "parent": "o", "needs": ("o.iter1.i.iter1.w",), **loop},
        {
            "id": "o",
            "title": "O",
            "needs": ("o.iter1.i",),
            "control": "loop",
            "until": "i.status == 'done'",
            "max": 2,
            "body": (
                {"id": "i.iter1.w", "title": "W 1", "parent": "i"},
                {"id": "i", "title": "I {round}", "needs": ("i.iter1.w",), **loop},
            ),
        },
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1..{n}", "1..{n}000", "range '1..{n}000': unexpected"),
        ('n = "2"', 'n = "x"', "step \"l\": range '1..{n}': the variable n is 'x', no whole number"),
        ('n = "2"', 'n = "0"', "step \"l\": range '1..{n}': it ends at 0, before its start 1"),
        ('var = "v"', 'var = "PATH"', "PATH"),
    ],
)
def test_loops_that_cannot_be_made(old: str, new: str, said: str) -> None:
    text = RANGE.replace(old, new).replace("MORE", "").replace("'{{v}}'", "'v'")
    with pytest.raises(UserError) as caught:
        Shelf(text).cook()
    assert said in str(caught.value)
    assert str(caught.value).startswith("formulas/f.formula.toml:")


def test_loops_do_not_make_more_steps_than_a_molecule_holds() -> None:
    text = NESTED.replace("count = 2", 'range = "9000..9020"')
    with pytest.raises(UserError) as caught:
        Shelf(text).cook()
    assert "and more, and 50,000 are the most; make fewer rounds" in str(caught.value)


def test_wide_rounds_meet_in_one_step() -> None:
    body = "".join(f'[[steps.loop.body]]\nid = "s{n}"\ntitle = "S"\n' for n in range(20))
    text = f'formula = "f"\n[[steps]]\nid = "l"\ntitle = "L"\n[steps.loop]\ncount = 3\n{body}'
    cooked = Shelf(text).cook()
    assert [step.id for step in cooked.steps if step.control] == ["l.iter1", "l.iter2", "l"]
    assert cooked.steps[20].needs == tuple(f"l.iter1.s{n}" for n in range(20))
    assert {step.needs for step in cooked.steps[21:41]} == {("l.iter1",)}
