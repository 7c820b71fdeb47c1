"""The headings of a molecule's sections, and those that are nearly one of them: a slip of the pen, by which a
section becomes text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence

from gtlib.model.fences import fence_after

MOLECULE = ("Steps", "Recipe", "Evidence", "Outputs")

_LONG = 7  # letters of a word in which two slips are seen; a short one is soon another word
_HEADING = re.compile(r"(\\*)##[ \t]+([^\s\\]{3,12})[ \t]*\Z")


def meant(word: str, headings: Sequence[str]) -> str:
    """The heading that a word is nearly; "" for one of them, and for any other word."""
    if word in headings:
        return ""
    for heading in headings:
        limit = 2 if len(heading) >= _LONG else 1
        if abs(len(word) - len(heading)) <= limit and _slips(word.lower(), heading.lower()) <= limit:
            return heading
    return ""


def nearly(lines: Sequence[str], headings: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Lines outside fences that are nearly a heading: (number from 0, backslashes before it, heading)."""
    ours = {f"## {heading}" for heading in headings}
    fence: tuple[str, int] | None = None
    for number, line in enumerate(lines):
        if line.rstrip(" \t") in ours:
            fence = None  # a section begins, whatever the one before left open
            continue
        fence = fence_after(fence, line, number)
        if fence is None and "##" in line and (found := _HEADING.match(line)):
            heading = meant(found[2], headings)
            if heading:
                yield number, len(found[1]), heading


def escaped(text: str, headings: Sequence[str]) -> str:
    """The text with a backslash more before what is nearly a heading, so that it is read as text."""
    lines = text.split("\n")
    for number, _, _ in nearly(lines, headings):
        lines[number] = "\\" + lines[number]
    return "\n".join(lines)


def unescaped(text: str, headings: Sequence[str]) -> str:
    """What `escaped` made of a text, as it was."""
    lines = text.split("\n")
    for number, slashes, _ in nearly(lines, headings):
        lines[number] = lines[number][1:] if slashes else lines[number]
    return "\n".join(lines)


def _slips(word: str, other: str) -> int:
    """How many letters are left out, put in, changed, or swapped with the next."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if older and j > 1 and letter == other[j - 2] and word[i - 2] == wanted:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
