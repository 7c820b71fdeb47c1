"""End sessions that nobody knows any more, as when run state was lost: exactly what they started."""

from __future__ import annotations

from pathlib import Path

from gtlib.actions.session_looks import Stray
from gtlib.actions.session_looks import strays
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.runtimes import ending
from gtlib.runtimes import runs

GRACE_SECONDS = 5.0
LOCK_SECONDS = 30.0


def end_strays(root: Path, local: Path) -> tuple[Stray, ...]:
    """End them; those that were. What was on their hooks stays there, and the deacon goes on with it.

    UserError while somebody else starts sessions.
    """
    if not strays(root, local):
        return ()
    # Who is being started is known under this lock, and might be taken for a stray before.
    lock = FileLock(runs.folder(local) / "spawn.lock")
    if not lock.acquire(timeout=LOCK_SECONDS):
        raise UserError("another process is starting sessions", "run it again")
    try:
        found = strays(root, local)
        for each in found:
            ending.end(each.proc, each.session, GRACE_SECONDS, root)
    finally:
        lock.release()
    return found
