"""Rounds and copies of what a formula was cooked to."""

from __future__ import annotations

from gtlib.names import StepId
from gtlib.rules import unfold
from tests.support.cooking import Shelf
from tests.support.cooking import shape
from tests.support.cooking import short

UNTIL = """\
formula = "f"
[[steps]]
id = "l"
title = "L"
[steps.loop]
until = "y.output.ok == 'yes'"
max = 3
[[steps.loop.body]]
id = "x"
title = "X {round}"
expand = "ex"
[[steps.loop.body]]
id = "y"
title = "Y {round}"
labels = ["r{round}"]
needs = ["x"]
condition = "x.one.status == 'done'"
gate = { type = "conditional", condition = "children(x).all(status == 'done')" }
"""
EX = """\
formula = "ex"
type = "expansion"
[[template]]
id = "{target}.one"
title = "{target} {round}"
run = ["go", "{target}"]
"""


def test_a_later_round_is_as_the_first_with_its_own_number() -> None:
    steps = Shelf(UNTIL, EX).cook().steps
    second = unfold.next_round(steps[-1], 2, (StepId("l.iter1.y"),))
    assert shape(second) == [
        "l.iter2.x.one in l.iter2.x < l.iter1.y",
        "l.iter2.x (group) in l < l.iter2.x.one",
        "l.iter2.y in l < l.iter2.x",
    ]
    ids = {"target": "l.iter2.x", "target.id": "l.iter2.x", "target.title": "X 2"}
    assert [short(step) for step in second] == [
        {
            "id": "l.iter2.x.one",
            "title": "l.iter2.x 2",
            "needs": ("l.iter1.y",),
            "parent": "l.iter2.x",
            "run": ("go", "{target}"),
            "env": {"round": "2", **ids},
        },
        {
            "id": "l.iter2.x",
            "title": "X 2",
            "needs": ("l.iter2.x.one",),
            "parent": "l",
            "control": "group",
        },
        {
            "id": "l.iter2.y",
            "title": "Y 2",
            "labels": ("r2",),
            "needs": ("l.iter2.x",),
            "parent": "l",
            "env": {"round": "2"},
            "when": "l.iter2.x.one.status == 'done'",
            "gate": {"type": "conditional", "condition": "children(l.iter2.x).all(status == 'done')"},
        },
    ]


FAN = """\
formula = "f"
[[steps]]
id = "a"
title = "A"
on_complete = { for_each = "output.files", bond = "fix", vars = { file = "{item}" } }
"""
FIX = """\
formula = "fix"
[vars]
file = { required = true }
[[steps]]
id = "look"
title = "Look at {{file}}"
[[steps]]
id = "mend"
title = "Mend"
needs = ["look"]
condition = "look.output.bad == '{{file}}'"
[[steps]]
id = "tell"
title = "Tell"
needs = ["mend"]
condition = "{{file}} != x"
"""


def test_copies_ask_for_their_own_steps() -> None:
    step = Shelf(FAN, FIX).cook().steps[0]
    assert step.fan is not None
    found = unfold.copies(step, step.fan, ["x", "y"])
    assert shape(found) == [
        "a.1.look in a.1 < a",
        "a.1.mend in a.1 < a.1.look",
        "a.1.tell in a.1 < a.1.mend",
        "a.1 (group) in a < a.1.tell",
        "a.2.look in a.2 < a",
        "a.2.mend in a.2 < a.2.look",
        "a.2.tell in a.2 < a.2.mend",
        "a.2 (group) in a < a.2.tell",
    ]
    assert [(each.title, each.when, each.env.get("file")) for each in found[4:7]] == [
        ("Look at y", "", None),
        ("Mend", "a.2.look.output.bad == '{{file}}'", "y"),
        ("Tell", "{{file}} != x", "y"),
    ]
