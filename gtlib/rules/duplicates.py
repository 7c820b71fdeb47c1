"""Beads that say exactly the same, and the edit that makes one of each group."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.edges import HOLDING
from gtlib.model.edges import edges
from gtlib.model.edges import with_edge
from gtlib.model.edges import without_edge
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.rules.base import live_requests
from gtlib.rules.base import require_writable
from gtlib.rules.close import plan_close
from gtlib.rules.cycles import find_cycle
from gtlib.rules.edits import merge_edits
from gtlib.rules.end_bead import guard_kind
from gtlib.rules.fields import SYSTEM_TYPES
from gtlib.rules.statuses import category


class Group(Struct, frozen=True):
    """Beads with the same text. `target` is the one to keep; `weight` is dependents and mentions by id."""

    target: Bead
    others: tuple[Bead, ...]
    weight: Mapping[ItemId, tuple[int, int]]


def groups(beads: Sequence[Bead], among: Iterable[Bead]) -> tuple[Group, ...]:
    """The groups among these beads that are not closed, nor of a type that the system uses; `among` are all
    whose edges and texts count.

    The target has most dependents, then most mentions, then the smallest id.
    """
    found: dict[tuple[str, ...], list[Bead]] = {}
    for bead in beads:
        if bead.status != "closed" and bead.type not in SYSTEM_TYPES:
            texts = (bead.title, bead.description, bead.design, bead.acceptance)
            key = (*texts, bead.status, bead.type, bead.await_, bead.on)
            found.setdefault(tuple(part.strip() for part in key), []).append(bead)
    same = [each for each in found.values() if len(each) > 1]
    weight = _weights({bead.id for group in same for bead in group}, among)
    made = []
    for group in same:
        group.sort(key=lambda bead: (-weight[bead.id][0], -weight[bead.id][1], bead.id))
        made.append(Group(group[0], tuple(group[1:]), {bead.id: weight[bead.id] for bead in group}))
    return tuple(sorted(made, key=lambda group: group.target.id))


def left_open(snapshot: Snapshot, found: Sequence[Group], actor: str) -> dict[ItemId, str]:
    """Why beads of these groups stay beside their targets: they are at work, another's, or to be kept."""
    into = {other.id: group.target.id for group in found for other in group.others}
    # below an epic is nothing any more once what was there is below the one that is kept
    led = _repointed(snapshot, into, actor)
    after = snapshot if led is None else snapshot.with_edit(led)
    left = {}
    for bead in (other for group in found for other in group.others):
        why = _why_left(snapshot, after, bead, actor)
        if why:
            left[bead.id] = why
    return left


def _why_left(snapshot: Snapshot, after: Snapshot, bead: Bead, actor: str) -> str:
    held = holder(snapshot, bead.id)
    if held is not None:
        return f"it is on the hook of {held.address}"
    if live_requests(snapshot, bead.id):
        return "it is being landed"
    if category(snapshot.town, bead.status) == "wip" and bead.status != "blocked":
        return f"it is {bead.status}" + (f" by {bead.assignee}" if bead.assignee else "")
    if bead.assignee not in ("", actor):
        return f"it is assigned to {bead.assignee}"
    try:
        guard_kind(after, bead, "")
    except UserError as refusal:
        return refusal.what.replace(bead.id, "it", 1)
    return ""


def plan_merge(snapshot: Snapshot, found: Sequence[Group], actor: str, now: str) -> Edit | None:
    """Close all but the target of each group, with a duplicates edge to it, and lead the edges of others
    and of theirs to the target; None when there is nothing to close. What `left_open` names stays as it is.

    UserError where a bead would wait for itself.
    """
    left = left_open(snapshot, found, actor)
    into = {other.id: group.target.id for group in found for other in group.others if other.id not in left}
    edits = []
    led = _repointed(snapshot, into, actor)
    if led is not None:
        require_writable(snapshot, *led.put)
        edits.append(led)
        snapshot = snapshot.with_edit(led)
        for each in led.put:
            _refuse_cycle(snapshot, each)
    for id, target in into.items():
        closing = plan_close(snapshot, id, actor, f"duplicate of {target}", now)
        if closing is not None:
            edits.append(closing)
            snapshot = snapshot.with_edit(closing)
    return merge_edits(edits, subject=f"duplicates: {', '.join(sorted(into))}") if edits else None


def _repointed(snapshot: Snapshot, into: Mapping[ItemId, ItemId], actor: str) -> Edit | None:
    changed = []
    for bead in snapshot.beads():
        wanted = bead
        for edge in edges(bead):
            target = into.get(ItemId(edge.to))
            if target is not None and edge.type != "duplicates":
                wanted = _led(without_edge(wanted, edge.type, edge.to), replace(edge, to=target))
        if bead.id in into:
            wanted = with_edge(wanted, Edge(to=into[bead.id], type="duplicates"))
        if wanted != bead:
            changed.append(wanted)
    ids = ", ".join(sorted(into))
    return Edit(subject=f"duplicates: {ids}", put=tuple(changed), actor=actor) if changed else None


def _led(bead: Bead, edge: Edge) -> Bead:
    """The bead with that edge. Of two that lead to one bead, the one that may hold it up stays."""
    there = [each for each in edges(bead) if each.to == edge.to]
    if edge.to == bead.id or any(each.type in (edge.type, *HOLDING) for each in there):
        return bead
    if there and edge.type not in HOLDING:
        return bead
    for each in there:
        bead = without_edge(bead, each.type, each.to)
    return with_edge(bead, edge)


def _refuse_cycle(snapshot: Snapshot, item: Item) -> None:
    path = find_cycle(snapshot, item.id, item.needs) if isinstance(item, Bead) else ()
    if path:
        what = f"merged, {path[0]} would wait for itself: {' -> '.join(path)}"
        raise UserError(what, "take one of these needs out first")


def _weights(ids: set[ItemId], among: Iterable[Bead]) -> dict[ItemId, tuple[int, int]]:
    dependents = dict.fromkeys(ids, 0)
    mentions = dict.fromkeys(ids, 0)
    if not ids:
        return {}
    any_id = re.compile("|".join(re.escape(id) for id in sorted(ids, key=len, reverse=True)))
    for bead in among:
        for edge in edges(bead):
            if edge.to in ids:
                dependents[ItemId(edge.to)] += 1
        text = "\n".join((bead.title, bead.description, bead.design, bead.acceptance, bead.notes))
        for id in set(any_id.findall(text)) - {bead.id}:
            mentions[id] += 1
    return {id: (dependents[id], mentions[id]) for id in ids}
