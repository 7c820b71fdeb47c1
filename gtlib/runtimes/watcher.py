"""What a program in a terminal does: its hooks say it first, its screen is the second opinion."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from gtlib.runtimes import panes
from gtlib.runtimes.base import Activity
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import State
from gtlib.runtimes.typist import Pane
from gtlib.system import process

STEADY_SECONDS: Final = 0.4  # what is seen only for a moment counts for nothing
FRESH_SECONDS: Final = 2.0  # before that a screen may be older than what the hooks said
INTERRUPT_SECONDS: Final = 2.0


def ready(pane: Pane, program: Preset, state: Callable[[], State | None], seconds: float) -> str:
    """Wait until it takes words or works, `seconds` at most: empty when it does, else why not.

    Nothing is answered for a person: a question ends the wait.
    """
    why: str | None = None

    def look() -> str | None:
        said = state()
        if said is not None and said.event:
            return ""
        screen = pane.screen()
        if screen is None or screen.dead:
            return "its program has ended"
        seen = screen.look(program)
        if seen == "dialog":
            return f"it asks what only a person may answer: {panes.dialog_in(program, screen.text)}"
        return "" if seen == "busy" or (seen == "ready" and _stays_ready(pane, program)) else None

    def over() -> bool:
        nonlocal why
        why = look()
        return why is not None

    process.until(over, seconds)
    return f"it was not ready after {seconds:g} s" if why is None else why


def activity(pane: Pane, program: Preset, state: State | None) -> Activity:
    """What it does. An interrupt tells its hooks nothing: busy is believed while the screen agrees."""
    busy = state is not None and state.activity == "busy"
    idle = state is not None and state.activity == "idle"
    if state is not None and (busy or idle) and time.time() - state.at < FRESH_SECONDS:
        return "busy" if busy else "idle"
    screen = pane.screen()
    seen = screen.look(program) if screen else "unknown"
    if idle and seen != "busy":
        return "idle"
    if seen == "ready" and _stays_ready(pane, program):
        return "idle"
    if seen == "dialog":
        return "unknown"
    return "busy" if busy or seen in ("busy", "ready") else "unknown"


def interrupt(pane: Pane, program: Preset) -> str:
    """End what it does now: empty when it was ended, else why not."""

    def busy() -> bool:
        screen = pane.screen()
        return screen is not None and not screen.dead and screen.look(program) == "busy"

    # Where nothing is done the same key opens menus. Some programs ask for it twice.
    for _ in range(2):
        if not busy():
            return "it does nothing now"
        pane.keys("Escape")
        if process.until(lambda: not busy(), INTERRUPT_SECONDS):
            return ""
    return "it went on"


def _stays_ready(pane: Pane, program: Preset) -> bool:
    def other() -> bool:
        screen = pane.screen()
        return screen is None or screen.look(program) != "ready"

    return not process.until(other, STEADY_SECONDS)
