"""Look at gates, and open those whose condition is met: one commit for all of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.gate_gh import Gh
from gtlib.actions.gate_world import judge_command
from gtlib.actions.gate_world import judge_condition
from gtlib.actions.gate_world import running
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.gate_plans import find_gate
from gtlib.rules.gate_plans import plan_verdicts
from gtlib.rules.gates import ASKING
from gtlib.rules.gates import Verdict
from gtlib.rules.gates import command_text
from gtlib.rules.gates import due
from gtlib.rules.gates import is_late
from gtlib.rules.gates import judge
from gtlib.rules.gates import kind_of
from gtlib.rules.gates import shut_gates
from gtlib.rules.statuses import is_over
from gtlib.store import looked
from gtlib.store.town import Town

BUSY: Final = "gates are being looked at already"
_WAIT_SECONDS: Final = 1.0


class Checked(Struct, frozen=True):
    """What a look found: how each gate stands, which of them are open now, and which are over their time."""

    verdicts: tuple[Verdict, ...] = ()
    opened: tuple[ItemId, ...] = ()
    late: tuple[ItemId, ...] = ()

    def count(self, state: str) -> int:
        """How many gates stand so."""
        return sum(verdict.state == state for verdict in self.verdicts)


def check_gates(
    town: Town,
    actor: str,
    *,
    ids: Sequence[str] = (),
    kinds: frozenset[str] | None = None,
    most: int | None = None,
    dry: bool = False,
    escalate: bool = False,
    wait: float = _WAIT_SECONDS,
    tell: Callable[[str], None] = lambda line: None,
) -> Checked:
    """Look at the gates that are meant (no `ids`: all that are shut; of these `kinds`; the oldest `most`).

    `escalate` tells of failures and of late ones, each once. `dry` changes nothing, and runs no command of
    a gate. While another check asks programs, this one waits for its end: `wait` seconds at most, and says so
    by `tell`. UserError for ids that are no gates, and when that check goes on longer.
    """
    now = clock.stamp(clock.now())
    snapshot = town.snapshot()
    gates = _meant(snapshot, ids, kinds)[:most]
    if not any(kind_of(gate) in ASKING for gate in gates):
        return _apply(town, _judged(town, snapshot, gates, now, dry), now, actor, dry, escalate)
    lock = FileLock(town.local / "gates.lock")
    if not lock.acquire(min(wait, _WAIT_SECONDS)):
        asked = running(town.local)
        busy = f"{BUSY}: the command of {asked} runs" if asked else BUSY
        tell(f"{busy}; waiting for its end, {wait:g} s at most")
        if not lock.acquire(wait):
            raise UserError(busy, "try again when that is over")
        snapshot = town.snapshot()  # what that look opened is open by now
        gates = _meant(snapshot, ids, kinds)[:most]
    try:
        verdicts = _judged(town, snapshot, gates, now, dry)
        if not dry:
            _remember(town, snapshot, verdicts)
    finally:
        lock.release()
    return _apply(town, verdicts, now, actor, dry, escalate)


def next_look(town: Town, gates: Iterable[Bead], now: str) -> tuple[list[ItemId], float | None]:
    """The gates of these that a program is to be asked of now, and in how many seconds the next of all of
    them is worth a look, None for never. Nothing is started.
    """
    looks = looked.read(town.local)
    moment, ready, waits = clock.parse(now), [], []
    for gate in gates:
        if kind_of(gate) in ASKING:
            left = looked.left(looks.get(gate.id), moment.timestamp(), about(gate))
            ready += [] if left else [gate.id]
            waits += [left] if left else []
        end = due(gate)
        if end is not None and end > moment:
            waits.append((end - moment).total_seconds())
    return ready, min(waits, default=None)


def about(gate: Bead) -> str:
    """What a look at the gate asks."""
    return f"{kind_of(gate)} {gate.on} {command_text(gate)}"


def look(town: Town, snapshot: Snapshot, gate: Bead, now: str, gh: Gh, *, dry: bool) -> Verdict:
    """How one gate stands."""
    verdict = judge(snapshot, gate, now)
    if verdict is not None:
        return verdict
    kind = kind_of(gate)
    if kind == "conditional":
        return judge_condition(town.root, snapshot, gate, os.environ)
    if kind == "exec":
        if dry:
            return Verdict(gate=gate, state="shut", why=f"would run: {command_text(gate)}")
        return judge_command(town.root, town.local, snapshot, gate)
    return gh.judge(gate)


def _meant(snapshot: Snapshot, ids: Sequence[str], kinds: frozenset[str] | None) -> list[Bead]:
    if ids:
        named = {gate.id: gate for gate in (find_gate(snapshot, text) for text in ids)}
        found = [gate for gate in named.values() if not is_over(snapshot.town, gate.status)]
    else:
        found = [gate for gate in shut_gates(snapshot) if kind_of(gate) != "human" or due(gate)]
    return [gate for gate in found if kinds is None or kind_of(gate) in kinds]


def _judged(town: Town, snapshot: Snapshot, gates: Iterable[Bead], now: str, dry: bool) -> list[Verdict]:
    gh = Gh(town.root, snapshot)
    return [look(town, snapshot, gate, now, gh, dry=dry) for gate in gates]


def _apply(
    town: Town, verdicts: Sequence[Verdict], now: str, actor: str, dry: bool, escalate: bool
) -> Checked:
    late = tuple(v.gate.id for v in verdicts if v.state != "open" and is_late(v.gate, now))
    opened = tuple(verdict.gate.id for verdict in verdicts if verdict.state == "open")

    def plan(snapshot: Snapshot) -> Edit | None:
        return plan_verdicts(snapshot, verdicts, now, actor, escalate=escalate)

    if dry or plan(town.snapshot()) is None:  # most of the time, and it takes no lock
        return Checked(tuple(verdicts), opened if dry else (), late)
    applied = transition(town, plan, actor)
    after = town.snapshot()
    done = tuple(
        id for id in opened if (gate := after.bead(id)) is not None and is_over(after.town, gate.status)
    )
    if applied is not None:
        town.notes += applied.notes
    return Checked(tuple(verdicts), done, late)


def _remember(town: Town, snapshot: Snapshot, verdicts: Iterable[Verdict]) -> None:
    """When each was looked at, and what was said; of gates that are open by now nothing is kept."""
    before = looked.read(town.local)
    at = clock.now().timestamp()
    after: dict[str, looked.Look] = {
        gate.id: before[gate.id] for gate in shut_gates(snapshot) if gate.id in before
    }
    for verdict in verdicts:
        gate = verdict.gate
        if kind_of(gate) in ASKING:
            asked = about(replace(gate, on=verdict.on or gate.on))
            after[gate.id] = looked.next_look(before.get(gate.id), at, asked, verdict.why)
    looked.write(town.local, after)
