"""Nudges that wait for an agent on this machine: small files in `.git/gt/nudges/<address>`.

Whoever is about to show one claims it first, by renaming it into `claimed/<session>`, so nobody else shows
it. Once its words were given to the program it stands in `shown/<session>`, and when that session gives a
sign that the model read on, in `taken`. What a session claimed and gave no such sign of waits again when that
session is over, or after a while.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final
from typing import Literal

import msgspec
from msgspec import Struct

from gtlib.errors import UserError

MOST: Final = 50
NORMAL_SECONDS: Final = 1800.0
URGENT_SECONDS: Final = 7200.0
# Longer than any hook may take to print what it claimed.
CLAIM_SECONDS: Final = 60.0
# Longer than a model takes for an answer, as a rule.
PROOF_SECONDS: Final = 600.0
KEPT_SECONDS: Final = 86400.0
_EACH_CHARS: Final = 300  # sender, boundaries
_SESSION: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}\Z")
_STAGES: Final = (("claimed", CLAIM_SECONDS), ("shown", PROOF_SECONDS))

Where = Literal["waiting", "claimed", "shown", "taken"]


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
    """What is to be shown, urgent first, then oldest first; also what was claimed long ago to no effect."""
    now = time.time()
    paths = [*_paths(folder(local, address)), *_stale(local, address, now)]
    found = {nudge.id: nudge for path in paths if (nudge := _read(path)) is not None}
    return sorted(
        (each for each in found.values() if each.until > now),
        key=lambda each: (each.priority != "urgent", each.id),
    )


def claim(local: Path, address: str, session: str, chars: int = 0, only: str = "") -> list[Nudge]:
    """What waits, now that session's to show: nobody else gets it. With `chars` one, and as many more as have
    room in so many characters; with `only` that one alone.
    """
    for path in _stale(local, address, time.time()):
        _move(path, folder(local, address))
    found: list[Nudge] = []
    room = chars
    for nudge in waiting(local, address):
        if only not in ("", nudge.id):
            continue
        room -= len(nudge.message) + _EACH_CHARS
        if chars and found and room < 0:
            break
        if _move(folder(local, address) / f"{nudge.id}.json", _stage(local, address, "claimed", session)):
            found.append(nudge)
    return found


def note_shown(local: Path, address: str, session: str) -> None:
    """What that session claimed was given to its program."""
    _move_all(_stage(local, address, "claimed", session), _stage(local, address, "shown", session))


def confirm(local: Path, address: str, session: str) -> None:
    """The model has read what that session was shown."""
    _move_all(_stage(local, address, "shown", session), folder(local, address) / "taken")


def release(local: Path, address: str, session: str) -> int:
    """What that session claimed and was not confirmed waits again: it is over, or never read it. How many."""
    return sum(
        _move_all(_stage(local, address, stage, session), folder(local, address)) for stage, _ in _STAGES
    )


def is_shown(local: Path, address: str, id: str) -> bool:
    """Whether the program has been given that nudge."""
    at, name = folder(local, address), f"{id}.json"
    return (at / "taken" / name).exists() or any((each / name).exists() for each in _folders(at / "shown"))


def withdraw(local: Path, address: str, id: str) -> bool:
    """Take one back that nobody has shown; whether it was there still."""
    try:
        (folder(local, address) / f"{id}.json").unlink()
    except FileNotFoundError:
        return False
    return True


def known(local: Path, address: str) -> list[tuple[Nudge, Where]]:
    """Every nudge of the last day with where it stands, oldest first."""
    found: dict[str, tuple[Nudge, Where]] = {}
    for where, path in _every(local, address):
        nudge = _read(path)
        if nudge is not None and nudge.at > time.time() - KEPT_SECONDS:
            found[nudge.id] = (nudge, where)
    return [found[id] for id in sorted(found)]


def tidy(local: Path, address: str) -> None:
    """Remove receipts older than a day, and nudges whose time is over."""
    now = time.time()
    for where, path in _every(local, address):
        if where == "waiting":
            nudge = _read(path)
            if nudge is not None and nudge.until <= now:
                path.unlink(missing_ok=True)
        elif _age(path, now) > KEPT_SECONDS:
            path.unlink(missing_ok=True)
    for stage, _ in _STAGES:
        for each in _folders(folder(local, address) / stage):
            _remove_empty(each)


def folder(local: Path, address: str) -> Path:
    """Where those of an agent wait."""
    return local / "nudges" / address.replace("/", ".")


def _every(local: Path, address: str) -> Iterator[tuple[Where, Path]]:
    at = folder(local, address)
    yield from (("waiting", path) for path in _paths(at))
    yield from (("claimed", path) for each in _folders(at / "claimed") for path in _paths(each))
    yield from (("shown", path) for each in _folders(at / "shown") for path in _paths(each))
    yield from (("taken", path) for path in _paths(at / "taken"))


def _stage(local: Path, address: str, stage: str, session: str) -> Path:
    """The id of a session that a person started is its program's: any text."""
    name = session if _SESSION.match(session) else sha256(session.encode("utf-8", "replace")).hexdigest()
    return folder(local, address) / stage / name


def _stale(local: Path, address: str, now: float) -> list[Path]:
    return [
        path
        for stage, seconds in _STAGES
        for each in _folders(folder(local, address) / stage)
        for path in _paths(each)
        if _age(path, now) > seconds
    ]


def _move_all(source: Path, into: Path) -> int:
    count = sum(_move(path, into) for path in _paths(source))
    if count:
        _remove_empty(source)
    return count


def _move(path: Path, into: Path) -> bool:
    """Whether it was there still. Its time of change says since when it is where it is."""
    for _ in range(3):
        into.mkdir(parents=True, exist_ok=True)
        try:
            os.utime(path)
            os.rename(path, into / path.name)
        except FileNotFoundError:  # somebody else was faster, or tidied the folder away
            if not path.exists():
                return False
            continue
        return True
    return False


def _remove_empty(path: Path) -> None:
    with contextlib.suppress(OSError):  # something came meanwhile
        path.rmdir()


def _folders(path: Path) -> list[Path]:
    try:
        return sorted(Path(each.path) for each in os.scandir(path) if each.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return []


def _paths(at: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(at))
    except FileNotFoundError:
        return []
    return [at / name for name in names if name.endswith(".json") and not name.startswith(".")]


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _read(path: Path) -> Nudge | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Nudge)
    except (FileNotFoundError, msgspec.DecodeError):  # moved meanwhile, or not ours
        return None
