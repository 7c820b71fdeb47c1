"""What a program's screen says: whether it waits for words, works, or asks what only a person may answer.

The screen is a second opinion: what the program's own hooks said comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from gtlib.runtimes.presets import Preset

Look = Literal["ready", "busy", "dialog", "unknown"]


def classify(preset: Preset, text: str, title: str = "") -> Look:
    """What the screen `text` (as `tmux capture-pane -p` gives it) with that title shows.

    A sign of work counts more than a question, and a question more than a prompt: the empty prompt stays on
    the screen while the program works, and questions use its glyph. "unknown" where nothing is recognised,
    and always where the preset says nothing about screens.
    """
    screen = preset.screen
    if _any(screen.busy, text) or (screen.busy_title and re.search(screen.busy_title, title)):
        return "busy"
    if _any(screen.dialogs, text):
        return "dialog"
    if screen.ready and all(_seen(one, text) for one in screen.ready) and not _any(screen.not_ready, text):
        return "ready"
    return "unknown"


def dialog_in(preset: Preset, text: str) -> str:
    """The line on which a question for a person stands, without its margins; empty: there is none."""
    for one in preset.screen.dialogs:
        found = _seen(one, text)
        if found is not None:
            return _line(text, found).strip(" \t\u00a0│┃|")
    return ""


def _any(patterns: Iterable[str], text: str) -> bool:
    return any(_seen(one, text) for one in patterns)


def _seen(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.MULTILINE)


def _line(text: str, found: re.Match[str]) -> str:
    """The line in which the match ends: a pattern may begin with the blank lines before it."""
    first = text.rfind("\n", 0, found.end()) + 1
    last = text.find("\n", found.end())
    return text[first : last if last >= 0 else len(text)]
