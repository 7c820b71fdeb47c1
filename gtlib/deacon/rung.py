"""What each session was told by the doorbell: in a file of its own, which the deacon alone writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from gtlib.rules.rings import Rung
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run

RINGS: Final = ".rings.json"


class Rings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one session: by kind of reason, and when in the last hour, in seconds since the epoch."""

    session: str
    kinds: dict[str, Rung] = {}
    asked: tuple[int, ...] = ()


def read(local: Path, run: Run) -> Rings:
    """What that session was told; nothing for another one. What somebody spoilt is begun anew."""
    try:
        found = msgspec.json.decode(runs.path(local, run.address, RINGS).read_bytes(), type=Rings)
    except (FileNotFoundError, msgspec.DecodeError):
        return Rings(session=run.session)
    return found if found.session == run.session else Rings(session=run.session)


def write(local: Path, run: Run, rings: Rings) -> None:
    """Keep it."""
    path = runs.path(local, run.address, RINGS)
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(msgspec.json.encode(rings))
    os.replace(new, path)
