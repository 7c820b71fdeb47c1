"""What is wrong with the trailers of a commit message, as far as the message alone tells.

What needs the town (whether an id, a step or an address is there) is left as a question.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from msgspec import Struct

from gtlib import names
from gtlib.errors import UserError
from gtlib.model import trailers
from gtlib.model.check import Finding
from gtlib.model.escalation import SEVERITIES
from gtlib.model.trailers import OUTPUT_KEY

_NEAR = 0.8
_LINE = re.compile(r"([A-Za-z0-9-]+)[ \t]*:[ \t]*(.*?)[ \t]*\Z")
_SCISSORS = re.compile(r"^.{1,9}-{8,} >8 -{8,}$", re.MULTILINE)
# `Closes: #12` speaks to a git host
_OF_A_HOST = re.compile(r"(?:[\w.-]+/[\w.-]+)?#\d+\Z|https?://")
_ADDRESS = re.compile(
    r"[A-Za-z0-9*][A-Za-z0-9_*-]*(?:/[A-Za-z0-9_*-]+){0,2}/?\Z|@[a-z]+(?:/[A-Za-z0-9_]+)?\Z"
    r"|(?:group|list|queue|channel|announce):[A-Za-z0-9_-]+\Z"
)


class Question(Struct, frozen=True):
    """A trailer that is well written: is what it names there? `kind` is item, step or address."""

    path: str
    line: int
    key: str
    kind: str
    value: str

    def refuse(self, what: str, hint: str) -> Finding:
        """The answer no."""
        return Finding(self.path, self.line, f"{self.key}: {what}", hint)


class Trailer(Struct, frozen=True):
    """One of ours: what a value must be like, by a check that raises UserError, and what that is to name.

    `first`: the name is the first word of the value, the rest is text.
    """

    key: str
    check: Callable[[str], Any]
    kind: str
    example: str
    first: bool = False


def _escalation(text: str) -> None:
    severity, _, rest = text.partition(" ")
    if severity.lower() not in SEVERITIES:
        known = f"{', '.join(SEVERITIES[:-1])} and {SEVERITIES[-1]}"
        raise UserError(f"{severity!r} is none of {known}", "name one of them first")
    if not rest.strip():
        raise UserError("nothing stands behind the severity", "write what is to be decided")


def _address(text: str) -> None:
    if not _ADDRESS.match(text):
        raise UserError(f"{text!r} is not an address", "write mayor, overseer or <rig>/polecats/<name>")


def _failure(text: str) -> None:
    step, _, reason = text.partition(" ")
    names.step_id(step)
    if not reason.strip():
        raise UserError(f"nothing stands behind the step {step}", "write why it failed")


def _output(text: str) -> None:
    key, sign, _ = text.partition("=")
    if not sign or not OUTPUT_KEY.match(key.strip()):
        raise UserError(f"{text!r} is no key=value", "letters, digits, _ and - make a key")


def _yes(text: str) -> None:
    if text.lower() != "yes":
        raise UserError(f"{text!r} is not yes", "leave it out when nothing was checked")


OURS = (
    Trailer("Bead", names.item_id, "item", "gt-abc12"),
    Trailer("Step", names.step_id, "step", "gt-mol-k2p9x.run-tests"),
    Trailer("Failed", _failure, "step", "run-tests two of them need a key", first=True),
    Trailer("Output", _output, "", "version=1.2.0"),
    Trailer("Checked", _yes, "", "yes"),
    Trailer("Closes", names.item_id, "item", "gt-abc12"),
    Trailer("Done", names.item_id, "item", "gt-abc12"),
    Trailer("Blocked-By", names.item_id, "item", "gt-abc12"),
    Trailer("Escalate", _escalation, "", "high The tests need a key"),
    Trailer("Mail-To", _address, "address", "mayor"),
)
_BY_KEY = {trailer.key: trailer for trailer in OURS}


def judge(path: str, message: str) -> tuple[tuple[Finding, ...], tuple[Question, ...]]:
    """What is wrong with a message, and what remains to be asked. `path` is how people are shown its file.

    The town's own commits (`Event:`) record and ask for nothing: in them nothing is wrong.
    """
    message = _SCISSORS.split(message, maxsplit=1)[0]
    found = trailers.parse(message)
    if any(key == "Event" for key, _ in found):
        return (), ()
    findings: list[Finding] = []
    questions: list[Question] = []
    lines = _Lines(message)
    step = False
    for key, value in found:
        line = lines.of(key, value)
        step = step or key == "Step"
        if key == "Output" and not step:
            what = "Output: it stands behind no Step:"
            findings.append(Finding(path, line, what, "write Step: <step> before it, in the same commit"))
            continue
        ours = _BY_KEY.get(key)
        if ours is None:
            near = _meant(key, value)
            if near:
                what = f"{key} is no trailer that the town knows"
                findings.append(Finding(path, line, what, f"write {near.key}: {value}"))
        elif value and not (key == "Closes" and _OF_A_HOST.match(value)):
            try:
                ours.check(value)
            except UserError as error:
                what = f"{key}: {error.what}"
                findings.append(Finding(path, line, what, f"write {key}: {ours.example}"))
                continue
            if ours.kind:
                named = value.partition(" ")[0] if ours.first else value
                questions.append(Question(path, line, key, ours.kind, named))
    findings += _outside(path, lines)
    return tuple(findings), tuple(questions)


def _outside(path: str, lines: _Lines) -> Iterator[Finding]:
    """Lines that look like trailers of ours and are none, because of where they stand."""
    for number, key, value in lines.left():
        ours = _BY_KEY.get(key)
        if ours is not None and number > 1 and _fits(ours, value):
            what = f"{key}: {value} is not read, because it does not stand in the last paragraph"
            yield Finding(path, number, what, "put all trailers below the last empty line", warning=True)


def _meant(key: str, value: str) -> Trailer | None:
    """The trailer of ours that was meant: its key is nearly this one, and the value is one that it takes."""
    word = key.lower().replace("-", "")
    scores = ((SequenceMatcher(None, word, each.key.lower().replace("-", "")).ratio(), each) for each in OURS)
    score, near = max(scores, key=lambda pair: pair[0])
    return near if score >= _NEAR and _fits(near, value) else None


def _fits(ours: Trailer, value: str) -> bool:
    try:
        ours.check(value)
    except UserError:
        return False
    return bool(value)


class _Lines:
    """The lines of a message that look like trailers, each taken once."""

    def __init__(self, message: str) -> None:
        found = ((number, _LINE.match(line)) for number, line in enumerate(message.split("\n"), 1))
        self._lines = [(number, match[1], match[2]) for number, match in found if match]

    def of(self, key: str, value: str) -> int:
        """Where a parsed trailer stands; the last such line, since trailers come last."""
        for at in range(len(self._lines) - 1, -1, -1):
            number, name, text = self._lines[at]
            if name == key and value.startswith(text):
                del self._lines[at]
                return number
        return 1

    def left(self) -> list[tuple[int, str, str]]:
        return list(self._lines)
