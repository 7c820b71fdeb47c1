"""Put the steps of a poured molecule on the hooks of a rig's polecats, each when its turn comes."""

from __future__ import annotations

from msgspec import Struct

from gtlib import clock
from gtlib.actions.feed import feed
from gtlib.actions.transition import transition
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import require_writable
from gtlib.rules.feed import plan_swarm
from gtlib.rules.target import find_rig
from gtlib.store.town import Town


class Swarm(Struct, frozen=True):
    """The convoy that feeds the rig, whether it was made now, and what was slung or stood in the way."""

    convoy: Convoy
    new: bool
    lines: tuple[str, ...]


def swarm(town: Town, molecule: Molecule, target: str, actor: str) -> Swarm:
    """Sling what is ready of the molecule to the rig, and have the deacon sling the rest. UserError as
    `plan_swarm` says, and for an unknown rig.
    """
    rig = find_rig(town.snapshot(), target).name
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> Edit | None:
        current = snapshot.molecule(molecule.id) or molecule
        require_writable(snapshot, current)
        return plan_swarm(snapshot, current, rig, now, actor)

    applied = transition(town, plan, actor)
    lines = feed(town, actor)
    snapshot = town.snapshot()
    convoys = [each for each in snapshot.convoys() if each.feed and each.status == "open"]
    mine = [each for each in convoys if _tracks(each, molecule.id)]
    return Swarm(sorted(mine, key=lambda each: each.created)[-1], applied is not None, lines)


def _tracks(convoy: Convoy, molecule: ItemId) -> bool:
    return any(id.startswith(f"{molecule}.") for id in convoy.tracks)
