"""Land the best merge request of a rig: the refinery, one at a time.

Before the push nothing is recorded. Whatever kills this, the next run looks first whether the work is in the
target already, so nothing lands twice and nothing that landed is forgotten.
"""

from __future__ import annotations

from gtlib.actions.attempt import Outcome
from gtlib.actions.attempt import attempt
from gtlib.actions.attempt import block
from gtlib.actions.attempt import waits_for
from gtlib.actions.attempt import work_of
from gtlib.actions.gates import end_left_over
from gtlib.actions.obstacle import gates_obstacle
from gtlib.actions.unblock import unblock
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model import kinds
from gtlib.rules.queue import queue
from gtlib.store import place
from gtlib.store.rig import Rig
from gtlib.store.town import Town

__all__ = ["Outcome", "land"]


def land(town: Town, rig_name: str, now: str) -> Outcome | None:
    """Take the best request of a rig that can be taken now to its end; None when there is none.

    A blocked request whose obstacle has gone is ready again. Raises UserError, nothing changed, for an
    unknown rig, on another machine than the town's home, while another refinery works in the rig or a
    merge or the like is in progress in the town, and when the remote can't be reached: try again later.
    """
    snapshot = town.snapshot()
    config = snapshot.rig(rig_name)
    if config is None:
        raise UserError(f"no rig {rig_name!r}", "gt rig list shows them")
    home = snapshot.town.home
    if home and home != town.host:
        raise UserError(f"{home} lands the work of this town, and this is {town.host}", "run it there")
    where = place.of(town.repo, town.branch)
    if where.operation:
        # Nothing could be recorded, so gates would run for nothing, again and again.
        what = f"a {where.operation} is in progress in {town.root}"
        raise UserError(what, f"end it first: {where.way_out}")
    rig = Rig(town.root, config)
    lock = FileLock(town.local / f"refinery-{rig_name}.lock")
    if not lock.acquire(timeout=0):
        raise UserError(f"the refinery of {rig_name} is at work already", f"see gt mq list {rig_name}")
    try:
        end_left_over(rig)
        unblock(town, rig_name, now)
        return _first(town, rig, now)
    finally:
        lock.release()


def _first(town: Town, rig: Rig, now: str) -> Outcome | None:
    snapshot = town.snapshot()
    if waits_for(snapshot, rig, gates_obstacle(town.local, rig.config)):
        return None
    fetched = False
    for request in queue(snapshot, rig.config.name, now):
        if snapshot.is_broken(kinds.path_of(request)):
            continue
        if not fetched:
            rig.fetch()
            fetched = True
        work = work_of(town, rig, request, now)
        outcome = block(town, rig, request, work, now) if isinstance(work, str) else attempt(work)
        if outcome is not None:
            return outcome
    return None
