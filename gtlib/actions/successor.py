"""The helper of a hand-off: ends the session when whoever asked for it is done, and starts the next one."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

from gtlib import clock
from gtlib import names
from gtlib.actions import running
from gtlib.actions import session
from gtlib.actions.session import Started
from gtlib.actions.settle import settle
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.agent import start_line
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules import handoff_note
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import mail
from gtlib.rules.base import require_agent
from gtlib.rules.sessions import HANDOFF
from gtlib.runtimes import runs
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc

CALLER_SECONDS: Final = 30.0
TRY_SECONDS: Final = 90.0
AGAIN_SECONDS: Final = 2.0
# Whoever ended a session for its successor starts that itself, but for a kill.
OWED_SECONDS: Final = 120.0


def succeed(town: Town, address: Address, ended: str, note: str, caller: Proc, runtime: str) -> Started:
    """End the session `ended` of that address after `caller`, and start one that is told the note.

    One that somebody has started meanwhile is left alone. What can't be started the overseer hears of.
    """
    process.until(lambda: not process.alive(caller), CALLER_SECONDS)
    run = runs.read(town.local, address)
    if run is not None and run.session == ended and running.is_alive(run):
        session.stop(town, address, HANDOFF, session=ended, again=True)
    settle(town, _now())
    # Its own mail reaches a session too, and what it was shown counts as read.
    transition(town, lambda snapshot: handoff_note.plan_keep(snapshot, address, note), address)
    started, again = Started(), 0.0

    def begun() -> bool:
        nonlocal started, again
        if time.monotonic() < again:
            return False
        again = time.monotonic() + AGAIN_SECONDS
        bare = require_agent(town.snapshot(), address).role in session.BARE
        started = session.spawn(town, address, _now(), bare=bare, runtime=runtime)
        return started.proc is not None

    if not process.until(begun, TRY_SECONDS):
        transition(town, lambda snapshot: _failed(snapshot, address, note, started.why), address)
    return started


def owed(town: Town) -> tuple[str, ...]:
    """Start the successors that were promised by somebody who did not live to start them; lines."""
    lines = []
    for run in runs.every_readable(town.local)[0]:
        if run.again and run.ended and time.time() - run.again > OWED_SECONDS:
            bare = not run.bead
            started = session.spawn(town, run.address, _now(), bare=bare, runtime=run.runtime if bare else "")
            lines.append(
                f"{run.address}: its successor {'starts' if started.proc else f'waits: {started.why}'}"
            )
    return tuple(lines)


def _failed(snapshot: Snapshot, address: Address, note: str, why: str) -> Edit:
    body = (
        f"{address} handed off, and no session of it could be started: {why}.\n"
        f"Nothing is lost, the next one is told the note {note}:\n\n    {start_line(address)}\n"
    )
    about = f"{address} has no successor"
    letter = mail(snapshot, _now(), [OVERSEER], about, body, ("successor", note))
    return Edit(subject=f"handoff: {address} waits", files=letter, actor=address)


def main(argv: list[str]) -> int:
    """`argv`: town, address, session that ends, note, pid and start time of the caller, runtime (or "")."""
    root, address, ended, note, pid, begun, runtime = argv
    try:
        started = succeed(
            Town.open(Path(root)), names.address(address), ended, note, Proc(int(pid), begun), runtime
        )
    except UserError as error:
        started = Started(why=str(error))
    said = f"session with pid {started.proc.pid}" if started.proc else f"no session: {started.why}"
    sys.stdout.write(f"{_now()} {address}: {ended} handed off, {said}\n")
    return 0 if started.proc else 1


def _now() -> str:
    return clock.stamp(clock.now())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
