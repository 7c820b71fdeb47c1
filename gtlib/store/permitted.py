"""Which roles a person gave a sandbox on this machine, or took it from: `.git/gt/permitted`, one a line.

What comes with a commit may bind a role more tightly than that, never less.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gtlib.errors import UserError
from gtlib.lock import FileLock

_FILE: Final = "permitted"


def permitted(town_local: Path) -> dict[tuple[str, str], str]:
    """What people said here, by rig (empty: the town) and role; `town_local` is `.git/gt`."""
    path = town_local / _FILE
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "mend its permissions") from error
    parts = (line.split() for line in text.splitlines())
    return {_place(words[0]): words[1] for words in parts if len(words) == 2 and "/" in words[0]}


def permit(town_local: Path, said: Mapping[tuple[str, str], str]) -> None:
    """Keep what a person says now."""
    if not said:
        return
    with FileLock(town_local / f"{_FILE}.lock"):
        all_ = {**permitted(town_local), **said}
        lines = [f"{rig}/{role} {value}\n" for (rig, role), value in sorted(all_.items())]
        new = town_local / f"{_FILE}.new"
        new.write_text("".join(lines), encoding="utf-8")
        os.replace(new, town_local / _FILE)


def _place(text: str) -> tuple[str, str]:
    rig, _, role = text.rpartition("/")
    return rig, role
