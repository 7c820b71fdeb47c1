"""What a program's print mode says of one turn: its session's id, its answer, errors and what it used.

A `Reader` is fed the output as it comes and keeps little of it, however much there is.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from gtlib.framing import clean
from gtlib.runtimes.base import Usage
from gtlib.runtimes.fields import TEXT_CHARS
from gtlib.runtimes.fields import event_of
from gtlib.runtimes.printed import FORMATS
from gtlib.runtimes.printed import Result
from gtlib.runtimes.printed import plus

# A line beyond this is left out, in bytes; people are shown so many characters of one.
LINE_BYTES: Final = 8 * 1024 * 1024
SAID_CHARS: Final = 2000


class Reader:
    """Reads the output of one turn in that format, a `results` of presets."""

    def __init__(self, format: str) -> None:
        self._take = FORMATS.get(format)
        self._rest = b""
        self._too_long = False
        self._whole = bytearray()  # a document of several lines, or an answer as plain text
        self._result = Result()

    @property
    def native(self) -> str:
        """The session's id with the program; empty when nothing said it yet."""
        return self._result.native

    def feed(self, data: bytes) -> list[str]:
        """Read on; what happened, a line each, for people."""
        said: list[str] = []
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            said += self._line(line)
        if len(self._rest) > LINE_BYTES:
            self._rest, self._too_long = b"", True
        return said

    def result(self) -> Result:
        """What is known when all was read."""
        if self._rest:
            self.feed(b"\n")
        if self._take is None:
            text = self._whole.decode("utf-8", "replace").strip()[-TEXT_CHARS:]
            return replace(self._result, asked=bool(text), text=text)
        if not self._result.asked and not self._result.error and self._whole:
            event = event_of(bytes(self._whole))
            if event is not None:
                self._result = self._take(self._result, event)[0]
        return self._result

    def _line(self, line: bytes) -> list[str]:
        if self._too_long:
            self._too_long = False
            return ["[a line that is too long was left out]"]
        text = line.decode("utf-8", "replace").rstrip()
        if not text:
            return []
        event = event_of(line) if self._take is not None else None
        if self._take is None or event is None:
            self._whole += line + b"\n"
            if len(self._whole) > LINE_BYTES:
                del self._whole[: -4 * TEXT_CHARS]
            return [_shown(text)]
        self._result, said = self._take(self._result, event)
        return [_shown(line) for line in said.splitlines()]


def total(before: Usage, result: Result) -> Usage:
    """What a session has used after a turn."""
    now = result.usage
    if result.so_far and not now.input + now.output:  # an error says nothing of what was before it
        return before
    costs = [each for each in (before.cost, now.cost) if each is not None]
    if result.so_far:
        return replace(now, turns=before.turns + 1, cost=max(costs) if costs else None)
    return replace(plus(before, now), turns=before.turns + 1)


def _shown(line: str) -> str:
    text = clean(line)
    return text if len(text) <= SAID_CHARS else f"{text[:SAID_CHARS]} ..."
