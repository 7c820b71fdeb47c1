"""When gates that ask the world were looked at last, on this machine: `.git/gt/gates.json`.

It only spares looks: lost or spoilt, the next look is made at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

FIRST_SECONDS: Final = 60.0
MOST_SECONDS: Final = 600.0
_FILE: Final = "gates.json"


class Look(Struct, frozen=True):
    """A look at a gate: when (seconds since the epoch), how long to wait before the next one, what it was
    about (another question is asked at once), and what was said.
    """

    at: float
    wait: float
    about: str
    said: str


def read(local: Path) -> dict[str, Look]:
    """The looks by gate; `local` is `.git/gt`."""
    try:
        return msgspec.json.decode((local / _FILE).read_bytes(), type=dict[str, Look])
    except (OSError, msgspec.DecodeError):
        return {}


def write(local: Path, looks: Mapping[str, Look]) -> None:
    """Keep these looks. Raises OSError."""
    fresh = local / f"{_FILE}.new"
    fresh.write_bytes(msgspec.json.encode(dict(looks)))
    os.replace(fresh, local / _FILE)


def next_look(before: Look | None, now: float, about: str, said: str) -> Look:
    """The look made now: as long as it says the same, the next one waits twice as long."""
    same = before is not None and before.about == about and before.said == said
    wait = min(before.wait * 2, MOST_SECONDS) if before is not None and same else FIRST_SECONDS
    return Look(now, wait, about, said)


def left(look: Look | None, now: float, about: str) -> float:
    """Seconds until the next look, 0 when it is due; a clock that was set back makes it due."""
    if look is None or look.about != about or look.at > now:
        return 0.0
    return max(0.0, look.at + look.wait - now)
