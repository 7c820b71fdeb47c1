"""Molecules and epics whose work is all done and that are open still."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gtlib.names import ItemId
from gtlib.rules.epics import epics
from gtlib.rules.flow import Flow
from gtlib.rules.gates import awaited
from gtlib.rules.gates import holds_up
from gtlib.rules.gates import kind_of
from gtlib.rules.gates import shut_gates
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import naturally
from gtlib.rules.steps import progress


class Stale(Struct, frozen=True, kw_only=True):
    """One of them: how much is below it and closed, and the ids that wait for it."""

    id: ItemId
    title: str
    total: int
    closed: int
    assignee: str
    blocks: tuple[ItemId, ...]


def stale(ledger: Ledger) -> Iterator[Stale]:
    """Molecules first, by age, then epics."""
    snapshot = ledger.snapshot
    needed: dict[ItemId, list[ItemId]] = {}
    for bead in naturally(bead for bead in ledger.beads.values() if bead.status not in ledger.over):
        for need in bead.needs:
            needed.setdefault(need, []).append(bead.id)
    for molecule in sorted(snapshot.molecules(), key=lambda each: (each.created, each.id)):
        flow = Flow(snapshot, molecule)
        if molecule.status == "closed" or molecule.template or not flow.is_complete():
            continue
        done, total = progress(flow)
        gates = [
            ItemId(id)
            for gate in shut_gates(snapshot)
            if kind_of(gate) == "bead" and awaited(gate) == molecule.id
            for id in holds_up(snapshot, gate.id)
        ]
        yield Stale(
            id=molecule.id,
            title=molecule.title,
            total=total,
            closed=done,
            assignee=molecule.assignee,
            blocks=(*needed.get(molecule.id, ()), *gates),
        )
    for each in epics(ledger):
        if each.eligible:
            epic = each.epic
            yield Stale(
                id=epic.id,
                title=epic.title,
                total=each.total,
                closed=each.closed,
                assignee=epic.assignee,
                blocks=tuple(needed.get(epic.id, ())),
            )
