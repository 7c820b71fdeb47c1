from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.molecule import Molecule
from gtlib.model.outputs import of
from gtlib.model.outputs import problems
from gtlib.model.outputs import read
from gtlib.model.outputs import value_of
from gtlib.model.outputs import write

TEXT = """Written by hand: this counts for nothing.

### build

version: 1.10
n: 3
ok: true
  items : ["a", {"b": null}]
said: it is "so": and so
quoted: "3"
empty:
link: http://example.invalid/a:b\t

### polish.iter1.pass
score: -0.5

## Remarks

key: no output

### build

n: 4
"""


def test_read() -> None:
    assert read(TEXT) == {
        "build": {
            "version": "1.10",
            "n": 4,
            "ok": True,
            "items": ["a", {"b": None}],
            "said": 'it is "so": and so',
            "quoted": "3",
            "empty": "",
            "link": "http://example.invalid/a:b",
        },
        "polish.iter1.pass": {"score": -0.5},
    }
    assert problems(TEXT) == ((22, "the output n of build stands twice; remove the line above"),)
    assert read("") == {} and problems("") == ()
    assert {step: of(TEXT, step) for step in read(TEXT)} == read(TEXT)
    assert of(TEXT, "buil") == of("", "a") == {}
    assert read(TEXT.replace("\n", "\r\n")) == read(TEXT)


def test_bad_lines_are_told_and_the_rest_counts() -> None:
    text = "### a\n- [ ] no\nx: 1\nno output\n1x: 2\n#### deeper\n### b c\ny: 2\n###\n### ../d\nz: 1\n### e\nw:1\nv: 1"
    assert read(text) == {"a": {"x": 1}, "e": {"v": 1}}
    line = "this is no output; write `key: value` on one line"
    step = "is not a step id; write letters, digits, - and _, as in run-tests"
    assert problems(text) == (
        (1, line),
        (3, line),
        (4, line),
        (5, line),
        (6, f"'b c' {step}"),
        (9, f"'../d' {step}"),
        (12, line),
    )


def test_too_much_of_one_step_is_left_out() -> None:
    text = "### a\nx: " + "y" * 60_000 + "\nz: " + "y" * 6_000 + "\n### b\nx: 1\n"
    assert set(read(text)["a"]) == {"x"} and read(text)["b"] == {"x": 1}
    assert problems(text) == ((2, "the outputs of a are larger than 65536 bytes"),)


WRITTEN = [
    ("", "a", {"x": 1, "y": "two"}, "### a\n\nx: 1\ny: two"),
    ("prose\n\n", "a", {"x": 1}, "prose\n\n### a\n\nx: 1"),
    ("### a\n\nx: 1", "a", {"x": 2}, "### a\n\nx: 2"),
    ("### a\nx: 1\n\n### b\ny: 2\n", "a", {"z": "3"}, '### a\nx: 1\nz: "3"\n\n### b\ny: 2\n'),
    ("### a\nx: 1\n\n### b\ny: 2\n", "c", {"z": 3}, "### a\nx: 1\n\n### b\ny: 2\n\n### c\n\nz: 3"),
    ("### a\nbad\n\n### b", "b", {"z": 3}, "### a\nbad\n\n### b\nz: 3"),
    ("### a\n  x :   1.0 \nx2: 1", "a", {"x": 1.0}, "### a\n  x :   1.0 \nx2: 1"),
    ("### a\nx: 1", "a", {"x": 1.0}, "### a\nx: 1.0"),
    ("### a\nx: 1", "a", {"x": True}, "### a\nx: true"),
    ("### a\nx: 1\nx: 2", "a", {"x": 3}, "### a\nx: 1\nx: 3"),
    ("### a\r\nx: 1\r\ny: 2", "a", {"x": 3}, "### a\r\nx: 3\r\ny: 2"),
    ("### a\nx: 1", "a", {}, "### a\nx: 1"),
]


@pytest.mark.parametrize(("text", "step", "values", "result"), WRITTEN)
def test_write(text: str, step: str, values: dict[str, Any], result: str) -> None:
    assert write(text, step, values) == result
    assert write(result, step, values) == result


LINES: list[tuple[Any, str]] = [
    ("plain text", "plain text"),
    ("", '""'),
    (" x", '" x"'),
    ("two\nlines", '"two\\nlines"'),
    ("3", '"3"'),
    ("1.10", "1.10"),
    ("true", '"true"'),
    ("True", "True"),
    ("NaN", "NaN"),
    ("1e400", "1e400"),
    ("[broken", "[broken"),
    ("[]", '"[]"'),
    ('"in quotes"', '"\\"in quotes\\""'),
    ('"half', '"half'),
    ("## Steps", "## Steps"),
    ("é", "é"),
    ("a\x7f\u2028b", '"a\\u007f\\u2028b"'),
    ("\ud800", '"\\ud800"'),
    (["é"], '["é"]'),
    (None, "null"),
    (-0.0, "-0.0"),
    (10**30, "1" + "0" * 30),
    ({"b": 1, "a": [{}]}, '{"b": 1, "a": [{}]}'),
]


@pytest.mark.parametrize(("value", "line"), LINES)
def test_values(value: Any, line: str) -> None:
    text = write("", "a", {"key": value})
    assert text == f"### a\n\nkey: {line}"
    assert repr(read(text)) == repr({"a": {"key": value}})


MEANT: list[tuple[str, Any]] = [
    ("3", 3),
    (" 3 ", 3),
    (" x ", " x "),
    ("-3.5", -3.5),
    ("007", "007"),
    ("-0", "-0"),
    ("1e5", "1e5"),
    ("1.10", "1.10"),
    ("9" * 5000, "9" * 5000),
    ("Infinity", "Infinity"),
    ("-Infinity", "-Infinity"),
    ("[NaN]", "[NaN]"),
    ("[1e400]", "[1e400]"),
    ("null", None),
    ("false", False),
    ("nullx", "nullx"),
    ('"a"', "a"),
    ('{"a": [1]}', {"a": [1]}),
    ("{a: 1}", "{a: 1}"),
    ("'a'", "'a'"),
    ("", ""),
    ("[" * 60 + "]" * 60, json.loads("[" * 60 + "]" * 60)),
    ("[" * 65 + "]" * 65, "[" * 65 + "]" * 65),
    ("[" * 60_000, "[" * 60_000),
    ('["' + "[" * 100 + '"]', ["[" * 100]),
    ('["\\"' + "[" * 100 + '"]', ['"' + "[" * 100]),
    ("[" + '\\"' * 30_000, "[" + '\\"' * 30_000),
]


@pytest.mark.parametrize(("text", "value"), MEANT, ids=range(len(MEANT)))
def test_value_of(text: str, value: Any) -> None:
    found = value_of(text)
    assert (type(found), found) == (type(value), value)


def deep(levels: int) -> Any:
    return [deep(levels - 1)] if levels else 0


KEY = "is no key for an output; begin with a letter, then letters, digits, - and _ (100 at most)"
JSON = "is not JSON, or deeper than 64 levels, or larger than 65536 bytes; give text, a number, true, false, "
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("../a", {"x": 1}, "'../a' is not a step id"),
    ("a\n### b", {"x": 1}, "is not a step id"),
    ("a", {"x y": 1}, f"'x y' {KEY}"),
    ("a", {"x: 1\ny": 1}, KEY),
    ("a", {"": 1}, KEY),
    ("a", {"1": 1}, KEY),
    ("a", {"x.y": 1}, KEY),
    ("a", {"x" * 101: 1}, KEY),
    ("a", {"x": float("nan")}, f"the output x {JSON}"),
    ("a", {"x": [float("inf")]}, JSON),
    ("a", {"x": {1: 2}}, JSON),
    ("a", {"x": {"a"}}, JSON),
    ("a", {"x": (1,)}, JSON),
    ("a", {"x": b"a"}, JSON),
    ("a", {"x": deep(65)}, JSON),
    ("a", {"x": 10**5000}, JSON),
    ("a", {"x": ["y" * 66_000]}, JSON),
    ("a", {"x": "y" * 66_000}, "the outputs of a are larger than 65536 bytes; put them in a file"),
    ("a", {"x": "y" * 40_000, "z": "y" * 40_000}, "the outputs of a are larger than 65536 bytes"),
]


@pytest.mark.parametrize(("step", "values", "said"), REFUSED, ids=range(len(REFUSED)))
def test_refused(step: str, values: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as error:
        write("### a\nold: 1", step, values)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
STEPS = st.sampled_from(["a", "b.c", "d-1"])
KEYS = st.sampled_from(["x", "y_1", "z-z"])
PROSE = st.lists(
    st.sampled_from(["", "prose", "### a", "### b.c", "### no id", "x: 1", "bad", "## h"]), max_size=8
)


@given(
    PROSE.map("\n".join), st.lists(st.tuples(STEPS, st.dictionaries(KEYS, VALUES, max_size=2)), max_size=4)
)
@settings(max_examples=60)
def test_what_is_written_is_read(text: str, writes: list[tuple[str, dict[str, Any]]]) -> None:
    expected = read(text)
    for step, values in writes:
        before = text
        text = write(text, step, values)
        if values:
            expected.setdefault(step, {}).update(values)
        assert repr(sorted(read(text).items())) == repr(sorted(expected.items()))
        kept = [line for line in before.split("\n") if line.strip() and ":" not in line]
        assert [line for line in text.split("\n") if line in kept][: len(kept)] == kept


def test_in_a_molecule() -> None:
    path = "molecules/gt-mol-k2p9x.md"
    file = "---\ntitle: T\n---\n\n## Steps\n\n- [ ] **a** A\n\n## Outputs\n\n### a\n\nx: 1\n"
    molecule = kinds.parse(path, file)
    assert isinstance(molecule, Molecule)
    values = {"x": "## Steps", "y": "<<<<<<< ours", "z": "\\", "w": "a\rb\x7f"}
    edited = kinds.edit(path, file, replace(molecule, outputs=write(molecule.outputs, "a", values)))
    again = kinds.parse(path, edited)
    assert isinstance(again, Molecule) and read(again.outputs) == {"a": values}
    assert edited.startswith(file[: file.index("x: 1")])
