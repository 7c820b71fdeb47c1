"""Conflict markers as git writes them, around the lines in which two texts differ."""

from __future__ import annotations

import re
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
    result: list[str] = []
    at = 0
    for hunk in (_joined(lines, group) for group in _groups(lines, others)):
        result += lines[at : hunk.start]
        result += [f"{'<' * size} {OURS}{newline}", *_ended(lines[hunk.start : hunk.end], newline)]
        result += [f"{'=' * size}{newline}", *_ended(hunk.theirs, newline)]
        result += [f"{'>' * size} {THEIRS}{newline}"]
        at = hunk.end
    return "".join(result + lines[at:])


def overlap(text: str, others: tuple[str, ...]) -> bool:
    """Whether two of `others` differ from the text at one place, so that their markers would be in one."""
    return any(len(group) > 1 for group in _groups(_LINE.findall(text), others))


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


def _groups(lines: list[str], others: tuple[str, ...]) -> list[list[tuple[int, _Hunk]]]:
    """The differences in order, each with the number of its text: those that overlap are one group."""
    found = sorted(
        (
            (number, hunk)
            for number, other in enumerate(others)
            for hunk in _hunks(lines, _LINE.findall(other))
        ),
        key=lambda each: (each[1].start, each[1].end),
    )
    groups: list[list[tuple[int, _Hunk]]] = []
    at = 0
    for number, hunk in found:
        # what two insert at one place may belong together, as a key and what stands below the one above
        if groups and (hunk.start < at or hunk.start == groups[-1][-1][1].start):
            groups[-1].append((number, hunk))
        else:
            groups.append([(number, hunk)])
        at = max(at, hunk.end)
    return groups


def _joined(lines: list[str], group: list[tuple[int, _Hunk]]) -> _Hunk:
    """One difference, in which every text says all of it that it says otherwise."""
    start, end = group[0][1].start, max(hunk.end for _, hunk in group)
    said: dict[tuple[str, ...], None] = {}
    for number in dict.fromkeys(number for number, _ in group):
        at, version = start, []
        for hunk in (hunk for each, hunk in group if each == number):
            version += lines[at : hunk.start] + hunk.theirs
            at = hunk.end
        said[*version, *lines[at:end]] = None
    return _Hunk(start, end, [line for version in said for line in version])


def _hunks(lines: list[str], others: list[str]) -> list[_Hunk]:
    """What differs, without the ends that are the same: a file may be long, and conflicts are short."""
    from difflib import SequenceMatcher  # for a conflict: 2 ms that who only reads need not pay

    first, most = 0, min(len(lines), len(others))
    while first < most and lines[first] == others[first]:
        first += 1
    last = 0
    while last < most - first and lines[-1 - last] == others[-1 - last]:
        last += 1
    mine, theirs = lines[first : len(lines) - last], others[first : len(others) - last]
    codes = SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    return [_Hunk(first + a, first + b, theirs[c:d]) for tag, a, b, c, d in codes if tag != "equal"]
