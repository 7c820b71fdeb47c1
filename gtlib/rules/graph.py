"""Beads as a graph: what hangs together, and in which order it can be done."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping

from msgspec import Struct

from gtlib.model.bead import Bead
from gtlib.model.edges import HOLDING
from gtlib.model.edges import PARENT
from gtlib.model.edges import targets
from gtlib.names import ItemId
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import naturally
from gtlib.rules.tree import descendants

SHOWN = (*HOLDING, PARENT)


class Link(Struct, frozen=True):
    """An edge from a bead to what it depends on."""

    bead: ItemId
    to: ItemId
    type: str


class Graph(Struct, frozen=True):
    """Beads and the edges between them that may hold up; `layers` are ids, each after those it waits for.
    What is in a cycle or behind one is in no layer.
    """

    beads: Mapping[ItemId, Bead]
    links: tuple[Link, ...]
    layers: tuple[tuple[ItemId, ...], ...]

    @property
    def stuck(self) -> tuple[ItemId, ...]:
        """What is in no layer."""
        placed = {id for layer in self.layers for id in layer}
        return tuple(id for id in self.beads if id not in placed)


def graph_of(ledger: Ledger, beads: Iterable[Bead]) -> Graph:
    """The graph of these beads alone."""
    there = {bead.id: bead for bead in naturally(beads)}
    links = [
        Link(bead.id, to, type)
        for bead in there.values()
        for type in SHOWN
        for to in targets(bead, type)
        if to in there
    ]
    return Graph(there, tuple(links), _layers(ledger, there))


def around(ledger: Ledger, id: ItemId) -> list[Bead]:
    """The beads that hang together with that one, by edges that may hold up, in either direction."""
    near: dict[ItemId, set[ItemId]] = {}
    for bead in ledger.beads.values():
        for type in SHOWN:
            for to in targets(bead, type):
                near.setdefault(bead.id, set()).add(to)
                near.setdefault(to, set()).add(bead.id)
    found = {id}
    waiting = [id]
    while waiting:
        fresh = near.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    beads = map(ledger.find, found)
    return [bead for bead in beads if bead is not None]


def _layers(ledger: Ledger, there: Mapping[ItemId, Bead]) -> tuple[tuple[ItemId, ...], ...]:
    """The beads in the order in which they can be done: what is over holds nobody up."""
    waits = _Waits(ledger)
    left = {id: {to for to in waits.of(bead) if to in there} for id, bead in there.items()}
    after: dict[ItemId, list[ItemId]] = {}
    for id, before in left.items():
        for to in before:
            after.setdefault(to, []).append(id)
    order = {id: number for number, id in enumerate(there)}
    layers: list[tuple[ItemId, ...]] = []
    free = [id for id, before in left.items() if not before]
    while free:
        layers.append(tuple(free))
        freed: set[ItemId] = set()
        for id in free:
            for each in after.get(id, ()):
                left[each].discard(id)
                if not left[each]:
                    freed.add(each)
        free = sorted(freed, key=order.__getitem__)
    return tuple(layers)


class _Waits:
    """What must be over before a bead, or any above it, can start. What those above a bead wait for is
    gathered once, however many are below it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        # of a bead and those above it: what their edges lead to, and the children that a fan-in adds
        self._known: dict[ItemId, tuple[frozenset[ItemId], frozenset[ItemId]]] = {}

    def of(self, bead: Bead) -> set[ItemId]:
        """The ids; none for a bead that is over."""
        if bead.status in self._ledger.over:
            return set()
        direct, fanned = self._gathered(bead)
        return {to for to in direct | (fanned - {bead.id}) if self._is_open(to)}

    def _gathered(self, bead: Bead) -> tuple[frozenset[ItemId], frozenset[ItemId]]:
        line: dict[ItemId, Bead] = {}
        at: Bead | None = bead
        while at is not None and at.id not in line and at.id not in self._known:
            if at is not bead and at.status in self._ledger.over:
                at = None
                break
            line[at.id] = at
            at = self._ledger.find(at.parent) if at.parent else None
        circle = at is not None and at.id in line
        direct, fanned = (frozenset[ItemId](),) * 2 if at is None or circle else self._known[at.id]
        for each in reversed(line.values()):
            direct, fanned = self._with_own(each, direct, fanned)
            if not circle:  # in one, each has the others above it
                self._known[each.id] = direct, fanned
        return direct, fanned

    def _with_own(
        self, bead: Bead, direct: frozenset[ItemId], fanned: frozenset[ItemId]
    ) -> tuple[frozenset[ItemId], frozenset[ItemId]]:
        for type in HOLDING:
            if found := targets(bead, type):
                direct = direct.union(found)
                if type == "waits-for":
                    fanned = fanned.union(child.id for to in found for child in self._ledger.below(to))
        return direct, fanned

    def _is_open(self, id: ItemId) -> bool:
        found = self._ledger.find(id)
        return found is not None and found.status not in self._ledger.over


class Swarm(Struct, frozen=True):
    """How much of an epic can be done at once: `fronts` are ids, one wave after the other."""

    epic: Bead
    beads: tuple[Bead, ...]
    closed: int
    fronts: tuple[tuple[ItemId, ...], ...]
    warnings: tuple[str, ...]
    errors: tuple[str, ...]


def swarm(ledger: Ledger, epic: Bead) -> Swarm:
    """How the work below an epic falls into waves, and what is in the way."""
    inside = descendants(ledger, epic.id)
    beads = [bead for bead in naturally(ledger.beads[id] for id in inside) if bead.type != "event"]
    live = [bead for bead in beads if bead.status not in ledger.over]
    found = graph_of(ledger, live)
    warnings = []
    errors = [f"nothing is below {epic.id}"] if not beads else []
    for bead in live:
        for hold in ledger.holds(bead):
            if hold.why == "did not fail":
                warnings.append(f"{bead.id} {hold.said}")
            elif hold.id not in inside and hold.id != epic.id:
                warnings.append(f"{bead.id} {hold.said}, which is not below {epic.id}")
    if found.stuck:
        errors.append(f"these wait for each other: {', '.join(found.stuck)}")
    return Swarm(epic, tuple(beads), len(beads) - len(live), found.layers, tuple(warnings), tuple(errors))
