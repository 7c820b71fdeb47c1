"""Drafts of beads in one Markdown file: `## Title`, then text and `### Priority` and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.config import TownConfig
from gtlib.rules import fields
from gtlib.rules.new_bead import Draft

TEXTS = {
    "description": "description",
    "design": "design",
    "acceptance criteria": "acceptance",
    "acceptance": "acceptance",
    "notes": "notes",
}
VALUES = {
    "priority": "priority",
    "type": "type",
    "assignee": "assignee",
    "labels": "labels",
    "dependencies": "deps",
    "deps": "deps",
}
_HEADING = re.compile(r"(##|###)[ \t]+(.+?)[ \t#]*\Z")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")


class _Block(Struct):
    """One `## Title` with its sections, by field: (line of the heading, lines below it)."""

    title: str
    line: int
    sections: dict[str, tuple[int, list[str]]]


def drafts(path: str, text: str, town: TownConfig) -> tuple[Draft, ...]:
    """The drafts that the file says, in its order. What stands before the first `##` is not read; a `###` of
    another name belongs to the text that it stands in. FileError, with the line, for what is no draft.
    """
    found = [_draft(path, block, town) for block in _blocks(path, text)]
    if not found:
        raise FileError(path, 1, "no bead is in it", "begin each with `## Its title`")
    return tuple(found)


def _blocks(path: str, text: str) -> list[_Block]:
    blocks: list[_Block] = []
    at = "description"
    for number, line, heading in _lines(text):
        if heading is not None and heading[1] == "##":
            at = "description"
            blocks.append(_Block(heading[2], number, {at: (number, [])}))
            continue
        if not blocks:
            continue
        name = heading[2].rstrip(":").strip().lower() if heading is not None else ""
        field = TEXTS.get(name) or VALUES.get(name)
        sections = blocks[-1].sections
        if field is None:
            sections[at][1].append(line)
            continue
        at = field
        if field in sections and any(each.strip() for each in sections[field][1]):
            raise FileError(path, number, f"{name} is said twice", "say it once for each bead")
        sections[field] = (number, [])
    return blocks


def _lines(text: str) -> Iterator[tuple[int, str, re.Match[str] | None]]:
    """Each line with its number, and the heading that it is; none within a fence."""
    fence = ""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
            yield number, line, None
            continue
        if mark:
            fence = mark[1]
        yield number, line, _HEADING.match(line)


def _draft(path: str, block: _Block, town: TownConfig) -> Draft:
    given: dict[str, Any] = {}
    line = block.line
    try:
        given["title"] = fields.title(block.title)
        for field, (at, lines) in block.sections.items():
            line = at
            text = "\n".join(lines).strip("\n").rstrip()
            given[field] = _value(field, text, town) if field in VALUES.values() else text
    except UserError as refusal:
        raise FileError(path, line, refusal.what, refusal.hint) from None
    return Draft(**{field: value for field, value in given.items() if value is not None})


def _value(field: str, text: str, town: TownConfig) -> Any:
    """None where nothing is said."""
    said = [part for line in text.splitlines() for part in line.lstrip(" -*").split(",")]
    words = [part.strip() for part in said if part.strip()]
    if not words:
        return None
    if field == "labels":
        return fields.labels(words)
    if field == "deps":
        return tuple(dict.fromkeys(words))
    if len(words) > 1:
        raise UserError(f"{field} has more than one value", "give one")
    if field == "priority":
        return fields.priority(words[0])
    return fields.kind(words[0], town=town) if field == "type" else words[0]
