"""Beads in the interchange format of trackers: one JSON object a line, and nothing of it is ever lost.

`line_of(bead_of(line))` gives back every field of the line. What the fields of a bead can't say (an explicit
null, another order, a key that is none of ours) is kept as JSON in `imported`, and counts as long as the
field that it stands for still has the value that was read from it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.model.bead import Edge
from gtlib.model.edges import FIELDS
from gtlib.model.edges import edges
from gtlib.model.edges import type_of
from gtlib.model.interchange_values import ALWAYS
from gtlib.model.interchange_values import FIELD_OF
from gtlib.model.interchange_values import KEYS
from gtlib.model.interchange_values import is_own_key
from gtlib.model.interchange_values import is_plain
from gtlib.model.interchange_values import is_target
from gtlib.model.interchange_values import text_of
from gtlib.model.interchange_values import value_of

# what exports add, and what another tool computes
COMPUTED = frozenset(
    {"_type", "content_hash", "dependency_count", "dependent_count", "comment_count", "parent"}
)
_LISTS = ("dependencies", "comments")
_VALUES = attrgetter(*(each.field for each in KEYS))  # at once: lists ask it of 10,000 beads


def line_of(bead: Bead) -> dict[str, Any]:
    """The bead as an object of the interchange format: what is empty is left out, unknown keys stay."""
    line: dict[str, Any] = {}
    for (key, field, _, give), value in zip(KEYS, _VALUES(bead), strict=True):
        if value or key in ALWAYS or (value is not None and field == "estimate"):
            line[key] = give(value)
    if found := edges(bead):
        line["dependencies"] = [_dependency(bead, edge) for edge in found]
    if bead.comments:
        line["comments"] = [_comment(bead, each) for each in bead.comments]
    for key, value in bead.extra.items():
        line.setdefault(key, value)
    return _with_left(line, bead) if bead.imported else line


def bead_of(line: Mapping[str, Any]) -> Bead:
    """The bead that a line means. UserError when its id, title, status, type or priority can't be kept."""
    values: dict[str, Any] = {}
    for each in KEYS:
        if each.key in line or each.key == "priority":  # a missing priority is 0 in this format
            try:
                values[each.field] = value_of(each, line.get(each.key))
            except UserError as error:
                raise UserError(f"{each.key}: {error.what}", error.hint) from None
    for name in ("id", "title"):
        if not values.get(name):
            raise UserError(f"it has no {name}", f"give it a key {name}")
    values |= _edge_fields(line)
    comments = tuple(found for raw in _items(line, "comments") if (found := _comment_of(raw)) is not None)
    extra = {
        key: raw
        for key, raw in line.items()
        if key not in COMPUTED and key not in _LISTS and is_own_key(key) and is_plain(raw)
    }
    bead = Bead(**values, comments=comments, extra=extra)
    left = _left(line, bead)
    return replace(bead, imported=json.dumps(left, separators=(",", ":"))) if left else bead


def with_left(bead: Bead, other: Bead, said: Collection[str], before: Bead) -> Bead:
    """The bead with in `imported` what its fields can't say of the line with the keys `said` that `other` was
    read from, and what came with `before` and the line does not touch.
    """
    line = {key: value for key, value in line_of(other).items() if key in said}
    bare = replace(bead, imported="")
    left = _left(line, bare)
    for key, raw in _kept(before).items():
        name = key.removeprefix("+")
        if name not in _LISTS or not raw or not isinstance(raw, list):
            if key not in line:
                left[key] = raw
        elif key == name:
            ours = _items(line, key)
            places = _places(key, [*ours, *raw], bare)[len(ours) :]
            more = [one for one, place in zip(raw, places, strict=True) if place is not None]
            left |= {key: [*_items(left, key), *more]} if more else {}
        else:
            new = _items(left, key)
            left[key] = [*new, *(one for one in raw if not any(same(one, each) for each in new))]
    return replace(bead, imported=json.dumps(left, separators=(",", ":")) if left else "")


def same(a: Any, b: Any) -> bool:
    """Whether two values of JSON are equal, and of one type all through: 1, 1.0 and true are not the same."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def _items(line: Mapping[str, Any], key: str) -> list[Any]:
    found = line.get(key)
    return found if isinstance(found, list) else []


def _edge_fields(line: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    details: list[Edge] = []
    for raw in _items(line, "dependencies"):
        edge = _edge(raw)
        field = FIELDS.get(type_of(edge.type)) if edge else None
        if edge is None or (field == "parent" and fields.setdefault("parent", edge.to) != edge.to):
            continue
        if field and field != "parent":
            fields[field] = (*fields.get(field, ()), edge.to)
        details.append(edge)
    bare = edges(Bead(id=line["id"], title="", **fields)) if details else []
    return fields if bare == details else {**fields, "edges": tuple(details)}


def _edge(raw: Any) -> Edge | None:
    """The edge that an item of `dependencies` means; None for what can't be kept as one."""
    if not isinstance(raw, dict):
        return None
    to, type = text_of(raw.get("depends_on_id")), text_of(raw.get("type") or "blocks")
    if not type.strip() or len(type) > 50 or not is_target(to, type_of(type)):
        return None
    return Edge(
        to=to,
        type=type,
        created=FIELD_OF["created_at"].take(raw.get("created_at")),
        created_by=text_of(raw.get("created_by")),
        metadata=text_of(raw.get("metadata")),
        thread=text_of(raw.get("thread_id")),
    )


def _dependency(bead: Bead, edge: Edge) -> dict[str, Any]:
    # every tool expects a time, and an edge drawn by hand has none of its own
    made = {
        "issue_id": bead.id,
        "depends_on_id": edge.to,
        "type": edge.type,
        "created_at": edge.created or bead.created,
    }
    more = {"created_by": edge.created_by, "metadata": edge.metadata, "thread_id": edge.thread}
    return made | {key: value for key, value in more.items() if value}


def _comment_of(raw: Any) -> Comment | None:
    if not isinstance(raw, dict):
        return None
    return Comment(
        id=text_of(raw.get("id")),
        author=text_of(raw.get("author")),
        created=text_of(raw.get("created_at")),
        text=text_of(raw.get("text")),
    )


def _comment(bead: Bead, one: Comment) -> dict[str, Any]:
    counted = one.id.isascii() and one.id.isdecimal() and len(one.id) < 18 and str(int(one.id)) == one.id
    return {
        "id": int(one.id) if counted else one.id,
        "issue_id": bead.id,
        "author": one.author,
        "text": one.text,
        "created_at": one.created,
    }


def _left(line: Mapping[str, Any], bead: Bead) -> dict[str, Any]:
    """What `line_of(bead)` would not give back, by key; `+` before a list's name means items that no
    field holds, each with its place."""
    said = line_of(bead)
    left: dict[str, Any] = {}
    for key, raw in line.items():
        if key in COMPUTED or (key in said and same(said[key], raw)):
            continue
        if key not in _LISTS or not raw or not isinstance(raw, list):
            left[key] = raw
            continue
        places = _places(key, raw, bead)
        lost = [[at, one] for at, (one, place) in enumerate(zip(raw, places, strict=True)) if place is None]
        other = [
            one
            for one, place in zip(raw, places, strict=True)
            if place is not None and not same(said[key][place], one)
        ]
        left |= {name: found for name, found in ((f"+{key}", lost), (key, other)) if found}
    return left


def _with_left(line: dict[str, Any], bead: Bead) -> dict[str, Any]:
    """The line with what was kept put back, where the field still has the value that was read from it."""
    more: list[tuple[str, list[Any]]] = []
    for key, raw in _kept(bead).items():
        if key[:1] == "+" and key[1:] in _LISTS and isinstance(raw, list):
            more.append((key[1:], raw))
        elif key in _LISTS and raw and isinstance(raw, list):
            for one, place in zip(raw, _places(key, raw, bead), strict=True):
                if place is not None:
                    line[key][place] = one
        elif key not in FIELD_OF or getattr(bead, FIELD_OF[key].field) == _value(key, raw):
            line.setdefault(key, raw) if key not in FIELD_OF else line.update({key: raw})
    for key, raw in more:
        for each in raw:
            if isinstance(each, list) and len(each) == 2 and isinstance(each[0], int):
                line.setdefault(key, []).insert(each[0], each[1])
    return line


def _kept(bead: Bead) -> dict[str, Any]:
    try:
        found = json.loads(bead.imported)
    except ValueError:  # edited by hand: what it was is in the history
        return {}
    return found if isinstance(found, dict) else {}


def _value(key: str, raw: Any) -> Any:
    try:
        return value_of(FIELD_OF[key], raw)
    except UserError:
        return None


def _places(key: str, raws: list[Any], bead: Bead) -> list[int | None]:
    """For each raw item, which one of the bead's it is."""
    if key == "comments":
        known: list[Any] = list(bead.comments)
        meant: list[Any] = list(map(_comment_of, raws))
    else:
        known = [(edge.to, type_of(edge.type)) for edge in edges(bead)]
        meant = [edge and (edge.to, type_of(edge.type)) for edge in map(_edge, raws)]
    free = set(range(len(known)))
    places: list[int | None] = []
    for each in meant:
        place = next((at for at in sorted(free) if known[at] == each), None)
        free.discard(-1 if place is None else place)
        places.append(place)
    return places
