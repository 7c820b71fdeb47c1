"""Which bead of a list is claimed, and which molecules a gate set free."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import holds
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_update
from gtlib.rules.flow import Flow
from gtlib.rules.flow import bead_id
from gtlib.rules.holding import Ledger
from gtlib.rules.statuses import is_over


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
    """Those of these beads that waited for a gate, which is over now, and have a parent; each parent once.
    After them the molecules that go on, since a gate of theirs is over, with the step that does.
    """
    found: dict[ItemId, Gated] = {}
    for bead in ready:
        parent = ledger.find(bead.parent) if bead.parent else None
        gates = [each for id in bead.needs if (each := ledger.find(id)) is not None and each.type == "gate"]
        if parent is not None and gates:
            found.setdefault(parent.id, Gated(parent, gates[-1], bead))
    snapshot = ledger.snapshot
    for molecule in snapshot.molecules():
        if molecule.gates and molecule.status != "closed" and molecule.id not in found:
            step = _set_free(snapshot, molecule)
            if step is not None:
                found[molecule.id] = step
    return tuple(found.values())


def _set_free(snapshot: Snapshot, molecule: Molecule) -> Gated | None:
    """The first step of the molecule that is ready and had a gate."""
    for step in Flow(snapshot, molecule).each_ready():
        gate = snapshot.bead(ItemId(molecule.gates.get(step.id, "")))
        if gate is not None and is_over(snapshot.town, gate.status):
            whole = Bead(id=molecule.id, title=molecule.title, type="molecule")
            part = Bead(
                id=bead_id(molecule, step.id), title=step.title, description=step.text, parent=molecule.id
            )
            return Gated(whole, gate, part)
    return None
