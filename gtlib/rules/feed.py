"""Convoys that are fed: what they track is slung to a rig when it is ready, each bead once.

One that a person takes off the hook again is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import fresh
from gtlib.rules.base import holder
from gtlib.rules.base import live_hook
from gtlib.rules.base import writable
from gtlib.rules.edits import merge_edits
from gtlib.rules.flow import Flow
from gtlib.rules.flow import bead_id
from gtlib.rules.flow import molecule_of_step
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import ready_of

# The key of a convoy that says how many are at work at once.
AT_ONCE = "at_once"


def hungry(snapshot: Snapshot, now: str) -> Iterator[tuple[Convoy, Bead]]:
    """The beads that are to be slung now, each with its convoy: ready, nobody's, not slung for it before.

    No more than `limits.rig_sessions` of a rig are at work at once, nor more of a convoy than it says.
    """
    convoys = [each for each in snapshot.convoys() if each.status == "open" and rig_of(snapshot, each)]
    # where nothing is left the ledger need not be read
    if not any(id not in each.fed for each in convoys for id in _wanted(snapshot, each)):
        return
    ledger = Ledger(snapshot)
    room = dict.fromkeys((rig_of(snapshot, each) for each in convoys), snapshot.town.limits.rig_sessions)
    for agent in snapshot.agents():
        if agent.rig in room and agent.role == "polecat" and live_hook(agent) is not None:
            room[agent.rig] -= 1
    for convoy in sorted(convoys, key=lambda each: (each.created, each.id)):
        if not writable(snapshot, convoy):
            continue
        left = [id for id in _wanted(snapshot, convoy) if id not in convoy.fed]
        beads = [bead for id in left if (bead := snapshot.bead(id)) is not None]
        rig = rig_of(snapshot, convoy)
        here = at_once(convoy) - at_work(snapshot, convoy) if at_once(convoy) else len(beads)
        for bead in ready_of(ledger, beads, now):
            if room[rig] > 0 and here > 0 and not bead.assignee and holder(snapshot, bead.id) is None:
                room[rig] -= 1
                here -= 1
                yield convoy, bead


def at_once(convoy: Convoy) -> int:
    """How many of what it tracks may be at work at once; 0: as many as the rig can."""
    said = convoy.extra.get(AT_ONCE)
    return said if isinstance(said, int) and said > 0 else 0


def at_work(snapshot: Snapshot, convoy: Convoy) -> int:
    """How many of what it tracks are on hooks, and not handed in."""
    hooks = (live_hook(agent) for agent in snapshot.agents())
    return sum(h is not None and h.bead in convoy.tracks and h.state != "completed" for h in hooks)


def plan_fed(snapshot: Snapshot, convoy_id: ItemId, slung: Edit, bead: ItemId) -> Edit | None:
    """A sling, and the record that the convoy was fed; None when that was done meanwhile."""
    convoy = snapshot.convoy(convoy_id)
    if convoy is None or convoy.status != "open" or bead in convoy.fed:
        return None
    noted = replace(convoy, fed=(*convoy.fed, bead), tracks=(*convoy.tracks, bead))
    return merge_edits(
        [slung, Edit(subject=f"feed: {convoy.id} {bead}", put=(noted,))], subject=slung.subject
    )


def plan_swarm(snapshot: Snapshot, molecule: Molecule, rig: str, now: str, actor: str) -> Edit | None:
    """A convoy that slings the steps of a poured molecule to a rig as their turn comes; None when one does.

    UserError for a molecule whose steps are one list, and for one that is over.
    """
    if not molecule.poured:
        hint = f"gt sling {molecule.bead or 'BEAD'} {rig}, or pour it again with --beads"
        raise UserError(f"the steps of {molecule.id} are one list, for one agent", hint)
    if molecule.status == "closed":
        raise UserError(f"{molecule.id} is closed", "pour the formula again: gt mol pour")
    flow = Flow(snapshot, molecule)
    steps = tuple(bead_id(molecule, id) for id in flow.ids if not flow.is_control(id))
    if any(
        each.feed and set(steps) & set(each.tracks) for each in snapshot.convoys() if each.status == "open"
    ):
        return None
    convoy = Convoy(
        id=fresh(snapshot, names.TOWN_PREFIX, "cv", "swarm", molecule.id, now),
        title=f"Molecule: {molecule.title}",
        owner=actor,
        tracks=steps,
        feed=rig,
        created=now,
    )
    return Edit(
        subject=f"swarm: {convoy.id} {molecule.id} to {rig}",
        put=(convoy,),
        trailers=(("Event", "swarm"), ("Bead", molecule.bead or molecule.id), ("Convoy", convoy.id)),
        actor=actor,
    )


def rig_of(snapshot: Snapshot, convoy: Convoy) -> str:
    """The rig whose polecats the convoy feeds; empty when it feeds none, or there is no such rig."""
    rig = snapshot.rig(convoy.feed) if convoy.feed else None
    return rig.name if rig is not None else ""


def _wanted(snapshot: Snapshot, convoy: Convoy) -> Iterator[ItemId]:
    """What it tracks; of a poured molecule the steps that came later, too."""
    yield from convoy.tracks
    named = (molecule_of_step(snapshot, id) for id in convoy.tracks if "." in id)
    for molecule in {each[0].id: each[0] for each in named if each is not None and each[0].poured}.values():
        flow = Flow(snapshot, molecule)
        for id in flow.ids:
            if not flow.is_control(id) and bead_id(molecule, id) not in convoy.tracks:
                yield bead_id(molecule, id)
