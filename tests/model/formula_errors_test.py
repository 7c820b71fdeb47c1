"""What is wrong with a formula is said with its line, its step, and what to write instead."""

from __future__ import annotations

import pytest

from gtlib.errors import FileError
from gtlib.model.formula import parse
from gtlib.model.formula_source import errors_of

PATH = "formulas/ship.formula.toml"
B = '[[steps]]\nid = "b"\ntitle = "B"\n'


def form(*lines: str) -> str:
    return "\n".join(('formula = "ship"', *lines, ""))


def minimal(*more: str, step: str = "") -> str:
    return form(*more, "[[steps]]", 'id = "a"', 'title = "A"', step)


LOOPED = minimal(step='[steps.loop]\nrange = "1..3"\n[[steps.loop.body]]\nid = "x"\ntitle = "X"')


def all_wrong(text: str, path: str = PATH) -> list[str]:
    with pytest.raises(FileError) as caught:
        parse(path, text)
    return [str(error).removeprefix(f"{path}:") for error in errors_of(caught.value)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            minimal('type = "dance"'),
            ['2: unknown type "dance"; write one of workflow, convoy, expansion, aspect'],
        ),
        (minimal("type = 3"), ["2: `type` of the formula is not text; put it in quotes"]),
        (minimal("phase = 'solid'"), ['2: unknown phase "solid"; write liquid or vapor, or leave it out']),
        (minimal("phase = 'liqid'"), ['2: unknown phase "liqid"; did you mean liquid?']),
        (form(), ["1: the formula has no steps; add [[steps]] with an id and a title"]),
        (form('type = "convoy"'), ["1: the formula has no legs; add [[legs]] with an id and a title"]),
        (
            form('type="expansion"'),
            ['1: the formula has no template; add [[template]] with id = "{target}.one"'],
        ),
        (
            form('type = "aspect"'),
            ["1: the formula has no advice; add [[advice]] with a target and the steps to add"],
        ),
        (
            form('extends = ["../x"]'),
            [
                "2: `extends` of the formula: '../x' is not a name for a formula; use letters, digits, dots, dashes and underscores"
            ],
        ),
        (
            form("extends = 3"),
            ['2: `extends` of the formula is not a list of texts; write extends = ["..."]'],
        ),
        (minimal('pour = "yes"'), ["2: `pour` of the formula is neither true nor false; write pour = true"]),
    ],
)
def test_what_is_wrong_of_the_formula_itself(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            minimal(step="priority = -1"),
            ['5: `priority` of step "a" is not a whole number from 0 to 4; write priority = 2'],
        ),
        (
            minimal(step="metadata = { x = [1] }"),
            ['5: `x` of `metadata` of step "a" is not text; put it in quotes'],
        ),
        (
            minimal(step='labels = "x"'),
            ['5: `labels` of step "a" is not a list of texts; write labels = ["..."]'],
        ),
        (
            minimal(step='[[steps.children]]\nid = "a"\ntitle = "again"'),
            ['6: duplicate step id "a", first at line 2; give one of them another id'],
        ),
        (
            minimal(step='[[steps.children]]\nid = "c"'),
            ['5: step "c" has no title; write title = "What is to be done"'],
        ),
        (
            minimal(step='[[steps.children]]\ntitle = "c"'),
            ['5: step 1 of step "a" has no id; write id = "a-short-name"'],
        ),
        (
            minimal(step='[[steps.children]]\nid = "c"\ntitle="C"\nneeds = ["a"]'),
            ["2: steps need each other: a -> c -> a; take one of these needs out"],
        ),
        (
            minimal(step='[[steps.children]]\nid = "c"\ntitle="C"\nneeds = ["x"]'),
            ['8: step "c" needs "x", which is no step; the steps are: a, c'],
        ),
        (
            minimal(step="children = 3"),
            ['5: `children` of step "a" is not a list of tables; write [[steps.children]] above each step'],
        ),
        (minimal(step='depends_on = ["x"]'), ['5: step "a" needs "x", which is no step; the steps are: a']),
        (
            minimal(step='waits_for = "children-of()"'),
            ['5: `waits_for` of step "a" names no step; write the id of the step: children-of(step)'],
        ),
        (
            minimal(step='waits_for = "children-of(bb)"'),
            ['5: step "a" waits for the children of "bb", which is no step; the steps are: a'],
        ),
        (
            minimal(step='waits_for = "al-children"'),
            [
                '5: `waits_for` of step "a", "al-children", is nothing that can be waited for; did you mean all-children?'
            ],
        ),
        (
            minimal(step='waits_for = "tomorrow"'),
            [
                '5: `waits_for` of step "a", "tomorrow", is nothing that can be waited for; write all-children, any-children or children-of(step)'
            ],
        ),
    ],
)
def test_what_is_wrong_of_steps(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            minimal(step='condition = "{{x}} >= 3"'),
            [
                "5: `condition` of step \"a\": condition '{{x}} >= 3', column 1: a variable stands where a condition should; write {{v}}, !{{v}}, {{v}} == x or {{v}} != x alone, or '{{v}}' as a value in quotes"
            ],
        ),
        (
            minimal(step='condition = "steps.complete >= many"'),
            [
                "5: `condition` of step \"a\": condition 'steps.complete >= many', column 19: 'many' is no whole number; write a number such as 3"
            ],
        ),
        (
            minimal(step="condition = \"b.status == 'complete'\""),
            ['5: step "a" asks for "b", which is no step; the steps are: a'],
        ),
        (
            minimal(step='condition = "whenever"'),
            [
                "5: `condition` of step \"a\": condition 'whenever', column 1: `whenever` is no condition; write <step>.status == 'complete', <step>.output.<key> == 'v', children(<step>).all(status == 'complete'), steps.complete >= 3, file.exists('p') or env.NAME == 'v'"
            ],
        ),
        (
            minimal("[vars]", 'env = "x"', step='condition = "{{evn}} == prod"'),
            ['7: {{evn}} in `condition` of step "a" is no variable; did you mean env?'],
        ),
    ],
)
def test_what_is_wrong_of_conditions(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (minimal(step='gate = "human"'), ['5: `gate` of step "a" is not a table; write gate = { ... }']),
        (
            minimal(step="gate = {}"),
            [
                '5: the gate of step "a" has no type; write one of human, timer, gh:run, gh:pr, bead, mail, exec, conditional'
            ],
        ),
        (
            minimal(step='gate = { type = "gh:runs" }'),
            ['5: unknown type "gh:runs" of the gate of step "a"; did you mean gh:run?'],
        ),
        (
            minimal(step='gate = { type = "dance" }'),
            [
                '5: unknown type "dance" of the gate of step "a"; write one of human, timer, gh:run, gh:pr, bead, mail, exec, conditional'
            ],
        ),
        (
            minimal(step='gate = { type = "timer" }'),
            ['5: the gate of step "a" has no timeout; write timeout = "30m"'],
        ),
        (
            minimal(step='gate = { type = "timer", timeout = "soon" }'),
            [
                "5: `timeout` of the gate of step \"a\": 'soon' is not a span of time; write it as 30m, 2h or 1h30m"
            ],
        ),
        (
            minimal(step='gate = { type = "timer", timeout = "0s" }'),
            ['5: `timeout` of the gate of step "a" is no time at all; write it as 30m, 2h or 1h30m'],
        ),
        (
            minimal(step='gate = { type = "bead" }'),
            ['5: the gate of step "a" does not say which one; write id = "..." with the id of a bead'],
        ),
        (
            minimal(step='gate = { type = "gh:pr" }'),
            [
                '5: the gate of step "a" does not say which one; write id = "..." with the id of a pull request'
            ],
        ),
        (
            minimal(step='gate = { type = "exec" }'),
            ['5: the gate of step "a" has nothing to ask; write run = ["program", "argument"]'],
        ),
        (
            minimal(step='gate = { type = "exec", run = 3 }'),
            [
                '5: `run` of the gate of step "a" is neither a list of texts nor a script; write run = ["program", "argument"] or run = "a script", each in quotes'
            ],
        ),
        (
            minimal(step='gate = { type = "human", run = "true" }'),
            [
                '5: the gate of step "a" is of type human, which runs nothing; write type = "exec", or leave `run` out'
            ],
        ),
        (
            minimal(step='gate = { type = "conditional" }'),
            ['5: the gate of step "a" has no condition; write condition = "build.status == \'complete\'"'],
        ),
        (
            minimal(step='gate = { type = "human", id = "1", await_id = "2" }'),
            ['5: the gate of step "a" has two ids; leave out one of `id` and `await_id`'],
        ),
        (
            minimal("[vars]", 'env = "x"', step='gate = { type = "bead", id = "{{bead}}" }'),
            ['7: {{bead}} in `gate.id` of step "a" is no variable; declare it as [vars.bead]'],
        ),
        (
            minimal(step='[steps.gate]\ntype = "conditional"\ncondition = "c.status == \'complete\'"'),
            ['7: step "a" asks for "c", which is no step; the steps are: a'],
        ),
    ],
)
def test_what_is_wrong_of_gates(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (minimal(step="loop = 3"), ['5: `loop` of step "a" is not a table; write loop = { ... }']),
        (
            minimal(step="loop = { count = 3 }"),
            ['5: `loop` of step "a" has no body; write [[steps.loop.body]] above each step that is repeated'],
        ),
        (
            minimal(step='[steps.loop]\n[[steps.loop.body]]\nid = "x"\ntitle = "X"'),
            [
                '5: `loop` of step "a" does not say how often; write one of count = 3, range = "1..3" and until = "..."'
            ],
        ),
        (
            minimal(
                step='[steps.loop]\ncount = 3\nrange = "1..3"\n[[steps.loop.body]]\nid = "x"\ntitle = "X"'
            ),
            [
                '7: `loop` of step "a" has `count` and `range`; write one of count = 3, range = "1..3" and until = "..."'
            ],
        ),
        (
            minimal(step='[steps.loop]\ncount = 0\n[[steps.loop.body]]\nid = "x"\ntitle = "X"'),
            ['6: `count` of `loop` of step "a" is not a whole number from 1 to 10000; write count = 1'],
        ),
        (
            minimal(
                step='[steps.loop]\nuntil = "x.status == \'complete\'"\n[[steps.loop.body]]\nid = "x"\ntitle = "X"'
            ),
            ['6: `loop` of step "a" has no end; write max = 5 for the most rounds it may take'],
        ),
        (
            minimal(
                step='[steps.loop]\nuntil = "x.status == \'complete\'"\nmax = 0\n[[steps.loop.body]]\nid = "x"\ntitle = "X"'
            ),
            ['7: `max` of `loop` of step "a" is not a whole number from 1 to 10000; write max = 1'],
        ),
        (
            minimal(
                step='[steps.loop]\nuntil = "y.status == \'complete\'"\nmax = 3\n[[steps.loop.body]]\nid = "x"\ntitle = "X"'
            ),
            ['6: step "a" asks for "y", which is no step; the steps are: x, a'],
        ),
        (
            minimal(
                step='[steps.loop]\nuntil = "enough"\nmax = 3\n[[steps.loop.body]]\nid = "x"\ntitle = "X"'
            ),
            [
                "6: `until` of `loop` of step \"a\": condition 'enough', column 1: `enough` is no condition; write <step>.status == 'complete', <step>.output.<key> == 'v', children(<step>).all(status == 'complete'), steps.complete >= 3, file.exists('p') or env.NAME == 'v'"
            ],
        ),
        (
            LOOPED.replace("1..3", ""),
            [
                '6: `range` of `loop` of step "a": the range is empty; write it as in range = "1..3" or "1..{n}"'
            ],
        ),
        (
            LOOPED.replace("1..3", "3"),
            [
                '6: `range` of `loop` of step "a": range \'3\': it wants start..end; write it as in range = "1..3" or "1..{n}"'
            ],
        ),
        (
            LOOPED.replace("1..3", "1..x"),
            [
                "6: `range` of `loop` of step \"a\": range '1..x': unexpected character 'x'; use numbers, {name}, + - * / ^ ( and )"
            ],
        ),
        (
            LOOPED.replace("1..3", "1..2a"),
            ["6: `range` of `loop` of step \"a\": range '1..2a': invalid number '2a'; write a whole number"],
        ),
        (
            LOOPED.replace("1..3", "1..3/0"),
            [
                "6: `range` of `loop` of step \"a\": range '1..3/0': division by zero; divide by another number"
            ],
        ),
        (
            LOOPED.replace("1..3", "1..(2"),
            ["6: `range` of `loop` of step \"a\": range '1..(2': missing ); close the parenthesis"],
        ),
        (
            LOOPED.replace("1..3", "1.."),
            [
                '6: `range` of `loop` of step "a": range \'1..\': it wants start..end; write it as in range = "1..3" or "1..{n}"'
            ],
        ),
        (
            LOOPED.replace("1..3", "3..1"),
            [
                "6: `range` of `loop` of step \"a\": range '3..1': it ends at 1, before its start 3; write the smaller number first"
            ],
        ),
        (
            LOOPED.replace("1..3", "1..2 3"),
            [
                "6: `range` of `loop` of step \"a\": range '1..2 3': unexpected token '3'; write a sign between two numbers"
            ],
        ),
        (
            LOOPED.replace("1..3", "1..{n}+"),
            [
                '6: `range` of `loop` of step "a": range \'1..{n}+\': a number is missing at the end of \'{n}+\'; write it as in range = "1..3" or "1..{n}"'
            ],
        ),
        (
            minimal(
                "[vars]",
                'n = "3"',
                step='[steps.loop]\nrange = "1..{{m}}"\n[[steps.loop.body]]\nid = "x"\ntitle = "X"',
            ),
            ['8: {{m}} in `loop.range` of step "a" is no variable; declare it as [vars.m]'],
        ),
        (
            minimal(
                step='[steps.loop]\nrange = "1..3"\nvar = "a b"\n[[steps.loop.body]]\nid = "x"\ntitle = "X"'
            ),
            [
                "7: 'a b' is not a name for the variable of `loop` of step \"a\"; use letters, digits and underscores, not a digit first"
            ],
        ),
        (
            minimal(step='[steps.loop]\ncount = 2\n[[steps.loop.body]]\ntitle = "X"'),
            ['7: step 1 of `loop` of step "a" has no id; write id = "a-short-name"'],
        ),
        (
            minimal(
                step='[steps.loop]\ncount = 2\n[[steps.loop.body]]\nid = "x"\ntitle = "X"\n[[steps.loop.body]]\nid = "x"\ntitle = "X"'
            ),
            ['11: duplicate step id "x", first at line 7; give one of them another id'],
        ),
        (
            minimal(step='[steps.loop]\ncount = 2\n[[steps.loop.body]]\nid = "x-{j}"\ntitle = "X"'),
            ['8: step "x-{j}": nothing is put in for {j} here; what can stand there: {i}'],
        ),
        (
            minimal(
                step='[steps.loop]\ncount = 2\n[[steps.loop.body]]\nid = "x"\ntitle = "X"\nneeds = ["y"]'
            ),
            ['10: step "x" needs "y", which is no step; the steps are: x, a'],
        ),
        (
            minimal(
                step='[steps.loop]\ncount = 2\n[[steps.loop.body]]\nid = "x"\ntitle = "X"\nneeds = ["a"]'
            ),
            ["2: steps need each other: a -> x -> a; take one of these needs out"],
        ),
        (
            minimal(
                step='[steps.loop]\ncount = 2\n[[steps.loop.body]]\nid = "x"\ntitle = "X"\n'
                + B
                + 'needs = ["x"]'
            ),
            ['13: step "b" needs "x", which is no step; the steps are: a, b'],
        ),
        (
            minimal(
                step='[steps.loop]\ncount = 2\n[[steps.loop.body]]\nid = "x"\ntitle = "X"\n'
                + B
                + 'needs = ["a.iter1.y"]'
            ),
            [
                '13: step "b" needs "a.iter1.y", which is no step; need the loop itself, which is over when its last round is: a'
            ],
        ),
        (
            minimal(
                step='[steps.loop]\ncount = 2\nchildren = [{id="x",title="X"}]\n[[steps.loop.body]]\nid = "x"\ntitle = "X"\n'
            ),
            ['7: `loop` of step "a" has more than one body; write all its steps in one of them'],
        ),
        (
            minimal(
                step='[steps.loop]\nuntil = "steps.complete >= 2"\nmax = 2\nbody = [{ id = "x", title = "X" }]\n'
                + B
                + 'needs = ["a.iter1.x"]'
            ),
            [
                '12: step "b" needs "a.iter1.x", which is no step; need the loop itself, which is over when its last round is: a'
            ],
        ),
        (
            minimal(
                step='run = "true"\nloop = { until = "steps.complete >= 2", max = 2, body = [{ id = "x", title = "X" }] }'
            ),
            [
                '5: step "a" has `loop` and `run`, and nobody does the step itself; write it in the body, or in a step that needs the loop'
            ],
        ),
        (
            minimal(step='expand = "tdd"\nrun = "true"'),
            [
                '6: step "a" has `expand` and `run`, and nobody does the step itself; write it in the template of that formula'
            ],
        ),
        (
            minimal(step='retry = 3\nloop = { count = 2, body = [{ id = "x", title = "X" }] }'),
            [
                '5: step "a" has `loop` and `retry`, and nobody does the step itself; write it in the inner steps'
            ],
        ),
        (
            minimal(
                step='[[steps.children]]\nid = "x"\ntitle = "X"\n[steps.on_complete]\nfor_each = "output.x"\nbond = "y"'
            ),
            [
                '8: step "a" has `children` and `on_complete`, and nobody does the step itself; write it in the inner steps'
            ],
        ),
    ],
)
def test_what_is_wrong_of_loops(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            minimal(step="on_complete = 3"),
            ['5: `on_complete` of step "a" is not a table; write on_complete = { ... }'],
        ),
        (
            minimal(step='on_complete = { for_each = "output.x" }'),
            ['5: `on_complete` of step "a" has no `bond`; name the formula that is done for each item'],
        ),
        (
            minimal(step='on_complete = { bond = "x" }'),
            ['5: `on_complete` of step "a" has no `for_each`; write for_each = "output.items"'],
        ),
        (
            minimal(step='on_complete = { for_each = "items", bond = "x" }'),
            [
                '5: `for_each` of `on_complete` of step "a", "items", is no output of the step; write for_each = "output.items"'
            ],
        ),
        (
            minimal(step='on_complete = { for_each = "output.", bond = "x" }'),
            [
                '5: `for_each` of `on_complete` of step "a", "output.", is no output of the step; write for_each = "output.items"'
            ],
        ),
        (
            minimal(step='on_complete = { for_each = "output.x", bond = "../x" }'),
            [
                "5: `bond` of `on_complete` of step \"a\": '../x' is not a name for a formula; use letters, digits, dots, dashes and underscores"
            ],
        ),
        (
            minimal(
                step='on_complete = { for_each = "output.x", bond = "x", parallel = true, sequential = true }'
            ),
            ['5: `on_complete` of step "a" is both parallel and sequential; leave out one of the two'],
        ),
    ],
)
def test_what_is_wrong_of_fan_outs(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            minimal(step='expand = "../x"'),
            [
                "5: `expand` of step \"a\": '../x' is not a name for a formula; use letters, digits, dots, dashes and underscores"
            ],
        ),
        (
            minimal(step='expand_vars = { x = "1" }'),
            ['5: step "a" has `expand_vars` and no `expand`; write expand = "formula" beside it'],
        ),
    ],
)
def test_what_is_wrong_of_expansions(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            minimal(step="retry = 0"),
            ['5: `retry` of step "a" is not a whole number from 1 to 1000; write retry = 3'],
        ),
        (minimal(step='retry = "3"'), ['5: `retry` of step "a" is not a table; write retry = { ... }']),
        (
            minimal(step="retry = { max_attempts = 0 }"),
            [
                '5: `max_attempts` of `retry` of step "a" is not a whole number from 1 to 1000; write max_attempts = 3'
            ],
        ),
        (
            minimal(step='retry = { on_exhausted = "soft-fail" }'),
            ['5: `on_exhausted` of `retry` of step "a", "soft-fail", is unknown; did you mean soft_fail?'],
        ),
        (
            minimal(step='retry = { on_exhausted = "dance" }'),
            [
                '5: `on_exhausted` of `retry` of step "a", "dance", is unknown; write one of hold, skip, escalate, hard_fail, soft_fail'
            ],
        ),
        (
            minimal(step="ralph = { max_attempts = 3 }"),
            ['5: `ralph` of step "a" has no check; write check = { path = "check.sh" }'],
        ),
        (
            minimal(step='ralph = { max_attempts = 0, check = { mode = "exec", path = "c.sh" } }'),
            [
                '5: `max_attempts` of `ralph` of step "a" is not a whole number from 1 to 1000; write max_attempts = 3'
            ],
        ),
        (
            minimal(step='ralph = { check = { mode = "llm", path = "c.sh" } }'),
            [
                '5: mode "llm" of the check of `ralph` of step "a" is unknown; write mode = "exec" or leave it out'
            ],
        ),
        (
            minimal(step='ralph = { check = { mode = "exec" } }'),
            ['5: the check of `ralph` of step "a" names no program; write path = "scripts/check.sh"'],
        ),
        (
            minimal(step='ralph = { check = { path = "../c.sh" } }'),
            [
                '5: `path` of the check of `ralph` of step "a", "../c.sh", leads out of the worktree; name a program of the project, relative to its root'
            ],
        ),
        (
            minimal(step='ralph = { check = { path = "/c.sh" } }'),
            [
                '5: `path` of the check of `ralph` of step "a", "/c.sh", leads out of the worktree; name a program of the project, relative to its root'
            ],
        ),
        (
            minimal(step='ralph = { check = { path = "c.sh", timeout = "x" } }'),
            [
                "5: `timeout` of the check of `ralph` of step \"a\": 'x' is not a span of time; write it as 30m, 2h or 1h30m"
            ],
        ),
        (
            minimal(step='retry = 3\nralph = { check = "true" }'),
            ['6: step "a" has `retry` and `ralph`; write one of them'],
        ),
        (
            minimal(step='check = "true"\nretry = { check = "true" }'),
            ['5: step "a" has two checks; write one of them'],
        ),
        (
            minimal(step='check = { path = "x", run = "y" }'),
            ['5: the check of step "a" has `path` and `run`; leave out one of the two'],
        ),
        (minimal(step="check = []"), ['5: `check` of step "a" is empty; leave it out when nothing is run']),
        (
            minimal(step='on_fail = "retyr"'),
            ['5: `on_fail` of step "a", "retyr", is unknown; did you mean retry?'],
        ),
        (
            minimal(step='on_fail = "explode"'),
            ['5: `on_fail` of step "a", "explode", is unknown; write one of retry, skip, hold, escalate'],
        ),
        (
            minimal(step='on_fail = "skip"\nretry = { on_exhausted = "hold" }'),
            ['5: step "a" says on_fail = "skip" and on_exhausted = "hold"; leave out one of the two'],
        ),
        (
            minimal(step='run = "true"\ntimeout = "long"'),
            ["6: `timeout` of step \"a\": 'long' is not a span of time; write it as 30m, 2h or 1h30m"],
        ),
        (
            minimal(step='description_file = "a.md"'),
            [
                '5: `description_file` of step "a" cannot be read without the folder of the formula; put the text into `description`'
            ],
        ),
        (
            minimal(step='description_file = "../a.md"'),
            [
                '5: `description_file` of step "a", "../a.md", leads out of the folder of the formula; write a path below that folder'
            ],
        ),
        (
            minimal(step='description = "x"\ndescription_file = "a.md"'),
            ['6: step "a" has `description` and `description_file`; leave out one of the two'],
        ),
    ],
)
def test_what_is_wrong_of_retries(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (minimal("compose = 3"), ["2: `compose` of the formula is not a table; write compose = { ... }"]),
        (
            minimal("[[compose.bond_points]]", 'after_step = "a"'),
            ['2: bond point 1 of compose has no `id`; write id = "a-short-name"'],
        ),
        (
            minimal("[[compose.bond_points]]", 'id = "p"', 'after_step = "a"', 'before_step = "a"'),
            ['5: bond point "p" has `after_step` and `before_step`; leave out one of the two'],
        ),
        (
            minimal("[[compose.bond_points]]", 'id = "p"', 'after_step = "x"'),
            ['4: compose.bond_points: `after_step` names "x", which is no step; the steps are: a'],
        ),
        (
            minimal("[[compose.bond_points]]", 'id = "p"', 'before_step = "x"'),
            ['4: compose.bond_points: `before_step` names "x", which is no step; the steps are: a'],
        ),
        (
            minimal("[[compose.bond_points]]", 'id = "p"', "[[compose.bond_points]]", 'id = "p"'),
            ['5: duplicate bond point "p", first at line 2; give one of them another id'],
        ),
        (
            minimal("[[compose.hooks]]", 'attach = "x"'),
            [
                '2: hook 1 of compose has no `trigger`; write trigger = "label:urgent", "type:bug" or "priority:0-1"'
            ],
        ),
        (
            minimal("[[compose.hooks]]", 'trigger = "label:x"'),
            ['2: hook 1 of compose has no `attach`; write attach = "the name of a formula"'],
        ),
        (
            minimal("[[compose.hooks]]", 'trigger = "lable:x"', 'attach = "x"'),
            ['3: unknown trigger "lable:x" of hook 1 of compose; did you mean label:?'],
        ),
        (
            minimal("[[compose.hooks]]", 'trigger = "always"', 'attach = "x"'),
            [
                '3: unknown trigger "always" of hook 1 of compose; write trigger = "label:urgent", "type:bug" or "priority:0-1"'
            ],
        ),
        (
            minimal("[[compose.hooks]]", 'trigger = "type:bug"', 'attach = "x"', 'at = "p"'),
            ['5: compose.hooks: "p" is no bond point; the bond points are: none'],
        ),
        (
            minimal("[[compose.expand]]", 'with = "x"'),
            ["2: expand 1 of compose has no `target`; name the step that is replaced"],
        ),
        (
            minimal("[[compose.expand]]", 'target = "a"'),
            ['2: expand 1 of compose has no `with`; write with = "the name of a formula"'],
        ),
        (
            minimal("[[compose.expand]]", 'target = "aa"', 'with = "x"'),
            ['3: compose.expand: `target` names "aa", which is no step; did you mean a?'],
        ),
        (
            minimal("[[compose.map]]", 'with = "x"'),
            ['2: map 1 of compose has no `select`; write select = "impl-*"'],
        ),
        (
            minimal("[[compose.map]]", 'select = "impl-*"', 'with = "x"'),
            ['3: compose.map: "impl-*" fits no step; mend the pattern, or take the map out'],
        ),
        (
            minimal("[[compose.branch]]"),
            [
                '2: branch 1 of compose has no `steps`; write steps = ["one", "another"]',
                "2: branch 1 of compose has no `from`; name the step that comes before them",
                "2: branch 1 of compose has no `join`; name the step that comes after them",
            ],
        ),
        (
            minimal("[[compose.branch]]", 'from = "a"', 'steps = ["x"]', 'join = "a"'),
            ['4: compose.branch: `steps` names "x", which is no step; the steps are: a'],
        ),
        (
            minimal("[[compose.branch]]", 'from = "a"', 'steps = ["b"]', 'join = "c"', step=B),
            ['5: compose.branch: `join` names "c", which is no step; the steps are: a, b'],
        ),
        (
            minimal("[[compose.branch]]", 'from = "a"', 'steps = ["b"]', 'join = "a"', step=B),
            ["6: steps need each other: a -> b -> a; take one of these needs out"],
        ),
        (
            minimal("[[compose.gate]]", 'condition = "steps.complete >= 3"'),
            ["2: gate 1 of compose has no `before`; name the step that waits"],
        ),
        (
            minimal("[[compose.gate]]", 'before = "a"'),
            ['2: gate 1 of compose has no `condition`; write condition = "steps.complete >= 3"'],
        ),
        (
            minimal("[[compose.gate]]", 'before = "x"', 'condition = "steps.complete >= 3"'),
            ['3: compose.gate: `before` names "x", which is no step; the steps are: a'],
        ),
        (
            minimal("[[compose.gate]]", 'before = "a"', 'condition = "soon"'),
            [
                "4: `condition` of gate 1 of compose: condition 'soon', column 1: `soon` is no condition; write <step>.status == 'complete', <step>.output.<key> == 'v', children(<step>).all(status == 'complete'), steps.complete >= 3, file.exists('p') or env.NAME == 'v'"
            ],
        ),
        (
            minimal("[compose]", 'aspects = ["a b"]'),
            [
                "3: `aspects` of compose: 'a b' is not a name for a formula; use letters, digits, dots, dashes and underscores"
            ],
        ),
    ],
)
def test_what_is_wrong_of_compose(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            form("[[advice]]", "[advice.before]", 'id="x"', 'title = "X"'),
            ['2: advice 1 has no `target`; write target = "*", or the id of a step'],
        ),
        (
            form("[[advice]]", 'target = "*"'),
            ["2: advice 1 adds no step; write [advice.before] or [advice.after] below it"],
        ),
        (
            form("[[advice]]", 'target = "*"', "[advice.before]", 'title = "X"'),
            ['4: step 1 of advice 1 has no id; write id = "a-short-name"'],
        ),
        (
            form("[[advice]]", 'target = "*"', "[advice.before]", 'id = "{target}-x"', 'title = "X"'),
            ['5: step "{target}-x": nothing is put in for {target} here; what can stand there: {step.id}'],
        ),
        (
            form("[[advice]]", 'target = "*"', "[[advice.around.after]]", 'id = "{step.id}-x"'),
            ['4: step "{step.id}-x" has no title; write title = "What is to be done"'],
        ),
        (
            form("[[pointcuts]]", "[[advice]]", 'target = "*"', "[advice.before]", 'id="x"', 'title = "X"'),
            ["2: pointcut 1 fits nothing; write glob, type or label"],
        ),
        (form("[[aspects]]", 'title = "X"'), ['2: aspect 1 has no id; write id = "a-short-name"']),
        (
            form("[[aspects]]", 'id = "x"', "[[aspects]]", 'id = "x"'),
            ['5: duplicate aspect id "x", first at line 2; give one of them another id'],
        ),
    ],
)
def test_what_is_wrong_of_advice(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (form("[[template]]", 'title = "X"'), ['2: step 1 has no id; write id = "a-short-name"']),
        (
            form("[[template]]", 'id = "{target}.x"', 'title = "X"', 'needs = ["{target}.y"]'),
            ['5: step "{target}.x" needs "{target}.y", which is no step; did you mean {target}.x?'],
        ),
        (
            form("[[template]]", 'id = "{tarhet}.x"', 'title = "X"'),
            ['3: step "{tarhet}.x": nothing is put in for {tarhet} here; did you mean target?'],
        ),
        (
            form(
                "[[template]]",
                'id = "{target}.x"',
                'title = "X"',
                "[[template]]",
                'id = "{target}.x"',
                'title = "X"',
            ),
            ['6: duplicate step id "{target}.x", first at line 2; give one of them another id'],
        ),
        (
            form("[[template]]", 'id = "{target}.x y"', 'title = "X"'),
            [
                "3: step \"{target}.x y\": '{target}.x y' is not a step id; write letters, digits, - and _, as in run-tests"
            ],
        ),
    ],
)
def test_what_is_wrong_of_templates(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (form("[[legs]]", 'title = "X"'), ['2: leg 1 has no id; write id = "a-short-name"']),
        (
            form("[[legs]]", 'id = "x"', "[[legs]]", 'id = "x"'),
            ['5: duplicate leg id "x", first at line 2; give one of them another id'],
        ),
        (
            form("[[legs]]", 'id = "x"', "[synthesis]", 'depends_on = ["y"]'),
            ['5: the synthesis needs "y", which is no leg; the legs are: x'],
        ),
        (
            form("[inputs.pr]", 'required_unless = ["file"]', "[inputs.files]", "[[legs]]", 'id = "x"'),
            ['3: input pr is required unless "file", which is no input; did you mean files?'],
        ),
        (
            form("inputs = 3", "[[legs]]", 'id = "x"'),
            ["2: `inputs` of the formula is not a table; write inputs = { ... }"],
        ),
        (
            form("prompts = { base = [1] }", "[[legs]]", 'id = "x"'),
            ["2: `base` of `prompts` of the formula is not text; put it in quotes"],
        ),
        (
            form("[output]", 'directory = "/tmp"', "[[legs]]", 'id = "x"'),
            [
                '3: `directory` of output, "/tmp", leads out of the worktree; write a path relative to the root of the project'
            ],
        ),
        (
            form("[output]", 'synthesis = "../x"', "[[legs]]", 'id = "x"'),
            [
                '3: `synthesis` of output, "../x", leads out of the worktree; write a path relative to the root of the project'
            ],
        ),
        (form("legs = 3"), ["2: `legs` is not a list of tables; write [[legs]] above each leg"]),
        (
            form("synthesis = 3", "[[legs]]", 'id = "x"'),
            ["2: `synthesis` of the formula is not a table; write synthesis = { ... }"],
        ),
    ],
)
def test_what_is_wrong_of_convoys(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said
