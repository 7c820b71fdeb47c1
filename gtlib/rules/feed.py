"""Convoys that are fed: what they track is slung to a rig when it is ready, each bead once.

A convoy asks for it by its key `feed`, the name of a rig. `fed` are the beads that were slung for it: one
that a person takes off the hook again is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.rules.base import live_hook
from gtlib.rules.base import writable
from gtlib.rules.edits import merge_edits
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import ready_of

FEED = "feed"
FED = "fed"


def hungry(snapshot: Snapshot, now: str) -> Iterator[tuple[Convoy, Bead]]:
    """The beads that are to be slung now, each with its convoy: ready, nobody's, not slung for it before.

    No more than `limits.rig_sessions` of a rig are at work at once.
    """
    convoys = [each for each in snapshot.convoys() if each.status == "open" and rig_of(snapshot, each)]
    if not convoys:
        return
    ledger = Ledger(snapshot)
    room = dict.fromkeys((rig_of(snapshot, each) for each in convoys), snapshot.town.limits.rig_sessions)
    for agent in snapshot.agents():
        if agent.rig in room and agent.role == "polecat" and live_hook(agent) is not None:
            room[agent.rig] -= 1
    for convoy in sorted(convoys, key=lambda each: (each.created, each.id)):
        if not writable(snapshot, convoy):
            continue
        fed = fed_of(convoy)
        beads = [bead for id in convoy.tracks if id not in fed and (bead := snapshot.bead(id)) is not None]
        rig = rig_of(snapshot, convoy)
        for bead in ready_of(ledger, beads, now):
            if room[rig] > 0 and not bead.assignee and holder(snapshot, bead.id) is None:
                room[rig] -= 1
                yield convoy, bead


def plan_fed(snapshot: Snapshot, convoy_id: ItemId, slung: Edit, bead: ItemId) -> Edit | None:
    """A sling, and the record that the convoy was fed; None when that was done meanwhile."""
    convoy = snapshot.convoy(convoy_id)
    if convoy is None or convoy.status != "open" or bead in fed_of(convoy):
        return None
    fed = sorted({*fed_of(convoy), bead})
    noted = Edit(
        subject=f"feed: {convoy.id} {bead}", put=(replace(convoy, extra={**convoy.extra, FED: fed}),)
    )
    return merge_edits([slung, noted], subject=slung.subject)


def rig_of(snapshot: Snapshot, convoy: Convoy) -> str:
    """The rig whose polecats the convoy feeds; empty when it feeds none, or there is no such rig."""
    said = convoy.extra.get(FEED)
    rig = snapshot.rig(said) if isinstance(said, str) and said else None
    return rig.name if rig is not None else ""


def fed_of(convoy: Convoy) -> frozenset[str]:
    """The beads that were slung for the convoy."""
    said = convoy.extra.get(FED)
    return (
        frozenset(each for each in said if isinstance(each, str)) if isinstance(said, list) else frozenset()
    )
