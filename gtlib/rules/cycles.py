"""Beads that would wait for themselves, and beads that do.

Two things happen to a bead: it can start, and it ends. It starts after what it needs has ended and after its
parent may start; it ends after it has started, and after its children have ended. A cycle of these is a
deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edges import targets
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.holding import Ledger

# (bead, whether it ends; else it starts)
_Event = tuple[ItemId, bool]


def find_cycle(snapshot: Snapshot, bead: ItemId, needs: Iterable[ItemId]) -> tuple[ItemId, ...]:
    """The shortest path of ids by which `bead` would wait for itself if it needed these; empty when it
    would not.
    """
    first: list[_Event] = [(need, True) for need in needs]
    if not first:
        return ()
    graph = _Graph(Ledger(snapshot))
    return _ids([(bead, False), *path]) if (path := graph.path(first, (bead, False))) else ()


def find_parent_cycle(snapshot: Snapshot, bead: ItemId, parent: ItemId) -> tuple[ItemId, ...]:
    """The path of ids by which `bead` would wait for itself below that parent, where it is in `snapshot`
    already; empty when it would not.
    """
    graph = _Graph(Ledger(snapshot))
    down = graph.path([(parent, False)], (bead, False))
    if down:
        return _ids([(bead, False), *down])
    up = graph.path([(bead, True)], (parent, True))
    return _ids([(parent, True), *up]) if up else ()


def find_chain(snapshot: Snapshot, bead: ItemId, to: ItemId, type: str) -> tuple[ItemId, ...]:
    """The path by which edges of one type would lead from `bead` by `to` to itself; empty when they do not:
    what is a duplicate of something can't have that as its duplicate.
    """
    came: dict[ItemId, ItemId] = {to: bead}
    waiting = [to]
    for at in waiting:
        if at == bead:
            path = [at]
            while len(path) == 1 or path[-1] != bead:
                path.append(came[path[-1]])
            return tuple(reversed(path))
        found = snapshot.bead(at)
        for each in targets(found, type) if found is not None else ():
            if each not in came:
                came[each] = at
                waiting.append(each)
    return ()


def above_by_name(id: str) -> tuple[ItemId, ...]:
    """The ids that a dotted id lies below by its name alone, nearest first."""
    parts = id.split(".")
    return tuple(ItemId(".".join(parts[:size])) for size in range(len(parts) - 1, 0, -1))


def refuse_deadlock(snapshot: Snapshot, bead: ItemId, needs: Iterable[ItemId]) -> None:
    """UserError, spelling the cycle, when the bead would wait for itself, or for what its own name says it
    is a part of.
    """
    known = tuple(needs)
    for each in above_by_name(bead):
        if each in known:
            raise UserError(f"{bead} is a part of {each} and can't wait for it", "let its parts wait instead")
    path = find_cycle(snapshot, bead, known)
    if path:
        said = " -> ".join(path)
        raise UserError(f"{bead} would wait for itself: {said}", "take one of these needs out first")


def cycles(ledger: Ledger) -> tuple[tuple[ItemId, ...], ...]:
    """The live beads that wait for each other for ever, by id: of each group the shortest path through one
    of them, from the smallest id on. What is over is in none.
    """
    graph = _Graph(ledger, live=True)
    found: set[tuple[ItemId, ...]] = set()
    waiting = [
        bead.id for bead in ledger.beads.values() if bead.needs or bead.conditional_blocks or bead.parent
    ]
    for group in _components(graph, sorted(waiting)):
        first = min(group)
        path = graph.path([each for each in graph.after(first) if each in group], first, within=group)
        if path:
            ids = list(dict.fromkeys(id for id, _ in path))
            start = ids.index(min(ids))
            found.add((*ids[start:], *ids[:start]))
    return tuple(sorted(found))


class _Graph:
    """What must have happened before what."""

    def __init__(self, ledger: Ledger, *, live: bool = False) -> None:
        self._ledger = ledger
        self._live = live

    def after(self, event: _Event) -> list[_Event]:
        """What must happen before that."""
        id, ends = event
        bead = self._ledger.find(id)
        if bead is None or not self._counts(bead):
            return []
        if ends:
            below = sorted(each.id for each in self._ledger.below(id) if self._counts(each))
            return [(id, False), *((each, True) for each in below)]
        found = [(each, True) for each in (*bead.needs, *bead.conditional_blocks)]
        if bead.parent:
            found.append((bead.parent, False))
        return [each for each in found if self._is_live(each[0])] if self._live else found

    def path(
        self, first: Sequence[_Event], goal: _Event, within: frozenset[_Event] | None = None
    ) -> list[_Event]:
        """The shortest path from one of these to the goal, ends included; empty when there is none."""
        came: dict[_Event, _Event | None] = dict.fromkeys(first)
        waiting = list(came)
        for at in waiting:
            if at == goal:
                path = [at]
                while (before := came[path[-1]]) is not None:
                    path.append(before)
                return path[::-1]
            for each in self.after(at):
                if each not in came and (within is None or each in within):
                    came[each] = at
                    waiting.append(each)
        return []

    def _counts(self, bead: Bead) -> bool:
        return not self._live or bead.status not in self._ledger.over

    def _is_live(self, id: ItemId) -> bool:
        bead = self._ledger.find(id)
        return bead is not None and self._counts(bead)


def _ids(path: Iterable[_Event]) -> tuple[ItemId, ...]:
    """The beads of a path; one that starts and ends in it counts once."""
    found: list[ItemId] = []
    for id, _ in path:
        if not found or found[-1] != id:
            found.append(id)
    return tuple(found) if len(found) > 1 else (*found, *found)


def _components(graph: _Graph, ids: Iterable[ItemId]) -> Iterator[frozenset[_Event]]:
    """The strongly connected parts of the graph (Tarjan's algorithm, without recursion)."""
    number: dict[_Event, int] = {}
    low: dict[_Event, int] = {}
    stack: list[_Event] = []
    on_stack: set[_Event] = set()
    for root in ((id, ends) for id in ids for ends in (False, True)):
        if root in number:
            continue
        work: list[tuple[_Event, Iterator[_Event]]] = []
        _enter(root, graph, number, low, stack, on_stack, work)
        while work:
            at, rest = work[-1]
            each = next(rest, None)
            if each is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[at])
                if low[at] == number[at]:
                    yield _leave(at, stack, on_stack)
            elif each not in number:
                _enter(each, graph, number, low, stack, on_stack, work)
            elif each in on_stack:
                low[at] = min(low[at], number[each])


def _enter(
    event: _Event,
    graph: _Graph,
    number: dict[_Event, int],
    low: dict[_Event, int],
    stack: list[_Event],
    on_stack: set[_Event],
    work: list[tuple[_Event, Iterator[_Event]]],
) -> None:
    number[event] = low[event] = len(number)
    stack.append(event)
    on_stack.add(event)
    work.append((event, iter(graph.after(event))))


def _leave(root: _Event, stack: list[_Event], on_stack: set[_Event]) -> frozenset[_Event]:
    group: set[_Event] = set()
    while root not in group:
        each = stack.pop()
        on_stack.discard(each)
        group.add(each)
    return frozenset(group)
