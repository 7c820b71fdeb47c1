"""Many beads and the edges between them, from one JSON plan."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.edges import with_edge
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules import fields
from gtlib.rules import metadata
from gtlib.rules.base import require_writable
from gtlib.rules.edits import merge_edits
from gtlib.rules.find import find_bead
from gtlib.rules.new_bead import Draft
from gtlib.rules.new_bead import edge_type
from gtlib.rules.new_bead import plan_create
from gtlib.rules.new_bead import refuse_cycle
from gtlib.rules.new_bead import target_of


class Node(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bead to make, called `key` in the plan. `metadata_refs`: metadata keys, and whose id they get."""

    key: str
    title: str
    type: str = "task"
    description: str = ""
    assignee: str = ""
    assign_after_create: bool = False
    priority: int | str = 2
    labels: tuple[str, ...] = ()
    metadata: dict[str, Any] = {}
    metadata_refs: dict[str, str] = {}
    parent_key: str = ""
    parent_id: str = ""


class Link(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One edge: `from` waits for `to` (blocks), or has another edge to it. Each end is a key or an id."""

    from_key: str = ""
    from_id: str = ""
    to_key: str = ""
    to_id: str = ""
    type: str = "blocks"


class Graph(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan. All of it becomes one commit, so `assign_after_create` changes nothing."""

    commit_message: str = ""
    nodes: tuple[Node, ...] = ()
    edges: tuple[Link, ...] = ()


def graph_of(text: str) -> Graph:
    """The plan that a JSON text says. UserError, naming the place, when it is none."""
    try:
        graph = msgspec.json.decode(text.removeprefix("\ufeff").encode("utf-8", "surrogatepass"), type=Graph)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UserError(f"the plan does not read: {problem}", "see bd create --help") from None
    if not graph.nodes:
        raise UserError("the plan has no nodes", "give it nodes, each with a key and a title")
    return graph


def plan_graph(
    snapshot: Snapshot, graph: Graph, prefix: str, actor: str, now: str, created_ns: int
) -> tuple[dict[str, Bead], Edit]:
    """The beads by their keys, and the edit that makes them all.

    UserError for keys that are not there, doubled or below themselves, and as `plan_create` says.
    """
    made: dict[str, Bead] = {}
    edits: list[Edit] = []
    for number, node in enumerate(_parents_first(graph.nodes)):
        parent = made[node.parent_key].id if node.parent_key else node.parent_id
        try:
            draft = _draft(snapshot, node, parent)
            bead, edit = plan_create(snapshot, draft, prefix, actor, now, created_ns + number)
        except UserError as refusal:
            raise UserError(f"node {node.key}: {refusal.what}", refusal.hint) from None
        made[node.key] = bead
        edits.append(edit)
        snapshot = snapshot.with_edit(edit)
    linked = _linked(snapshot, graph, made)
    require_writable(snapshot, *(bead for bead in linked.values() if bead not in made.values()))
    joined = Edit(subject="link", put=tuple(linked.values()), actor=actor)
    after = snapshot.with_edit(joined)
    for bead in linked.values():
        refuse_cycle(after, bead)
    said = " ".join(graph.commit_message.split()) or f"{len(made)} beads"
    edit = merge_edits([*edits, joined], subject=f"create: {said}") or joined
    return {node.key: after.bead(made[node.key].id) or made[node.key] for node in graph.nodes}, replace(
        edit, trailers=tuple(pair for pair in edit.trailers if pair[0] != "Change")
    )


def notes(graph: Graph) -> list[str]:
    """What a person may want to know of a plan before it is carried out."""
    seen: dict[str, str] = {}
    found = []
    for node in graph.nodes:
        title = node.title.strip().casefold()
        if title in seen:
            found.append(f"{seen[title]} and {node.key} have the same title")
        seen.setdefault(title, node.key)
    return found


def _draft(snapshot: Snapshot, node: Node, parent: str) -> Draft:
    metadata.refuse({**node.metadata, **node.metadata_refs})
    return Draft(
        title=fields.title(node.title),
        type=fields.kind(node.type, town=snapshot.town),
        priority=fields.priority(str(node.priority)),
        description=node.description,
        assignee=node.assignee,
        labels=fields.labels(node.labels),
        metadata={**node.metadata, **node.metadata_refs},
        parent=parent,
    )


def _parents_first(nodes: Sequence[Node]) -> list[Node]:
    by_key: dict[str, Node] = {}
    for node in nodes:
        if not node.key or node.key in by_key:
            raise UserError(
                f"the key {node.key!r} is given twice" if node.key else "a node has no key",
                "give each node a key of its own",
            )
        by_key[node.key] = node
    found: dict[str, Node] = {}
    for node in nodes:
        line: dict[str, Node] = {}
        at: Node | None = node
        while at is not None and at.key not in found:
            if at.key in line:
                raise UserError(f"{' -> '.join([*line, at.key])}: below itself", "mend parent_key")
            line[at.key] = at
            at = _known(by_key, at.parent_key, f"the parent of {at.key}") if at.parent_key else None
        found |= dict(reversed(line.items()))
    return list(found.values())


def _linked(snapshot: Snapshot, graph: Graph, made: dict[str, Bead]) -> dict[str, Bead]:
    """The beads that edges and references change, by id."""
    found: dict[str, Bead] = {}
    for node in graph.nodes:
        refs = {
            key: _known(made, to, f"{node.key}: metadata_refs").id for key, to in node.metadata_refs.items()
        }
        if refs:
            bead = made[node.key]
            found[bead.id] = replace(bead, metadata={**bead.metadata, **refs})
    for number, link in enumerate(graph.edges, 1):
        what = f"edge {number}"
        start = _end(snapshot, made, link.from_key, link.from_id, f"{what}: from")
        type = edge_type(link.type)
        to = _known(made, link.to_key, what).id if link.to_key else target_of(snapshot, type, link.to_id)
        if not to or to == start.id:
            raise UserError(f"{what} leads nowhere" if not to else f"{what} leads to itself", "mend to_key")
        found[start.id] = with_edge(found.get(start.id, start), Edge(to=to, type=type))
    return found


def _end(snapshot: Snapshot, made: dict[str, Bead], key: str, id: str, what: str) -> Bead:
    if bool(key) == bool(id):
        raise UserError(f"{what} needs either a key or an id", "give one of the two")
    return _known(made, key, what) if key else find_bead(snapshot, id)


def _known(by_key: dict[str, Any], key: str, what: str) -> Any:
    if key not in by_key:
        raise UserError(f"{what}: there is no node {key!r}", f"the keys are {', '.join(_some(by_key))}")
    return by_key[key]


def _some(keys: Iterable[str]) -> list[str]:
    found = list(keys)
    return found if len(found) <= 8 else [*found[:8], "..."]
