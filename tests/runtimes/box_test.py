"""Whether words stand in a program's input box: lines as claude 2.1.328 and codex 0.169.0 drew them."""

from __future__ import annotations

import pytest

from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import preset
from gtlib.runtimes.screen import Screen

CLAUDE_FOOT = "  ⏵⏵ bypass permissions on (shift+tab to cycle)"
CODEX_BOX = "\x1b[1m›\x1b[0m\x1b[39m\x1b[49m "
ROWS = {
    "claude, empty": ("claude", "\x1b[39m❯\u00a0\x1b[7m \x1b[0m\x1b[39m\x1b[49m", 2, "empty", ""),
    "claude, words": ("claude", "\x1b[39m❯\u00a0hello wor\x1b[7m", 11, "words", "hello wor"),
    "claude, words, cursor at their begin": (
        "claude",
        "\x1b[39m❯\u00a0\x1b[7mh\x1b[0mello",
        2,
        "words",
        "hello",
    ),
    "claude, a hint": (
        "claude",
        "\x1b[38;5;246m❯\u00a0\x1b[7m\x1b[39mP\x1b[0;2m\x1b[39m\x1b[49mress up to edit queued messages",
        2,
        "empty",
        "Press up to edit queued messages",
    ),
    "claude, a second line": ("claude", "  second", 8, "words", "second"),
    "codex, a hint": (
        "codex",
        CODEX_BOX + "\x1b[2mAsk Codex to do anything",
        2,
        "empty",
        "Ask Codex to do anything",
    ),
    "codex, words": ("codex", CODEX_BOX + "more", 6, "words", "more"),
    "nothing yet": ("claude", "", 0, "words", ""),
    "a shell": ("claude", "$ claude", 8, "words", "$ claude"),
}


@pytest.mark.parametrize("name", ROWS)
def test_box(name: str) -> None:
    program, raw, x, box, written = ROWS[name]
    above = "❯ said before" if program == "claude" else "› said before"
    screen = Screen(raw=(above, raw, CLAUDE_FOOT), x=x, y=1)
    assert (screen.box(preset(program)), screen.written(preset(program))) == (box, written)


def test_of_an_unknown_program_nothing_is_said() -> None:
    assert Screen(raw=("❯ ",), x=2).box(Preset(command="x")) == "unknown"
    assert Screen(raw=()).box(preset("claude")) == "words"
