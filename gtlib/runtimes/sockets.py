"""Where the socket of a town's tmux server stands: where its starter put it, whatever is set since."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gtlib.runtimes import runs

_PLACE: Final = "tmux.place"


def here() -> str:
    """The folder that tmux takes for who has our environment."""
    return os.environ.get("TMUX_TMPDIR") or "/tmp"


def place(local: Path) -> str:
    """The folder that the town's server was started with; empty when none was."""
    try:
        return (runs.folder(local) / _PLACE).read_text("utf-8").strip()
    except FileNotFoundError:
        return ""


def keep(local: Path) -> None:
    """The server is started from here."""
    path = runs.folder(local) / _PLACE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{here()}\n", "utf-8")


def path(local: Path, name: str) -> Path:
    """The socket of that name."""
    return Path(place(local) or here()) / f"tmux-{os.getuid()}" / name


def remove(local: Path, name: str) -> None:
    """Take away the socket that an ended server left."""
    path(local, name).unlink(missing_ok=True)
    (runs.folder(local) / _PLACE).unlink(missing_ok=True)
