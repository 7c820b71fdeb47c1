"""Let a person's terminal show the next session of the town."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.runtimes import clients
from gtlib.runtimes import terminal


class Cycled(Struct, frozen=True):
    """The sessions that a terminal showed before and shows now (tmux's names)."""

    terminal: str
    before: str
    now: str


def cycle(
    local: Path, environ: Mapping[str, str], step: int, *, session: str = "", client: str = ""
) -> Cycled:
    """Show the session `step` places further, by name, of those that run in a terminal.

    The terminal is the one that is named, else the one used last that shows `session`, else the session that
    this process runs in, else any. UserError when there is none.
    """
    shown = clients.clients(local)
    wanted = session or ("" if client else clients.mine(local, environ))
    fits = [each for each in shown if each.name == client or (not client and wanted in ("", each.session))]
    if not fits:
        what = f"no terminal shows {session or client or wanted or 'a session of this town'}"
        raise UserError(what, "show one first: gt mayor attach")
    at = fits[0]
    live = [each.name for each in terminal.sessions(local) if not each.dead and each.session]
    names = sorted(name for name in live)
    if at.session not in names:
        names = sorted([*names, at.session])
    to = names[(names.index(at.session) + step) % len(names)]
    if to != at.session:
        clients.show(local, at.name, to)
    return Cycled(at.name, at.session, to)
