"""The tree of what a bead depends on, or of what depends on it, as rows from the top."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.edges import FIELDS
from gtlib.model.edges import edges
from gtlib.model.edges import targets
from gtlib.model.edges import type_of
from gtlib.names import ItemId
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import naturally

LOOSE = frozenset({"related", "relates-to"})  # they lead back and forth
MOST = 5000  # rows: all paths through a web may be more than anybody can read


class Row(Struct, frozen=True):
    """One place of the tree: a bead (None: it does not exist), below which, by which edge. `truncated`: there
    is more below it than is shown.
    """

    id: ItemId
    bead: Bead | None
    depth: int
    parent: ItemId
    edge: str
    truncated: bool = False


class Web:
    """The edges of all beads, both ways."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._into: dict[ItemId, list[tuple[str, Bead]]] = {}
        for bead in ledger.beads.values():
            for edge in edges(bead):
                self._into.setdefault(ItemId(edge.to), []).append((type_of(edge.type), bead))

    def down(self, id: ItemId) -> list[tuple[str, ItemId]]:
        """What a bead depends on: (type, id), what holds it up first."""
        bead = self.ledger.find(id)
        if bead is None:
            return []
        own = [type_of(edge.type) for edge in edges(bead)]
        types = [*(type for type in FIELDS if type in own), *(type for type in own if type not in FIELDS)]
        return [(type, to) for type in dict.fromkeys(types) for to in targets(bead, type)]

    def up(self, id: ItemId) -> list[tuple[str, ItemId]]:
        """What depends on a bead: (type, id)."""
        found = self._into.get(id, [])
        order = {
            bead.id: number
            for number, bead in enumerate(naturally({bead.id: bead for _, bead in found}.values()))
        }
        known = {type: number for number, type in enumerate(FIELDS)}
        rows = [(type, bead.id) for type, bead in found]
        return sorted(rows, key=lambda row: (known.get(row[0], len(known)), row[0], order[row[1]]))


def tree(web: Web, root: ItemId, *, up: bool = False, depth: int = 50, all_paths: bool = False) -> list[Row]:
    """The rows below `root`, itself first, each bead once unless `all_paths`; at most MOST."""
    rows: list[Row] = []
    seen: set[ItemId] = set()
    # (id, depth, parent, edge, the line above it); the last is the next
    stack: list[tuple[ItemId, int, ItemId, str, tuple[ItemId, ...]]] = [(root, 0, ItemId(""), "", ())]
    while stack and len(rows) < MOST:
        id, level, parent, edge, line = stack.pop()
        if id in line or (id in seen and not all_paths):
            continue
        seen.add(id)
        below = [each for each in (web.up(id) if up else web.down(id)) if each[0] not in LOOSE]
        cut = level >= depth and bool(below)
        rows.append(Row(id, web.ledger.find(id), level, parent, edge, cut))
        if not cut:
            stack += [(to, level + 1, id, type, (*line, id)) for type, to in reversed(below)]
    if stack:
        rows[-1] = replace(rows[-1], truncated=True)
    return rows


def descendants(ledger: Ledger, id: ItemId) -> set[ItemId]:
    """The ids of all that is below a bead, at any depth, without itself."""
    found: set[ItemId] = set()
    waiting: list[Iterable[Bead]] = [ledger.below(id)]
    while waiting:
        for bead in waiting.pop():
            if bead.id not in found and bead.id != id:
                found.add(bead.id)
                waiting.append(ledger.below(bead.id))
    return found
