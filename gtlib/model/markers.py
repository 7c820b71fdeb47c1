"""Conflict markers as git writes them, around the lines in which two texts differ."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

OURS, THEIRS = "ours", "theirs"

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE)


class _Hunk(NamedTuple):
    start: int
    end: int
    theirs: list[str]


def mark(text: str, others: tuple[str, ...], size: int = 7) -> str:
    """`text` with each difference to one of `others` between markers of `size` signs."""
    lines = _LINE.findall(text)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    hunks = sorted(
        (hunk for other in others for hunk in _hunks(lines, _LINE.findall(other))),
        key=lambda hunk: (hunk.start, hunk.end),
    )
    result: list[str] = []
    at = 0
    for hunk in hunks:
        if hunk.start < at:
            continue
        result += lines[at : hunk.start]
        result += [f"{'<' * size} {OURS}{newline}", *_ended(lines[hunk.start : hunk.end], newline)]
        result += [f"{'=' * size}{newline}", *_ended(hunk.theirs, newline)]
        result += [f"{'>' * size} {THEIRS}{newline}"]
        at = hunk.end
    return "".join(result + lines[at:])


def whole(ours: str, theirs: str, size: int = 7) -> str:
    """One text over the other, all of both between markers: of two files nothing belongs together."""
    halves = [[*_ended(_LINE.findall(text), "\n")] for text in (ours, theirs)]
    first, second = ("".join(lines) for lines in halves)
    return f"{'<' * size} {OURS}\n{first}{'=' * size}\n{second}{'>' * size} {THEIRS}\n"


def places(text: str, size: int = 7) -> list[int]:
    """The lines (1-based) where a conflict begins."""
    start = f"{'<' * size} {OURS}"
    return [number for number, line in enumerate(_LINE.findall(text), 1) if line.rstrip("\r\n") == start]


def head(text: str) -> str:
    """The text up to the line that ends its front matter; all of it when it has none."""
    opened = _FENCE.match(text, 1 if text.startswith("\ufeff") else 0)
    closed = _FENCE.search(text, opened.end()) if opened else None
    return text[: closed.start()] if closed else text


def _ended(lines: list[str], newline: str) -> list[str]:
    return [line if line.endswith("\n") else line + newline for line in lines]


def _hunks(lines: list[str], others: list[str]) -> list[_Hunk]:
    """What differs, without the ends that are the same: a file may be long, and conflicts are short."""
    first, most = 0, min(len(lines), len(others))
    while first < most and lines[first] == others[first]:
        first += 1
    last = 0
    while last < most - first and lines[-1 - last] == others[-1 - last]:
        last += 1
    mine, theirs = lines[first : len(lines) - last], others[first : len(others) - last]
    codes = SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    return [_Hunk(first + a, first + b, theirs[c:d]) for tag, a, b, c, d in codes if tag != "equal"]
