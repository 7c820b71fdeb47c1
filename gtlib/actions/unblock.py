"""Put blocked merge requests into the queue again once what they waited for has come."""

from __future__ import annotations

from functools import partial

from gtlib.actions.attempt import blocked
from gtlib.actions.attempt import obstacle
from gtlib.actions.attempt import work_of
from gtlib.actions.obstacle import passes_by_itself
from gtlib.actions.transition import transition
from gtlib.model import kinds
from gtlib.names import ItemId
from gtlib.rules.landing import plan_retry
from gtlib.store.rig import Rig
from gtlib.store.town import Town


def unblock(town: Town, rig_name: str, now: str) -> tuple[ItemId, ...]:
    """The requests of a rig that are ready again: their gates are allowed, their checkout is clean.

    Cheap, and without the network. What was refused by the remote, or blocked by hand, waits for a person.
    Raises UserError.
    """
    snapshot = town.snapshot()
    config = snapshot.rig(rig_name)
    if config is None or snapshot.town.home not in ("", town.host):
        return ()
    rig = Rig(town.root, config)
    freed = []
    for request in blocked(snapshot, rig):
        if not passes_by_itself(request.reason) or snapshot.is_broken(kinds.path_of(request)):
            continue
        work = work_of(town, rig, request, now)
        if isinstance(work, str) or obstacle(work) is None:
            transition(town, partial(plan_retry, mr_id=request.id, actor=f"{rig_name}/refinery"))
            freed.append(request.id)
    return tuple(freed)
