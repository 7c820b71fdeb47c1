"""Which beads can be worked on now, and what the others wait for. Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping

from gtlib import layout
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import instant
from gtlib.rules.base import is_future

NEVER_READY = frozenset({"gate", "molecule", "message", "merge-request", "agent", "role", "rig"})
OVER = frozenset({"closed", "pinned"})
DEPTH = 50


class Ledger:
    """All beads by id and by parent, read once: what questions about many beads are asked of."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.beads: Mapping[ItemId, Bead] = {bead.id: bead for bead in snapshot.beads()}
        self.children: dict[ItemId, list[Bead]] = {}
        for bead in self.beads.values():
            if bead.parent:
                self.children.setdefault(bead.parent, []).append(bead)

    def find(self, id: ItemId) -> Bead | None:
        return self.beads.get(id)

    def below(self, id: ItemId) -> Iterable[Bead]:
        return self.children.get(id, ())

    def own(self, bead: Bead) -> tuple[ItemId, ...]:
        return _own(self._snapshot, self.beads, self.children, bead)


def ready(snapshot: Snapshot, now: str) -> tuple[Bead, ...]:
    """The beads that can be taken up now, as bd orders them: priority, then newest first, then id."""
    ledger = Ledger(snapshot)
    waiting: dict[ItemId, tuple[ItemId, ...]] = {}
    found = [
        bead
        for bead in ledger.beads.values()
        if _is_candidate(bead, now)
        and not _parent_sleeps(ledger.beads, bead, now)
        and not _waits(ledger, bead, waiting)
    ]
    return tuple(ordered(found))


def blocked(snapshot: Snapshot) -> tuple[tuple[Bead, tuple[ItemId, ...]], ...]:
    """The unclosed beads that wait for others, with the ids that they wait for, in the order of `ready`."""
    ledger = Ledger(snapshot)
    seen: dict[ItemId, tuple[ItemId, ...]] = {}
    found = {
        bead.id: waiting
        for bead in ledger.beads.values()
        if bead.status not in OVER and (waiting := _waits(ledger, bead, seen))
    }
    return tuple((bead, found[bead.id]) for bead in ordered(ledger.beads[id] for id in found))


def is_ready(snapshot: Snapshot, id: ItemId, now: str) -> bool:
    """Whether that bead can be taken up now, without a look at all the others."""
    bead = snapshot.bead(id)
    if bead is None or not _is_candidate(bead, now):
        return False
    parent = snapshot.bead(bead.parent) if bead.parent else None
    asleep = parent is not None and parent.status != "closed" and is_future(parent.defer, now)
    return not asleep and not blockers(snapshot, bead)


def blockers(snapshot: Snapshot, bead: Bead) -> tuple[ItemId, ...]:
    """What one bead waits for, its parents' blockers included."""
    line = [bead, *_line(snapshot, bead.parent)] if bead.parent else [bead]
    if any(each.waits_for for each in line):
        ledger = Ledger(snapshot)
        return _waits(ledger, bead, {})
    near = {id: found for each in line for id in each.needs if (found := snapshot.bead(id)) is not None}
    return tuple(dict.fromkeys(id for each in line for id in _own(snapshot, near, {}, each)))


def missing(snapshot: Snapshot) -> tuple[tuple[ItemId, ItemId], ...]:
    """(bead, id that it needs and that does not exist): these block nothing, but somebody should know."""
    known = snapshot.ids()
    return tuple(
        (bead.id, need)
        for bead in snapshot.beads()
        for need in bead.needs
        if need not in known and bead.status != "closed"
    )


def ordered(beads: Iterable[Bead]) -> list[Bead]:
    """Priority, then newest first, then id."""
    found = sorted(beads, key=lambda bead: bead.id)
    found.sort(key=lambda bead: _comparable(bead.created), reverse=True)
    found.sort(key=lambda bead: bead.priority)
    return found


def find_cycle(snapshot: Snapshot, bead: ItemId, needs: Iterable[ItemId]) -> tuple[ItemId, ...]:
    """The path of ids by which `bead` would wait for itself if it needed these; empty when it would not.

    A parent waits for what is below it, as an epic does, and what blocks it blocks those below.
    """
    above = {bead, *(each.id for each in _line(snapshot, bead))}
    stack: list[tuple[ItemId, ...]] = [(bead, need) for need in reversed(tuple(needs))]
    seen: set[ItemId] = set()
    while stack:
        path = stack.pop()
        if path[-1] in above:
            return path
        if path[-1] in seen:
            continue
        seen.add(path[-1])
        line = _line(snapshot, path[-1])
        if any(each.id == bead for each in line):
            return (*path, bead)
        stack += [(*path, need) for each in reversed(line) for need in reversed(each.needs)]
    return ()


def _line(snapshot: Snapshot, id: ItemId) -> list[Bead]:
    """The bead and its parents upwards, as far as they exist; a parent cycle ends the line."""
    line: list[Bead] = []
    found = snapshot.bead(id)
    while found is not None and found not in line and len(line) < DEPTH:
        line.append(found)
        found = snapshot.bead(found.parent) if found.parent else None
    return line


def _is_candidate(bead: Bead, now: str) -> bool:
    return (
        bead.status == "open"
        and bead.type not in NEVER_READY
        and "-wisp-" not in bead.id
        and not (bead.defer and is_future(bead.defer, now))
    )


def _parent_sleeps(beads: Mapping[ItemId, Bead], bead: Bead, now: str) -> bool:
    parent = beads.get(bead.parent) if bead.parent else None
    return (
        parent is not None
        and bool(parent.defer)
        and parent.status != "closed"
        and is_future(parent.defer, now)
    )


def _waits(
    ledger: Ledger, bead: Bead, seen: dict[ItemId, tuple[ItemId, ...]], depth: int = 0
) -> tuple[ItemId, ...]:
    if bead.id in seen:
        return seen[bead.id]
    seen[bead.id] = ()
    found = ledger.own(bead)
    parent = ledger.find(bead.parent) if bead.parent else None
    if parent is not None and depth < DEPTH:
        found = tuple(dict.fromkeys(found + _waits(ledger, parent, seen, depth + 1)))
    seen[bead.id] = found
    return found


def _own(
    snapshot: Snapshot, beads: Mapping[ItemId, Bead], children: Mapping[ItemId, list[Bead]], bead: Bead
) -> tuple[ItemId, ...]:
    if not bead.needs and not bead.waits_for:
        return ()
    found = [need for need in bead.needs if _is_open(snapshot, beads, need)]
    for spawner in bead.waits_for:
        if any(child.status != "closed" and child.id != bead.id for child in children.get(spawner, ())):
            found.append(spawner)
    return tuple(found)


def _is_open(snapshot: Snapshot, beads: Mapping[ItemId, Bead], id: ItemId) -> bool:
    bead = beads.get(id)
    if bead is not None:
        return bead.status not in OVER
    if snapshot.exists(layout.path_of_bead(id)):
        return True
    molecule = snapshot.molecule(id)
    return molecule is not None and molecule.status != "closed"


def _comparable(stamp: str) -> str:
    """Stamps compare as text; those in another form (imported ones) are brought into ours."""
    if len(stamp) == 20 and stamp.endswith("Z"):
        return stamp
    found = instant(stamp)
    return found.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if found is not None else stamp
