"""People's terminals that show sessions of a town's tmux server: who looks at what, and at what next."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib.runtimes import terminal
from gtlib.runtimes.terminal import Terminal


class Client(Struct, frozen=True):
    """A terminal of a person: its name, and the session that it shows. `used` are seconds since the epoch."""

    name: str
    session: str
    used: int


def clients(local: Path) -> tuple[Client, ...]:
    """All terminals that show something of the town with that local folder, the last used one first."""
    lines = _tmux(local, "list-clients", "-F", "#{client_activity} #{client_name} #{session_name}")
    found = [Client(words[1], words[2], int(words[0])) for words in (line.split(" ", 2) for line in lines)]
    return tuple(sorted(found, key=lambda each: -each.used))


def detach(local: Path, address: str) -> int:
    """Take the session of an address out of every terminal that shows it: how many did."""
    name = terminal.session_name(address)
    shown = [each for each in clients(local) if each.session == name]
    for each in shown:
        _tmux(local, "detach-client", "-t", each.name)
    return len(shown)


def show(local: Path, client: str, session: str) -> None:
    """Let that terminal show the session of that name."""
    _tmux(local, "switch-client", "-c", client, "-t", f"={session}")


def mine(local: Path, environ: Mapping[str, str]) -> str:
    """The name of the session that this process runs in; empty when that is none of the town's server."""
    socket, _, _ = environ.get("TMUX", "").partition(",")
    if os.path.basename(socket) == terminal.socket(local):
        shown = _tmux(local, "display-message", "-p", "-t", environ.get("TMUX_PANE", ""), "#{session_name}")
        return shown[0] if shown else ""
    role = environ.get("GT_ROLE", "") if environ.get("GT_SESSION") else ""
    return terminal.session_name(role) if role else ""


def _tmux(local: Path, *words: str) -> list[str]:
    return Terminal(local, "").tmux(*words)
