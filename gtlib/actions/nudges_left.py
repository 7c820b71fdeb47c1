"""The nudges of an agent on this machine, and showing them to that agent by command."""

from __future__ import annotations

import os
from pathlib import Path

from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.runtimes import nudges
from gtlib.runtimes.nudges import Nudge
from gtlib.runtimes.nudges import Where

SHORT = 6  # characters at the end of an id by which people name it
Left = tuple[Nudge, Where]


def nudges_left(local: Path, address: Address) -> list[Left]:
    """Those of the last day, oldest first, with where each stands."""
    return nudges.known(local, address)


def claim(local: Path, address: Address, only: str = "") -> None:
    """Make what waits this command's to show, or `only` that one."""
    nudges.claim(local, address, _key(), only=only)


def told(local: Path, address: Address) -> None:
    """What was claimed has been printed for the agent: a model reads what its command printed."""
    nudges.note_shown(local, address, _key())
    nudges.confirm(local, address, _key())


def named(found: list[Left], text: str) -> Left:
    """The one whose id begins or ends so. UserError for none, and for several."""
    fits = [each for each in found if each[0].id.endswith(text) or each[0].id.startswith(text)]
    if not text or not fits:
        raise UserError(f"no nudge {text!r} of the last day", "gt nudge show lists them")
    if len(fits) > 1:
        ids = ", ".join(each[0].id for each in fits[:3])
        raise UserError(f"{text!r} may be several nudges: {ids}", "write more of the id")
    return fits[0]


def short(nudge: Nudge) -> str:
    """What people call it by."""
    return nudge.id[-SHORT:]


def _key() -> str:
    return f"show-{os.getpid()}"
