"""Put a message on one's own hook."""

from __future__ import annotations

from pathlib import Path

from gtlib import clock
from gtlib import names
from gtlib.actions.carry_out import carry_out
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.actions.slung import Slung
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import require_agent
from gtlib.rules.edits import merge_edits
from gtlib.rules.post import find_visible
from gtlib.rules.post import plan_read
from gtlib.store.town import Town


def mail_hook(town: Town, text: str, cwd: Path, actor: Address) -> tuple[Message, Slung]:
    """A bead of what the message says, slung to the actor; the message counts as read then.

    The bead's id follows from the message, so that a second call makes no second one. UserError for who has
    no hook, for an unknown message, and for what `sling` refuses (the bead is there then, and open).
    """
    now = clock.stamp(clock.now())
    require_hook(town.snapshot(), actor)

    def plan(snapshot: Snapshot) -> tuple[tuple[Message, Bead], Edit | None]:
        found = find_visible(snapshot, text, actor)
        bead = _bead(snapshot, found.message, actor, now)
        edits = [plan_read(snapshot, found.path, actor)] if found.address == actor else []
        if snapshot.bead(bead.id) is None:
            trailers = (("Event", "create"), ("Bead", bead.id))
            edits.append(
                Edit(subject=f"create: {bead.id} from {found.message.id}", put=(bead,), trailers=trailers)
            )
        return (found.message, bead), merge_edits([each for each in edits if each is not None])

    (message, bead), _ = carry_out(town, plan, actor)
    return message, sling(town, bead.id, actor, Wish(), cwd, actor)


def require_hook(snapshot: Snapshot, actor: Address) -> None:
    """UserError for who is no polecat or crew member."""
    if actor.count("/") != 2:
        raise UserError(f"{actor} has no hook", "file a bead of it and sling that: bd create, gt sling")
    require_agent(snapshot, actor)


def _bead(snapshot: Snapshot, message: Message, actor: Address, now: str) -> Bead:
    rig = snapshot.rig(actor.partition("/")[0])
    prefix = rig.prefix if rig else names.TOWN_PREFIX
    return Bead(
        id=names.derive(prefix, "", "mail-hook", message.id),
        title=message.subject or f"Mail {message.id}",
        description=message.body.strip("\n"),
        priority=min(message.priority, 3),
        created=now,
        created_by=message.sender,
        external_ref=message.id,
    )
