"""Which beads can be taken up now, and which wait (docs/ready.md). Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from datetime import timedelta
from operator import attrgetter

from msgspec import Struct

from gtlib.model.bead import Bead
from gtlib.model.edges import HOLDING
from gtlib.model.edges import targets
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import instant
from gtlib.rules.base import is_future
from gtlib.rules.fields import SYSTEM_TYPES
from gtlib.rules.holding import Ledger
from gtlib.rules.kept import without_templates
from gtlib.rules.statuses import with_category

RECENT = timedelta(hours=48)  # what the order `hybrid` calls new
SORTS = ("priority", "hybrid", "oldest")


class Ask(Struct, frozen=True, kw_only=True):
    """What counts as work: of these types alone (none: any but system work), what sleeps too, wisps too."""

    types: frozenset[str] = frozenset()
    deferred: bool = False
    ephemeral: bool = False


PLAIN = Ask()


def ready(
    snapshot: Snapshot, now: str, ask: Ask = PLAIN, ledger: Ledger | None = None, sort: str = "priority"
) -> tuple[Bead, ...]:
    """The beads that can be taken up now, in one of the orders SORTS."""
    ledger = ledger or Ledger(snapshot)
    awake = _candidates(ledger.beads.values(), ledger, now, ask)
    return tuple(in_order([bead for bead in awake if not ledger.is_held(bead)], sort, now))


def blocked(snapshot: Snapshot, ledger: Ledger | None = None) -> tuple[tuple[Bead, tuple[ItemId, ...]], ...]:
    """The beads that are not over and wait for others, with the ids that they wait for, as `ready` orders."""
    ledger = ledger or Ledger(snapshot)
    found = [
        bead
        for bead in ledger.beads.values()
        if bead.status not in ledger.over
        and not (bead.pinned or bead.template or is_wisp(bead))
        and ledger.is_held(bead)
    ]
    found = without_templates(ledger.find, found)
    return tuple((bead, tuple(hold.id for hold in ledger.holds(bead))) for bead in ordered(found))


def ready_of(ledger: Ledger, beads: Iterable[Bead], now: str) -> list[Bead]:
    """Those of the beads that can be taken up now, in the same order."""
    return [bead for bead in _candidates(beads, ledger, now, PLAIN) if not ledger.is_held(bead)]


def blockers(snapshot: Snapshot, bead: Bead) -> tuple[ItemId, ...]:
    """What one bead waits for, its parents' blockers included."""
    return tuple(hold.id for hold in Ledger(snapshot).holds(bead))


def direct_blockers(ledger: Ledger, bead: Bead) -> tuple[ItemId, ...]:
    """What its own edges wait for, and its parent when that is blocked: as trackers tell `blocked_by`."""
    found = [hold.id for hold in ledger.own(bead)]
    parent = ledger.find(bead.parent) if bead.parent else None
    if parent is not None and parent.status not in ledger.over and ledger.is_held(parent):
        found.append(parent.id)
    return tuple(dict.fromkeys(found))


def missing(snapshot: Snapshot, ledger: Ledger | None = None) -> tuple[tuple[ItemId, ItemId], ...]:
    """(bead, what an edge of it that may hold it up leads to, and what does not exist here): these hold
    nothing up, but somebody should know.
    """
    ledger = ledger or Ledger(snapshot)
    return tuple(
        (bead.id, to)
        for bead in ledger.beads.values()
        if (bead.needs or bead.waits_for or bead.conditional_blocks) and bead.status not in ledger.over
        for to in dict.fromkeys(to for type in HOLDING for to in targets(bead, type))
        if ledger.outcome(to) in ("missing", "unknown") and not tuple(ledger.below(to))
        if not snapshot.archive.has(to)  # deleted: somebody knew
    )


def is_wisp(bead: Bead) -> bool:
    """Whether it is not meant to be kept."""
    return bead.ephemeral or "-wisp-" in bead.id


def in_order(beads: Iterable[Bead], sort: str, now: str) -> list[Bead]:
    """The beads by one of SORTS: `priority` as `ordered`; `oldest`; `hybrid`: what is new by priority, and
    then what is older than two days, oldest first.
    """
    found = ordered(beads)
    if sort == "priority":
        return found
    found.sort(key=_created)
    if sort == "hybrid":
        moment = instant(now)
        start = (moment - RECENT).strftime("%Y-%m-%dT%H:%M:%S") if moment else ""
        found.sort(key=lambda bead: bead.priority if _created(bead) >= start else 5)
    return found


def ordered(beads: Iterable[Bead]) -> list[Bead]:
    """Priority, then newest first, then id (numbers as numbers)."""
    found = sorted(beads, key=attrgetter("id"))
    plain = all(len(bead.created) == 20 and bead.created[-1] == "Z" for bead in found)
    found.sort(key=attrgetter("created") if plain else _created, reverse=True)
    found.sort(key=attrgetter("priority"))
    start = 0
    for end in range(1, len(found) + 1):
        first, each = found[start], found[end] if end < len(found) else None
        if each is None or each.created != first.created or each.priority != first.priority:
            if end - start > 1:
                found[start:end] = naturally(found[start:end])
            start = end
    return found


def naturally(beads: Iterable[Bead]) -> list[Bead]:
    """By id, numbers as numbers: gt-a.2 before gt-a.10."""
    found = sorted(beads, key=attrgetter("id"))
    if len({len(bead.id) for bead in found}) > 1:  # of one length they are in that order by now
        found.sort(key=_natural)
    return found


def comparable(stamp: str) -> str:
    """Stamps compare as text; those in another form (imported ones) are brought into ours."""
    if len(stamp) == 20 and stamp[-1] == "Z":
        return stamp
    found = instant(stamp)
    if found is None:
        return stamp
    moment = found.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if moment.microsecond else "%Y-%m-%dT%H:%M:%SZ")


def _created(bead: Bead) -> str:
    return comparable(bead.created)[:-1]  # without the Z, which is more than a fraction's point


def _natural(bead: Bead) -> tuple[str, tuple[tuple[int, str], ...]]:
    head, *parts = bead.id.split(".")
    before, _, last = head.rpartition("-")
    return before, tuple((int(part), "") if part.isdecimal() else (-1, part) for part in (last, *parts))


def _candidates(beads: Iterable[Bead], ledger: Ledger, now: str, ask: Ask) -> list[Bead]:
    """The beads that are work, and awake, whatever they wait for."""
    active = with_category(ledger.snapshot.town, "active")
    awake = active | {"deferred"}
    out = frozenset[str]() if ask.types else SYSTEM_TYPES
    found = [
        bead
        for bead in beads
        if bead.status in awake
        and bead.type not in out
        and not (bead.pinned or bead.template)
        and (ask.ephemeral or not (bead.ephemeral or "-wisp-" in bead.id))
    ]
    if ask.types:
        found = [bead for bead in found if bead.type in ask.types]
    found = without_templates(ledger.find, found)
    if ask.deferred:
        return found
    return [
        bead
        for bead in found
        if (not bead.defer or not is_future(bead.defer, now))
        and (bead.defer or bead.status in active)
        and not (bead.parent and _sleeps(ledger, bead.parent, now))
    ]


def _sleeps(ledger: Ledger, parent: ItemId, now: str) -> bool:
    above = ledger.find(parent)
    return (
        above is not None
        and bool(above.defer)
        and above.status not in ledger.over
        and is_future(above.defer, now)
    )
