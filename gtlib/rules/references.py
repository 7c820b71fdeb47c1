"""What names an item: every other one whose fields hold its id."""

from __future__ import annotations

import json
import re
from collections.abc import Container
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edges import edges
from gtlib.model.edges import without_edge
from gtlib.model.escalation import Escalation
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId

_TEXTS = frozenset(
    {"description", "design", "acceptance", "notes", "title", "payload", "close_reason", "text"}
)
_JSON = frozenset(
    {"imported", "metadata"}
)  # where they are text: what an imported line said, details of an edge


def items(snapshot: Snapshot) -> Iterator[Item]:
    """Every live item that may name others, but for mail."""
    yield from snapshot.beads()
    yield from snapshot.molecules()
    yield from snapshot.convoys()
    yield from snapshot.merges()
    yield from escalations(snapshot)
    yield from snapshot.agents()


def escalations(snapshot: Snapshot) -> Iterator[Escalation]:
    for path in snapshot.paths("escalations/"):
        item = snapshot.get(path)
        if isinstance(item, Escalation):
            yield item


def renamed(item: Item, old: str, new: str) -> Item:
    """The item with `new` wherever a field is `old`, and in a bead's texts wherever it stands as a word."""
    word = re.compile(rf"(?<![\w.-]){re.escape(old)}(?![\w-]|\.\w)") if isinstance(item, Bead) else None
    found: Item = _with(item, old, new, word)
    return found


def without(item: Item, gone: Container[str]) -> Item:
    """The item without what leads to one of these: a bead's edges, a convoy's tracks, a molecule's bead."""
    if isinstance(item, Bead):
        wanted = item
        for edge in edges(item):
            if edge.to in gone:
                wanted = without_edge(wanted, edge.type, edge.to)
        return wanted
    if isinstance(item, Convoy):
        tracks = tuple(id for id in item.tracks if id not in gone)
        return item if tracks == item.tracks else replace(item, tracks=tracks)
    if isinstance(item, Molecule):
        return replace(item, bead=ItemId("")) if item.bead and item.bead in gone else item
    if isinstance(item, Escalation):
        related = tuple(id for id in item.related if id not in gone)
        return item if related == item.related else replace(item, related=related)
    return item


def _with(value: Any, old: str, new: str, word: re.Pattern[str] | None, field: str = "") -> Any:
    if isinstance(value, str):
        if field in _JSON:
            return value.replace(json.dumps(old), json.dumps(new))
        if word is not None and field in _TEXTS and old in value:
            return word.sub(lambda _: new, value)
        return new if value == old else value
    if isinstance(value, tuple | list):
        found = type(value)(_with(each, old, new, word, field) for each in value)
        return value if found == value else found
    if isinstance(value, dict):
        there = {key: _with(each, old, new, word) for key, each in value.items()}
        return value if there == value else there
    if isinstance(value, Struct):
        changed = {
            name: after
            for name in value.__struct_fields__
            if name != "id"
            and (after := _with(before := getattr(value, name), old, new, word, name)) is not before
            and after != before
        }
        return replace(value, **changed) if changed else value
    return value
