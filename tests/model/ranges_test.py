from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model.ranges import bounds
from gtlib.model.ranges import check
from gtlib.model.ranges import needs

VALUES = {"n": "3", "m": " -2 ", "word": "three", "big": "9" * 19, "zero": "0"}

GOOD = {
    "1..3": (1, 3),
    " 1 .. 3 ": (1, 3),
    "3..3": (3, 3),
    "-2..-1": (-2, -1),
    "1..{n}": (1, 3),
    "1..{{n}}": (1, 3),
    "{m}..{n}": (-2, 3),
    "1..2*{n}+1": (1, 7),
    "1..2*({n}+1)": (1, 8),
    "1..2^{n}-1": (1, 7),
    "1..2^3^2": (1, 512),
    "-2^2..0": (-4, 0),
    "(-2)^2..4": (4, 4),
    "-2*3..--1": (-6, 1),
    "10-2-3..8/2/2*3": (5, 6),
    "7/2..7": (3, 7),
    "-7/2..0": (-3, 0),
    "7/-2..0": (-3, 0),
    "2^-{m}..4": (4, 4),
    "0^999999999..1^999999999": (0, 1),
    "(-1)^1000001..(-1)^1000000": (-1, 1),
    "1..10000": (1, 10_000),
    "1.." + "(" * 64 + "2" + ")" * 64: (1, 2),
    "1.." + "-" * 1000 + "2": (1, 2),
    "1.." + "+".join(["1"] * 1000): (1, 1000),
}


@pytest.mark.parametrize("text", GOOD)
def test_bounds(text: str) -> None:
    check(text)
    assert bounds(text, VALUES) == GOOD[text]


LATE = {
    "3..1": "range '3..1': it ends at 1, before its start 3; write the smaller number first",
    "1..0": "it ends at 0, before its start 1",
    "1..10001": "it has 10001 rounds; write 10000 at most",
    "1..1/0": "division by zero; divide by another number",
    "1..1/{zero}": "division by zero",
    "1..{x}": "unknown variable x; the variables are n, m, word, big, zero",
    "1..{word}": "the variable word is 'three', no whole number; set word to a number",
    "1..{big}": "a number in it is too large; write smaller numbers",
    "1..2^63": "a number in it is too large",
    "1..2^2^2^2^2^2": "a number in it is too large",
    "1..9^999999999": "a number in it is too large",
    "1..3000000000*4000000000-1": "a number in it is too large",
    "1..2^-1": "an exponent is negative; write one from 0 on",
}
EARLY = {
    "": 'the range is empty; write it as in range = "1..3" or "1..{n}"',
    "  ": "the range is empty",
    "3": "range '3': it wants start..end",
    "1..": "it wants start..end",
    "..3": "it wants start..end",
    "1.3": "it wants start..end",
    "1...3": "unexpected character '.'; use numbers, {name}, + - * / ^ ( and )",
    "1..3..5": "invalid number '3..5'; write a whole number",
    "1..1.5": "invalid number '1.5'",
    "1..3x": "invalid number '3x'",
    "1.." + "1" * 20: "invalid number '11111111111111111111'",
    "1..a": "unexpected character 'a'",
    "1..{n": "unexpected character '{'",
    "1..{{n}": "unexpected character '{'",
    "1..{n}}": "unexpected character '{'",
    "1..{a b}": "unexpected character '{'",
    "1..2**3": "unexpected token '*'; write a number before it",
    "1..2 3": "unexpected token '3'; write a sign between two numbers",
    "1..2(3)": "unexpected token '('",
    "1..+3": "unexpected token '+'",
    "1..(2": "missing ); close the parenthesis",
    "1..2)": "unexpected token ')'; write ( before it, or leave it out",
    "1..()": "unexpected token ')'; write a number before it",
    "1..2+": "a number is missing at the end of '2+'",
    "1..٣": "unexpected character '٣'",
    "1.." + "(" * 65 + "2" + ")" * 65: "it is nested deeper than 64 levels",
    "1.." + "9" * 5000: "the range is longer than 4096 characters; shorten it",
}


@pytest.mark.parametrize("text", LATE | EARLY)
def test_refused(text: str) -> None:
    with pytest.raises(UserError) as error:
        bounds(text, VALUES)
    assert (LATE | EARLY)[text] in str(error.value)


@pytest.mark.parametrize("text", LATE)
def test_good_grammar(text: str) -> None:
    check(text)


@pytest.mark.parametrize("text", EARLY)
def test_bad_grammar(text: str) -> None:
    with pytest.raises(UserError):
        check(text)


def test_nothing_to_count_with() -> None:
    with pytest.raises(UserError, match="unknown variable n; write a number, or declare the variable"):
        bounds("1..{n}", {})


def test_needs() -> None:
    assert needs("{a}..{b}*{a}+{{c_1}}") == ("a", "b", "c_1")
    assert needs("1..3") == needs("1..{1}") == ()


NUMBERS = st.integers(0, 20).map(lambda n: (str(n), n))
EXPRESSIONS = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        inner.map(lambda a: (f"({a[0]})", a[1])),
        inner.map(lambda a: (f"(-({a[0]}))", -a[1])),
        st.tuples(inner, st.sampled_from("+-*"), inner).map(
            lambda p: (
                f"({p[0][0]}) {p[1]} ({p[2][0]})",
                {"+": p[0][1] + p[2][1], "-": p[0][1] - p[2][1], "*": p[0][1] * p[2][1]}[p[1]],
            )
        ),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS)
@settings(max_examples=40)
def test_arithmetic(case: tuple[str, int]) -> None:
    text, value = case
    assert bounds(f"{text}..{text}", {}) == (value, value)


@given(st.text(alphabet="0123456789+-*/^(){}n. ", max_size=25))
@settings(max_examples=80)
def test_any_text_is_counted_or_refused(text: str) -> None:
    try:
        start, end = bounds(text, VALUES)
    except UserError as error:
        assert error.what and error.hint
    else:
        assert 0 <= end - start < 10_000
