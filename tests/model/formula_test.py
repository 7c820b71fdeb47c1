from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.formula import Formula
from gtlib.model.formula import blob_hash
from gtlib.model.formula import parse
from gtlib.model.formula_check import check
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_source import FormulaErrors
from gtlib.model.formula_source import errors_of
from gtlib.model.formula_vars import Var
from gtlib.names import StepId

PATH = "formulas/ship.formula.toml"

SHIP = '''\
# how we ship
formula = "ship"
description = "Ship {{component}}"
version = 3
squash = { trigger = "done" }

[vars]
env = "staging"
[vars.component]
description = "what to ship"
required = true
pattern = "^[a-z-]+$"
[vars.size]
default = 3
type = "int"
enum = [1, 2, 3]

[[steps]]
id = "build"
title = "Build {{component}}"
description = """
[[steps]]
id = "not a step"
"""
priority = 1
labels = ["ci"]
run = ["make", "{{component}}"]

[[steps]]
id = "check"
title = "Check it"
needs = ["build"]
depends_on = ["build"]
acceptance = ["it works", "on {{env}}"]
notes = "by hand"
interactive = true
run = """
make check
"""
'''


def minimal(*more: str, step: str = "") -> str:
    return "\n".join(('formula = "ship"', *more, "[[steps]]", 'id = "a"', 'title = "A"', step, ""))


def refusal(text: str, path: str = PATH) -> str:
    with pytest.raises(FileError) as caught:
        parse(path, text)
    return str(caught.value)


def test_everything_that_this_version_reads() -> None:
    assert parse(PATH, SHIP, "town") == Formula(
        name="ship",
        description="Ship {{component}}",
        version=3,
        vars={
            "env": Var(name="env", default="staging"),
            "component": Var(
                name="component", description="what to ship", required=True, pattern="^[a-z-]+$"
            ),
            "size": Var(name="size", default="3", type="int", enum=("1", "2", "3")),
        },
        steps=(
            FStep(
                id=StepId("build"),
                title="Build {{component}}",
                description='[[steps]]\nid = "not a step"\n',
                priority=1,
                labels=("ci",),
                run=("make", "{{component}}"),
                path=PATH,
                line=18,
            ),
            FStep(
                id=StepId("check"),
                title="Check it",
                needs=(StepId("build"),),
                acceptance="- it works\n- on {{env}}",
                notes="by hand",
                run="make check\n",
                path=PATH,
                line=29,
                extra={"interactive": True},
            ),
        ),
        path=PATH,
        origin="town",
        hash=blob_hash(SHIP),
        extra={"squash": {"trigger": "done"}},
    )


def test_json_says_the_same() -> None:
    values = {
        "formula": "ship",
        "version": 0,
        "vars": {"env": {"default": True, "type": "bool"}},
        "steps": [{"id": "a", "title": "A"}, {"id": "b", "title": "B", "needs": ["a"], "run": "true"}],
    }
    text = json.dumps(values, indent=1)
    assert parse("ship.formula.json", text) == Formula(
        name="ship",
        version=1,
        vars={"env": Var(name="env", default="true", type="bool")},
        steps=(
            FStep(id=StepId("a"), title="A", path="ship.formula.json", line=11),
            FStep(
                id=StepId("b"),
                title="B",
                needs=(StepId("a"),),
                run="true",
                path="ship.formula.json",
                line=15,
            ),
        ),
        path="ship.formula.json",
        hash=blob_hash(text),
    )


def test_the_hash_is_the_blob_id_that_git_gives(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("ümlaut\n".encode())
    said = subprocess.run(
        ["git", "hash-object", "a"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert blob_hash("ümlaut\n") == said.stdout.strip()
    assert blob_hash("ümlaut\r\n") == blob_hash("ümlaut\n")


def test_windows_lines_and_a_byte_order_mark_are_no_difference() -> None:
    text = "\ufeff" + SHIP.replace("\n", "\r\n")
    assert parse(PATH, text).steps == parse(PATH, SHIP).steps


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('formula = "a\n', "1: not TOML: Illegal character '\\n'; mend the line"),
        ('formula = "ship"\nsteps = [', "2: not TOML: Invalid value; mend the line"),
        (
            "version = 1\n[[steps]]\nid = 'a'\ntitle = 'A'\n",
            '1: the formula has no name; write formula = "name" at the top',
        ),
        (
            'version = 1\nformula = "../x"\n[[steps]]\nid = "a"\ntitle = "A"\n',
            "2: '../x' is not a name for a formula; use letters, digits, dots, dashes and underscores",
        ),
        (minimal('type = "workflwo"'), '2: unknown type "workflwo"; did you mean workflow?'),
        (
            minimal("version = -1"),
            "2: `version` of the formula is not a whole number from 0; write version = 1",
        ),
        (
            minimal('version = "2"'),
            "2: `version` of the formula is not a whole number from 0; write version = 1",
        ),
        (
            minimal("version = true"),
            "2: `version` of the formula is not a whole number from 0; write version = 1",
        ),
        (minimal("description = 3"), "2: `description` of the formula is not text; put it in quotes"),
        ('formula = "ship"\n', "1: the formula has no steps; add [[steps]] with an id and a title"),
        (
            'formula = "ship"\nsteps = "x"\n',
            "2: `steps` is not a list of tables; write [[steps]] above each step",
        ),
        ('formula = "ship"\n[[steps]]\ntitle = "A"\n', '2: step 1 has no id; write id = "a-short-name"'),
        (
            'formula = "ship"\n[[steps]]\nid = "a"\n',
            '2: step "a" has no title; write title = "What is to be done"',
        ),
        (
            'formula = "ship"\n[[steps]]\ntitle = "A"\nid = "a b"\n',
            "4: step \"a b\": 'a b' is not a step id; write letters, digits, - and _, as in run-tests",
        ),
        (
            minimal(step='[[steps]]\ntitle = "Again"\nid = "a"'),
            '7: duplicate step id "a", first at line 2; give one of them another id',
        ),
        (minimal(step='needs = ["b"]'), '5: step "a" needs "b", which is no step; the steps are: a'),
        (
            minimal(step='[[steps]]\nid = "b"\ntitle = "B"\nneeds = ["aa"]'),
            '8: step "b" needs "aa", which is no step; did you mean a?',
        ),
        (minimal(step='needs = "b"'), '5: `needs` of step "a" is not a list of texts; write needs = ["..."]'),
        (minimal(step='needs = ["a"]'), "5: steps need each other: a -> a; take one of these needs out"),
        (
            minimal(
                step='needs = ["c"]\n[[steps]]\nid = "b"\ntitle = "B"\nneeds = ["a"]\n'
                '[[steps]]\nid = "c"\ntitle = "C"\nneeds = ["b"]'
            ),
            "5: steps need each other: a -> c -> b -> a; take one of these needs out",
        ),
        (
            minimal(step="priority = 5"),
            '5: `priority` of step "a" is not a whole number from 0 to 4; write priority = 2',
        ),
        (minimal(step="run = []"), '5: `run` of step "a" is empty; leave it out when nothing is run'),
        (minimal(step="run = ''"), '5: `run` of step "a" is empty; leave it out when nothing is run'),
        (minimal(step='run = "a\\u0000b"'), '5: `run` of step "a" holds a NUL character; take it out'),
        (
            minimal(step='run = ["sleep", 3]'),
            '5: `run` of step "a" is neither a list of texts nor a script; '
            'write run = ["program", "argument"] or run = "a script", each in quotes',
        ),
        (minimal("vars = 3"), "2: `vars` is not a table; write [vars.NAME] above each variable"),
        (
            minimal("[vars]", '"my-name" = "x"'),
            "3: 'my-name' is not a name for a variable; "
            "use letters, digits and underscores, not a digit first",
        ),
        (
            minimal("[vars.PATH]"),
            "2: a variable cannot be called PATH, which means something to programs that a step runs; "
            "give it another name",
        ),
        (
            minimal("[vars]", 'ok = "1"', 'GIT_DIR = "x"'),
            "4: a variable cannot be called GIT_DIR, which means something to programs that a step runs; "
            "give it another name",
        ),
        (
            minimal("[vars.LD_PRELOAD]"),
            "2: a variable cannot be called LD_PRELOAD, which means something to programs that a step runs; "
            "give it another name",
        ),
        (
            minimal("[vars.n]", 'type = "integer"'),
            '3: unknown type "integer" of variable n; did you mean int?',
        ),
        (
            minimal("[vars.n]", "required = true", 'default = "x"'),
            "3: variable n is required and has a default; leave out one of the two",
        ),
        (
            minimal("[vars.n]", 'required = "yes"'),
            "3: `required` of variable n is neither true nor false; write required = true",
        ),
        (
            minimal("[vars.n]", 'enum = "a"'),
            '3: `enum` of variable n is not a list of texts; write enum = ["a", "b"]',
        ),
        (minimal("[vars.n]", "default = []"), "3: `default` of variable n is not text; put it in quotes"),
        (
            minimal("[vars.n]", 'pattern = "["'),
            "3: `pattern` of variable n is not a regular expression: "
            "unterminated character set at position 0; mend it or leave it out",
        ),
        (
            minimal("[vars.n]", 'default = "x"', 'type = "int"'),
            "3: the default of variable n is not a whole number; change the default or the rule",
        ),
        (
            minimal("[vars]", 'n = { default = "x", enum = ["a", "b"] }'),
            "3: the default of variable n is not one of a, b; change the default or the rule",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    assert refusal(text) == f"{PATH}:{said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{\n "formula": "ship",\n}',
            "3: not JSON: Expecting property name enclosed in double quotes; mend the line",
        ),
        ("[]", '1: not a formula; write {"formula": "name", "steps": [...]}'),
        ("[" * 100_000, "1: nested too deeply; write a flat list of steps"),
        (
            '{\n "formula": "ship",\n "steps": [\n  {\n   "id": "a",\n   "title": "A",\n'
            '   "needs": ["x"]\n  }\n ]\n}',
            '7: step "a" needs "x", which is no step; the steps are: a',
        ),
        (
            '{\n "formula": "ship",\n "vars": {\n  "n": null\n },\n "extends": ["x"]\n}',
            "4: `default` of variable n is not text; put it in quotes",
        ),
    ],
)
def test_json_is_refused_in_the_same_way(text: str, said: str) -> None:
    assert refusal(text, "ship.formula.json") == f"ship.formula.json:{said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            minimal('descripton = "x"'),
            "2: unknown key `descripton` of the formula; did you mean description?",
        ),
        (minimal("zzz = 1"), "2: unknown key `zzz` of the formula; it is kept and does nothing"),
        (minimal(step='titel = "x"'), '5: unknown key `titel` of step "a"; did you mean title?'),
        (
            minimal("[vars.n]", 'defualt = "x"'),
            "3: unknown key `defualt` of variable n; did you mean default?",
        ),
        (minimal(step='type = "dance"'), '5: unknown type "dance" of step "a"; it is taken as task'),
        (
            minimal("convergence = { max = 3 }"),
            "2: `convergence` is kept and means nothing here; leave it out",
        ),
        (
            minimal("required_vars = ['x']"),
            "2: `required_vars` is kept and means nothing here; leave it out",
        ),
        (
            minimal("evaluate_prompt = 'x'"),
            "2: `evaluate_prompt` is kept and means nothing here; leave it out",
        ),
        (
            minimal("[[legs]]", "id = 'x'"),
            "2: `legs` means nothing in a formula of type workflow; leave it out",
        ),
        (
            minimal(step="waits_for = 'all-children'"),
            '5: step "a" waits for the children of nothing; write children-of(step)',
        ),
        (
            minimal(step="timeout = '5m'"),
            '5: `timeout` of step "a" does nothing without `run`; leave it out',
        ),
        (
            minimal(step="gate = { type = 'conditional', condition = 'when the moon is full' }"),
            '5: the condition of the gate of step "a" is no condition but free text; '
            "somebody has to resolve the gate",
        ),
        (
            minimal(step="[steps.loop]\ncount = 2\nmax = 3\nbody = [{ id = 'x', title = 'X' }]"),
            '7: `max` of `loop` of step "a" does nothing without `until`; leave it out',
        ),
        (
            minimal("[vars]", 'name = "x"', step='run = "echo {{name}}"'),
            '4: {{name}} stays as it is in the script of step "a"; write "$name"',
        ),
        (
            minimal("[vars]", 'name = "x"', step='description = "{{nmae}} {{nmae}}"'),
            "4: {{nmae}} is no variable and stays as it is; did you mean name?",
        ),
    ],
)
def test_what_is_odd_is_a_warning(text: str, said: str) -> None:
    assert parse(PATH, text).warnings == (f"{PATH}:{said}",)


def test_a_formula_that_is_found_under_another_name_is_a_warning() -> None:
    formula = parse("formulas/boat.formula.toml", minimal("version = 1"))
    said = "formulas/boat.formula.toml:1: formula ship is in a file that is found as boat; rename one"
    assert formula.warnings == (said,)


def test_placeholders_are_plain_text_where_no_variable_is_declared() -> None:
    assert parse(PATH, minimal(step='description = "{{user.name}} {{name}}"')).warnings == ()


def test_empty_keys_of_the_full_language_are_no_obstacle() -> None:
    text = minimal("extends = []", "advice = []", step="children = []\nwaits_for = ''")
    assert parse(PATH, text).steps[0] == parse(PATH, minimal("", "")).steps[0]


def test_a_long_chain_of_needs_is_no_obstacle() -> None:
    steps = "".join(f'[[steps]]\nid = "s{n}"\ntitle = "S"\nneeds = ["s{n + 1}"]\n' for n in range(2999))
    text = f'formula = "ship"\n{steps}[[steps]]\nid = "s2999"\ntitle = "S"\n'
    assert len(parse(PATH, text).steps) == 3000
    back = text + 'needs = ["s0"]\n'
    loop = "s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> ... -> s2998 -> s2999 -> s0"
    assert refusal(back) == f"{PATH}:5: steps need each other: {loop}; take one of these needs out"


def test_all_that_is_wrong_is_told_at_once() -> None:
    text = minimal("version = -1", step='priority = 9\nneeds = ["b"]')
    with pytest.raises(FormulaErrors) as caught:
        parse(PATH, text)
    first = f"{PATH}:2: `version` of the formula is not a whole number from 0; write version = 1"
    assert str(caught.value) == f"{first}; and 2 more; see them all: bd formula show ship --check"
    assert (caught.value.path, caught.value.line) == (PATH, 2)
    assert [str(error) for error in errors_of(caught.value)] == [
        first,
        f'{PATH}:6: `priority` of step "a" is not a whole number from 0 to 4; write priority = 2',
        f'{PATH}:7: step "a" needs "b", which is no step; the steps are: a',
    ]


def test_one_error_is_all_there_is() -> None:
    with pytest.raises(FileError) as caught:
        parse(PATH, minimal("version = -1"))
    assert errors_of(caught.value) == (caught.value,)
    assert not isinstance(caught.value, FormulaErrors)


def test_what_a_file_holds_does_not_break_the_line() -> None:
    said = refusal(minimal(step='needs = ["x\\ny\\u001b[31m"]'))
    assert said == f'{PATH}:5: step "a" needs "x y [31m", which is no step; the steps are: a'
    long = refusal(minimal(step=f'needs = ["{"x" * 10_000}"]'))
    assert len(long) < 700


def test_a_description_stands_in_a_file_of_its_own() -> None:
    asked: list[str] = []

    def read(path: str) -> str:
        asked.append(path)
        if path == "texts/a.md":
            return "How it is done\n"
        raise UserError(f"there is no file {path}", "write it")

    text = minimal(step='description_file = "./texts//a.md"')
    formula = parse(PATH, text, read=read)
    assert formula.steps[0].description == "How it is done\n"
    assert formula.hash == blob_hash(text)
    with pytest.raises(FileError) as caught:
        parse(PATH, minimal(step='description_file = "b.md"'), read=read)
    said = '`description_file` of step "a": there is no file b.md; write it'
    assert str(caught.value) == f"{PATH}:5: {said}"
    assert asked == ["texts/a.md", "b.md"]


def test_steps_that_are_nested_without_end_are_refused() -> None:
    step = ""
    for level in range(60):
        children = f', "children": [{step}]' if step else ""
        step = f'{{"id": "s{level}", "title": "S"{children}}}'
    said = refusal(f'{{"formula": "ship", "steps": [{step}]}}', "ship.formula.json")
    assert said == (
        'ship.formula.json:1: step "s40" holds steps more than 20 levels deep; '
        "write them higher up and join them with `needs`"
    )


def test_what_is_extended_may_still_bring_what_is_named() -> None:
    text = minimal(
        'extends = ["base"]',
        "[vars]",
        'mine = "x"',
        "[[compose.expand]]",
        'target = "theirs"',
        'with = "x"',
        step='needs = ["theirs"]\nrun = ["echo", "{{their_name}}"]',
    )
    formula = parse(PATH, text)
    assert formula.warnings == ()
    assert [str(error) for error in check(formula)] == [
        f'{PATH}:8: step "a" needs "theirs", which is no step; the steps are: a',
        f'{PATH}:5: compose.expand: `target` names "theirs", which is no step; the steps are: a',
        f'{PATH}:8: {{{{their_name}}}} in `run` of step "a" is no variable; declare it as [vars.their_name]',
    ]


@pytest.mark.parametrize(
    "need",
    ["a.draft", "b.iter2.x-2", "b"],
)
def test_what_comes_in_later_may_be_named(need: str) -> None:
    text = minimal(
        step=f"""
[[steps]]
id = "b"
title = "B"
loop = {{ count = 2, body = [{{ id = "x-{{i}}", title = "X" }}] }}
[[steps]]
id = "c"
title = "C"
needs = ["{need}"]
[[compose.expand]]
target = "a"
with = "draft"
"""
    )
    assert parse(PATH, text).steps[2].needs == (need,)


def test_steps_wait_for_each_other_through_what_holds_them() -> None:
    text = minimal(
        step="""
needs = ["b"]
[[steps.children]]
id = "inner"
title = "I"
[[steps]]
id = "b"
title = "B"
needs = ["inner"]
"""
    )
    said = "steps need each other: inner -> a -> b -> inner; take one of these needs out"
    assert refusal(text) == f"{PATH}:7: {said}"
