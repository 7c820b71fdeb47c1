"""Whose session a program's hook speaks for, and where it is written down when something goes wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib import names
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.store.roots import find_root

LOG_BYTES = 1_000_000


class Whose(Struct, frozen=True):
    """Whose session it is, in which town; `session` is empty for one that a person started and that is not
    known yet, `by_hand` that a person did, `beside` the session that was at work there before.
    """

    root: Path
    address: Address
    session: str
    by_hand: bool = False
    beside: str = ""

    @property
    def local(self) -> Path:
        """The town's local folder."""
        return self.root / ".git" / "gt"


def who(environ: Mapping[str, str], cwd: Path) -> Whose | None:
    """Whose session it is: as it was started, else by its worktree. None when it is nobody's."""
    role, town, session = (environ.get(name, "") for name in ("GT_ROLE", "GT_TOWN", "GT_SESSION"))
    if role and town:
        root = Path(town)
        known = names.address(role)
        return Whose(root, known, session) if (root / ".git" / "gt").is_dir() else None
    try:
        root = find_root(cwd, {})
        parts = cwd.resolve().relative_to(root.resolve()).parts
    except (UserError, ValueError):
        return None
    if role:
        return Whose(root, names.address(role), session)
    if len(parts) >= 3 and parts[1] in ("polecats", "crew"):
        return Whose(root, names.address("/".join(parts[:3])), session)
    return None


def note(whose: Whose | None, text: str) -> None:
    """Write a line down where the town keeps its logs."""
    if whose is None:
        return
    path = whose.local / "logs" / "runtimehook.log"
    line = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {whose.address} {text}\n"
    try:
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_BYTES:
            os.replace(path, path.with_name("runtimehook.old.log"))
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(line)
    except OSError:  # no room for it, and nobody to tell
        return
