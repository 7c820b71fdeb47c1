"""Read a message."""

from __future__ import annotations

from msgspec import Struct

from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.post import elsewhere
from gtlib.rules.post import find_mail
from gtlib.rules.post import plan_read
from gtlib.store.town import Town


class Read(Struct, frozen=True):
    """A message, whose copy it is, and the path it now has."""

    message: Message
    address: Address
    path: str


def read_mail(town: Town, text: str, actor: Address) -> Read:
    """The message in the actor's mailbox that `text` means; it counts as read from now on.

    The overseer may look at what others got, by its whole id: that stays unread. UserError when
    there is none.
    """
    found: list[tuple[str, Message]] = []
    try:
        find_mail(town.snapshot(), text, actor)
    except UserError:
        if actor != OVERSEER:
            raise
        for path, address, message in elsewhere(town.snapshot(), text):
            return Read(message, address, path)
        raise

    def plan(snapshot: Snapshot) -> Edit | None:
        found.append(find_mail(snapshot, text, actor))
        return plan_read(snapshot, found[-1][0], actor)

    transition(town, plan, actor)
    path, message = found[-1]
    return Read(message, actor, path.replace("/new/", "/cur/"))
