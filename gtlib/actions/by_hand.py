"""Sessions that a person started in an agent's worktree: begun and ended in the agent's file."""

from __future__ import annotations

from pathlib import Path

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.names import Address
from gtlib.rules import sessions
from gtlib.rules.base import MAYOR
from gtlib.store.town import Town


def begun(root: Path, address: Address, session: str, native: str, runtime: str) -> None:
    """A session that the program `runtime` knows as `native` works. Once more changes nothing.

    Whom a person talks to has one with nothing on the hook, too. UserError when the town can't be written to.
    """
    now = clock.stamp(clock.now())
    bare = address == MAYOR or "/crew/" in address
    transition(
        Town.open(root),
        lambda snapshot: sessions.plan_begin(snapshot, address, session, runtime, now, native, bare=bare),
        address,
    )


def ended(root: Path, address: Address, session: str, native: str) -> None:
    """It is over. UserError when the town can't be written to."""
    now = clock.stamp(clock.now())
    transition(
        Town.open(root),
        lambda snapshot: sessions.plan_end(snapshot, address, session, "ended", native, now),
        address,
    )
