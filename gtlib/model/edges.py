"""The types of edges between beads: which field of the file each has, and the edges of one bead."""

from __future__ import annotations

from operator import attrgetter

from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.names import ItemId

# type as beads names it -> field and key of the file (reference: the 19 known types)
FIELDS = {
    "blocks": "needs",
    "parent-child": "parent",
    "conditional-blocks": "conditional_blocks",
    "waits-for": "waits_for",
    "related": "related",
    "relates-to": "relates_to",
    "discovered-from": "discovered_from",
    "replies-to": "replies_to",
    "duplicates": "duplicates",
    "supersedes": "supersedes",
    "tracks": "tracks",
    "until": "until",
    "caused-by": "caused_by",
    "validates": "validates",
    "authored-by": "authored_by",
    "assigned-to": "assigned_to",
    "approved-by": "approved_by",
    "delegated-from": "delegated_from",
    "attests": "attests",
}
_VALUES = attrgetter(*FIELDS.values())
PARENT = "parent-child"
# these may hold up work
HOLDING = ("blocks", "conditional-blocks", "waits-for")
# these lead to people and things, so their targets need not be ids
TO_ANYTHING = frozenset({"authored-by", "assigned-to", "approved-by", "delegated-from", "attests"})


def type_of(text: str) -> str:
    """The type as beads names it: `parent_child` was written by some of its tools."""
    known = text.replace("_", "-")
    return known if known in FIELDS else text


def targets(bead: Bead, type: str) -> tuple[ItemId, ...]:
    """Where the edges of one type lead."""
    field = FIELDS.get(type)
    if field is None:
        return tuple(ItemId(edge.to) for edge in bead.edges if edge.type == type)
    found: tuple[ItemId, ...] | ItemId = getattr(bead, field)
    return found if isinstance(found, tuple) else (found,) if found else ()


def edges(bead: Bead) -> list[Edge]:
    """All edges of the bead: those with details in the order of the file, then the others by type."""
    held = [(type, value) for type, value in zip(FIELDS, _VALUES(bead), strict=True) if value]
    if not held and not bead.edges:
        return []  # most beads: a list of 10,000 asks them all
    present = {(to, type): None for type, value in held for to in ((value,) if type == PARENT else value)}
    found = [e for e in bead.edges if type_of(e.type) not in FIELDS or (e.to, type_of(e.type)) in present]
    told = {(edge.to, type_of(edge.type)) for edge in found}
    return found + [Edge(to=to, type=type) for to, type in present if (to, type) not in told]


def detail(bead: Bead, type: str, to: str) -> Edge | None:
    """What the bead's file says of that edge beside that it is there."""
    return next((edge for edge in bead.edges if edge.to == to and type_of(edge.type) == type), None)


def with_edge(bead: Bead, edge: Edge) -> Bead:
    """The bead with that edge, and its details if it has some. Another parent replaces the first."""
    type = type_of(edge.type)
    field = FIELDS.get(type)
    others = tuple(each for each in bead.edges if (each.to, type_of(each.type)) != (edge.to, type))
    if type == PARENT:
        others = tuple(each for each in others if type_of(each.type) != type)
    bare = not (edge.created or edge.created_by or edge.metadata or edge.thread)
    kept = others if field and bare else (*others, edge)
    if field is None:
        return replace(bead, edges=kept)
    if field == "parent":
        return replace(bead, parent=ItemId(edge.to), edges=kept)
    return replace(bead, edges=kept, **{field: (*targets(bead, type), ItemId(edge.to))})


def without_edge(bead: Bead, type: str, to: str) -> Bead:
    """The bead without that edge and what was known of it."""
    type = type_of(type)
    kept = tuple(each for each in bead.edges if (each.to, type_of(each.type)) != (to, type))
    field = FIELDS.get(type)
    if field is None:
        return replace(bead, edges=kept)
    if field == "parent":
        return replace(bead, parent=ItemId("") if bead.parent == to else bead.parent, edges=kept)
    left = tuple(each for each in targets(bead, type) if each != to)
    return replace(bead, edges=kept, **{field: left})
