from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model.cook import Command
from gtlib.model.cook import command
from gtlib.model.cook import command_of
from gtlib.model.cook import cook
from gtlib.model.cook import resolve
from gtlib.model.cook import substitute
from gtlib.model.formula import Formula
from gtlib.model.formula import parse
from gtlib.model.formula_parts import FStep
from gtlib.names import StepId

SHIP = """\
formula = "ship"
description = "Ship {{component}} to {{env}}"
[vars]
env = "staging"
unused = { description = "nobody uses it" }
[vars.component]
description = "what to ship"
required = true
pattern = "^[a-z-]+$"
[vars.size]
default = "s"
enum = ["s", "m", "l"]
[vars.times]
default = 1
type = "int"
[vars.loud]
default = false
type = "bool"
[[steps]]
id = "build"
title = "Build {{component}}"
description = "{{component}} {{component}} {{ env }} {{other}} {component}"
notes = "for {{env}}"
acceptance = "{{size}}"
run = ["make", "-C", "{{component}}", "{{component}}-{{size}}", "$component"]
[[steps]]
id = "ship"
title = "Ship"
needs = ["build"]
run = "echo {{component}} \\"$component\\" \\"[$unused]\\""
[[steps]]
id = "look"
title = "Look at it"
"""


def ship() -> Formula:
    return parse("formulas/ship.formula.toml", SHIP)


VALUES = {"env": "staging", "component": "api", "size": "s", "times": "1", "loud": "false"}

# What an argument list or an environment can carry at all.
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def test_values_are_what_is_given_and_else_the_defaults() -> None:
    assert resolve(ship(), {"component": "api"}) == VALUES
    given = {"component": "web", "size": "l", "times": "-3", "loud": "true", "unused": "x", "env": ""}
    assert resolve(ship(), given) == given


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "formula ship needs a value for component; add --var component=..."),
        (
            {"component": "a", "compnent": "b"},
            'formula ship has no variable "compnent"; did you mean component?',
        ),
        (
            {"zzz": "b"},
            'formula ship has no variable "zzz"; it has env, unused, component, size, times, loud',
        ),
        (
            {"component": "A B"},
            "component='A B' does not match ^[a-z-]+$; give another --var component=... (what to ship)",
        ),
        (
            {"component": "api\n"},
            "component='api\\n' does not match ^[a-z-]+$; give another --var component=... (what to ship)",
        ),
        ({"component": "a", "size": "xl"}, "size='xl' is not one of s, m, l; give another --var size=..."),
        (
            {"component": "a", "times": "1.5"},
            "times='1.5' is not a whole number; give another --var times=...",
        ),
        (
            {"component": "a", "loud": "yes"},
            "loud='yes' is neither true nor false; give another --var loud=...",
        ),
        (
            {"component": "a", "env": "a\0b"},
            "env='a\\x00b' holds a NUL character; give another --var env=...",
        ),
    ],
)
def test_values_that_are_refused(given: Mapping[str, str], said: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve(ship(), given)
    assert str(caught.value) == said


def test_every_missing_value_is_named_at_once() -> None:
    text = SHIP.replace('env = "staging"', 'env = { description = "where" }')
    with pytest.raises(UserError) as caught:
        resolve(parse("ship.formula.toml", text), {})
    said = "formula ship needs a value for env, component; add --var env=... --var component=..."
    assert str(caught.value) == said


def test_a_formula_without_variables_says_so() -> None:
    plain = Formula(name="plain", steps=(FStep(id=StepId("a"), title="A {{x}}"),))
    assert resolve(plain, {}) == {}
    with pytest.raises(UserError) as caught:
        resolve(plain, {"x": "1"})
    assert str(caught.value) == 'formula plain has no variable "x"; it has none'


def test_cooking_fills_in_texts_and_leaves_commands() -> None:
    cooked = cook(ship(), {"component": "api"})
    raw = ship()
    assert cooked.description == "Ship api to staging"
    assert cooked.steps[0] == FStep(
        id=StepId("build"),
        title="Build api",
        description="api api {{ env }} {{other}} {component}",
        notes="for staging",
        acceptance="s",
        run=raw.steps[0].run,
        line=raw.steps[0].line,
    )
    assert cooked.steps[1:] == raw.steps[1:]


def test_cooking_without_values_shows_the_formula_as_it_stands() -> None:
    assert cook(ship(), None) == ship()
    with pytest.raises(UserError):
        cook(ship(), {})


def test_what_a_value_holds_is_not_filled_in_again() -> None:
    assert substitute("{{a}}{{b}}", {"a": "{{b}}", "b": "{{a}}"}) == "{{b}}{{a}}"


def test_each_argument_is_filled_in_by_itself() -> None:
    built = command(ship().steps[0], VALUES)
    assert built == Command(argv=("make", "-C", "api", "api-s", "$component"))


def test_a_script_gets_values_as_environment_and_not_in_its_text() -> None:
    script = 'echo {{component}} "$component" "[$unused]"'
    env = {"env": "staging", "unused": "", "component": "api", "size": "s", "times": "1", "loud": "false"}
    assert command_of(ship(), "ship", {"component": "api"}) == Command(argv=("sh", "-c", script), env=env)


def test_a_step_without_run_has_no_command() -> None:
    assert command_of(ship(), "look", {"component": "api"}) is None


@pytest.mark.parametrize(
    ("step", "given", "said"),
    [
        ("shp", {"component": "a"}, 'formula ship has no step "shp"; did you mean ship?'),
        ("zzz", {"component": "a"}, 'formula ship has no step "zzz"; its steps are: build, ship, look'),
        (
            "ship",
            {"component": "A; rm"},
            "component='A; rm' does not match ^[a-z-]+$; give another --var component=... (what to ship)",
        ),
    ],
)
def test_values_of_a_molecule_are_checked_again_before_a_step_runs(
    step: str, given: Mapping[str, str], said: str
) -> None:
    with pytest.raises(UserError) as caught:
        command_of(ship(), step, given)
    assert str(caught.value) == said


@given(st.lists(words | st.just("{{x}}") | st.just("-{{x}} {{y}}"), min_size=1), words, words)
def test_filling_in_never_changes_the_number_of_arguments(run: list[str], x: str, y: str) -> None:
    built = command(FStep(id=StepId("a"), title="A", run=tuple(run)), {"x": x, "y": y})
    assert built is not None
    assert len(built.argv) == len(run)
    expected = tuple({"{{x}}": x, "-{{x}} {{y}}": f"-{x} {y}"}.get(word) for word in run)
    assert all(want is None or want == got for want, got in zip(expected, built.argv, strict=True))


@given(words, words)
def test_no_value_changes_the_text_of_a_script(x: str, y: str) -> None:
    built = command(FStep(id=StepId("a"), title="A", run="echo {{x}} $y"), {"x": x, "y": y})
    assert built == Command(argv=("sh", "-c", "echo {{x}} $y"), env={"x": x, "y": y})


@given(st.dictionaries(st.sampled_from(["env", "unused", "size", "times"]), st.sampled_from(["", "s", "7"])))
def test_resolving_again_changes_nothing(given: dict[str, str]) -> None:
    try:
        values = resolve(ship(), {"component": "api", **given})
    except UserError:
        return
    assert resolve(ship(), values) == values


@pytest.mark.parametrize("value", ["a b", "$(touch x)", "'; touch x; '", '"; touch x; "', "`touch x`", "-n"])
def test_values_reach_a_real_program_untouched(value: str, tmp_path: Path) -> None:
    script = FStep(id=StepId("a"), title="A", run="printf '%s' \"$v\"")
    words = FStep(id=StepId("b"), title="B", run=("printf", "%s", "{{v}}"))
    for step in (script, words):
        built = command(step, {"v": value})
        assert built is not None
        done = subprocess.run(
            built.argv,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", **built.env},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == value
    assert list(tmp_path.iterdir()) == []
