"""A new bead: its id, its place below a parent, and its edges to others."""

from __future__ import annotations

from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import require_bead
from gtlib.rules.base import require_writable
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_id
from gtlib.rules.find import ids_in
from gtlib.rules.ready import find_cycle
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up
from gtlib.rules.route import nearest

TOWN_PREFIX = "hq"
EDGES = {
    "needs": "needs",
    "depends-on": "needs",
    "blocked-by": "needs",
    "waits-for": "waits_for",
    "related": "related",
    "relates-to": "related",
    "discovered-from": "discovered_from",
    "parent-child": "parent",
    "blocks": "blocks",
}


class Draft(Struct, frozen=True, kw_only=True):
    """What is asked for. `parent`, `deps` (`id` or `type:id`) and `assignee` are as typed; `id` is empty
    for one that is made up; the rest has the form of the file.
    """

    title: str
    type: str = "task"
    priority: int = 2
    assignee: str = ""
    labels: tuple[str, ...] = ()
    parent: str = ""
    deps: tuple[str, ...] = ()
    id: str = ""
    estimate: int | None = None
    due: str = ""
    defer: str = ""
    external_ref: str = ""
    description: str = ""
    design: str = ""
    acceptance: str = ""
    notes: str = ""
    inherit_labels: bool = True


def plan_create(
    snapshot: Snapshot, draft: Draft, prefix: str, actor: str, now: str, created_ns: int
) -> tuple[Bead, Edit]:
    """The bead that the draft becomes and the edit that makes it; `prefix` says whose it is.

    UserError for an id that is taken or not of this town, an edge to nothing, a closed parent, and
    a bead that would wait for itself.
    """
    edges = _edges(snapshot, draft)
    parent = require_bead(snapshot, edges["parent"][0]) if edges["parent"] else None
    if parent is not None and parent.status == "closed":
        raise UserError(f"the parent {parent.id} is closed", f"open it first: bd reopen {parent.id}")
    inherited = parent.labels if parent and draft.inherit_labels else ()
    bead = Bead(
        id=_id(snapshot, draft, prefix, parent, actor, created_ns),
        title=draft.title,
        type=draft.type,
        priority=draft.priority,
        assignee=known_assignee(snapshot, draft.assignee),
        labels=tuple(sorted({*draft.labels, *inherited})),
        needs=edges["needs"],
        parent=parent.id if parent else ItemId(""),
        waits_for=edges["waits_for"],
        related=edges["related"],
        discovered_from=edges["discovered_from"],
        estimate=draft.estimate,
        due=draft.due,
        defer=draft.defer,
        external_ref=draft.external_ref,
        created=now,
        created_by=actor,
        description=draft.description,
        design=draft.design,
        acceptance=draft.acceptance,
        notes=draft.notes,
    )
    blocked = [require_bead(snapshot, id) for id in edges["blocks"]]
    blocked = [replace(each, needs=tuple(sorted({*each.needs, bead.id}))) for each in blocked]
    require_writable(snapshot, *blocked)
    edit = Edit(
        subject=f"create: {bead.id} {bead.title}",
        put=(bead, *blocked),
        trailers=(("Bead", bead.id),),
        actor=actor,
    )
    after = snapshot.with_edit(edit)
    for each in (bead, *blocked):
        refuse_cycle(after, each)
    return bead, edit


def refuse_cycle(snapshot: Snapshot, bead: Bead) -> None:
    """UserError, spelling the cycle, when the bead would wait for itself in that snapshot."""
    path = find_cycle(snapshot, bead.id, bead.needs)
    if path:
        said = " -> ".join(path)
        raise UserError(f"{bead.id} would wait for itself: {said}", "take one of these needs out first")


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
        return ItemId(text)
    if text in ids_in(snapshot, "molecules"):
        return ItemId(text)
    return find_id(snapshot, text, "beads")


def _edges(snapshot: Snapshot, draft: Draft) -> dict[str, tuple[ItemId, ...]]:
    found: dict[str, list[ItemId]] = {field: [] for field in EDGES.values()}
    wanted = [*draft.deps, *([f"parent-child:{draft.parent}"] if draft.parent else [])]
    for text in wanted:
        type, colon, id = text.partition(":")
        if not colon or type == "external":
            found["needs"].append(edge(snapshot, text))
            continue
        field = EDGES.get(type.strip().lower().replace("_", "-"))
        if field is None:
            near = get_close_matches(type, EDGES, n=2, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else f"one of: {', '.join(EDGES)}"
            raise UserError(f"unknown type of dependency {type!r}", hint)
        strict = field in ("parent", "blocks")
        found[field].append(find_bead(snapshot, id).id if strict else edge(snapshot, id))
    if len(set(found["parent"])) > 1:
        raise UserError(f"two parents: {', '.join(found['parent'])}", "a bead has one; relate the other")
    return {field: tuple(sorted(set(ids))) for field, ids in found.items()}


def _id(
    snapshot: Snapshot, draft: Draft, prefix: str, parent: Bead | None, actor: str, created_ns: int
) -> ItemId:
    taken = snapshot.ids()
    if draft.id:
        return _given(snapshot, draft.id, taken)
    if parent is None:
        return names.mint(prefix, draft.title, draft.description, actor, created_ns, taken)
    head = f"{parent.id}."
    numbers = [int(id[len(head) :]) for id in taken if id.startswith(head) and id[len(head) :].isdecimal()]
    return names.item_id(f"{head}{max(numbers, default=0) + 1}")


def _given(snapshot: Snapshot, text: str, taken: set[str]) -> ItemId:
    id = names.item_id(text)
    if id in taken:
        raise UserError(f"{id} is taken", f"see it with: bd show {id}")
    known = [TOWN_PREFIX, *(rig.prefix for rig in snapshot.rigs())]
    prefix = names.prefix_of(id)
    if prefix not in known:
        near = get_close_matches(prefix, known, n=1, cutoff=0.5)
        hint = (
            f"did you mean {near[0]}-...?" if near else f"begin it with {' or '.join(f'{p}-' for p in known)}"
        )
        raise UserError(f"no rig has the prefix {prefix!r}", hint)
    return id
