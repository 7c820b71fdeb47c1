"""Putting values into the texts of steps: `{{variable}}` and `{name}`, in one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gtlib.model.formula_parts import FStep

_EITHER = re.compile(
    r"\{\{([a-zA-Z_][a-zA-Z0-9_]*)\}\}|(?<!\{)\{([a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*)\}(?!\})",
    re.ASCII,
)


def fill(text: str, values: Mapping[str, str], env: Mapping[str, str]) -> str:
    """The text with `{{name}}` from `env`, else `values`, and `{name}` from `env` put in.

    What is in neither stays as it is, and what a value holds is not looked at again.
    """
    if "{" not in text:
        return text

    def value(found: re.Match[str]) -> str:
        if found[1] is None:
            return env.get(found[2], found[0])
        said = env.get(found[1])
        return values.get(found[1], found[0]) if said is None else said

    return _EITHER.sub(value, text)


def size_of(text: str, values: Mapping[str, str], env: Mapping[str, str]) -> int:
    """How many characters `fill` would put in."""
    both = {**values, **env}
    return sum(len(both.get(double or single, "")) for double, single in _EITHER.findall(text))


def names_in(text: str) -> set[str]:
    """Every name that stands in the text as `{{name}}` or `{name}`."""
    return {double or single for double, single in _EITHER.findall(text)} if "{" in text else set()


def doubles_in(text: str) -> list[str]:
    """The names that stand in the text as `{{name}}`."""
    return [double for double, _ in _EITHER.findall(text) if double] if "{{" in text else []


def text_of(step: FStep) -> str:
    """What a molecule says below a step's title: description, acceptance, notes; values not put in."""
    if not (step.acceptance or step.notes):
        return step.description.strip()
    parts = [
        step.description.strip(),
        _named("Acceptance criteria", step.acceptance.strip()),
        _named("Notes", step.notes.strip()),
    ]
    return "\n\n".join(part for part in parts if part)


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def _named(name: str, text: str) -> str:
    """Markdown below its name, beside it when it is a plain line."""
    if not text or text == one_line(text) and not text.startswith("- "):
        return f"{name}: {text}" if text else ""
    return f"{name}:\n\n{text}"
