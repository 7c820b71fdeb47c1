from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.cook import Command
from gtlib.model.cook import command
from gtlib.model.cook import cook
from gtlib.model.cook import program
from gtlib.model.cook_values import resolve
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.cooked import Source
from gtlib.model.formula import Formula
from gtlib.model.formula import parse
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Gate
from gtlib.names import StepId
from tests.support.cooking import Shelf

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


def test_what_a_formula_becomes_with_values() -> None:
    shelf = Shelf(SHIP)
    script = 'echo {{component}} "$component" "[$unused]"'
    text = "api api {{ env }} {{other}} {component}\n\nAcceptance criteria: s\n\nNotes: for staging"
    assert shelf.cook({"component": "api"}) == Cooked(
        name="ship",
        title="ship: Ship api to staging",
        description="Ship api to staging",
        hash=shelf.first.hash,
        values=VALUES,
        steps=(
            CStep(id=StepId("build"), title="Build api", text=text, run=shelf.first.steps[0].run),
            CStep(id=StepId("ship"), title="Ship", needs=(StepId("build"),), run=script, env={"unused": ""}),
            CStep(id=StepId("look"), title="Look at it"),
        ),
        sources=(
            Source(name="ship", origin="town", path="formulas/ship.formula.toml", hash=shelf.first.hash),
        ),
        warnings=shelf.first.warnings,
    )


def test_what_a_formula_becomes_without_values() -> None:
    cooked = Shelf(SHIP).compile()
    assert (cooked.values, cooked.description) == ({}, "Ship {{component}} to {{env}}")
    text = "{{component}} {{component}} {{ env }} {{other}} {component}"
    assert [step.title for step in cooked.steps] == ["Build {{component}}", "Ship", "Look at it"]
    assert cooked.steps[0].text == f"{text}\n\nAcceptance criteria: {{{{size}}}}\n\nNotes: for {{{{env}}}}"
    assert [step.env for step in cooked.steps] == [{}, {}, {}]


def test_title_and_description_may_be_given() -> None:
    text = 'formula = "f"\nvars = { title = "", desc = "" }\n[[steps]]\nid = "a"\ntitle = "A {{title}}"\n'
    cooked = Shelf(text).cook({"title": "Mend\n the roof", "desc": "All {{of}} it\n"})
    assert (cooked.title, cooked.description) == ("Mend the roof", "All {{of}} it")
    assert Shelf(text).cook().title == "f"


def test_what_a_value_holds_is_not_filled_in_again() -> None:
    both = 'formula = "f"\nvars = { a = "{{b}}", b = "{{a}}" }\n[[steps]]\nid = "a"\ntitle = "{{a}}{{b}}"\n'
    assert Shelf(both).cook().steps[0].title == "{{b}}{{a}}"


def step(run: str | tuple[str, ...] | None, **env: str) -> CStep:
    return CStep(id=StepId("a"), run=run, env=env)


def test_each_argument_is_filled_in_by_itself() -> None:
    run = ("make", "-C", "{{component}}", "{{component}}-{i}", "$component", "{component}", "{{i}}")
    assert command(step(run, i="{{size}}"), VALUES) == Command(
        argv=("make", "-C", "api", "api-{{size}}", "$component", "{component}", "{{size}}")
    )


def test_a_script_gets_values_as_environment_and_not_in_its_text() -> None:
    script = 'echo {{component}} "$component" {i} ${target_id:-none} ${#i}'
    env = {"component": "api", "i": "2", "target_id": "docs"}
    built = program(
        script, {"component": "web", "i": "1"}, {"i": "2", "target.id": "docs", "component": "api"}
    )
    assert built == Command(argv=("sh", "-c", script), env=env)


@pytest.mark.parametrize(("script", "names"), [
    ("make", ""),
    ("make CC", ""),
    ("echo $a$b ${c:-x} ${d%.md} ${#e}", "a b c d e"),
    ("echo '$a' # $b", "a b"),
    ("x=$(( (a & (b - 1)) % c ))\ne=1", "a b c"),
    ("x=$((\n a ))", ""),
    ("echo $(date) $1 $$ ${a}b $ab", "a ab"),
])  # fmt: skip
def test_a_script_gets_the_values_that_it_names(script: str, names: str) -> None:
    given = dict.fromkeys(
        ("a", "b", "c", "d", "e", "ab", "GNUMAKEFLAGS", "CC", "item.due=date", "item."), "1"
    )
    built = program(script, {}, given)
    assert built is not None
    assert built.env == dict.fromkeys(names.split(), "1")


def test_a_step_without_run_has_no_command() -> None:
    assert command(step(None), VALUES) is None


@pytest.mark.parametrize(
    ("values", "env", "said"),
    [
        ({"PATH": "/x"}, {}, "a script cannot get the value PATH"),
        ({}, {"LD_PRELOAD": "/x"}, "a script cannot get the value LD_PRELOAD"),
        ({}, {"GIT.DIR": "/x"}, "a script cannot get the value GIT_DIR"),
        ({"CC": "x"}, {}, "a script cannot get the value CC"),
        ({"a": "b\0"}, {}, "a holds a NUL character"),
        ({"a=b": "x"}, {}, "'a=b' is not a name for a variable; use letters, digits and underscores"),
        ({}, {"": "x"}, "'' is not a name for a variable"),
        ({}, {"a b": "x"}, "'a b' is not a name for a variable"),
        ({"é": "x"}, {}, "'é' is not a name for a variable"),
    ],
)
def test_environments_that_a_script_does_not_get(
    values: dict[str, str], env: dict[str, str], said: str
) -> None:
    with pytest.raises(UserError) as caught:
        program("$a $PATH $LD_PRELOAD $GIT_DIR $CC", values, env)
    assert str(caught.value).startswith(said)


@given(st.lists(words | st.just("{{x}}") | st.just("-{{x}} {{y}}"), min_size=1), words, words)
def test_filling_in_never_changes_the_number_of_arguments(run: list[str], x: str, y: str) -> None:
    built = command(step(tuple(run)), {"x": x, "y": y})
    assert built is not None
    assert len(built.argv) == len(run)
    expected = tuple({"{{x}}": x, "-{{x}} {{y}}": f"-{x} {y}"}.get(word) for word in run)
    assert all(want is None or want == got for want, got in zip(expected, built.argv, strict=True))


@given(words, words)
def test_no_value_changes_the_text_of_a_script(x: str, y: str) -> None:
    built = command(step("echo {{x}} $y"), {"x": x, "y": y})
    assert built == Command(argv=("sh", "-c", "echo {{x}} $y"), env={"y": y})


def test_a_command_with_a_nul_character_is_refused() -> None:
    for run in ("true \0", ("true", "\0")):
        with pytest.raises(UserError, match="NUL"):
            program(run, {}, {})


@given(st.dictionaries(st.sampled_from(["env", "unused", "size", "times"]), st.sampled_from(["", "s", "7"])))
def test_resolving_again_changes_nothing(given: dict[str, str]) -> None:
    try:
        values = resolve(ship(), {"component": "api", **given})
    except UserError:
        return
    assert resolve(ship(), values) == values


@pytest.mark.parametrize("value", ["a b", "$(touch x)", "'; touch x; '", '"; touch x; "', "`touch x`", "-n"])
def test_values_reach_a_real_program_untouched(value: str, tmp_path: Path) -> None:
    for run in ("printf '%s' \"$v\"", ("printf", "%s", "{{v}}")):
        built = command(step(run), {"v": value})
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


def test_a_timeout_is_a_span_of_time_whatever_the_values_say() -> None:
    text = """\
formula = "f"
[vars]
wait = "30m"
[[steps]]
id = "a"
title = "A"
gate = { type = "timer", timeout = "{{wait}}" }
"""
    formula = parse("formulas/f.formula.toml", text)

    def load(name: str) -> Formula:
        raise AssertionError(name)

    assert cook(formula, {}, load=load).steps[0].gate == Gate(type="timer", timeout="30m")
    with pytest.raises(FileError) as refused:
        cook(formula, {"wait": "tomorrow"}, load=load)
    assert str(refused.value) == (
        "formulas/f.formula.toml:4: step \"a\": timeout: 'tomorrow' is not a span of time; "
        "write it as 30m, 2h or 1h30m"
    )
