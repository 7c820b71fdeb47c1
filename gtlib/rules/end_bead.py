"""What stands against closing a bead, and what a close sets free."""

from __future__ import annotations

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import live_hook
from gtlib.rules.ready import blockers
from gtlib.rules.ready import is_ready

CHILDREN_SHOWN = 5


def guard_close(snapshot: Snapshot, bead: Bead) -> None:
    """UserError for a bead that should not be closed as it stands: pinned, waiting, or with open children."""
    force = "to close it all the same: --force"
    if bead.status == "pinned":
        raise UserError(f"{bead.id} is pinned", force)
    if bead.type == "epic":
        left = [each.id for each in snapshot.beads() if each.parent == bead.id and each.status != "closed"]
        if left:
            more = f" and {len(left) - CHILDREN_SHOWN} more" if len(left) > CHILDREN_SHOWN else ""
            raise UserError(f"{bead.id} has open children: {', '.join(left[:CHILDREN_SHOWN])}{more}", force)
    waiting = blockers(snapshot, bead)
    if waiting:
        raise UserError(f"{bead.id} waits for {', '.join(waiting)}", force)


def closes_by_landing(snapshot: Snapshot, bead: ItemId, actor: str) -> bool:
    """Whether the actor's close means: submit. So it is for what is on an agent's own hook, not handed in."""
    agent = snapshot.agent(Address(actor)) if actor != OVERSEER else None
    hook = live_hook(agent) if agent else None
    return hook is not None and hook.bead == bead and hook.state != "completed"


def set_free(snapshot: Snapshot, closed: ItemId, now: str) -> tuple[Bead, ...]:
    """The beads that waited for that one and can be taken up now."""
    waiting = [bead for bead in snapshot.beads() if closed in bead.needs]
    return tuple(bead for bead in waiting if is_ready(snapshot, bead.id, now))
