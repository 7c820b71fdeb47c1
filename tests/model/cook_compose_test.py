"""Branches, gates, hooks, fan-outs, and formulas that are legs."""

from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model.cook import Subject
from tests.support.cooking import Shelf
from tests.support.cooking import shape
from tests.support.cooking import short

BASE = """\
formula = "f"
[[steps]]
id = "a"
title = "A"
[[steps]]
id = "b"
title = "B"
[[steps]]
id = "c"
title = "C"
[[steps]]
id = "d"
title = "D"
"""


def test_a_branch_opens_at_one_step_and_closes_at_another() -> None:
    text = BASE + '[[compose.branch]]\nfrom = "a"\nsteps = ["b", "c"]\njoin = "d"\n'
    assert shape(Shelf(text).cook()) == ["a", "b < a", "c < a", "d < b c"]


def test_a_gate_rule_holds_a_step() -> None:
    rule = '[[compose.gate]]\nbefore = "d"\ncondition = "steps.complete >= 3"\n'
    gate = {"type": "conditional", "condition": "steps.complete >= 3"}
    assert short(Shelf(BASE + rule).cook().steps[3]) == {"id": "d", "title": "D", "gate": gate}
    own = BASE + 'needs = ["c"]\ngate = { type = "human" }\n' + rule
    assert [short(step) for step in Shelf(own).cook().steps[3:]] == [
        {"id": "d.gate", "title": "Start: D", "needs": ("c",), "control": "group", "gate": gate},
        {"id": "d", "title": "D", "needs": ("c", "d.gate"), "gate": {"type": "human"}},
    ]


HOOKS = """\
formula = "f"
vars = { who = "ada" }
[[steps]]
id = "a"
title = "A"
[[steps]]
id = "b"
title = "B"
needs = ["a"]
[[steps]]
id = "c"
title = "C"
needs = ["b"]
[[compose.bond_points]]
id = "after-a"
after_step = "a"
AFTER
[[compose.bond_points]]
id = "before-c"
before_step = "c"
BEFORE
[[compose.hooks]]
trigger = "TRIGGER"
attach = "extra"
AT
vars = { file = "x for {{who}}" }
"""
EXTRA = """\
formula = "extra"
[vars]
times = "2"
opt = { description = "left out" }
file = { required = true }
skip = ""
[[steps]]
id = "one"
title = "One {{file}} {{times}}"
run = "one $file"
[[steps]]
id = "gone"
title = "Gone"
needs = ["one"]
condition = "{{skip}}"
[[steps]]
id = "two"
title = "Two"
needs = ["gone"]
condition = "one.output.ok == 'yes'"
"""


def hooks(trigger: str = "type:bug", at: str = "", after: str = "", before: str = "") -> Shelf:
    at = f'at = "{at}"' if at else ""
    text = HOOKS.replace("TRIGGER", trigger).replace("AT", at)
    return Shelf(text.replace("AFTER", after).replace("BEFORE", before), EXTRA)


BUG = Subject(id="gt-1", title="T", type="bug", labels=("hot",), priority=1)


@pytest.mark.parametrize(
    ("trigger", "fits"),
    [
        ("type:bug", True),
        ("type:task", False),
        ("label:hot", True),
        ("label:ho", False),
        ("priority:0-1", True),
        ("priority:1", True),
        ("priority:2-4", False),
    ],
)
def test_a_hook_attaches_for_the_beads_that_it_names(trigger: str, fits: bool) -> None:
    cooked = hooks(trigger).cook(bead=BUG)
    assert ("extra.one" in [step.id for step in cooked.steps]) is fits


def test_without_a_bead_nothing_is_attached() -> None:
    assert shape(hooks().cook()) == shape(hooks().compile()) == ["a", "b < a", "c < b"]


@pytest.mark.parametrize(
    ("at", "parallel", "expected"),
    [
        ("", "", ["a", "b < a", "c < b", "extra.one < c", "extra.two < extra.one"]),
        (
            "after-a", "", ["a", "extra.one < a", "extra.two < extra.one", "b < a extra.two", "c < b"],
        ),
        (
            "after-a", "parallel = true", ["a", "extra.one < a", "extra.two < extra.one", "b < a", "c < b"],
        ),
        (
            "before-c", "", ["a", "b < a", "extra.one < b", "extra.two < extra.one", "c < b extra.two"],
        ),
        (
            "before-c", "parallel = true", ["a", "b < a", "extra.one < b", "extra.two < extra.one", "c < b"],
        ),
    ],
)  # fmt: skip
def test_a_hook_attaches_at_its_bond_point(at: str, parallel: str, expected: list[str]) -> None:
    assert shape(hooks(at=at, after=parallel, before=parallel).cook(bead=BUG)) == expected


def test_what_is_attached_has_its_own_values() -> None:
    env = {"times": "2", "opt": "", "file": "x for ada", "skip": ""}
    steps = hooks().cook(bead=BUG).steps
    assert [short(step) for step in steps[3:]] == [
        {"id": "extra.one", "title": "One x for ada 2", "needs": ("c",), "run": "one $file", "env": env},
        {
            "id": "extra.two",
            "title": "Two",
            "needs": ("extra.one",),
            "when": "extra.one.output.ok == 'yes'",
        },
    ]


def refused(*texts: str, bead: Subject | None = None) -> str:
    with pytest.raises(UserError) as caught:
        Shelf(*texts).cook(bead=bead)
    return str(caught.value)


def test_a_hook_without_a_needed_value_is_refused() -> None:
    text = HOOKS.replace("TRIGGER", "type:bug").replace("file =", "times =")
    text = text.replace("AT", "").replace("AFTER", "").replace("BEFORE", "")
    assert "compose.hooks: formula extra needs a value for file" in refused(text, EXTRA, bead=BUG)


FAN = """\
formula = "f"
[[steps]]
id = "a"
title = "A"
[steps.on_complete]
for_each = "output.files"
bond = "fix"
vars = { file = "{item.path}", n = "{index}" }
sequential = true
[[steps]]
id = "b"
title = "B"
needs = ["a"]
waits_for = "all-children"
"""
FIX = """\
formula = "fix"
[vars]
file = { required = true, pattern = "^x" }
n = "0"
tone = "plain"
[[steps]]
id = "look"
title = "Look at {{file}}, {{n}}, {{tone}}"
run = ["look", "{{file}}", "{{tone}}"]
[[steps]]
id = "mend"
title = "Mend"
needs = ["look"]
condition = "{{n}} != {{tone}}"
"""


def test_a_fan_out_has_the_steps_of_its_formula_with_what_items_give_left_open() -> None:
    cooked = Shelf(FAN, FIX).cook()
    assert [short(step) for step in cooked.steps] == [
        {
            "id": "a",
            "title": "A",
            "fan": {
                "output": "files",
                "body": (
                    {
                        "id": "look",
                        "title": "Look at {{file}}, {{n}}, plain",
                        "run": ("look", "{{file}}", "{{tone}}"),
                        "env": {"tone": "plain"},
                    },
                    {
                        "id": "mend",
                        "title": "Mend",
                        "needs": ("look",),
                        "env": {"tone": "plain"},
                        "when": "{{n}} != {{tone}}",
                    },
                ),
                "vars": {"file": "{item.path}", "n": "{index}"},
                "parallel": False,
                "formula": "fix",
            },
        },
        {"id": "b", "title": "B", "needs": ("a",), "waits_for": "all-children"},
    ]
    assert [source.name for source in cooked.sources] == ["f", "fix"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('file = "{item.path}", ', "", 'on_complete of step "a": fix needs a value for file'),
        ("n = ", "m = ", 'on_complete of step "a": fix has no variable "m"'),
        ('bond = "fix"', 'bond = "f"', "formulas fan out to each other: f -> f"),
    ],
)
def test_fan_outs_that_are_refused(old: str, new: str, said: str) -> None:
    assert said in refused(FAN.replace(old, new), FIX)


def test_fan_outs_that_go_round_are_named() -> None:
    text = 'formula = "{}"\n[[steps]]\nid = "a"\ntitle = "A"\non_complete = {{ for_each = "output.x", bond = "{}" }}\n'
    said = refused(text.format("one", "two"), text.format("two", "one"))
    assert said == (
        "formulas/two.formula.toml:2: formulas fan out to each other: one -> two -> one; take one of these out"
    )


CONVOY = """\
formula = "review"
description = "Look at it"
type = "convoy"
agent = "gemini"
[inputs.files]
description = "which"
required_unless = ["pr"]
[inputs.pr]
default = ""
[prompts]
base = "{{.leg.title}}: {{.leg.focus}} in{{range .files}} {{.}}{{end}}. Write {{.output_path}}"
[output]
directory = ".reviews/{{.pr}}"
leg_pattern = "{{.leg.id}}.md"
synthesis = "all.md"
[[legs]]
id = "security"
title = "Security"
focus = "holes"
[[legs]]
id = "speed"
title = "Speed"
focus = "loops"
agent = "claude"
review_only = true
[synthesis]
title = "All of it"
description = "Into {{.output_path}}"
"""


def test_a_convoy_is_its_legs_and_what_brings_them_together() -> None:
    cooked = Shelf(CONVOY).cook({"files": "a.py, {{pr}}", "pr": "7"})
    assert [short(step) for step in cooked.steps] == [
        {
            "id": "security",
            "title": "Security",
            "text": "Security: holes in a.py {{pr}}. Write .reviews/7/security.md",
            "agent": "gemini",
        },
        {
            "id": "speed",
            "title": "Speed",
            "text": "Speed: loops in a.py {{pr}}. Write .reviews/7/speed.md",
            "metadata": {"review_only": "true"},
            "agent": "claude",
        },
        {
            "id": "synthesis",
            "title": "All of it",
            "text": "Into .reviews/7/all.md",
            "needs": ("security", "speed"),
            "agent": "gemini",
        },
    ]
    assert cooked.values == {"files": "a.py, {{pr}}", "pr": "7"}


def test_inputs_of_a_convoy_are_asked_for() -> None:
    assert (
        refused(CONVOY)
        == "formula review needs a value for one of files, pr; add one of --var files=..., --var pr=..."
    )
    assert Shelf(CONVOY).compile().steps[0].text.startswith("{{.leg.title}}: ")


def test_steps_that_need_each_other_after_all_are_named() -> None:
    text = BASE + 'needs = ["c"]\n[[compose.branch]]\nfrom = "d"\nsteps = ["b"]\njoin = "c"\n'
    assert "b -> d -> c -> b" in refused(text)
