"""Keep the town's repository small: pack it beside the work, where transitions left much that is loose."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.names import CommitId
from gtlib.store import packing
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc

_LOCK: Final = "pack.lock"
_FAILED: Final = "pack.failed"
_AGAIN_SECONDS: Final = 600.0

_started: dict[Path, Proc] = {}  # so that a process that goes on for long leaves no dead children


def start(town: Town, commit: CommitId) -> Proc | None:
    """Start packing in a process of its own that outlives us, where there is much to pack.

    Called after every commit of the town; one in sixteen (by its id) has a look, which costs half a
    millisecond. None when there is nothing to do, it is being done, or it failed a while ago.
    """
    if not commit.endswith("0") or packing.loose_bytes(town.git_dir) < packing.MOST_BYTES:
        return None
    last = _started.get(town.root)
    if (last is not None and process.alive(last)) or _failed_just_now(town.local):
        return None
    lock = FileLock(town.local / _LOCK)
    if not lock.acquire(timeout=0):
        return None
    lock.release()
    argv = process.python("gtlib.githook", "pack")
    _started[town.root] = process.spawn(argv, town.root, None, town.local / "logs" / "pack.log")
    return _started[town.root]


def pack(root: Path) -> bool:
    """Pack the town at `root`, and wait for it; False when somebody else does.

    Never holds the town's lock. Why it could not be done stands in `pack.failed` then; raises UserError.
    """
    local = root / ".git" / "gt"
    lock = FileLock(local / _LOCK)
    if not lock.acquire(timeout=0):
        return False
    try:
        packing.pack(root)
        (local / _FAILED).unlink(missing_ok=True)
    except UserError as error:
        (local / _FAILED).write_text(f"{error}\n", encoding="utf-8")
        raise
    finally:
        lock.release()
    return True


def _failed_just_now(local: Path) -> bool:
    try:
        return time.time() < (local / _FAILED).stat().st_mtime + _AGAIN_SECONDS
    except FileNotFoundError:
        return False
