"""Words typed into a program as a careful person would: when nobody else types, and looking on."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from collections.abc import Hashable
from pathlib import Path
from typing import Final
from typing import Protocol

from gtlib.runtimes import argv
from gtlib.runtimes import panes
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.screen import Screen
from gtlib.system import process

PERSON_SECONDS: Final = 3.0  # after a key of theirs, a person is still typing
SHOWN_SECONDS: Final = 3.0
ENTER_SECONDS: Final = 0.5
LAST_SECONDS: Final = 2.0
ENTERS: Final = 4
CLEARS: Final = 8
# Over 800 characters read at once count as pasted, and have less weight with the model: two pieces that come
# together do not.
PIECE: Final = 380
PIECE_SECONDS: Final = 0.02
ECHO_SECONDS: Final = 0.5
_KEPT: Final = 200
_TAIL: Final = 16


class Pane(Protocol):
    """The keyboard and the screen of one program."""

    def screen(self) -> Screen | None:
        """What it shows now; None when it is not there."""
        ...

    def keys(self, *names: str) -> None:
        """Press keys by their names."""
        ...

    def literal(self, text: str) -> None:
        """Type a text of one line."""
        ...

    def paste(self, text: str) -> None:
        """Paste a text as one."""
        ...

    def top(self) -> None:
        """Leave the view of what was before."""
        ...

    def pressed(self) -> float:
        """When a person pressed a key there last, in seconds since the epoch; 0 when nobody is attached."""
        ...


def deliver(
    pane: Pane, program: Preset, text: str, wait: float, heard: Callable[[], Hashable], note: Path
) -> str:
    """Type words and Enter, within about `wait` seconds: empty when the program took them, else why not.

    `heard` is what the program's hooks say of prompts: another value than before means that it took one.
    `note` holds what is being typed, so that a sender that was killed leaves no words that nobody owns.
    The caller holds the lock of the session.
    """
    said = argv.spoken(program, text)
    if program.typing.method == "literal":
        said = " ".join(said.split("\n"))
    if not said:
        return "there are no words"
    why = _wait(pane, program, wait, note)
    if why:
        return why
    note.write_text(said[:_KEPT], "utf-8")
    try:
        why = _type(pane, program, said) or _enter(pane, program, heard)
        if why:
            clear(pane, program)
        return why
    finally:
        note.unlink(missing_ok=True)


def clear(pane: Pane, program: Preset) -> None:
    """Empty the input box."""
    for _ in range(CLEARS):
        pane.keys(program.typing.clear)
        if process.until(lambda: _box(pane, program) != "words", PIECE_SECONDS * 5):
            return


def _wait(pane: Pane, program: Preset, wait: float, note: Path) -> str:
    """Until words can be typed; why they can't."""
    why, over = "", False

    def free() -> bool:
        nonlocal why, over
        why, over = _hindrance(pane, program, note)
        return not why or over

    process.until(free, wait)
    if not why:
        pane.top()
        if _box(pane, program) == "words":
            clear(pane, program)
    return why


def _hindrance(pane: Pane, program: Preset, note: Path) -> tuple[str, bool]:
    """Why no words can be typed now, and whether that will stay so."""
    screen = pane.screen()
    if screen is None or screen.dead:
        return "its program has ended", True
    look = screen.look(program)
    if look == "dialog":
        return f"it asks what only a person may answer: {panes.dialog_in(program, screen.text)}", True
    if time.time() - pane.pressed() < PERSON_SECONDS:
        return "a person is typing there", False
    if screen.box(program) == "words" and not _is_ours(screen.written(program), note):
        if screen.prompted:
            return "words of somebody else stand in its input box", False
        return "it shows no empty input box", False
    return "", False


def _is_ours(written: str, note: Path) -> bool:
    try:
        return bool(written) and written in note.read_text("utf-8")
    except FileNotFoundError:
        return False


def _type(pane: Pane, program: Preset, said: str) -> str:
    before = pane.screen()
    if program.typing.method == "paste":
        pane.paste(said)
    else:
        for start in range(0, len(said), PIECE):
            piece = said[start : start + PIECE]
            pane.literal(piece)
            _pause(PIECE_SECONDS)
            if start + PIECE < len(said):
                process.until(functools.partial(_echoes, pane, piece), ECHO_SECONDS)
    if not process.until(lambda: _is_shown(before, pane.screen(), program, said), SHOWN_SECONDS):
        return "it does not take what is typed"
    _pause(program.typing.pause)
    return ""


def _echoes(pane: Pane, piece: str) -> bool:
    screen = pane.screen()
    return screen is None or _count(_tail(piece), screen) > 0


def _is_shown(before: Screen | None, now: Screen | None, program: Preset, said: str) -> bool:
    if before is None or now is None:
        return False
    if now.box(program) == "words":
        return True
    if not program.screen.ready:
        return now.text != before.text
    return any(_count(mark, now) > _count(mark, before) for mark in (_tail(said), "[Pasted"))


def _tail(said: str) -> str:
    return "".join(said.split())[-_TAIL:]


def _count(mark: str, screen: Screen) -> int:
    return "".join(screen.text.split()).count(mark)


def _enter(pane: Pane, program: Preset, heard: Callable[[], Hashable]) -> str:
    """Press Enter until it was taken. The words are not typed again: so they arrive at most once."""
    told, before = heard(), pane.screen()

    def taken() -> bool:
        if heard() != told:
            return True
        now = pane.screen()
        if now is None or before is None or now.dead:
            return False
        if before.box(program) == "words":
            return now.box(program) == "empty" and now.look(program) != "dialog"
        return now.text != before.text

    for _ in range(ENTERS):
        pane.keys("Enter")
        if process.until(taken, ENTER_SECONDS):
            return ""
        screen = pane.screen()
        if screen is None or screen.dead:
            return "its program has ended"
        if screen.look(program) == "dialog":
            return f"it asks what only a person may answer: {panes.dialog_in(program, screen.text)}"
    return "" if process.until(taken, LAST_SECONDS) else "it did not take Enter"


def _box(pane: Pane, program: Preset) -> str:
    screen = pane.screen()
    return "unknown" if screen is None else screen.box(program)


def _pause(seconds: float) -> None:
    process.until(lambda: False, seconds)
