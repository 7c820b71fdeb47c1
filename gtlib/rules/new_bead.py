"""A new bead: its id, its place below a parent, and its edges to others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.edges import FIELDS
from gtlib.model.edges import TO_ANYTHING
from gtlib.model.edges import type_of
from gtlib.model.edges import with_edge
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import TOWN_PREFIX as TOWN_PREFIX
from gtlib.names import ItemId
from gtlib.rules import metadata
from gtlib.rules.base import require_bead
from gtlib.rules.base import require_writable
from gtlib.rules.cycles import refuse_deadlock
from gtlib.rules.edits import merge_edits
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_id
from gtlib.rules.find import ids_in
from gtlib.rules.lint import missing_sections
from gtlib.rules.new_id import given_id
from gtlib.rules.new_id import next_child
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up
from gtlib.rules.route import nearest
from gtlib.rules.statuses import is_over

# how `--deps` may call an edge by which the new bead waits
WAITING = {"needs": "blocks", "depends-on": "blocks", "blocked-by": "blocks"}
GATES = ("all-children", "any-children")


class Draft(Struct, frozen=True, kw_only=True):
    """What is asked for. `parent`, `deps` (`id` or `type:id`), `waits_for` and `assignee` are as typed; `id`
    is empty for one that is made up; the rest has the form of the file. A `defer` date makes it deferred.
    """

    title: str
    type: str = "task"
    priority: int = 2
    assignee: str = ""
    labels: tuple[str, ...] = ()
    parent: str = ""
    deps: tuple[str, ...] = ()
    waits_for: str = ""
    gate: str = "all-children"
    id: str = ""
    force: bool = False
    estimate: int | None = None
    due: str = ""
    defer: str = ""
    external_ref: str = ""
    spec: str = ""
    metadata: dict[str, Any] = {}
    mol_type: str = ""
    event_kind: str = ""
    actor: str = ""
    target: str = ""
    payload: str = ""
    description: str = ""
    design: str = ""
    acceptance: str = ""
    notes: str = ""
    inherit_labels: bool = True
    validate: bool = False


# what a draft hands on to the bead as it is
_AS_GIVEN = (
    "title", "type", "priority", "estimate", "due", "defer", "external_ref", "spec", "metadata", "mol_type",
    "event_kind", "actor", "target", "payload", "description", "design", "acceptance", "notes",
)  # fmt: skip


def plan_create(
    snapshot: Snapshot, draft: Draft, prefix: str, actor: str, now: str, created_ns: int
) -> tuple[Bead, Edit]:
    """The bead that the draft becomes and the edit that makes it; `prefix` says whose it is.

    UserError for an id that is taken or not of this town, an edge to nothing, a closed parent, metadata that
    the town's rules refuse, sections that are missing, and a bead that would wait for itself.
    """
    own, into = _edges(snapshot, draft)
    parent = _parent(snapshot, own)
    bead = Bead(
        id=_id(snapshot, draft, prefix, parent, actor, created_ns),
        status="deferred" if draft.defer else "open",
        assignee=known_assignee(snapshot, draft.assignee),
        labels=(*draft.labels, *(parent.labels if parent and draft.inherit_labels else ())),
        created=now,
        created_by=actor,
        **{field: getattr(draft, field) for field in _AS_GIVEN},
    )
    if draft.type == "event":
        bead = replace(bead, status="closed", closed=now, close_reason="event")
    for edge in own:
        bead = with_edge(bead, edge)
    metadata.check(snapshot.town.metadata, bead.metadata)
    if draft.validate and (lost := missing_sections(bead)):
        raise UserError(
            f"the description of a {bead.type} has no section {', '.join(lost)}",
            "write `## <section>` into it",
        )
    others: dict[str, Bead] = {}
    for type, id in into:
        there = others.get(id) or require_bead(snapshot, id)
        others[id] = with_edge(there, Edge(to=bead.id, type=type))
    require_writable(snapshot, *others.values())
    edit = Edit(
        subject=f"create: {bead.id} {bead.title}",
        put=(bead, *others.values()),
        trailers=(("Bead", bead.id),),
        actor=actor,
    )
    after = snapshot.with_edit(edit)
    for each in (bead, *others.values()):
        refuse_cycle(after, each)
    return bead, edit


def plan_create_all(
    snapshot: Snapshot, drafts: Sequence[Draft], prefix: str, actor: str, now: str, created_ns: int
) -> tuple[tuple[Bead, ...], Edit | None]:
    """As `plan_create`, each draft on top of those before it. A refusal names the bead."""
    made, edits = [], []
    for number, draft in enumerate(drafts):
        try:
            bead, edit = plan_create(snapshot, draft, prefix, actor, now, created_ns + number)
        except UserError as refusal:
            raise UserError(f"{draft.title!r}: {refusal.what}", refusal.hint) from None
        made.append(bead)
        edits.append(edit)
        snapshot = snapshot.with_edit(edit)
    subject = "" if len(edits) == 1 else f"create: {len(edits)} beads"
    return tuple(made), merge_edits(edits, subject=subject)


def refuse_cycle(snapshot: Snapshot, bead: Bead) -> None:
    """UserError, spelling the cycle, when the bead would wait for itself in that snapshot."""
    refuse_deadlock(snapshot, bead.id, (*bead.needs, *bead.conditional_blocks))


def known_assignee(snapshot: Snapshot, text: str) -> str:
    """An agent's address in full; a word that is none stands for a person. UserError for a wrong address."""
    if not text.strip():
        return ""
    known = known_addresses(snapshot)
    found = look_up(known, text)
    if found is None and "/" in text:
        near = nearest(text, known)
        hint = f"did you mean {' or '.join(near)}?" if near else "gt agents lists the agents"
        raise UserError(f"no agent {text!r}", hint)
    return found or " ".join(text.split())


def edge(snapshot: Snapshot, text: str) -> ItemId:
    """What an edge may lead to: a bead, a molecule, or `external:...`. UserError when there is none."""
    if text.startswith("external:"):
        return names.target(text)
    if text in ids_in(snapshot, "molecules"):
        return ItemId(text)
    return find_id(snapshot, text, "beads")


def _edges(snapshot: Snapshot, draft: Draft) -> tuple[list[Edge], list[tuple[str, ItemId]]]:
    """The edges of the new bead, and (type, id) of those that others have to it."""
    own = [Edge(to=find_bead(snapshot, draft.parent).id, type="parent-child")] if draft.parent else []
    into: list[tuple[str, ItemId]] = []
    for text in draft.deps:
        word, colon, to = text.partition(":")
        if not colon or word == "external":
            own.append(Edge(to=edge(snapshot, text), type="blocks"))
        elif word.strip().lower() == "blocks":
            into.append(("blocks", find_bead(snapshot, to).id))
        else:
            type = edge_type(word)
            own.append(Edge(to=target_of(snapshot, type, to), type=type))
            if type == "relates-to":
                into.append((type, find_bead(snapshot, to).id))
    if draft.waits_for:
        own.append(fan_in(edge(snapshot, draft.waits_for), draft.gate))
    parents = {each.to for each in own if each.type == "parent-child"}
    if len(parents) > 1:
        raise UserError(f"two parents: {', '.join(sorted(parents))}", "a bead has one; relate the other")
    for to in dict.fromkeys(each.to for each in own):
        types = list(dict.fromkeys(each.type for each in own if each.to == to))
        if len(types) > 1:
            raise UserError(
                f"two edges to {to}: {', '.join(types)}", "one is enough, draw the one that matters"
            )
    return own, into


def fan_in(spawner: str, gate: str) -> Edge:
    """The edge of a bead that waits for what another one spawns. UserError for an unknown gate."""
    if gate not in GATES:
        raise UserError(f"unknown gate {gate!r}", f"one of: {', '.join(GATES)}")
    told = json.dumps({"gate": gate, "spawner_id": spawner}, separators=(",", ":"))
    return Edge(to=spawner, type="waits-for", metadata="" if gate == "all-children" else told)


def edge_type(word: str) -> str:
    """The type of an edge that a word means. UserError for none of the known ones."""
    word = type_of(word.strip().lower())
    type = WAITING.get(word, word)
    if type not in FIELDS:
        known = (*WAITING, *FIELDS)
        near = get_close_matches(word, known, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"one of: {', '.join(known)}"
        raise UserError(f"unknown type of dependency {word!r}", hint)
    return type


def target_of(snapshot: Snapshot, type: str, text: str) -> str:
    """Where an edge of that type leads. UserError when there is no such thing."""
    if type in TO_ANYTHING:
        if not text.strip():
            raise UserError(f"{type}: leads nowhere", f"write {type}:WHO")
        return " ".join(text.split())
    return find_bead(snapshot, text).id if type == "parent-child" else edge(snapshot, text)


def _parent(snapshot: Snapshot, own: list[Edge]) -> Bead | None:
    id = next((each.to for each in own if each.type == "parent-child"), "")
    parent = require_bead(snapshot, ItemId(id)) if id else None
    if parent is not None and parent.status != "pinned" and is_over(snapshot.town, parent.status):
        raise UserError(f"the parent {parent.id} is {parent.status}", f"open it first: bd reopen {parent.id}")
    return parent


def _id(
    snapshot: Snapshot, draft: Draft, prefix: str, parent: Bead | None, actor: str, created_ns: int
) -> ItemId:
    if draft.id:
        return given_id(snapshot, draft.id, force=draft.force)
    if parent is not None:
        return next_child(snapshot, parent)
    return names.mint(prefix, draft.title, draft.description, actor, created_ns, snapshot.taken())
