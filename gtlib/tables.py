"""Tables as they fit on a terminal: texts are folded between words, rows go on in a second line; what people
copy (ids, addresses, times: what has no spaces) stays whole, unless it is wider than the terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

GAP = 2  # columns between two cells
INDENT = 4  # of the lines on which a row goes on
TEXT = 24  # columns that the text of a table gets at least
TEXTS = 14  # and each of several texts
WORD = 44  # columns of a word in a text that is not cut
CUT = "…"


class Fitted(NamedTuple):
    """The lines of the names of columns, and those of the rows."""

    head: list[str]
    rows: list[str]


class _Column(NamedTuple):
    at: int
    natural: int  # the columns that all of it takes
    least: int
    folds: bool  # it is text


def width(text: str) -> int:
    """The columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def fitted(heads: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> Fitted:
    """The table on lines of at most `room` columns; a word that is wider is cut, and ends with `…`."""
    texts = [any(" " in row[at] for row in rows) for at in range(len(heads))]
    least = TEXT if sum(texts) < 2 else TEXTS
    columns = [
        _column(at, [head, *(row[at] for row in rows)], least if texts[at] else 0)
        for at, head in enumerate(heads)
    ]
    if _sum([each.natural for each in columns]) > room:  # what says nothing is left out first
        columns = [each for each in columns if any(row[each.at] for row in rows)] or columns[:1]
    groups = _groups(columns, room)
    widths = [_widths(group, room - (INDENT if number else 0)) for number, group in enumerate(groups)]
    shown = [_lines(cells, groups, widths) for cells in (heads, *rows)]
    return Fitted(shown[0], [line for lines in shown[1:] for line in lines])


def _column(at: int, cells: Sequence[str], least: int) -> _Column:
    natural = max(map(width, cells))
    if not least:
        return _Column(at, natural, natural, folds=False)
    longest = max(width(word) for cell in cells for word in cell.split(" "))
    return _Column(at, natural, min(natural, max(least, min(longest, WORD))), folds=True)


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _groups(columns: Sequence[_Column], room: int) -> list[list[_Column]]:
    """The columns of each line of a row."""
    groups: list[list[_Column]] = [[]]
    for column in columns:
        left = room - (INDENT if len(groups) > 1 else 0)
        if groups[-1] and _sum([each.least for each in (*groups[-1], column)]) > left:
            groups.append([])
        groups[-1].append(column)
    return groups


def _widths(group: Sequence[_Column], room: int) -> list[int]:
    """What is to spare goes to the texts, those that lack most first."""
    found = [min(each.least, room) for each in group]
    spare = room - _sum(found)
    while spare > 0:
        lacks = [each.natural - size for each, size in zip(group, found, strict=True)]
        if max(lacks) <= 0:
            break
        found[lacks.index(max(lacks))] += 1
        spare -= 1
    return found


def _lines(
    cells: Sequence[str], groups: Sequence[Sequence[_Column]], widths: Sequence[Sequence[int]]
) -> list[str]:
    lines = []
    for number, (group, sizes) in enumerate(zip(groups, widths, strict=True)):
        folded = [
            _fold(cells[each.at], size) if size < width(cells[each.at]) else [cells[each.at]]
            for each, size in zip(group, sizes, strict=True)
        ]
        for row in range(max(map(len, folded))):
            parts = [cell[row] if row < len(cell) else "" for cell in folded]
            padded = (part + " " * (size - width(part)) for part, size in zip(parts, sizes, strict=True))
            line = (" " * INDENT if number else "") + (" " * GAP).join(padded).rstrip()
            if line.strip() or not number:
                lines.append(line.rstrip())
    return lines


def _fold(text: str, size: int) -> list[str]:
    """The text on lines of that width, broken between words; one that is wider is cut."""
    lines = [""]
    for word in text.split(" "):
        line = f"{lines[-1]} {word}" if lines[-1] else word
        if width(line) <= size:
            lines[-1] = line
            continue
        if lines[-1]:
            lines.append("")
        lines[-1] = _cut(word, size)
    return lines


def _cut(word: str, size: int) -> str:
    if width(word) <= size:
        return word
    shown = ""
    for char in word:
        if width(shown + char) >= size:
            break
        shown += char
    return f"{shown}{CUT}"
