"""The ways to run a session, by name; each is imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import Final

from gtlib.errors import UserError
from gtlib.runtimes.base import Runtime

# libtmux alone takes a tenth of a second to import.
_CLASSES: Final = {
    "shell": ("gtlib.runtimes.shell", "Shell"),
    "tmux": ("gtlib.runtimes.tmux", "Tmux"),
    "headless": ("gtlib.runtimes.headless", "Headless"),
    "manual": ("gtlib.runtimes.manual", "Manual"),
}
MODES: Final = tuple(_CLASSES)


def runtime(mode: str) -> Runtime:
    """That way to run sessions. UserError when there is none of that name."""
    if mode not in _CLASSES:
        raise UserError(f"no mode {mode!r} to run a session in", f"one of {', '.join(MODES)}")
    module, name = _CLASSES[mode]
    made: Runtime = getattr(importlib.import_module(module), name)()
    return made
