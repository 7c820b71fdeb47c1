from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model.conditions import Static
from gtlib.model.conditions import evaluate
from gtlib.model.conditions import holds
from gtlib.model.conditions import is_true
from gtlib.model.conditions import names_in
from gtlib.model.conditions import needs_world
from gtlib.model.conditions import parse
from gtlib.model.conditions import renamed
from gtlib.model.conditions import static
from gtlib.model.facts import Facts

FACTS = Facts(
    statuses={
        "build": "done",
        "polish": "open",
        "polish.iter1.pass": "closed",
        "polish.iter2.pass": "in_progress",
        "fan": "done",
        "fan.1": "done",
        "fan.2": "failed",
        "fan.2.a": "skipped",
        "step": "failed",
        "x.output": "done",
        "odd": "hooked",
    },
    parents={
        "polish.iter1.pass": "polish",
        "polish.iter2.pass": "polish",
        "fan.1": "fan",
        "fan.2": "fan",
        "fan.2.a": "fan.2",
    },
    outputs={
        "build": {
            "version": "1.10",
            "n": 3,
            "ratio": 0.5,
            "ok": True,
            "bad": False,
            "none": None,
            "items": ["a", "b"],
            "nothing": [],
            "count": "12",
            "said": "it's",
        },
        "fan.1": {"score": 7, "status": "good"},
        "fan.2": {"score": 2},
    },
    environ={"CI": "true", "EMPTY": ""},
    exists={"build/report.txt"}.__contains__,
)
NO_WORLD = Facts(statuses=FACTS.statuses, parents=FACTS.parents, outputs=FACTS.outputs)

HOLDS = {
    "build.status == 'complete'": True,
    'build.status == "closed"': True,
    "build.status == done": True,
    "build.status != 'complete'": False,
    "polish.status == 'pending'": True,
    "polish.iter1.pass.status == 'complete'": True,
    "polish.iter2.pass.status == 'in_progress'": True,
    "fan.2.status == 'failed'": True,
    "fan.2.a.status == 'skipped'": True,
    "fan.2.a.status == 'complete'": False,
    "x.output.status == 'complete'": False,  # the output `status` of x: the longest ending counts
    "nobody.status == 'open'": False,
    "nobody.status != 'complete'": True,
    "odd.status == 'open' or odd.status == 'failed'": False,
    "step.status == 'failed'": True,
    "build.output.version == '1.10'": True,
    "build.output.version == '1.1'": False,
    "build.output.version == 1.1": True,
    "build.output.version > '1.05'": True,
    "build.output.n == 3": True,
    "build.output.n == '3'": True,
    "build.output.n == 3.0": True,
    "build.output.n != 3": False,
    "build.output.n >= 3 and build.output.n <= 3": True,
    "build.output.n < -3": False,
    "build.output.count > 9": True,
    "build.output.ratio < 1e3": True,
    "build.output.ok": True,
    "build.output.ok == 'true'": True,
    "build.output.ok == true": True,
    "build.output.ok >= 1": False,
    "build.output.bad": False,
    "build.output.none": False,
    "build.output.none == 'null'": False,
    "build.output.gone": False,
    "build.output.gone != 'x'": True,
    "build.output.gone < 3": False,
    "build.output.items": True,
    "build.output.nothing": False,
    'build.output.items == \'["a", "b"]\'': True,
    'build.output.said == "it\'s"': True,
    "build.output.said > 1": False,
    "children(polish).all(status == 'complete')": False,
    "children(polish).any(status == 'complete')": True,
    "children(fan).all(status == 'complete' or status == 'failed')": True,
    "children(fan).count(status == 'complete') == 1": True,
    "children(fan).count(output.score >= 2) >= 2": True,
    "children(fan).any(output.status == good)": True,
    "children(fan).all(build.status == complete)": True,
    "children(build).all(status == 'complete')": False,
    "children(build).any(status == 'complete')": False,
    "children(build).count(status == 'complete') == 0": True,
    "descendants(fan).count(true) == 3": True,
    "descendants('fan').any(status == 'skipped')": True,
    "steps(polish.*).count(true) == 2": True,
    'steps("fan.?").count(not status == failed) == 1': True,
    "steps([bf]*).count(true) == 5": True,
    "steps().any(status == 'failed')": True,
    "steps(none-*).all(true)": False,
    "steps.complete >= 5": True,
    "steps.complete == 5": True,
    "steps.done != 5": False,
    "steps.failed > 2": False,
    "steps.skipped <= 1": True,
    "steps.open < 1": False,
    "file.exists('build/report.txt')": True,
    "file.exists('build/other.txt')": False,
    "env.CI == 'true'": True,
    "env.CI != 'true'": False,
    "env.CI": True,
    "env.EMPTY": False,
    "env.GONE": False,
    "env.GONE == ''": True,
    "true": True,
    "not true": False,
    "!true || true": True,
    "!(true or true)": False,
    "not build.status == 'failed'": True,
    "not not !! true": True,
    "true or true and false": True,
    "(true or true) and false": False,
    "\ttrue\n  &&\r\ntrue ": True,
}


@pytest.mark.parametrize("text", HOLDS)
def test_holds(text: str) -> None:
    assert evaluate(parse(text), FACTS) is HOLDS[text]


def test_step_is_the_one_it_belongs_to() -> None:
    assert evaluate(parse("step.status == 'complete'"), FACTS, "build") is True
    assert evaluate(parse("step.output.n == 3 and children(step).any(true)"), FACTS, "build") is False
    assert evaluate(parse("children(step).count(step.status == complete) == 2"), FACTS, "fan") is True


UNKNOWN = {
    "env.CI": None,
    "env.CI == 'true'": None,
    "file.exists('a')": None,
    "not env.CI": None,
    "false and env.CI": False,
    "env.CI and false": False,
    "true and env.CI": None,
    "env.CI or true": True,
    "false or env.CI": None,
    "env.CI or file.exists('a') or build.status == 'complete'": True,
    "children(fan).all(env.CI)": None,
    "children(fan).all(env.CI and status == complete)": False,
    "children(fan).any(status == 'complete' or env.CI)": True,
    "children(fan).count(env.CI) >= 0": True,
    "children(fan).count(env.CI) >= 3": False,
    "children(fan).count(env.CI) >= 1": None,
    "children(fan).count(env.CI) == 1": None,
    "children(build).all(env.CI)": False,
}


@pytest.mark.parametrize("text", UNKNOWN)
def test_without_a_world(text: str) -> None:
    condition = parse(text)
    assert needs_world(condition)
    assert evaluate(condition, NO_WORLD) is UNKNOWN[text]


def test_names() -> None:
    text = (
        "a.status == done and step.output.x or children(b.c).any(status == done and a.output.y)"
        " and steps(d).any(true) and steps(e-*).any(output.z) and not f.status == open and children(step).any(true)"
    )
    assert names_in(parse(text)) == ("a", "b.c", "d", "f")
    assert not needs_world(parse(text))
    assert names_in(parse("steps.complete > 1 and env.A and file.exists('f')")) == ()


def test_renamed() -> None:
    text = "pass.status == 'done'  and children( 'pass' ).any(true)&&step.output.pass or steps(pa*).any(x.output.k)"
    assert renamed(text, {"pass": "p.iter1.pass", "step": "no"}) == (
        "p.iter1.pass.status == 'done'"
        + "  and children( 'p.iter1.pass' ).any(true)&&step.output.pass or steps(pa*).any(x.output.k)"
    )


def test_values_are_put_in_as_data() -> None:
    values = {"env": "x' or true or '", "n": "3", "file": "../../etc/passwd", "good": "a/b", "a.b": "no"}
    assert evaluate(parse("build.output.version == '{{env}}'", values), FACTS) is False
    assert evaluate(parse("build.output.n == {{n}}", values), FACTS) is True
    assert evaluate(parse("steps.complete >= {{n}}", values), FACTS) is True
    assert evaluate(parse("env.CI == {{env}}", values), FACTS) is False
    assert evaluate(parse("build.output.version == '{{other}}'", values), FACTS) is False
    assert parse("file.exists('{{good}}')", values) == parse("file.exists('a/b')")
    with pytest.raises(UserError, match="no path inside the worktree"):
        parse("file.exists('{{file}}')", values)


F = "write <step>.status == 'complete'"
REFUSED = {
    "": "the condition is empty; " + F,
    "  ": "the condition is empty; " + F,
    "build.status": "condition 'build.status', column 13: a comparison is missing; "
    "write == 'complete', with one of == !=",
    "build.status = 'complete'": "column 14: `=` does not compare here; write == 'complete'",
    "build.status < 'complete'": "column 14: `<` does not compare here",
    "build.status == ": "column 17: a value is missing; write 'complete'",
    "build.status == 'complet'": "column 17: 'complet' is no status; write one of complete, ",
    "build.status == 'complete": "column 17: the quote is not closed; write ' at its end",
    "build.state == 'x'": "column 1: `build.state` ends in an unknown field; " + F,
    "build": "column 1: `build` is no condition; " + F,
    "status == 'complete'": "column 1: `status` does not say of which step; write step.status or <step-id>.status",
    "output.x == 1": "column 1: `output.x` does not say of which step; write step.output.x",
    "a..b.status == done": "column 1: 'a..b' is not a step id",
    ".status == done": "column 1: `.` stands where a condition should",
    "../x.status == done": "column 1: `.` stands where",
    "a.output.1x": "column 1: '1x' is no key of an output",
    "a.output. == 1": "column 1: '' is no key of an output",
    "a.output.x >= 'b'": "column 15: `>=` wants a number, not 'b'; write it as in 3 or 0.5",
    "a.output.x === 1": "column 12: `===` does not compare here; write == 'v', with one of == != < <= > >=",
    "true and": "column 9: the end stands where a condition should; " + F,
    "and true": "column 1: a condition is missing at `and`",
    "true true": "column 6: `t` is not expected; join conditions with `and` or `or`",
    "true & true": "column 6: `&` is not expected",
    "(true": "column 6: the end stands where the parenthesis of column 1 should close; write `)`",
    "true)": "column 5: `)` is not expected",
    "()": "column 2: `)` stands where a condition should",
    "siblings(x).all(true)": "column 1: there is no function `siblings`; write children(x), ",
    "children().all(true)": "column 10: `children()` does not say of which step; write children(step) or",
    "children(a b).all(true)": "column 12: `b` stands where the parenthesis of column 9 should close",
    "children(x*).all(true)": "column 10: 'x*' is not a step id",
    "children(x)": "column 12: `children(x)` is not followed by .all(, .any( or .count(; write children(x).all(",
    "children(x).most(true)": "column 12: `children(x)` is not followed by",
    "children(x).all(": "column 17: the end stands where a condition should",
    "children(x).all(true": "column 21: the end stands where the parenthesis of column 16 should close",
    "children(x).count(true)": "column 24: a comparison is missing; write >= 1",
    "children(x).count(true) >= two": "column 28: 'two' is no whole number; write a number such as 3",
    "children(x).count(true) >= -1": "column 28: '-1' is no whole number",
    "children(x).any(children(y).any(true))": "column 17: `children(` stands inside another one",
    "steps('a b').any(true)": "column 8: 'a b' is no id or glob of steps",
    "steps.compl >= 1": "column 1: `steps.compl` ends in an unknown field",
    "steps.complete >= 1.5": "column 19: '1.5' is no whole number",
    "file.exists(p)": "column 13: the path does not stand in quotes; write file.exists('path/to/file')",
    "file.exists('/etc/passwd')": "column 13: '/etc/passwd' is no path inside the worktree",
    "file.exists('a/../../b')": "column 13: 'a/../../b' is no path inside the worktree",
    "file.exists('')": "column 13: '' is no path inside",
    "file.exists('a\\b')": "column 13: 'a\\\\b' is no path inside",
    "file.exists('a\0b')": "column 13: 'a\\x00b' is no path inside",
    "file.exists('a'": "column 16: the end stands where the parenthesis of column 12 should close",
    "env.A-B == 'x'": "column 1: 'A-B' is no name of an environment variable",
    "env.A > '1'": "column 7: `>` does not compare here; write == 'v', with one of == !=",
    "{{v}} and true": "column 1: a variable stands where a condition should; write {{v}}, !{{v}}",
    "steps.complete >= {{n}}": "column 19: {{n}} has no value; declare the variable, or write the value",
    "steps.complete >= {{": "column 19: {{ has no value",
    "a.status == done é": "column 18: `é` is not expected",
    "(" * 65 + "true" + ")" * 65: "column 66: it is nested deeper than 64 levels",
    "!" * 65 + "true": "column 66: it is nested deeper than 64 levels",
    "x" * 4097: "the condition is longer than 4096 bytes; shorten it",
    "é" * 2049: "the condition is longer than 4096 bytes; shorten it",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    with pytest.raises(UserError) as error:
        parse(text)
    assert REFUSED[text] in str(error.value)
    assert "\n" not in str(error.value)


def test_as_deep_and_long_as_allowed() -> None:
    assert evaluate(parse("(" * 64 + "true" + ")" * 64), FACTS) is True
    assert evaluate(parse(" and ".join(["true"] * 450)), FACTS) is True
    assert evaluate(parse("steps(" + "*a" * 100 + "*b).any(true)"), FACTS) is False


def test_a_circle_of_parents() -> None:
    facts = Facts(statuses={"a": "done", "b": "done"}, parents={"a": "b", "b": "a"})
    assert facts.descendants("a") == ["b"]


STATIC: dict[str, tuple[Static | None, bool]] = {
    "{{a}}": (Static("a"), True),
    " {{ok}} ": (Static("ok"), False),
    "!{{a}}": (Static("a", "!"), False),
    "! {{none}}": (Static("none", "!"), True),
    "{{a}} == x": (Static("a", "==", "x"), True),
    "{{a}}=='x'": (Static("a", "==", "x"), True),
    '{{a}} != "x"': (Static("a", "!=", "x"), False),
    "{{none}} == ''": (Static("none", "==", ""), True),
    "{{a}} == x y": (Static("a", "==", "x y"), False),
    "{{a}} == {{b}}": (Static("a", "==", other="b"), True),
    "!{{a}} == x": (None, False),
    "{{a}} ==": (None, False),
    "{{a}} and {{b}}": (None, False),
    "{{a}} == x and {{b}}": (None, False),
    "{{a}} == x && true": (None, False),
    "{{a}} == 'x' or 'y'": (None, False),
    "{{a}} == x or y": (None, False),
    "{{ a }}": (None, False),
    "{a}": (None, False),
    "a": (None, False),
    "": (None, False),
    "true": (None, False),
}


@pytest.mark.parametrize("text", STATIC)
def test_static(text: str) -> None:
    found, answer = STATIC[text]
    assert static(text) == found
    if found is not None:
        assert holds(found, {"a": "x", "b": "x", "ok": "no"}) is answer


def test_static_names() -> None:
    found = static("{{a}} == {{b}}")
    assert found is not None and found.names == ("a", "b")
    found = static("!{{a}}")
    assert found is not None and found.names == ("a",)


def test_truth() -> None:
    false = ["", "false", "0", "no", "off", "False", " OFF ", 0, None, [], {}, False, 0.0]
    assert [value for value in false if is_true(value)] == []
    assert all(map(is_true, ["x", "true", "1", "none", "null", 1, -1, [0], {"a": 0}, True]))


ATOMS = {"true": True, "false": False, "env.X": None}
EXPRESSIONS = st.recursive(
    st.sampled_from(sorted(ATOMS)).map(lambda text: (text, ATOMS[text])),
    lambda inner: st.one_of(
        inner.map(lambda a: (f"not ({a[0]})", None if a[1] is None else not a[1])),
        inner.map(lambda a: (f"({a[0]})", a[1])),
        st.tuples(inner, inner).map(lambda p: (f"({p[0][0]}) and ({p[1][0]})", both(p[0][1], p[1][1]))),
        st.tuples(inner, inner).map(
            lambda p: (f"({p[0][0]}) || ({p[1][0]})", negated(both(negated(p[0][1]), negated(p[1][1]))))
        ),
    ),
    max_leaves=8,
)


def both(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def negated(a: bool | None) -> bool | None:
    return None if a is None else not a


@given(EXPRESSIONS)
@settings(max_examples=40)
def test_three_values(case: tuple[str, bool | None]) -> None:
    assert evaluate(parse(case[0]), NO_WORLD) is case[1]


def test_and_or_tables() -> None:
    for a, b in itertools.product(ATOMS, repeat=2):
        assert evaluate(parse(f"{a} and {b}"), NO_WORLD) is both(ATOMS[a], ATOMS[b])


WORDS = [
    *"()!<>=&|'\"{}.-*? ",
    "build",
    "step",
    "status",
    "output",
    "==",
    " and ",
    " or ",
    "not ",
    "true",
    "'x'",
]
WORDS += [
    "children(",
    "steps(",
    ".any(",
    ".count(",
    "file.exists(",
    "env.",
    "steps.complete",
    "3",
    "{{v}}",
    "é",
]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map("".join))
@settings(max_examples=80)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        condition = parse(text)
    except UserError as error:
        assert error.what and error.hint
    else:
        assert evaluate(condition, FACTS) in (True, False)
        assert renamed(text, {}) == text
        names_in(condition)
