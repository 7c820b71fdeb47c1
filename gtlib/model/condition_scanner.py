"""The signs, words and values of a runtime condition, one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from typing import NoReturn

from gtlib.errors import UserError
from gtlib.model.condition_tree import COMPARE

PLACEHOLDER = re.compile(r"\{\{([a-zA-Z_][a-zA-Z0-9_]*)\}\}", re.ASCII)
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

_DEEPEST = 64  # levels of parentheses and negations
_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_NEGATIVE = re.compile(r"-[A-Za-z0-9_.+-]*")
_SIGN = re.compile(r"[=!<>]+")


class Value(NamedTuple):
    """What something is compared with, and where (0-based) it stands."""

    text: str
    quoted: bool
    at: int


class Scanner:
    """A place in the text of a condition. `at` is 0-based; `values` are those of variables."""

    def __init__(self, text: str, values: Mapping[str, str]) -> None:
        self.text = text
        self.values = values
        self.at = 0
        self.depth = 0

    def count(self) -> tuple[str, int]:
        """A comparison with a whole number."""
        op = self.op(tuple(COMPARE), ">= 1")
        value = self.value("1")
        if not re.fullmatch("[0-9]{1,9}", value.text):
            self.refuse(value.at, f"{value.text!r} is no whole number", "write a number such as 3")
        return op, int(value.text)

    def op(self, allowed: tuple[str, ...], example: str) -> str:
        """The operator that has to come next; `example` says what may be written."""
        found = self.sign()
        start = self.at
        if found in allowed:
            self.at += len(found)
            return found
        what = f"`{found}` does not compare here" if found else "a comparison is missing"
        self.refuse(start, what, f"write {example}, with one of {' '.join(allowed)}")

    def sign(self) -> str:
        """The operator that comes next, "" when there is none."""
        self.space()
        found = _SIGN.match(self.text, self.at)
        return found[0] if found else ""

    def value(self, example: str) -> Value:
        """The value that has to come next, in quotes or not."""
        self.space()
        start = self.at
        if self.text[start : start + 1] in ("'", '"'):
            return Value(self.quoted(), True, start)
        if self.text.startswith("{{", start):
            text = self._filled(self.match(PLACEHOLDER), start)
            return Value(text, not NUMBER.fullmatch(text), start)
        text = self.match(_NEGATIVE) or self.word()
        if not text or text in ("and", "or", "not"):
            self.refuse(start, "a value is missing", f"write {example}")
        return Value(text, False, start)

    def quoted(self) -> str:
        """The text in the quotes that open here."""
        start = self.at
        end = self.text.find(self.text[start], start + 1)
        if end < 0:
            self.refuse(start, "the quote is not closed", f"write {self.text[start]} at its end")
        self.at = end + 1
        # A value is put in here, after reading: whatever it holds, it does not become part of the grammar.
        return PLACEHOLDER.sub(lambda one: self.values.get(one[1], one[0]), self.text[start + 1 : end])

    def _filled(self, placeholder: str, start: int) -> str:
        name = placeholder[2:-2]
        if name not in self.values:
            self.refuse(
                start, f"{placeholder or '{{'} has no value", "declare the variable, or write the value"
            )
        return self.values[name]

    def take(self, sign: str, word: str = "") -> bool:
        """Whether the sign or the word comes next; if so, it is passed."""
        self.space()
        if self.text.startswith(sign, self.at) and not (sign == "!" and self.text.startswith("!=", self.at)):
            self.at += len(sign)
            return True
        found = _WORD.match(self.text, self.at) if word else None
        if found and found[0] == word:
            self.at = found.end()
            return True
        return False

    def close(self, opened: int) -> None:
        """Passes the parenthesis that closes the one at `opened`."""
        if not self.take(")"):
            what = f"{self.here()} stands where the parenthesis of column {opened + 1} should close"
            self.refuse(self.at, what, "write `)` or join conditions with `and` or `or`")

    def word(self) -> str:
        """The word that stands here, "" when none does."""
        return self.match(_WORD)

    def match(self, pattern: re.Pattern[str]) -> str:
        """What matches here, passed; "" when nothing does."""
        found = pattern.match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found[0]

    def space(self) -> None:
        self.match(_SPACE)

    def deeper(self) -> None:
        """Counts a level more."""
        self.depth += 1
        if self.depth > _DEEPEST:
            self.refuse(
                self.at, f"it is nested deeper than {_DEEPEST} levels", "write it with fewer parentheses"
            )

    def here(self) -> str:
        return f"`{self.text[self.at]}`" if self.at < len(self.text) else "the end"

    def refuse(self, at: int, what: str, hint: str) -> NoReturn:
        """Raises UserError with the column (1-based) and the condition."""
        text = " ".join(self.text.split())
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise UserError(f"condition {shown!r}, column {at + 1}: {what}", hint)
