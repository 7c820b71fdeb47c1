"""Which bead of a list is claimed, and which molecules a gate set free."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import holds
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_update
from gtlib.rules.holding import Ledger


def plan_take(snapshot: Snapshot, beads: Sequence[Bead], actor: str, now: str) -> tuple[ItemId, Edit | None]:
    """The first of these beads that is nobody else's, and the edit that claims it. UserError for none."""
    held = {id for agent in snapshot.agents() if agent.address != actor for id in holds(agent)}
    for bead in beads:
        if bead.assignee in ("", actor) and bead.id not in held:
            return bead.id, plan_update(snapshot, [bead.id], Changes(claim=True), actor, now)[1]
    hint = (
        "others have what is ready: bd list --status in_progress" if beads else "bd blocked says what waits"
    )
    raise UserError("nothing is ready to be claimed", hint)


class Gated(Struct, frozen=True):
    """A bead that can be taken up since a gate opened, and what it is a part of."""

    molecule: Bead
    gate: Bead
    step: Bead


def gated(ledger: Ledger, ready: Sequence[Bead]) -> tuple[Gated, ...]:
    """Those of these beads that waited for a gate, which is over now, and have a parent; each parent once."""
    found: dict[ItemId, Gated] = {}
    for bead in ready:
        parent = ledger.find(bead.parent) if bead.parent else None
        gates = [each for id in bead.needs if (each := ledger.find(id)) is not None and each.type == "gate"]
        if parent is not None and gates:
            found.setdefault(parent.id, Gated(parent, gates[-1], bead))
    return tuple(found.values())
