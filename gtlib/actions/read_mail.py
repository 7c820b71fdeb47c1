"""Read a message."""

from __future__ import annotations

from gtlib.actions.carry_out import carry_out
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.post import Seen
from gtlib.rules.post import find_visible
from gtlib.rules.post import plan_read
from gtlib.store.town import Town


def read_mail(town: Town, text: str, actor: Address) -> Seen:
    """The message that `text` means, where it is then: one in the actor's own mailbox counts as read from now
    on, one elsewhere (`find_visible`) is left as it was. UserError when there is none.
    """

    def plan(snapshot: Snapshot) -> tuple[Seen, Edit | None]:
        found = find_visible(snapshot, text, actor)
        return found, plan_read(snapshot, found.path, actor) if found.address == actor else None

    found, applied = carry_out(town, plan, actor)
    path = found.path.replace("/new/", "/cur/") if found.address == actor else found.path
    return Seen(path, found.address, found.message)
