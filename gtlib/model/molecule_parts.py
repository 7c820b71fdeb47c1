"""Sections of a molecule's file beside the task list: the recipe, and evidence by step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gtlib.errors import FileError
from gtlib.model import recipe
from gtlib.model.body import TextPart
from gtlib.model.body import Written

_LINE = re.compile(r"[-*+][ \t]+([^\s:]+):[ \t]+(\S+)[ \t]*\Z")
_WORD = re.compile(r"[!-9;-~]+")  # visible ASCII without a colon


class RecipePart(TextPart):
    """The section `## Recipe`: a text whose lines are checked."""

    def parse(self, path: str, lines: list[str], first_line: int, raw: Any) -> Any:
        recipe.check(path, lines, first_line)
        return super().parse(path, lines, first_line, raw)


class MapPart:
    """A section of lines `- step: word`. It can grow with every step, where the front matter would be slow.

    A mapping under the same key of the front matter counts, too; so stands what is no word.
    """

    def __init__(self, attr: str, heading: str) -> None:
        self.attr = attr
        self.key = attr
        self.heading = heading

    def parse(self, path: str, lines: list[str], first_line: int, raw: Any) -> dict[str, str]:
        if raw is not None and not (
            isinstance(raw, dict) and all(isinstance(value, str) for value in raw.values())
        ):
            raise FileError(
                path, 1, f"{self.key} is not a mapping of texts", "write `step: word` lines below it"
            )
        found: dict[str, str] = dict(raw or {})
        for number, line in enumerate(lines, first_line):
            said = _LINE.match(line)
            if said:
                found[said[1]] = said[2]
            elif line.strip():
                what = f"{line.strip()[:60]!r} does not say what a step's {self.key} is"
                raise FileError(path, number, what, "write `- step: word`, one a line")
        return found

    def render(self, value: Mapping[str, str]) -> Written:
        raw = {
            key: text for key, text in value.items() if not (_WORD.fullmatch(key) and _WORD.fullmatch(text))
        }
        lines = [f"- {key}: {text}" for key, text in value.items() if key not in raw]
        return Written(["", *lines] if lines else [], raw or None)

    def edit(self, lines: list[str], old: Mapping[str, str], new: Mapping[str, str]) -> Written:
        written = self.render(new)
        had = {said[1]: line for line in lines if (said := _LINE.match(line)) and old.get(said[1]) == said[2]}
        kept = [
            had.get(key, f"- {key}: {text}") if old.get(key) == text else f"- {key}: {text}"
            for key, text in new.items()
            if written.raw is None or key not in written.raw
        ]
        return Written(kept, written.raw)
