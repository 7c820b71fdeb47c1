"""What is odd in a formula as it would be used in a town: agents that nothing knows."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import msgspec

from gtlib.errors import UserError
from gtlib.layout import SETTINGS
from gtlib.model.formula import Formula
from gtlib.model.formula_source import PLACEHOLDER
from gtlib.model.formula_texts import steps_of
from gtlib.runtimes.base import KNOWN


def unknown_agents(root: Path, formula: Formula) -> tuple[str, ...]:
    """A warning, as a whole line, for each `agent` that is neither a program that gt knows nor in settings.

    UserError for settings that are no JSON.
    """
    known = (*KNOWN, *_of_settings(root))
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
        settings = msgspec.json.decode(path.read_bytes() if path.is_file() else b"{}", type=dict[str, object])
    except msgspec.DecodeError as error:
        raise UserError(f"{SETTINGS}: {error}", "mend it") from error
    agents, default = settings.get("agents"), settings.get("default_agent")
    return (*(agents if isinstance(agents, dict) else ()), *((default,) if isinstance(default, str) else ()))
