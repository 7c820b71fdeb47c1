"""What stands against closing a bead, and what a close sets free."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edges import HOLDING
from gtlib.model.edges import targets
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import live_hook
from gtlib.rules.gates import unmet
from gtlib.rules.holding import Ledger
from gtlib.rules.hooks import has_worktree
from gtlib.rules.ready import ready_of
from gtlib.rules.statuses import over

CHILDREN_SHOWN = 5


def guard_close(snapshot: Snapshot, bead: Bead, now: str, actor: str, force: str = "--force") -> None:
    """UserError for a bead that should not be closed as it stands: pinned, a template, waiting, an epic with
    open children, or (by an agent) a gate whose condition is not met. `force` is how to do it all the same.
    """
    hint = f"to close it all the same: {force}"
    guard_kind(snapshot, bead, hint)
    early = unmet(snapshot, bead, now) if bead.type == "gate" and actor != OVERSEER else ""
    if early:
        raise UserError(f"{bead.id} is a gate that is shut: {early}", hint)
    # what runs only if something else fails, which it did not, has nothing to wait for
    waiting = [hold.id for hold in Ledger(snapshot).holds(bead) if hold.why != "did not fail"]
    if waiting:
        raise UserError(f"{bead.id} waits for {', '.join(waiting)}", hint)


def guard_kind(snapshot: Snapshot, bead: Bead, hint: str) -> None:
    """UserError for a bead that is not there to be closed: pinned, a template, an epic with open children."""
    if bead.status == "pinned" or bead.pinned:
        raise UserError(f"{bead.id} is pinned", hint)
    if bead.template:
        raise UserError(f"{bead.id} is a template", hint)
    if bead.type == "epic":
        done = over(snapshot.town)
        left = [each.id for each in snapshot.beads() if each.parent == bead.id and each.status not in done]
        if left:
            more = f" and {len(left) - CHILDREN_SHOWN} more" if len(left) > CHILDREN_SHOWN else ""
            raise UserError(f"{bead.id} has open children: {', '.join(left[:CHILDREN_SHOWN])}{more}", hint)


def closes_by_landing(snapshot: Snapshot, bead: ItemId, actor: str) -> bool:
    """Whether the actor's close means: submit. So it is for what is on an agent's own hook, not handed in, of
    who has a worktree.
    """
    agent = snapshot.agent(Address(actor)) if actor != OVERSEER else None
    hook = live_hook(agent) if agent else None
    if agent is None or hook is None or not has_worktree(agent):
        return False
    return hook.bead == bead and hook.state != "completed"


def set_free(snapshot: Snapshot, closed: Iterable[ItemId], now: str) -> tuple[Bead, ...]:
    """The beads that waited for one of those, they or what they are below, and can be taken up now."""
    gone = set(closed)
    parents = {bead.parent for id in gone if (bead := snapshot.bead(id)) is not None and bead.parent}
    ledger = Ledger(snapshot)
    beads = ledger.beads
    freed = {
        bead.id
        for bead in beads.values()
        if any(to in gone for type in HOLDING for to in targets(bead, type))
        or any(to in parents for to in bead.waits_for)
    }
    if not freed:
        return ()
    found = [bead for bead in _with_below(beads, freed) if bead.id not in gone]
    return tuple(ready_of(ledger, found, now))


def _with_below(beads: Mapping[ItemId, Bead], tops: set[ItemId]) -> list[Bead]:
    """Those of the beads that are `tops`, or have one above them; a cycle of parents ends it."""
    below = dict.fromkeys(tops, True)
    for bead in beads.values():
        line: dict[ItemId, None] = {}
        at: Bead | None = bead
        while at is not None and at.id not in below and at.id not in line:
            line[at.id] = None
            at = beads.get(at.parent) if at.parent else None
        found = at is not None and below.get(at.id, False)
        below.update(dict.fromkeys(line, found))
    return [bead for bead in beads.values() if below[bead.id]]
