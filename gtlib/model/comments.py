"""Comments of a bead: `### author time id`, then text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gtlib import clock
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.bead import Comment
from gtlib.model.body import Escapes
from gtlib.model.body import Written
from gtlib.model.body import heading_pattern
from gtlib.model.body import lines_of
from gtlib.model.body import safe
from gtlib.model.body import text_of

_HEADER = re.compile(r"### (.+) (\S+) (\S+)")


class CommentsPart:
    """The section `## Comments`; all of them stand in the front matter when one cannot stand here."""

    attr = "comments"
    key = "comments"

    def __init__(self, heading: str, headings: Sequence[str]) -> None:
        self.heading = heading
        self._escapes = Escapes(heading_pattern(headings), "### .*")

    def parse(self, path: str, lines: list[str], first_line: int, raw: Any) -> tuple[Comment, ...]:
        if raw is not None:
            return _from_raw(path, first_line, raw, lines)
        heads = [i for i, line in enumerate(lines) if _header(line)]
        if lines and heads[:1] != [0]:
            raise FileError(
                path,
                first_line,
                "a comment has no heading",
                "begin it with `### author 2026-11-20T08:00:00Z c1`",
            )
        found = []
        for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
            author, created, id = _header(lines[start]) or ("", "", "")
            text = self._escapes.remove(text_of("\n".join(lines[start + 1 : end]).strip("\n").split("\n")))
            found.append(Comment(id=id, author=author, created=created, text=text))
        return tuple(found)

    def render(self, value: tuple[Comment, ...]) -> Written:
        if not all(
            safe(one.text) and _header(_head(one)) == (one.author, one.created, one.id) for one in value
        ):
            return Written([], [_to_raw(one) for one in value])
        lines: list[str] = []
        for one in value:
            lines += [*([""] if lines else []), *self._lines(one)]
        return Written(lines)

    def edit(self, lines: list[str], old: tuple[Comment, ...], new: tuple[Comment, ...]) -> Written:
        written = self.render(new)
        same = 0
        while same < min(len(old), len(new)) and old[same] == new[same]:
            same += 1
        if written.raw is not None or not same:
            return written
        heads = [i for i, line in enumerate(lines) if _header(line)]
        kept = lines[: heads[same]] if same < len(heads) else list(lines)
        while not kept[-1]:
            kept.pop()
        for one in new[same:]:
            kept += ["", *self._lines(one)]
        return Written(kept)

    def _lines(self, one: Comment) -> list[str]:
        return [_head(one), *(lines_of(self._escapes.add(one.text)) if one.text else [])]


def _head(one: Comment) -> str:
    return f"### {one.author} {one.created} {one.id}"


def _header(line: str) -> tuple[str, str, str] | None:
    found = _HEADER.fullmatch(line) if line.startswith("### ") else None
    if not found or not safe(line) or found[1] != found[1].strip():
        return None
    try:
        clock.parse(found[2])
    except UserError:
        return None
    return found[1], found[2], found[3]


def _to_raw(one: Comment) -> dict[str, str]:
    return {"id": one.id, "author": one.author, "created": one.created, "text": one.text}


def _from_raw(path: str, line: int, raw: Any, lines: list[str]) -> tuple[Comment, ...]:
    names = ("id", "author", "created", "text")
    good = not lines and isinstance(raw, list) and all(isinstance(one, dict) for one in raw)
    if not good or not all(isinstance(one.get(name, ""), str) for one in raw for name in names):
        raise FileError(
            path,
            line,
            "comments stand in the front matter in a form that is not theirs",
            "write them below ## Comments, each with a heading `### author time id`",
        )
    return tuple(Comment(**{name: one.get(name, "") for name in names}) for one in raw)
