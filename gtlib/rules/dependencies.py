"""Edges between beads, drawn and taken out by name: one for each pair, and none that makes a deadlock."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.edges import FIELDS
from gtlib.model.edges import TO_ANYTHING
from gtlib.model.edges import edges
from gtlib.model.edges import type_of
from gtlib.model.edges import with_edge
from gtlib.model.edges import without_edge
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import require_bead
from gtlib.rules.base import require_writable
from gtlib.rules.cycles import find_chain
from gtlib.rules.cycles import find_parent_cycle
from gtlib.rules.cycles import refuse_deadlock
from gtlib.rules.edits import merge_edits
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_id
from gtlib.rules.statuses import is_over

WAITING = {"needs": "blocks", "depends-on": "blocks", "blocked-by": "blocks"}
BOTH_WAYS = "relates-to"
MOST = 50  # characters of a type of one's own
_TYPE = re.compile(r"[a-z0-9][a-z0-9:._-]*\Z")


class Wanted(Struct, frozen=True):
    """An edge as typed; `where` says in which line of a file."""

    bead: str
    to: str
    type: str = "blocks"
    where: str = ""


class Dependency(Struct, frozen=True):
    """An edge of a bead; `changed` is False for one that was there already."""

    bead: ItemId
    to: ItemId
    type: str
    changed: bool = True


def edge_type(text: str) -> str:
    """The type that a word names: a known one, another word for waiting, or one of one's own."""
    word = text.strip().lower()
    found = type_of(WAITING.get(word.replace("_", "-"), word))
    if len(found) > MOST or not _TYPE.match(found):
        raise UserError(
            f"{text!r} is no type of dependency",
            f"write one word, {MOST} characters at most: blocks, related",
        )
    return found


def plan_add(
    snapshot: Snapshot, wanted: Sequence[Wanted], actor: str, *, check: bool = True
) -> tuple[tuple[Dependency, ...], Edit | None]:
    """The edges that are meant, and the edit that draws those that are not there, all or none.

    `check`: refuse what makes a deadlock. UserError for what is unknown, a bead that depends on itself, a
    second edge between the same two, and a cycle.
    """
    made: list[Dependency] = []
    edits: list[Edit] = []
    for each in wanted:
        try:
            found, edit = _add(snapshot, each, actor, check)
        except UserError as refusal:
            if each.where:
                raise UserError(f"{each.where}: {refusal.what}", refusal.hint) from None
            raise
        made.append(found)
        if edit is not None:
            edits.append(edit)
            snapshot = snapshot.with_edit(edit)
    subject = f"update: dependencies of {len(edits)} beads" if len(edits) > 1 else ""
    return tuple(made), merge_edits(edits, subject=subject)


def plan_remove(snapshot: Snapshot, text: str, to: str, type: str, actor: str) -> tuple[Dependency, Edit]:
    """Take an edge out, of that type ("": whatever it is). UserError when there is none."""
    bead = find_bead(snapshot, text)
    wanted = edge_type(type) if type else ""
    there = [edge for edge in edges(bead) if wanted in ("", type_of(edge.type))]
    try:
        target = names.resolve(to, dict.fromkeys(edge.to for edge in there))
    except UserError as refusal:
        if "means" in refusal.what:
            raise
        said = ", ".join(dict.fromkeys(edge.to for edge in there)) or "nothing"
        kind = f" ({wanted})" if wanted else ""
        raise UserError(f"{bead.id} has no dependency on {to}{kind}", f"it depends on {said}") from None
    types = list(dict.fromkeys(type_of(edge.type) for edge in there if edge.to == target))
    if len(types) > 1:
        raise UserError(f"{bead.id} depends on {target} twice: {', '.join(types)}", "name one with --type")
    changed = [without_edge(bead, types[0], target)]
    other = snapshot.bead(target) if types[0] == BOTH_WAYS else None
    if other is not None:
        changed.append(without_edge(other, BOTH_WAYS, bead.id))
    return Dependency(bead.id, target, types[0]), _edit(snapshot, changed, actor)


def _add(snapshot: Snapshot, wanted: Wanted, actor: str, check: bool) -> tuple[Dependency, Edit | None]:
    type = edge_type(wanted.type)
    bead = find_bead(snapshot, wanted.bead)
    to = _target(snapshot, wanted.to, type)
    if to == bead.id:
        raise UserError(f"{bead.id} can't depend on itself", "name two beads")
    changed = [] if _is_there(bead, to, type) else [_with(snapshot, bead, to, type)]
    if type == BOTH_WAYS:
        other = require_bead(snapshot, to)
        changed += [] if _is_there(other, bead.id, type) else [_with(snapshot, other, bead.id, type)]
    found = Dependency(bead.id, to, type, changed=bool(changed))
    if not changed:
        return found, None
    edit = _edit(snapshot, changed, actor)
    if check:
        _refuse_cycle(snapshot.with_edit(edit), bead, to, type)
    return found, edit


def _is_there(bead: Bead, to: ItemId, type: str) -> bool:
    """Whether the edge is there. UserError when another one leads to the same bead."""
    types = [type_of(edge.type) for edge in edges(bead) if edge.to == to]
    if types and type not in types:
        raise UserError(
            f"{bead.id} depends on {to} already ({', '.join(types)})",
            f"take that out first: bd dep remove {bead.id} {to}",
        )
    return bool(types)


def _with(snapshot: Snapshot, bead: Bead, to: ItemId, type: str) -> Bead:
    if type == "parent-child":
        parent = require_bead(snapshot, to)
        if bead.parent:
            raise UserError(
                f"{bead.id} has a parent, {bead.parent}", f"to move it: bd update {bead.id} --parent {to}"
            )
        if is_over(snapshot.town, parent.status) and not is_over(snapshot.town, bead.status):
            raise UserError(f"the parent {to} is {parent.status}", f"open it first: bd reopen {to}")
    return with_edge(bead, Edge(to=to, type=type))


def _target(snapshot: Snapshot, text: str, type: str) -> ItemId:
    """Where an edge may lead: a bead, another item by its whole id, `external:...`, or whom it is about."""
    if text.startswith("external:") and type not in (BOTH_WAYS, "parent-child"):
        return names.target(text)
    if type in FIELDS and type not in TO_ANYTHING and text not in snapshot.ids():
        return find_id(snapshot, text, "beads")
    try:
        return ItemId(text) if text in snapshot.ids() else find_id(snapshot, text, "beads")
    except UserError:
        if type not in TO_ANYTHING or not text or len(text.split()) != 1:
            raise
        return ItemId(text)


def _refuse_cycle(after: Snapshot, bead: Bead, to: ItemId, type: str) -> None:
    if type in ("blocks", "conditional-blocks"):
        refuse_deadlock(after, bead.id, [to])
    path: tuple[ItemId, ...] = ()
    if type == "parent-child":
        path = find_parent_cycle(after, bead.id, to)
    elif type in ("duplicates", "supersedes"):
        path = find_chain(after, bead.id, to, type)
    if path:
        raise UserError(f"{type} would go in a circle: {' -> '.join(path)}", "take one of these out first")


def _edit(snapshot: Snapshot, changed: Sequence[Bead], actor: str) -> Edit:
    require_writable(snapshot, *changed)
    return Edit(
        subject=f"update: {changed[0].id} {changed[0].title}",
        put=tuple(changed),
        trailers=tuple(("Bead", each.id) for each in changed),
        actor=actor,
    )
