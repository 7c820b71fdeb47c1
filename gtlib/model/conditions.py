"""The conditions of formulas: those that cooking decides, and those that a running molecule asks.

A compile-time condition asks for a variable: `{{v}}`, `!{{v}}`, `{{v}} == x`, `{{v}} != x`.
A runtime condition asks for steps, their outputs, files and the environment; what it asks is
a View, and where that has no world (no files, no environment), the answer may be unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol
from typing import assert_never

from msgspec import Struct

from gtlib.model.condition_parser import Parser
from gtlib.model.condition_scanner import NUMBER
from gtlib.model.condition_scanner import PLACEHOLDER
from gtlib.model.condition_tree import COMPARE
from gtlib.model.condition_tree import EACH
from gtlib.model.condition_tree import OWN
from gtlib.model.condition_tree import WORDS
from gtlib.model.condition_tree import And
from gtlib.model.condition_tree import Condition
from gtlib.model.condition_tree import Const
from gtlib.model.condition_tree import Counter
from gtlib.model.condition_tree import Env
from gtlib.model.condition_tree import File
from gtlib.model.condition_tree import Group
from gtlib.model.condition_tree import Not
from gtlib.model.condition_tree import Or
from gtlib.model.condition_tree import Output
from gtlib.model.condition_tree import Status
from gtlib.model.condition_tree import walk

_STATIC = re.compile(r"(!?)\s*\{\{([a-zA-Z_][a-zA-Z0-9_]*)\}\}\s*(?:(==|!=)\s*(.+))?", re.ASCII | re.DOTALL)
_JOINED = re.compile(r"&&|\|\||\{\{|\}\}|['\"]|\s(?:and|or)\s")
_FALSE = ("", "false", "0", "no", "off")


class NoWorld(Exception):
    """A view raises it when it is asked for a file or the environment and has none."""


class View(Protocol):
    """What a runtime condition may ask. `env` and `file_exists` may raise NoWorld."""

    def status(self, step: str) -> str | None:
        """A word for the status, one of WORDS or another that is equal to none; None: no such step."""

    def output(self, step: str, key: str) -> Any | None: ...
    def children(self, step: str) -> Sequence[str]: ...
    def descendants(self, step: str) -> Sequence[str]: ...

    def steps(self, pattern: str) -> Sequence[str]:
        """The ids that the glob matches; `*` is all of them."""

    def env(self, name: str) -> str | None: ...
    def file_exists(self, path: str) -> bool: ...


class Static(Struct, frozen=True):
    """A compile-time condition. `op` "" asks for truth, "!" for its contrary; `other` is a variable or ""."""

    name: str
    op: str = ""
    value: str = ""
    other: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The variables it asks for."""
        return tuple(dict.fromkeys(filter(None, (self.name, self.other))))


def static(text: str) -> Static | None:
    """The compile-time condition that the text is; None when it is not of that grammar."""
    found = _STATIC.fullmatch(text.strip()) if len(text) <= 4096 else None
    if not found or (found[1] and found[3]):
        return None
    if not found[3]:
        return Static(found[2], found[1])
    value = found[4].strip()
    if other := PLACEHOLDER.fullmatch(value):
        return Static(found[2], found[3], other=other[1])
    if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]:
        inner = value[1:-1]
        return None if value[0] in inner else Static(found[2], found[3], inner)
    return None if _JOINED.search(value) else Static(found[2], found[3], value)


def holds(static: Static, values: Mapping[str, str]) -> bool:
    """Whether the condition holds. A variable without a value is empty."""
    value = values.get(static.name, "")
    if static.op in ("", "!"):
        return is_true(value) != bool(static.op)
    wanted = values.get(static.other, "") if static.other else static.value
    return COMPARE[static.op](value, wanted)


def parse(text: str, values: Mapping[str, str] | None = None) -> Condition:
    """The runtime condition that the text is.

    `{{name}}` is replaced within quotes and where a value or number stands, by what `values`
    holds, which is never read as a condition; without a value it stays (within quotes) or is
    refused. Raises UserError with the column and what to write instead.
    """
    return Parser(text, values or {}).whole()


def renamed(text: str, ids: Mapping[str, str]) -> str:
    """The text of a runtime condition with other step ids, else as it stands. Raises UserError as `parse`."""
    parser = Parser(text, dict.fromkeys(PLACEHOLDER.findall(text), "1"))
    parser.whole()
    for start, end, id in reversed(parser.spans):
        text = text[:start] + ids.get(id, id) + text[end:]
    return text


def names_in(condition: Condition) -> tuple[str, ...]:
    """The ids of steps that it names, each once; not the word `step`, and no globs."""
    found: dict[str, None] = {}
    for part in walk(condition):
        if isinstance(part, Status | Output):
            found[part.step] = None
        elif isinstance(part, Group) and (part.kind != "steps" or not re.search(r"[*?\[]", part.of)):
            found[part.of] = None
    return tuple(id for id in found if id not in (OWN, EACH))


def needs_world(condition: Condition) -> bool:
    """Whether it asks for a file or for the environment."""
    return any(isinstance(part, File | Env) for part in walk(condition))


def is_true(value: Any) -> bool:
    """Whether a value counts as true: not when missing, empty, zero, or one of the words false, no, off."""
    return value.strip().lower() not in _FALSE if isinstance(value, str) else bool(value)


def evaluate(condition: Condition, view: View, step: str = "") -> bool | None:
    """Whether the condition holds; None when that depends on a world which the view does not have.

    `step` is what the word `step` stands for; without one, a view is asked for the step `step`.
    A step that is not there has no status and no outputs: it is equal to nothing.
    """
    return _Asking(view, step or OWN).of(condition, EACH)


class _Asking:
    def __init__(self, view: View, own: str) -> None:
        self.view = view
        self.own = own

    def of(self, condition: Condition, each: str) -> bool | None:
        """The answer, where EACH stands for `each`."""
        match condition:
            case Const():
                return condition.value
            case Status():
                status = self.view.status(self._id(condition.step, each))
                return COMPARE[condition.op](WORDS.get(status or "", status), condition.word)
            case Output():
                return _fits(self.view.output(self._id(condition.step, each), condition.key), condition)
            case Counter():
                found = [self.view.status(id) for id in self.view.steps("*")]
                number = sum(WORDS.get(status or "") == condition.word for status in found)
                return COMPARE[condition.op](number, condition.number)
            case Group():
                return self._group(condition)
            case File() | Env():
                return self._world(condition)
            case Not():
                answer = self.of(condition.term, each)
                return None if answer is None else not answer
            case And():
                return _all(self.of(term, each) for term in condition.terms)
            case Or():
                return _any(self.of(term, each) for term in condition.terms)
            case _:
                assert_never(condition)

    def _id(self, step: str, each: str) -> str:
        return each if step == EACH else self.own if step == OWN else step

    def _group(self, group: Group) -> bool | None:
        if group.kind == "steps":
            members = self.view.steps(group.of)
        else:
            of = self._id(group.of, EACH)
            members = self.view.children(of) if group.kind == "children" else self.view.descendants(of)
        answers = [self.of(group.term, member) for member in members]
        if group.how == "all":
            return _all(answers) if answers else False
        if group.how == "any":
            return _any(answers)
        sure = answers.count(True)
        outcomes = {
            COMPARE[group.op](number, group.number) for number in range(sure, sure + answers.count(None) + 1)
        }
        return outcomes.pop() if len(outcomes) == 1 else None

    def _world(self, part: File | Env) -> bool | None:
        try:
            if isinstance(part, File):
                return self.view.file_exists(part.path)
            value = self.view.env(part.name) or ""
        except NoWorld:
            return None
        return COMPARE[part.op](value, part.value) if part.op else is_true(value)


def _all(answers: Iterable[bool | None]) -> bool | None:
    """Three-valued: false wins over unknown. Over nothing: true."""
    result: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        result = result if answer else None
    return result


def _any(answers: Iterable[bool | None]) -> bool | None:
    """Three-valued: true wins over unknown. Over nothing: false."""
    result: bool | None = False
    for answer in answers:
        if answer:
            return True
        result = None if answer is None else result
    return result


def _fits(value: Any, asked: Output) -> bool:
    """How an output compares: as numbers where both are some, else as text.

    Texts in quotes are equal only letter by letter, so that '1.0' is not the output "1.00".
    """
    if not asked.op:
        return is_true(value)
    if value is None:
        return asked.op == "!="
    as_text = asked.quoted and isinstance(value, str) and asked.op in ("==", "!=")
    number, wanted = (None, None) if as_text else (_number(value), _number(asked.value))
    if number is not None and wanted is not None:
        return COMPARE[asked.op](number, wanted)
    if asked.op not in ("==", "!="):
        return False
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return COMPARE[asked.op](shown, asked.value)


def _number(value: Any) -> int | float | None:
    if isinstance(value, int | float):
        return None if isinstance(value, bool) else value
    if not isinstance(value, str) or len(value) > 4000 or not NUMBER.fullmatch(value.strip()):
        return None
    return int(value) if re.fullmatch(r"\s*-?[0-9]+\s*", value) else float(value)
