"""Who is the deacon: the process that holds the deacon's lock, as it says in the lock's own file."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from gtlib.system import process
from gtlib.system.process import Proc


class Holder(Struct, frozen=True):
    """Who holds the deacon's lock. `ready`: its first catch-up is over."""

    proc: Proc
    ready: bool = False


def lock_path(local: Path) -> Path:
    """The file that the deacon holds a lock on, and says in who it is."""
    return local / "deacon.lock"


def holder(local: Path) -> Holder | None:
    """The deacon that runs; None when none does."""
    try:
        found = msgspec.json.decode(lock_path(local).read_bytes(), type=Holder)
    except (FileNotFoundError, msgspec.DecodeError):  # not written yet, or being written
        return None
    return found if process.alive(found.proc) else None


def write(local: Path, *, ready: bool = False) -> None:
    """Say that this process holds the lock. For the holder alone."""
    data = msgspec.json.encode(Holder(process.current(), ready))
    # In place: the lock is on this very file.
    with lock_path(local).open("r+b") as file:
        file.write(data)
        file.truncate(len(data))
        file.flush()
        os.fsync(file.fileno())
