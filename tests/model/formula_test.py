from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gtlib.errors import FileError
from gtlib.model.formula import Formula
from gtlib.model.formula import blob_hash
from gtlib.model.formula import parse
from gtlib.model.formula_parts import FStep
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
                line=18,
            ),
            FStep(
                id=StepId("check"),
                title="Check it",
                needs=(StepId("build"),),
                acceptance="- it works\n- on {{env}}",
                notes="by hand",
                run="make check\n",
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
            FStep(id=StepId("a"), title="A", line=12),
            FStep(id=StepId("b"), title="B", needs=(StepId("a"),), run="true", line=16),
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
        ("version = 1\n", '1: the formula has no name; write formula = "name" at the top'),
        (
            'version = 1\nformula = "../x"\n',
            "2: '../x' is not a name for a formula; use letters, digits, dots, dashes and underscores",
        ),
        (minimal('type = "workflwo"'), '2: unknown type "workflwo"; did you mean workflow?'),
        (minimal('type = "dance"'), '2: unknown type "dance"; write workflow'),
        (
            minimal('type = "convoy"'),
            "2: this version does not yet run formulas of type convoy; write it as a workflow with [[steps]]",
        ),
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
        (
            minimal('extends = ["base"]'),
            "2: the formula: this version does not yet run `extends`; copy the parent's steps into this file",
        ),
        (
            minimal("[compose]", "aspects = ['x']"),
            "2: the formula: this version does not yet run `compose`; "
            "write the steps that it makes below [[steps]]",
        ),
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
        (
            minimal(step="loop = { count = 3 }"),
            '5: step "a": this version does not yet run `loop`; write each round as a step of its own',
        ),
        (
            minimal(step='[steps.gate]\ntype = "human"'),
            '5: step "a": this version does not yet run `gate`; '
            "make it a step without `run`, which waits until somebody ticks it",
        ),
        (
            minimal(step='condition = "{{x}}"'),
            '5: step "a": this version does not yet run `condition`; '
            "leave the step out, or skip it by hand with [-] in the molecule",
        ),
        (
            minimal(step='[[steps.children]]\nid = "x"'),
            '5: step "a": this version does not yet run `children`; '
            "write them as steps of their own with `needs`",
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
            '3: unknown type "integer" of variable n; write string, int or bool',
        ),
        (
            minimal("[vars.n]", "required = true", 'default = "x"'),
            "3: variable n is required and has a default; leave out one of the two",
        ),
        (
            minimal("[vars.n]", 'required = "yes"'),
            "3: `required` of variable n is neither true nor false; write required = true",
        ),
        (minimal("[vars.n]", 'enum = "a"'), '3: `enum` of variable n is not a list; write enum = ["a", "b"]'),
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
            '{\n "formula": "ship",\n "vars": {\n  "n": null\n }\n}',
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
        (minimal("pour = true"), "2: `pour` is kept, but steps stay in the molecule's file; leave it out"),
        (
            minimal("[vars]", 'name = "x"', step='description = "{{nmae}} {{nmae}}"'),
            "4: {{nmae}} is no variable and stays as it is; did you mean name?",
        ),
        (
            minimal("[vars]", 'name = "x"', step='run = ["echo", "{{other}}"]'),
            "4: {{other}} is no variable and stays as it is; declare it as [vars.other]",
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
    assert parse(PATH, text).steps[0].extra == {"children": [], "waits_for": ""}


def test_a_long_chain_of_needs_is_no_obstacle() -> None:
    steps = "".join(f'[[steps]]\nid = "s{n}"\ntitle = "S"\nneeds = ["s{n + 1}"]\n' for n in range(2999))
    text = f'formula = "ship"\n{steps}[[steps]]\nid = "s2999"\ntitle = "S"\n'
    assert len(parse(PATH, text).steps) == 3000
    back = text + 'needs = ["s0"]\n'
    loop = "s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> ... -> s2998 -> s2999 -> s0"
    assert refusal(back) == f"{PATH}:5: steps need each other: {loop}; take one of these needs out"
