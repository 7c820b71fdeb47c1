"""Nudges that wait for an agent on this machine: small files in `.git/gt/nudges/<address>`.

Whoever shows one takes it first, by renaming it, so it is shown once. What was taken is the receipt.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from typing import Literal

import msgspec
from msgspec import Struct

from gtlib.errors import UserError

MOST: Final = 50
NORMAL_SECONDS: Final = 1800.0
URGENT_SECONDS: Final = 7200.0
_KEPT_SECONDS: Final = 86400.0


class Nudge(Struct, frozen=True, kw_only=True):
    """`at` and `until` are seconds since the epoch; after `until` it is not shown any more."""

    id: str
    sender: str
    message: str
    priority: Literal["normal", "urgent"] = "normal"
    at: float
    until: float


def put(local: Path, address: str, sender: str, message: str, priority: Literal["normal", "urgent"]) -> Nudge:
    """Leave a nudge. UserError when too many wait already."""
    into = folder(local, address)
    tidy(local, address)
    if len(waiting(local, address)) >= MOST:
        raise UserError(
            f"{MOST} nudges wait for {address} already", "gt mail send keeps what is to be read later"
        )
    now = time.time()
    lasts = URGENT_SECONDS if priority == "urgent" else NORMAL_SECONDS
    id = f"{time.time_ns():020d}-{os.urandom(3).hex()}"
    nudge = Nudge(id=id, sender=sender, message=message, priority=priority, at=now, until=now + lasts)
    into.mkdir(parents=True, exist_ok=True)
    new = into / f".{id}.new"
    new.write_bytes(msgspec.json.encode(nudge))
    os.replace(new, into / f"{id}.json")
    return nudge


def waiting(local: Path, address: str) -> list[Nudge]:
    """What was not shown yet, urgent first, then oldest first."""
    found = [nudge for path in _paths(local, address) if (nudge := _read(path)) is not None]
    now = time.time()
    return sorted(
        (each for each in found if each.until > now), key=lambda each: (each.priority != "urgent", each.id)
    )


def take(local: Path, address: str) -> list[Nudge]:
    """What waits, now the caller's to show: nobody else gets it."""
    taken = folder(local, address) / "taken"
    found = []
    for nudge in waiting(local, address):
        taken.mkdir(exist_ok=True)
        try:
            os.rename(folder(local, address) / f"{nudge.id}.json", taken / f"{nudge.id}.json")
        except FileNotFoundError:  # somebody else was faster
            continue
        found.append(nudge)
    return found


def is_taken(local: Path, address: str, id: str) -> bool:
    """Whether that nudge was shown."""
    return (folder(local, address) / "taken" / f"{id}.json").exists()


def withdraw(local: Path, address: str, id: str) -> bool:
    """Take one back that nobody has shown; whether it was there still."""
    try:
        (folder(local, address) / f"{id}.json").unlink()
    except FileNotFoundError:
        return False
    return True


def give_back(local: Path, address: str, taken: Iterable[Nudge]) -> None:
    """What was taken could not be shown: it waits again."""
    for nudge in taken:
        os.rename(
            folder(local, address) / "taken" / f"{nudge.id}.json", folder(local, address) / f"{nudge.id}.json"
        )


def tidy(local: Path, address: str) -> None:
    """Remove receipts older than a day, and nudges whose time is over."""
    now = time.time()
    for path in (folder(local, address) / "taken").glob("*.json"):
        if path.stat().st_mtime < now - _KEPT_SECONDS:
            path.unlink(missing_ok=True)
    for path in _paths(local, address):
        nudge = _read(path)
        if nudge is not None and nudge.until <= now:
            path.unlink(missing_ok=True)


def folder(local: Path, address: str) -> Path:
    """Where those of an agent wait."""
    return local / "nudges" / address.replace("/", ".")


def _paths(local: Path, address: str) -> list[Path]:
    return sorted(folder(local, address).glob("*.json"))


def _read(path: Path) -> Nudge | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Nudge)
    except (FileNotFoundError, msgspec.DecodeError):  # taken meanwhile, or not ours
        return None
