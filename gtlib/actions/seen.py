"""Mail that was shown counts as read."""

from __future__ import annotations

from collections.abc import Iterable

from gtlib.actions.transition import transition
from gtlib.rules.post import plan_seen
from gtlib.store.town import Town


def seen(town: Town, address: str, ids: Iterable[str]) -> bool:
    """Move these messages of the mailbox from new to cur, in one commit; whether any was there to move.

    Safe to repeat. UserError when the town can't be written to.
    """
    wanted = tuple(ids)
    return transition(town, lambda snapshot: plan_seen(snapshot, address, wanted), address) is not None
