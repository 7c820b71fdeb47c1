"""Put a merge request into the queue again."""

from __future__ import annotations

from functools import partial

from gtlib.actions.transition import transition
from gtlib.names import ItemId
from gtlib.rules.landing import plan_retry
from gtlib.store.town import Town


def retry(town: Town, request: ItemId, actor: str) -> bool:
    """Try again what was blocked or sent back; False: it is queued already. Raises UserError for another."""
    return transition(town, partial(plan_retry, mr_id=request, actor=actor), actor) is not None
