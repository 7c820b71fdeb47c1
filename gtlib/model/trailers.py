"""Trailers of a commit message, read and added as git does it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gtlib.errors import UserError

OUTPUT_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}\Z")

_TRAILER = re.compile(r"([A-Za-z0-9-]+)[ \t]*:", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9-]+\Z", re.ASCII)
_GENERATED = ("Signed-off-by: ", "(cherry picked from commit ")
_SPACE = " \t\n\v\f\r"  # what C calls space; Python's own idea of it is wider
_FOLD = re.compile(rf"\n[{_SPACE}]*")


def parse(message: str) -> list[tuple[str, str]]:
    """(key, value) of every trailer in the last paragraph, in order; folded values on one line.

    As `git interpret-trailers --parse --no-divider`: the first paragraph is never one of trailers,
    and a last paragraph with other lines counts only beside what git itself adds.
    """
    lines = _end_cut(message.split("\n"))
    found: list[list[str]] = []
    current: list[str] | None = None
    for line in lines[_start(lines) :]:
        if line.startswith("#"):
            current = None
            continue
        if current is not None and line[:1] and line[0] in _SPACE:
            current[1] += f"\n{line}"
            continue
        matched = _TRAILER.match(line)
        current = [matched[1], line[matched.end() :]] if matched else None
        if current is not None:
            found.append(current)
    return [(key, _FOLD.sub(" ", value.strip(_SPACE))) for key, value in found]


def letter(message: str) -> tuple[str, str]:
    """What a message says to a reader: its subject on one line, and its text without the trailers."""
    lines = message.split("\n")
    first = next((at for at, line in enumerate(lines) if not _blank(line)), len(lines))
    end = _start(_end_cut(lines))
    title = first
    while title < end and not _blank(lines[title]):
        title += 1
    return " ".join(" ".join(lines[first:title]).split()), "\n".join(lines[title:end]).strip(_SPACE)


def append(message: str, trailers: Iterable[tuple[str, str]]) -> str:
    """The message with these trailers at its end; it ends with a newline.

    UserError when a key is no word of letters, digits and dashes.
    """
    added = []
    for key, value in trailers:
        if not _KEY.match(key):
            raise UserError(f"{key!r} cannot be a trailer", "write letters, digits and -")
        added.append(f"{key}: {' '.join(value.split())}".rstrip())
    body = message.rstrip(_SPACE)
    if not added:
        return f"{body}\n"
    lines = body.split("\n")
    gap = "\n" if _start(lines) < len(lines) else "\n\n"
    return f"{body}{gap}" + "\n".join(added) + "\n"


def _blank(line: str) -> bool:
    return not line.strip(_SPACE)


def _end_cut(lines: list[str]) -> list[str]:
    """Without the comments and blank lines at the end."""
    end = len(lines)
    while end and (_blank(lines[end - 1]) or lines[end - 1].startswith("#")):
        end -= 1
    return lines[:end]


def _start(lines: list[str]) -> int:
    """The first line of the paragraph of trailers; the number of lines when there is none."""
    title = 0
    while title < len(lines) and (lines[title].startswith("#") or not _blank(lines[title])):
        title += 1
    trailers = others = folded = 0
    generated = False
    for at in range(len(lines) - 1, title - 1, -1):
        line = lines[at]
        if line.startswith("#"):
            others, folded = others + folded, 0
        elif _blank(line):
            others += folded
            good = trailers * 3 >= others if generated else trailers and not others
            return at + 1 if good else len(lines)
        elif line.startswith(_GENERATED):
            trailers, folded, generated = trailers + 1, 0, True
        elif _TRAILER.match(line):
            trailers, folded = trailers + 1, 0
        elif line[0] in _SPACE:
            folded += 1
        else:
            others, folded = others + folded + 1, 0
    return len(lines)
