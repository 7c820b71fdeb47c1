"""Gates in the deacon's round: files are looked at here, programs are asked by a process of its own.

A town without gates that are shut starts nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from gtlib import clock
from gtlib.actions.check_gates import check_gates
from gtlib.actions.check_gates import next_look
from gtlib.errors import UserError
from gtlib.names import ItemId
from gtlib.rules.base import POSTMASTER
from gtlib.rules.base import is_home
from gtlib.rules.gates import ASKING
from gtlib.rules.gates import KINDS
from gtlib.rules.gates import shut_gates
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc

LEAST_SECONDS = 0.1
STOP_SECONDS = 2.0
_HERE = frozenset(KINDS) - ASKING
MOST_AT_ONCE = 100  # gates that one process is given by name


class Gates:
    """The gates of one town. `next` is when the next one is worth a look, by time.monotonic()."""

    def __init__(self, town: Town, say: Callable[[str], None], once: Callable[[str, str], None]) -> None:
        self._town = town
        self._say = say
        self._once = once
        self._proc: Proc | None = None
        self.next = float("inf")

    def round(self) -> None:
        """Open what is due, tell what is late, and have programs asked, at the home of the town."""
        self.next = float("inf")
        snapshot = self._town.snapshot()
        if not is_home(snapshot, self._town.host):
            return
        gates = shut_gates(snapshot)
        if not gates:
            return
        try:
            for id in check_gates(self._town, POSTMASTER, kinds=_HERE, escalate=True).opened:
                self._say(f"{id}: open")
            ready, left = next_look(self._town, gates, clock.stamp(clock.now()))
            if ready:
                self._ask(ready[:MOST_AT_ONCE])
        except UserError as error:
            self._once("gates", str(error))
            return
        if left is not None:
            self.next = time.monotonic() + max(left, LEAST_SECONDS)

    def stop(self) -> None:
        """End what asks."""
        if self._proc is not None:
            process.stop(self._proc, STOP_SECONDS)

    def _ask(self, ids: list[ItemId]) -> None:
        """Have programs asked, so that none of them holds up catch-up. One process at a time."""
        if self._proc is not None and process.alive(self._proc):
            return
        argv = process.python("gtlib.cli", "gt", "gate", "check", "--escalate", "--limit", "0", "--", *ids)
        env = {"GT_ROLE": str(POSTMASTER), "GT_TOWN": str(self._town.root)}
        log = self._town.local / "logs" / "gates.log"
        self._proc = process.spawn(argv, self._town.root, env, log)
