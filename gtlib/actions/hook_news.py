"""Whether there is anything new for a program, asked after each of its tools, and what it was shown of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gtlib import layout
from gtlib.actions.hook_whose import Whose
from gtlib.actions.hook_whose import note
from gtlib.runtimes import nudges


def is_news(whose: Whose, shown: tuple[str, ...]) -> bool:
    """Whether a look at two folders shows mail that was not `shown`, or a nudge."""
    folder = whose.root / layout.mail_folder(whose.address, "new")
    mail = {name[:-3] for name in _files(folder) if name.endswith(".md")}
    return bool(mail.difference(shown)) or any(
        name.endswith(".json") and not name.startswith(".")
        for name in _files(nudges.folder(whose.local, whose.address))
    )


def note_shown(whose: Whose, session: str, *, shown: bool) -> None:
    """The nudges that a session claimed were printed; a hook that is killed before that has shown nothing."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        (nudges.note_shown if shown else nudges.release)(whose.local, whose.address, session)
    except OSError as error:
        note(whose, f"nudges are shown again: {error.strerror}")


def _files(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
