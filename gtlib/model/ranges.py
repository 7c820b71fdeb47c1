"""The ranges of loops: `1..{n}`, two whole-number expressions with + - * / ^ and parentheses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from typing import NoReturn

from gtlib.errors import UserError

MOST_ROUNDS = 10_000
LARGEST = 2**63  # no number on the way may be as large

_LONGEST = 4096  # characters of a range
_DEEPEST = 64  # levels of parentheses
_HINT = 'write it as in range = "1..3" or "1..{n}"'
_TOKEN = re.compile(
    r"[ \t]*(?:(?P<number>[0-9][0-9A-Za-z_.]*)"
    r"|\{\{?(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)\}\}?"
    r"|(?P<sign>[-+*/^()]))",
    re.ASCII,
)
_VARIABLE = re.compile(r"\{(?:\{[a-zA-Z_][a-zA-Z0-9_]*\}|[a-zA-Z_][a-zA-Z0-9_]*)\}", re.ASCII)
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_BINARY = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_NEGATE, _NEGATE_BINDS = "neg", 3  # -2^2 is -(2^2), and -2*3 is (-2)*3


class _Operation(NamedTuple):
    """A sign, and how tightly it binds (0: an open parenthesis)."""

    sign: str
    binds: int


def needs(text: str) -> tuple[str, ...]:
    """The variables that the range asks for, each once."""
    return tuple(dict.fromkeys(found.strip("{}") for found in _VARIABLE.findall(text)))


def check(text: str) -> None:
    """UserError when the range is badly written, whatever its variables are."""
    for side in _sides(text):
        _postfix(text, side)


def is_sound(text: str) -> bool:
    """Whether `check` would let the range through."""
    try:
        check(text)
    except UserError:
        return False
    return True


def bounds(text: str, values: Mapping[str, str]) -> tuple[int, int]:
    """The first and the last round of the range, both included; division drops what is left over.

    Raises UserError for bad grammar, unknown variables, division by zero, an end before its start, and
    more than 10,000 rounds.
    """
    start, end = (_result(text, _postfix(text, side), values) for side in _sides(text))
    if end < start:
        _refuse(text, f"it ends at {end}, before its start {start}", "write the smaller number first")
    if end - start >= MOST_ROUNDS:
        _refuse(text, f"it has {end - start + 1} rounds", f"write {MOST_ROUNDS} at most")
    return start, end


def _sides(text: str) -> tuple[str, str]:
    if len(text) > _LONGEST:
        raise UserError(f"the range is longer than {_LONGEST} characters", "shorten it")
    if not text.strip():
        raise UserError("the range is empty", _HINT)
    start, dots, end = text.partition("..")
    if not dots or not start.strip() or not end.strip():
        _refuse(text, "it wants start..end", _HINT)
    return start, end


def _postfix(text: str, side: str) -> list[str]:
    """The expression with each sign behind what it works on: numbers, `{name}`, signs."""
    found: list[str] = []
    open_: list[_Operation] = []
    wants_value = True
    at, deep = 0, 0
    side = side.strip(" \t")
    while at < len(side):
        token = _token(text, side, at)
        at = token.end()
        sign = token["sign"]
        if sign is None or sign == "(":
            if not wants_value:
                _refuse(text, f"unexpected token {token[0].strip()!r}", "write a sign between two numbers")
            if sign is None:
                found.append(token["number"] or "{" + token["name"])
                wants_value = False
            else:
                open_.append(_Operation("(", 0))
                deep += 1
        elif wants_value:
            if sign != "-":
                _refuse(text, f"unexpected token {sign!r}", "write a number before it")
            open_.append(_Operation(_NEGATE, _NEGATE_BINDS))
        elif sign == ")":
            _unwind(found, open_, 1)
            if not open_:
                _refuse(text, "unexpected token ')'", "write ( before it, or leave it out")
            open_.pop()
            deep -= 1
        else:
            binds = _BINARY[sign]
            _unwind(found, open_, binds + 1 if sign == "^" else binds)
            open_.append(_Operation(sign, binds))
            wants_value = True
        if deep > _DEEPEST:
            _refuse(text, f"it is nested deeper than {_DEEPEST} levels", "write fewer parentheses")
    if wants_value:
        _refuse(text, f"a number is missing at the end of {side!r}", _HINT)
    _unwind(found, open_, 1)
    if open_:
        _refuse(text, "missing )", "close the parenthesis")
    return found


def _token(text: str, side: str, at: int) -> re.Match[str]:
    token = _TOKEN.match(side, at)
    braces = token and token[0].count("{") - token[0].count("}")
    if not token or braces:
        left = side[at:].lstrip(" \t")
        _refuse(text, f"unexpected character {left[0]!r}", "use numbers, {name}, + - * / ^ ( and )")
    number = token["number"]
    if number and not _WHOLE.fullmatch(number):
        _refuse(text, f"invalid number {number[:20]!r}", "write a whole number")
    return token


def _unwind(found: list[str], open_: list[_Operation], binds: int) -> None:
    """What binds at least so tightly is done before what comes."""
    while open_ and open_[-1].binds >= binds:
        found.append(open_.pop().sign)


def _result(text: str, postfix: list[str], values: Mapping[str, str]) -> int:
    stack: list[int] = []
    for item in postfix:
        if item == _NEGATE:
            stack.append(-stack.pop())
        elif item in _BINARY:
            right, left = stack.pop(), stack.pop()
            stack.append(_operate(text, item, left, right))
        else:
            stack.append(_number(text, item, values))
        if abs(stack[-1]) >= LARGEST:
            _refuse(text, "a number in it is too large", "write smaller numbers")
    return stack.pop()


def _number(text: str, item: str, values: Mapping[str, str]) -> int:
    if not item.startswith("{"):
        return int(item)
    name = item[1:]
    if name not in values:
        known = (
            f"the variables are {', '.join(values)}" if values else "write a number, or declare the variable"
        )
        _refuse(text, f"unknown variable {name}", known)
    value = values[name].strip()
    if not _WHOLE.fullmatch(value):
        _refuse(
            text, f"the variable {name} is {values[name][:20]!r}, no whole number", f"set {name} to a number"
        )
    return int(value)


def _operate(text: str, sign: str, left: int, right: int) -> int:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if sign == "/":
        if right == 0:
            _refuse(text, "division by zero", "divide by another number")
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    if right < 0:
        _refuse(text, "an exponent is negative", "write one from 0 on")
    if abs(left) > 1 and right > 63:
        return LARGEST  # not computed: it would take too long
    # of 0, 1 and -1 every power is that of its remainder, so that a large exponent takes no time either
    return int(left ** (right if right < 64 else 2 + right % 2))


def _refuse(text: str, what: str, hint: str) -> NoReturn:
    shown = text if len(text) <= 60 else text[:57] + "..."
    raise UserError(f"range {shown!r}: {what}", hint)
