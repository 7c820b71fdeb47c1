"""The text of a runtime condition, read into its tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.condition_scanner import NUMBER
from gtlib.model.condition_scanner import Scanner
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

LONGEST = 4096  # bytes of a condition

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ARGUMENT = re.compile(r"[A-Za-z0-9_.*?\[\]!-]*")
_HOW = re.compile(r"\.(all|any|count)[ \t]*\(")
_EQUAL = ("==", "!=")
_FORMS = (
    "write <step>.status == 'complete', <step>.output.<key> == 'v', "
    "children(<step>).all(status == 'complete'), steps.complete >= 3, file.exists('p') or env.NAME == 'v'"
)


class Parser:
    """Reads one condition. `spans` are the step ids it names, as (start, end, id) in the text."""

    def __init__(self, text: str, values: Mapping[str, str]) -> None:
        self.scan = Scanner(text, values)
        self.in_group = False
        self.spans: list[tuple[int, int, str]] = []

    def whole(self) -> Condition:
        """The condition. UserError says what is wrong at which column (1-based, in characters)."""
        if len(self.scan.text.encode("utf-8", "surrogatepass")) > LONGEST:
            raise UserError(f"the condition is longer than {LONGEST} bytes", "shorten it")
        if not self.scan.text.strip():
            raise UserError("the condition is empty", _FORMS)
        found = self._or()
        self.scan.space()
        if self.scan.at < len(self.scan.text):
            self.scan.refuse(
                self.scan.at, f"{self.scan.here()} is not expected", "join conditions with `and` or `or`"
            )
        return found

    # Operators

    def _or(self) -> Condition:
        terms = [self._and()]
        while self.scan.take("||", "or"):
            terms.append(self._and())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def _and(self) -> Condition:
        terms = [self._not()]
        while self.scan.take("&&", "and"):
            terms.append(self._not())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _not(self) -> Condition:
        if not self.scan.take("!", "not"):
            return self._one()
        self.scan.deeper()
        found = Not(self._not())
        self.scan.depth -= 1
        return found

    def _one(self) -> Condition:
        self.scan.space()
        start = self.scan.at
        if self.scan.take("("):
            self.scan.deeper()
            found = self._or()
            self.scan.close(start)
            self.scan.depth -= 1
            return found
        word = self.scan.word()
        if not word:
            self._nothing_here()
        if self.scan.text.startswith("(", self.scan.at):
            return self._call(word, start)
        if word in ("true", "false"):
            return Const(word == "true")
        if word in ("and", "or", "not"):
            self.scan.refuse(start, f"a condition is missing at `{word}`", _FORMS)
        return self._reference(word, start)

    # What can be asked

    def _reference(self, word: str, start: int) -> Condition:
        parts = word.split(".")
        if self.in_group and word == "status":
            return self._status(EACH)
        if self.in_group and len(parts) == 2 and parts[0] == "output":
            return self._output(EACH, parts[1], start)
        if word == "status" or (len(parts) == 2 and parts[0] == "output"):
            self.scan.refuse(
                start, f"`{word}` does not say of which step", f"write step.{word} or <step-id>.{word}"
            )
        if len(parts) == 2 and parts[0] == "env":
            return self._env(parts[1], start)
        if len(parts) == 2 and parts[0] == "steps" and parts[1] in WORDS:
            op, number = self.scan.count()
            return Counter(WORDS[parts[1]], op, number)
        if len(parts) > 2 and parts[-2] == "output":
            return self._output(self._step(start, ".".join(parts[:-2])), parts[-1], start)
        if len(parts) > 1 and parts[-1] == "status":
            return self._status(self._step(start, ".".join(parts[:-1])))
        if len(parts) > 1:
            self.scan.refuse(start, f"`{word}` ends in an unknown field", _FORMS)
        self.scan.refuse(start, f"`{word}` is no condition", _FORMS)

    def _status(self, step: str) -> Status:
        op = self.scan.op(_EQUAL, "== 'complete'")
        value = self.scan.value("'complete'")
        if value.text not in WORDS:
            self.scan.refuse(value.at, f"{value.text!r} is no status", f"write one of {', '.join(WORDS)}")
        return Status(step, op, WORDS[value.text])

    def _output(self, step: str, key: str, start: int) -> Output:
        if not KEY.fullmatch(key):
            self.scan.refuse(start, f"{key!r} is no key of an output", "use letters, digits, - and _")
        if not self.scan.sign():
            return Output(step, key)
        op = self.scan.op(tuple(COMPARE), "== 'v'")
        value = self.scan.value("'v'")
        if op not in _EQUAL and not NUMBER.fullmatch(value.text):
            self.scan.refuse(
                value.at, f"`{op}` wants a number, not {value.text!r}", "write it as in 3 or 0.5"
            )
        return Output(step, key, op, value.text, value.quoted)

    def _env(self, name: str, start: int) -> Env:
        if not _NAME.fullmatch(name):
            self.scan.refuse(
                start, f"{name!r} is no name of an environment variable", "use letters, digits and _"
            )
        if not self.scan.sign():
            return Env(name)
        return Env(name, self.scan.op(_EQUAL, "== 'v'"), self.scan.value("'v'").text)

    def _call(self, word: str, start: int) -> Condition:
        opened = self.scan.at
        self.scan.at += 1
        if word == "file.exists":
            return self._file(opened)
        if word not in ("children", "descendants", "steps"):
            hint = "write children(x), descendants(x), steps(x) or file.exists('p')"
            self.scan.refuse(start, f"there is no function `{word}`", hint)
        if self.in_group:
            self.scan.refuse(
                start, f"`{word}(` stands inside another one", "ask for the two apart, joined by `and`"
            )
        of = self._argument(word)
        self.scan.close(opened)
        found = _HOW.match(self.scan.text, self.scan.at)
        if not found:
            hint = f"write {word}({of}).all(status == 'complete')"
            self.scan.refuse(self.scan.at, f"`{word}({of})` is not followed by .all(, .any( or .count(", hint)
        opened, self.scan.at = found.end() - 1, found.end()
        self.scan.deeper()
        self.in_group = True
        term = self._or()
        self.in_group = False
        self.scan.close(opened)
        self.scan.depth -= 1
        op, number = self.scan.count() if found[1] == "count" else ("", 0)
        return Group(word, of, found[1], term, op, number)  # type: ignore[arg-type]

    def _argument(self, word: str) -> str:
        self.scan.space()
        start = self.scan.at
        quoted = self.scan.text[start : start + 1] in ("'", '"')
        if quoted:
            text, start = self.scan.quoted(), start + 1
        else:
            text = self.scan.match(_ARGUMENT)
        if word == "steps":
            if _ARGUMENT.fullmatch(text):
                return text or "*"
            self.scan.refuse(start, f"{text!r} is no id or glob of steps", "write steps(review-*) or steps()")
        if not text:
            self.scan.refuse(
                start, f"`{word}()` does not say of which step", f"write {word}(step) or {word}(<step-id>)"
            )
        return self._step(start, text)

    def _file(self, opened: int) -> File:
        self.scan.space()
        if self.scan.text[self.scan.at : self.scan.at + 1] not in ("'", '"'):
            self.scan.refuse(
                self.scan.at, "the path does not stand in quotes", "write file.exists('path/to/file')"
            )
        start = self.scan.at
        path = self.scan.quoted()
        outside = path.startswith("/") or ".." in path.split("/") or "\\" in path
        if not path or outside or not path.isprintable():
            hint = "write it relative, without .., as in 'build/report.txt'"
            self.scan.refuse(start, f"{path!r} is no path inside the worktree", hint)
        self.scan.close(opened)
        return File(path)

    def _step(self, start: int, text: str) -> str:
        try:
            step = names.step_id(text)
        except UserError as error:
            self.scan.refuse(start, error.what, error.hint)
        if text != OWN:
            self.spans.append((start, start + len(text), step))
        return step

    def _nothing_here(self) -> NoReturn:
        if self.scan.text.startswith("{{", self.scan.at):
            hint = "write {{v}}, !{{v}}, {{v}} == x or {{v}} != x alone, or '{{v}}' as a value in quotes"
            self.scan.refuse(self.scan.at, "a variable stands where a condition should", hint)
        self.scan.refuse(self.scan.at, f"{self.scan.here()} stands where a condition should", _FORMS)
