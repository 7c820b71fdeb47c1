"""Formulas in the manner of beads, Gas Town and Gas City are read as they stand."""

from __future__ import annotations

import json
import tomllib

import pytest
from msgspec.structs import replace

from gtlib.model.formula import Formula
from gtlib.model.formula import parse
from gtlib.model.formula_parts import Advice
from gtlib.model.formula_parts import Attach
from gtlib.model.formula_parts import BondPoint
from gtlib.model.formula_parts import Branch
from gtlib.model.formula_parts import Compose
from gtlib.model.formula_parts import Expand
from gtlib.model.formula_parts import FanOut
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Gate
from gtlib.model.formula_parts import GateRule
from gtlib.model.formula_parts import Input
from gtlib.model.formula_parts import Leg
from gtlib.model.formula_parts import Loop
from gtlib.model.formula_parts import Pointcut
from gtlib.model.formula_parts import Reports
from gtlib.model.formula_parts import Retry
from gtlib.model.formula_parts import Synthesis
from gtlib.model.formula_vars import Var
from gtlib.names import StepId

PATH = "x.formula.toml"


def read(text: str) -> Formula:
    """The formula, which has no warnings, without what every formula has."""
    formula = parse(PATH, text, read=lambda path: f"the text of {path}\n")
    assert formula.warnings == ()
    return replace(formula, hash="", path="")


def step(ident: str, title: str, line: int, **more: object) -> FStep:
    return FStep(id=StepId(ident), title=title, path=PATH, line=line, **more)  # type: ignore[arg-type]


def ids(*names: str) -> tuple[StepId, ...]:
    return tuple(StepId(name) for name in names)


def test_steps_in_the_manner_of_beads() -> None:
    text = """\
formula = "x"
version = 1
phase = "liquid"
[[steps]]
id = "build"
title = "Build {{component}}"
priority = 1
labels = ["ci"]
metadata = { team = "core", tries = 3 }
[[steps]]
id = "wait-ci"
title = "CI green"
needs = ["build"]
gate = { type = "gh:run", id = "ci.yml", timeout = "30m" }
[[steps]]
id = "fan"
title = "Review every module"
needs = ["wait-ci"]
[[steps]]
id = "join"
title = "Summarise"
waits_for = "children-of(fan)"
[[steps]]
id = "docs"
title = "Docs"
depends_on = ["build"]
condition = "{{env}} == prod"
[[steps.children]]
id = "api"
title = "API page"
[[steps]]
id = "spawn"
title = "One bead per finding"
on_complete = { for_each = "output.findings", bond = "fix-one", vars = { file = "{item.path}", n = "{index}" }, parallel = true }
[[steps]]
id = "slow"
title = "One after the other"
[steps.on_complete]
for_each = "output.findings.list"
bond = "fix-one"
sequential = true
"""
    assert read(text) == Formula(
        name="x",
        phase="liquid",
        steps=(
            step(
                "build",
                "Build {{component}}",
                4,
                priority=1,
                labels=("ci",),
                metadata={"team": "core", "tries": "3"},
            ),
            step(
                "wait-ci",
                "CI green",
                10,
                needs=ids("build"),
                gate=Gate(type="gh:run", id="ci.yml", timeout="30m"),
            ),
            step("fan", "Review every module", 15, needs=ids("wait-ci")),
            step("join", "Summarise", 19, waits_for="children-of(fan)"),
            step(
                "docs",
                "Docs",
                23,
                type="epic",
                needs=ids("build"),
                condition="{{env}} == prod",
                children=(step("api", "API page", 28),),
            ),
            step(
                "spawn",
                "One bead per finding",
                31,
                on_complete=FanOut(
                    for_each="output.findings", bond="fix-one", vars={"file": "{item.path}", "n": "{index}"}
                ),
            ),
            step(
                "slow",
                "One after the other",
                35,
                on_complete=FanOut(for_each="output.findings.list", bond="fix-one", parallel=False),
            ),
        ),
    )


def test_loops() -> None:
    text = """\
formula = "x"
vars = { n = "2" }
[[steps]]
id = "polish"
title = "Polish passes"
[steps.loop]
range = "1..3*{n}"
var = "i"
[[steps.loop.body]]
id = "pass-{i}"
title = "Pass {i}"
[[steps.loop.body]]
id = "look"
title = "Look at it"
needs = ["pass-{i}"]
[[steps]]
id = "twice"
title = "Twice"
needs = ["polish"]
loop = { count = 2, children = [ { id = "a", title = "A" } ] }
[[steps]]
id = "until"
title = "Until it is good"
needs = ["polish.iter3.look"]
loop = { until = "check.output.good == 'yes'", max = 4 }
[[steps.children]]
id = "check"
title = "Check"
"""
    assert read(text).steps == (
        step(
            "polish",
            "Polish passes",
            3,
            loop=Loop(
                range="1..3*{n}",
                var="i",
                body=(step("pass-{i}", "Pass {i}", 9), step("look", "Look at it", 12, needs=ids("pass-{i}"))),
            ),
        ),
        step("twice", "Twice", 16, needs=ids("polish"), loop=Loop(count=2, body=(step("a", "A", 20),))),
        step(
            "until",
            "Until it is good",
            21,
            needs=ids("polish.iter3.look"),
            loop=Loop(until="check.output.good == 'yes'", max=4, body=(step("check", "Check", 26),)),
        ),
    )


def test_everything_below_compose() -> None:
    text = """\
formula = "x"
[[steps]]
id = "build"
title = "B"
[[steps]]
id = "unit"
title = "U"
[[steps]]
id = "release"
title = "R"
[compose]
aspects = ["audit"]
[[compose.expand]]
target = "unit"
with = "draft-then-edit"
vars = { tone = "formal", passes = 2 }
[[compose.map]]
select = "impl-*"
with = "draft-then-edit"
[[compose.branch]]
from = "build"
steps = ["unit"]
join = "release"
[[compose.gate]]
before = "release"
condition = "steps.complete >= 3"
[[compose.bond_points]]
id = "after-build"
description = "where fixes come in"
after_step = "build"
parallel = true
[[compose.hooks]]
trigger = "priority:0-1"
attach = "hotfix-extra"
at = "after-build"
vars = { why = "urgent" }
"""
    assert read(text).compose == Compose(
        bond_points=(
            BondPoint(
                id="after-build",
                description="where fixes come in",
                after_step=StepId("build"),
                parallel=True,
                path=PATH,
                line=27,
            ),
        ),
        hooks=(
            Attach(
                trigger="priority:0-1",
                attach="hotfix-extra",
                at="after-build",
                vars={"why": "urgent"},
                path=PATH,
                line=32,
            ),
        ),
        expand=(
            Expand(
                target="unit",
                with_="draft-then-edit",
                vars={"tone": "formal", "passes": "2"},
                path=PATH,
                line=13,
            ),
        ),
        map=(Expand(target="impl-*", with_="draft-then-edit", path=PATH, line=17),),
        branch=(
            Branch(from_=StepId("build"), steps=ids("unit"), join=StepId("release"), path=PATH, line=20),
        ),
        gate=(GateRule(before=StepId("release"), condition="steps.complete >= 3", path=PATH, line=24),),
        aspects=("audit",),
        places={"audit": ("x.formula.toml", 12)},
    )


def test_an_expansion() -> None:
    text = """\
formula = "x"
[vars]
tone = "plain"
[[template]]
id = "{target}.draft"
title = "Draft: {target.title}"
[[template]]
id = "{target}.edit-{tone}"
title = "Edit ({tone}): {target.title}"
needs = ["{target}.draft"]
condition = "{target}.status == 'complete'"
"""
    assert read(text) == Formula(
        name="x",
        type="expansion",
        vars={"tone": Var(name="tone", default="plain")},
        template=(
            step("{target}.draft", "Draft: {target.title}", 4),
            step(
                "{target}.edit-{tone}",
                "Edit ({tone}): {target.title}",
                7,
                needs=ids("{target}.draft"),
                condition="{target}.status == 'complete'",
            ),
        ),
    )


def test_an_aspect_of_advice() -> None:
    text = """\
formula = "x"
type = "aspect"
[[pointcuts]]
glob = "*.deploy"
[[pointcuts]]
label = "risky"
type = "bug"
[[advice]]
target = "*.deploy"
[advice.before]
id = "{step.id}-snapshot"
title = "Snapshot before {step.title}"
args = { fast = true }
output = "snapshot"
[advice.after]
id = "{step.id}-smoke"
title = "Smoke test after {step.title}"
[[advice]]
target = "release"
[[advice.around.before]]
id = "{step.id}-scan"
title = "Scan secrets"
[[advice.around.after]]
id = "{step.id}-note"
title = "Write notes"
needs = ["{step.id}"]
"""
    assert read(text) == Formula(
        name="x",
        type="aspect",
        pointcuts=(Pointcut(glob="*.deploy"), Pointcut(label="risky", type="bug")),
        advice=(
            Advice(
                target="*.deploy",
                before=(
                    step(
                        "{step.id}-snapshot",
                        "Snapshot before {step.title}",
                        10,
                        extra={"args": {"fast": True}, "output": "snapshot"},
                    ),
                ),
                after=(step("{step.id}-smoke", "Smoke test after {step.title}", 15),),
                path=PATH,
                line=8,
            ),
            Advice(
                target="release",
                before=(step("{step.id}-scan", "Scan secrets", 20),),
                after=(step("{step.id}-note", "Write notes", 23, needs=ids("{step.id}")),),
                path=PATH,
                line=18,
            ),
        ),
    )


def test_a_workflow_in_the_manner_of_gas_town() -> None:
    text = """\
description = "Engineer in a box, with care"
extends = ["shiny"]
formula = "x"
pour = true
version = 1

[squash]
trigger = "on_complete"
template_type = "work"
include_metrics = true

[vars.issue]
description = "the bead"
required = true

[compose]
aspects = ["security-audit"]
expand = [
  { target = "implement", with = "rule-of-five" },
]

[[steps]]
id = "await"
title = "Wait for {{issue}}"
interactive = true
parallel = true
acceptance = "somebody said so"
agent = "claude-opus"
gate = { type = "conditional", condition = "implement.status == 'complete'" }
"""
    assert read(text) == Formula(
        name="x",
        description="Engineer in a box, with care",
        extends=("shiny",),
        extends_line=2,
        pour=True,
        vars={"issue": Var(name="issue", description="the bead", required=True)},
        compose=Compose(
            aspects=("security-audit",),
            places={"security-audit": ("x.formula.toml", 17)},
            expand=(Expand(target="implement", with_="rule-of-five", path=PATH, line=19),),
        ),
        steps=(
            step(
                "await",
                "Wait for {{issue}}",
                22,
                acceptance="somebody said so",
                agent="claude-opus",
                gate=Gate(type="conditional", condition="implement.status == 'complete'"),
                extra={"interactive": True, "parallel": True},
            ),
        ),
        extra={"squash": {"trigger": "on_complete", "template_type": "work", "include_metrics": True}},
    )


def test_a_gate_of_free_text_waits_for_somebody() -> None:
    text = """\
formula = "x"
[[steps]]
id = "a"
title = "A"
gate = { type = "conditional", condition = "all tests pass and the reviewer is happy" }
"""
    formula = parse(PATH, text)
    assert formula.steps[0].gate == Gate(type="human", condition="all tests pass and the reviewer is happy")
    assert len(formula.warnings) == 1


CONVOY = """\
description = "Review a change from several sides"
formula = "x"
review_only = true
agent = "claude"

[inputs.pr]
description = "the pull request"
type = "number"
required_unless = ["files"]
[inputs.files]
type = "list"
[inputs.depth]
default = 2
required = false

[prompts]
base = \"\"\"
# {{.leg.title}}: {{.leg.focus}}
{{range .files}}- {{.path}}
{{end}}\"\"\"

[output]
directory = ".reviews/{{.review_id}}"
leg_pattern = "{{.leg.id}}-findings.md"
synthesis = "review-summary.md"

[presets.gate]
legs = ["security"]

[[legs]]
id = "correctness"
title = "Correctness"
focus = "logic and edges"
description = "Look for what is wrong."
[[legs]]
id = "security"
agent = "gemini"
review_only = true
run = ["scan", "."]

[synthesis]
title = "Together"
description = "One report."
depends_on = ["correctness", "security"]
"""


def test_a_convoy_in_the_manner_of_gas_town() -> None:
    assert read(CONVOY) == Formula(
        name="x",
        description="Review a change from several sides",
        type="convoy",
        review_only=True,
        agent="claude",
        inputs={
            "pr": Input(
                name="pr", description="the pull request", type="number", required_unless=("files",), line=6
            ),
            "files": Input(name="files", type="list", line=10),
            "depth": Input(name="depth", default="2", line=12),
        },
        prompts={"base": "# {{.leg.title}}: {{.leg.focus}}\n{{range .files}}- {{.path}}\n{{end}}"},
        output=Reports(
            directory=".reviews/{{.review_id}}",
            leg_pattern="{{.leg.id}}-findings.md",
            synthesis="review-summary.md",
        ),
        legs=(
            Leg(
                id=StepId("correctness"),
                title="Correctness",
                focus="logic and edges",
                description="Look for what is wrong.",
                path=PATH,
                line=30,
            ),
            Leg(
                id=StepId("security"),
                title="security",
                agent="gemini",
                review_only=True,
                run=("scan", "."),
                path=PATH,
                line=35,
            ),
        ),
        synthesis=Synthesis(
            title="Together",
            description="One report.",
            needs=ids("correctness", "security"),
            path=PATH,
            line=41,
        ),
        extra={"presets": {"gate": {"legs": ["security"]}}},
    )


def test_an_aspect_of_analyses() -> None:
    text = """\
formula = "x"
[[aspects]]
id = "threats"
title = "Threats"
focus = "who attacks"
description = "Think like one."
"""
    formula = read(text)
    assert (formula.type, formula.aspects) == (
        "aspect",
        (
            Leg(
                id=StepId("threats"),
                title="Threats",
                focus="who attacks",
                description="Think like one.",
                path=PATH,
                line=2,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("lines", "retry"),
    [
        ("retry = 5", Retry(attempts=5)),
        ("retry = {}", Retry()),
        ('retry = { max_attempts = 2, on_exhausted = "hard_fail" }', Retry(attempts=2)),
        ('retry = { max_attempts = 2, on_exhausted = "soft_fail" }', Retry(attempts=2, exhausted="skip")),
        ('retry = { check = ["make", "test"] }', Retry(check=("make", "test"))),
        (
            'ralph = { max_attempts = 4, check = { mode = "exec", path = "scripts/check.sh", timeout = "5m" } }',
            Retry(attempts=4, check=("./scripts/check.sh",), check_timeout="5m"),
        ),
        ('check = "make test"', Retry(attempts=1, check="make test")),
        (
            'check = { run = ["true"], timeout = "1m" }\nretry = 4',
            Retry(attempts=4, check=("true",), check_timeout="1m"),
        ),
        ('on_fail = "retry"', Retry(attempts=3)),
        (
            'on_fail = "retry"\nretry = { max_attempts = 7, on_exhausted = "skip" }',
            Retry(attempts=7, exhausted="skip"),
        ),
        ('on_fail = "skip"', Retry(attempts=1, exhausted="skip")),
        ('on_fail = "skip"\nretry = 2', Retry(attempts=2, exhausted="skip")),
        ('on_fail = "escalate"', Retry(attempts=1)),
        ('on_fail = "hold"', Retry(attempts=1)),
        ("", None),
    ],
)
def test_how_often_a_step_is_tried(lines: str, retry: Retry | None) -> None:
    text = f'formula = "x"\n[[steps]]\nid = "a"\ntitle = "A"\nrun = "true"\n{lines}\n'
    assert read(text).steps[0].retry == retry


def test_a_step_in_the_manner_of_gas_city() -> None:
    text = """\
formula = "x"
[[steps]]
id = "a"
title = "A"
description_file = "prompts/a.md"
run = ["make"]
timeout = "1h30m"
gate = { type = "exec", run = ["test", "-f", "go"] }
[[steps]]
id = "b"
expand = "tdd"
expand_vars = { unit = "{{x}}" }
"""
    assert read(text).steps == (
        step(
            "a",
            "A",
            2,
            description="the text of prompts/a.md\n",
            run=("make",),
            timeout="1h30m",
            gate=Gate(type="exec", run=("test", "-f", "go")),
        ),
        step("b", "b", 9, expand="tdd", expand_vars={"unit": "{{x}}"}),
    )


@pytest.mark.parametrize(
    ("gate", "read_as"),
    [
        ('type = "human", await_id = "ask Ada"', Gate(type="human", id="ask Ada")),
        ('type = "timer", timeout = "2h"', Gate(type="timer", timeout="2h")),
        ('type = "gh:run"', Gate(type="gh:run")),
        ('type = "gh:pr", id = 17', Gate(type="gh:pr", id="17")),
        ('type = "bead", id = "gt-abc12"', Gate(type="bead", id="gt-abc12")),
        ('type = "mail"', Gate(type="mail")),
        ('type = "exec", run = "test -f x"', Gate(type="exec", run="test -f x")),
        ('''type = "conditional", condition = "steps.complete >= 0"''', Gate(type="conditional", condition="steps.complete >= 0")),
    ],
)  # fmt: skip
def test_every_type_of_gate(gate: str, read_as: Gate) -> None:
    text = f'formula = "x"\n[[steps]]\nid = "a"\ntitle = "A"\ngate = {{ {gate} }}\n'
    assert read(text).steps[0].gate == read_as


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("extends = ['base']", "workflow"),
        ("[[steps]]\nid = 'a'\ntitle = 'A'", "workflow"),
        ("[[legs]]\nid = 'a'", "convoy"),
        ("[[template]]\nid = '{target}'\ntitle = 'A'", "expansion"),
        ("[[aspects]]\nid = 'a'", "aspect"),
        ("[[advice]]\ntarget = '*'\nafter = { id = 'a', title = 'A' }", "aspect"),
    ],
)
def test_the_type_is_told_by_the_sections(section: str, kind: str) -> None:
    assert read(f"formula = 'x'\n{section}\n").type == kind


def hanoi(discs: int) -> str:
    """The towers as one step a move, in the manner of the formula that is used as a load test."""
    lines = [
        "formula = 'x'",
        "version = 1",
        "[vars]",
        "source = 'A'",
        "[[steps]]",
        "id = 'setup'",
        "title = 'Set up'",
    ]

    def move(size: int, start: str, end: str, by: str) -> None:
        if size:
            move(size - 1, start, by, end)
            number = sum(line == "[[steps]]" for line in lines)
            before = "setup" if number == 1 else f"move-{number - 1}"
            lines.extend(("[[steps]]", f"id = 'move-{number}'", f"title = 'Disc {size}: {start} to {end}'"))
            lines.extend((f"needs = ['{before}']", "acceptance = 'it lies there'"))
            move(size - 1, by, end, start)

    move(discs, "{{source}}", "C", "B")
    return "\n".join(lines)


def test_the_towers_of_hanoi() -> None:
    formula = read(hanoi(6))
    assert [(each.id, each.needs) for each in formula.steps[:3]] == [
        ("setup", ()),
        ("move-1", ("setup",)),
        ("move-2", ("move-1",)),
    ]
    assert len(formula.steps) == 64


def test_json_is_the_same_language() -> None:
    text = json.dumps(tomllib.loads(CONVOY), indent=1)
    lines = text.split("\n")
    said, toml = parse("x.formula.json", text), read(CONVOY)
    assert [(leg.id, lines[leg.line - 1 : leg.line + 1]) for leg in said.legs] == [
        ("correctness", ["  {", '   "id": "correctness",']),
        ("security", ["  {", '   "id": "security",']),
    ]
    assert said.synthesis and lines[said.synthesis.line - 1] == ' "synthesis": {'
    assert (said.inputs["files"], said.prompts, said.output) == (
        replace(toml.inputs["files"], line=said.inputs["files"].line),
        toml.prompts,
        toml.output,
    )
