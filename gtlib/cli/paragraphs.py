"""Texts and long lines as they fit on a terminal; elsewhere they stay as they are."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Sequence

from gtlib import output

NARROWEST = 20  # columns; where fewer are left a line is not broken
_ITEM = re.compile(r"[-*|>#]|[0-9]+\. ")  # what begins a line of its own in a text


def text(said: str, indent: str = "  ") -> None:
    """Print a text as it stands, indented; a paragraph that is too wide for the terminal is filled anew."""
    open_: list[str] = []
    for each in said.strip("\n").splitlines():
        if not each.strip() or each[0].isspace() or _ITEM.match(each):
            _paragraph(open_, indent)
            open_ = []
        if each.strip() and not each[0].isspace():
            open_.append(each)
        else:
            line(f"{indent}{each}".rstrip())
    _paragraph(open_, indent)


def _paragraph(lines: Sequence[str], indent: str) -> None:
    if max(map(len, lines), default=0) + len(indent) > _room():
        line(indent + " ".join(lines))
        return
    for each in lines:
        output.line(f"{indent}{each}".rstrip())


def _room() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize


def line(said: str, more: int = 0) -> None:
    """Print a line; on a terminal on as many as it takes, those that follow `more` further in."""
    room = _room()
    begin = len(said) - len(said.lstrip())
    if len(said) <= room or room < begin + more + NARROWEST:
        output.line(said)
        return
    head, rest = " " * begin, " " * (begin + more)
    for each in textwrap.wrap(
        said.strip(),
        room,
        initial_indent=head,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    ):
        output.line(each)
