"""The lines of one step of a task list, written new or changed where it differs."""

from __future__ import annotations

import re

from gtlib.model.body import safe
from gtlib.model.fences import fence_after
from gtlib.model.molecule import Step
from gtlib.model.molecule import StepState

SIGNS: dict[StepState, str] = {"open": " ", "done": "x", "skipped": "-", "failed": "!"}

_ESCAPE = re.compile(r"(\\*\(needs:[^()]*\))\Z")


def _head(step: Step, bullet: str = "-") -> str:
    title = _ESCAPE.sub(r"\\\1", step.title) if _line_safe(step.title) else ""
    needs = f"(needs: {', '.join(step.needs)})" if step.needs else ""
    return " ".join(filter(None, (f"{bullet} [{SIGNS[step.state]}] **{step.id}**", title, needs)))


def _text_safe(text: str) -> bool:
    return safe(text) and text.strip("\n") == text


def _line_safe(title: str) -> bool:
    return safe(title) and "\n" not in title and title == title.strip(" \t")


def written(step: Step) -> list[str]:
    """The lines of a new step."""
    return [_head(step), *_text_lines(step.text)]


def _text_lines(text: str) -> list[str]:
    if not text or not _text_safe(text):
        return []
    return ["", *(f"  {line}" if line else "" for line in _closed(text.split("\n")))]


def _closed(lines: list[str]) -> list[str]:
    """The lines with a backslash before fences that stay open, and before such backslashes."""
    escaped = [re.sub(r"^( {0,3})(?=\\+(?:`{3}|~{3}))", r"\1\\", line) for line in lines]
    while True:
        fence: tuple[str, int] | None = None
        for number, line in enumerate(escaped):
            fence = fence_after(fence, line, number)
        if fence is None:
            return escaped
        line = escaped[fence[1]]
        at = len(line) - len(line.lstrip(" "))
        escaped[fence[1]] = f"{line[:at]}\\{line[at:]}"


def changed(lines: list[str], old: Step, new: Step) -> list[str]:
    """The lines of a step with what differs changed; a new state changes the character in the box only."""
    first, *rest = lines
    if (old.title, old.needs) != (new.title, new.needs):
        first = _head(new, first[0])
    elif old.state != new.state:
        at = first.index("[") + 1
        first = f"{first[:at]}{SIGNS[new.state]}{first[at + 1 :]}"
    if old.text != new.text:
        blank = [line for line in rest[-1:] if not line]
        rest = [*_text_lines(new.text), *blank]
    return [first, *rest]


def raw_of(steps: tuple[Step, ...]) -> dict[str, dict[str, str]] | None:
    """What of the steps cannot stand in the list, for the front matter; None: nothing."""
    kept: dict[str, dict[str, str]] = {}
    for step in steps:
        if not _line_safe(step.title):
            kept.setdefault(step.id, {})["title"] = step.title
        if not _text_safe(step.text):
            kept.setdefault(step.id, {})["text"] = step.text
    return kept or None
