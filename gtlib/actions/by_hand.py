"""Sessions that a person started in an agent's worktree: begun and ended in the agent's file."""

from __future__ import annotations

from pathlib import Path

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.names import Address
from gtlib.rules import sessions
from gtlib.store.town import Town


def begun(root: Path, address: Address, native: str, runtime: str) -> None:
    """A session that the program `runtime` knows as `native` works on the hook. Once more changes nothing.

    UserError when the town can't be written to.
    """
    if not native:
        return
    now = clock.stamp(clock.now())
    transition(
        Town.open(root),
        lambda snapshot: sessions.plan_begin(snapshot, address, native, runtime, now, native),
        address,
    )


def ended(root: Path, address: Address, native: str) -> None:
    """It is over. UserError when the town can't be written to."""
    now = clock.stamp(clock.now())
    transition(
        Town.open(root),
        lambda snapshot: sessions.plan_end(snapshot, address, native, "ended", native, now),
        address,
    )
