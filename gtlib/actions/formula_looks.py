"""What is odd in a formula as it would be used in a town: agents that nothing knows."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from gtlib.errors import FileError
from gtlib.layout import SETTINGS
from gtlib.model.formula import Formula
from gtlib.model.formula_source import PLACEHOLDER
from gtlib.model.formula_texts import steps_of
from gtlib.model.settings import parse
from gtlib.runtimes import programs


def unknown_agents(root: Path, formula: Formula) -> tuple[str, ...]:
    """A warning, as a whole line, for each `agent` that is neither a program that gt knows nor in settings.

    FileError for settings that can't be read.
    """
    known = (*programs.known(), *_of_settings(root))
    found: dict[str, None] = {}
    for path, line, name in _named(formula):
        if name and name not in known and not PLACEHOLDER.search(name):
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            found[f'{path}:{line}: nothing knows the agent "{name}"; {hint}'] = None
    return tuple(found)


def _named(formula: Formula) -> Iterator[tuple[str, int, str]]:
    yield formula.path, 1, formula.agent
    for step in steps_of(formula):
        yield step.path, step.line, step.agent
    for leg in (*formula.legs, *formula.aspects):
        yield leg.path, leg.line, leg.agent
    if formula.synthesis is not None:
        yield formula.synthesis.path, formula.synthesis.line, formula.synthesis.agent


def _of_settings(root: Path) -> tuple[str, ...]:
    """The agents that the settings in the town's checkout name."""
    path = root / SETTINGS
    try:
        settings = parse(SETTINGS, path.read_text("utf-8") if path.is_file() else "{}")
    except UnicodeDecodeError:
        raise FileError(SETTINGS, 1, "the file is not UTF-8 text", "save it as UTF-8") from None
    return (*settings.agents, *((settings.default_agent,) if settings.default_agent else ()))
