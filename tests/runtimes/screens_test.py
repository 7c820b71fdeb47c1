"""Screens that were captured from the real programs are told apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gtlib.runtimes import panes
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import preset

PANES = sorted((Path(__file__).parents[1] / "data" / "panes").glob("*.txt"))


def _screen(path: Path) -> tuple[Preset, str, str]:
    """The program of a captured screen, its text and its title."""
    text, title = path.read_text(encoding="utf-8"), ""
    if text.startswith("title: "):
        title, text = text[len("title: ") :].split("\n----\n", 1)
    return preset(path.name.split("-")[0]), text, title


def _wanted(name: str) -> str:
    if re.search("busy|queued", name):
        return "busy"
    return "dialog" if re.search("dialog|rewind", name) else "ready"


@pytest.mark.parametrize("path", PANES, ids=lambda path: path.stem)
def test_a_captured_screen_is_what_it_was(path: Path) -> None:
    program, text, title = _screen(path)
    assert panes.classify(program, text, title) == _wanted(path.stem)
    assert bool(panes.dialog_in(program, text)) == (_wanted(path.stem) == "dialog")


def test_every_program_that_was_captured_is_here() -> None:
    assert len(PANES) == 28
    assert {path.name.split("-")[0] for path in PANES} == {
        "claude",
        "codex",
        "copilot",
        "gemini",
        "opencode",
        "pi",
    }


def test_a_question_is_named_by_its_line() -> None:
    found = {
        path.stem: panes.dialog_in(*_screen(path)[:2]) for path in PANES if _wanted(path.stem) == "dialog"
    }
    assert found == {
        "claude-2.1.197-dialog-apikey": "Do you want to use this API key?",
        "claude-2.1.197-dialog-bypass": "WARNING: Claude Code running in Bypass Permissions mode",
        "claude-2.1.197-dialog-trust": "Quick safety check: Is this a project you created or one you trust? "
        "(Like your own code, a well-known open source",
        "claude-2.1.328-dialog-apikey": "Do you want to use this API key?",
        "claude-2.1.328-dialog-bypass": "WARNING: Claude Code running in Bypass Permissions mode",
        "claude-2.1.328-dialog-trust": "Quick safety check: Is this a project you created or one you trust? "
        "(Like your own code, a well-known open source",
        "claude-2.1.328-rewind": "Rewind",
        "codex-0.169.0-dialog-hooks": "12 hooks are new or changed.",
        "codex-0.169.0-dialog-trust": "Trust this folder? Codex can read, edit, and run files here, subject to "
        "your permission settings. Folder settings",
    }


def test_nothing_is_read_into_a_screen_of_a_program_that_we_have_not_seen() -> None:
    assert panes.classify(Preset(command="other"), "> \n", "◇ Ready") == "unknown"
    assert panes.classify(preset("claude"), "", "") == "unknown"
    assert panes.dialog_in(preset("claude"), "") == ""
