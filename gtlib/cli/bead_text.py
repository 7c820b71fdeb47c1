"""A bead as people read it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence

from gtlib import clock
from gtlib import layout
from gtlib import output
from gtlib.cli.bead_rows import bead_line
from gtlib.cli.bead_rows import elsewhere
from gtlib.cli.bead_rows import mark
from gtlib.cli.options import ago
from gtlib.cli.shapes import Neighbours
from gtlib.model.bead import Bead
from gtlib.model.edges import PARENT
from gtlib.model.edges import edges
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.output import count
from gtlib.rules.base import holder
from gtlib.rules.base import is_future
from gtlib.rules.base import live_requests
from gtlib.rules.filters import said
from gtlib.rules.ready import blockers

LABEL = 12
# type of edge: what stands before those it leads to, and before those it comes from
EDGE_WORDS = {
    PARENT: ("parent", "children"),
    "blocks": ("needs", "needed by"),
    "waits-for": ("waits for", "waited for by"),
    "conditional-blocks": ("if it fails", "in case of failure"),
    "related": ("related", "related"),
    "relates-to": ("relates to", "relates to"),
    "discovered-from": ("found on", "led to"),
    "replies-to": ("reply to", "replies"),
    "duplicates": ("duplicate of", "duplicates"),
}
# what only `--long` shows: label, field
MORE = (
    ("owner", "owner"), ("spec", "spec"), ("started", "started"),
    ("closed by session", "session"), ("sender", "sender"), ("awaits", "await_"), ("on", "on"),
    ("timeout", "timeout"), ("waiters", "waiters"), ("molecule kind", "mol_type"), ("wisp kind", "wisp_type"),
    ("work kind", "work_type"), ("event", "event_kind"), ("actor", "actor"), ("target", "target"),
    ("payload", "payload"), ("pinned", "pinned"), ("template", "template"), ("ephemeral", "ephemeral"),
)  # fmt: skip


def show_bead(snapshot: Snapshot, near: Neighbours, bead: Bead, *, long: bool = False) -> None:
    """Print the whole bead; `long`: with every field that has a value."""
    output.line(f"{mark(bead.status)} {bead.id}  {output.one_line(bead.title)}")
    output.line(f"  {_standing(snapshot, bead)}")
    for label, value in _facts(snapshot, bead):
        _fact(label, value)
    for label, value in _more(snapshot, bead) if long else ():
        _fact(label, value)
    _section("", bead.description)
    for heading, text in (
        ("Design", bead.design),
        ("Acceptance criteria", bead.acceptance),
        ("Notes", bead.notes),
    ):
        _section(heading, text)
    _edges(near, bead)
    for comment in bead.comments:
        _section(f"{comment.author}, {ago(comment.created)}", comment.text)
    _place(snapshot, bead)


def _fact(label: str, value: str) -> None:
    gap = max(LABEL, len(label) + 2)
    output.line(f"  {label:<{gap}}{output.one_line(value)}")


def _place(snapshot: Snapshot, bead: Bead) -> None:
    path = layout.path_of_bead(bead.id)
    output.line("")
    archived = None if snapshot.exists(path) else snapshot.archive.line(bead.id)
    output.line(f"  {path if archived is None else f'archived in {archived.path}'}")
    wrong = snapshot.error(path)
    if wrong is not None:
        output.line(f"  this is its last good version: {output.one_line(str(wrong))}")


def _standing(snapshot: Snapshot, bead: Bead) -> str:
    status = bead.status
    if bead.status == "closed":
        status = f"closed {ago(bead.closed)}".rstrip() + (
            f": {bead.close_reason}" if bead.close_reason else ""
        )
    elif waiting := blockers(snapshot, bead):
        status += f", waits for {count(len(waiting), 'bead')}"
    by = f" by {bead.created_by}" if bead.created_by else ""
    made = f" · created {ago(bead.created)}{by}" if bead.created else ""
    return output.one_line(f"P{bead.priority} {bead.type} · {status}{made}")


def _facts(snapshot: Snapshot, bead: Bead) -> Iterable[tuple[str, str]]:
    held = holder(snapshot, bead.id)
    late = "overdue, " if bead.due and bead.status != "closed" and not _ahead(bead.due) else ""
    facts = [
        ("assignee", bead.assignee if held is None else f"{held.address} (on the hook)"),
        ("labels", ", ".join(bead.labels)),
        ("due", f"{late}{ago(bead.due)}" if bead.due else ""),
        ("deferred", f"ready {ago(bead.defer)}" if bead.defer and _ahead(bead.defer) else ""),
        ("estimate", f"{bead.estimate} minutes" if bead.estimate is not None else ""),
        ("elsewhere", bead.external_ref),
        ("landed as", bead.evidence),
        ("merging", ", ".join(f"{m.id} ({m.status})" for m in live_requests(snapshot, bead.id))),
        ("molecule", ", ".join(m.id for m in snapshot.molecules() if m.bead == bead.id)),
        ("convoy", ", ".join(f"{c.id} {c.title}" for c in snapshot.convoys() if bead.id in c.tracks)),
    ]
    return [(label, value) for label, value in facts if value]


def _more(snapshot: Snapshot, bead: Bead) -> Iterable[tuple[str, str]]:
    for label, field in MORE:
        value = getattr(bead, field)
        if value:
            yield label, ", ".join(value) if isinstance(value, tuple) else said(value)
    yield "created", bead.created
    updated = snapshot.updated(bead)
    if updated:
        yield "updated", updated
    for key, value in (*bead.metadata.items(), *bead.extra.items()):
        yield key, said(value)


def _ahead(stamp: str) -> bool:
    return is_future(stamp, clock.stamp(clock.now()))


def _section(heading: str, text: str) -> None:
    if not text.strip():
        return
    output.line("")
    if heading:
        output.line(f"  {output.one_line(heading)}:")
    for line in text.strip("\n").splitlines():
        output.line(f"  {line}".rstrip())


def _edges(near: Neighbours, bead: Bead) -> None:
    groups: dict[str, dict[str, None]] = {}
    for out, into in EDGE_WORDS.values():  # in this order, whatever the file's is
        groups |= {out: {}, into: {}}
    own = edges(bead)
    # what it leads to before what leads to it, but a parent's children by id
    for edge in own:
        groups.setdefault(EDGE_WORDS.get(edge.type, (edge.type, ""))[0], {})[edge.to] = None
    for each, type in sorted(near.into.get(bead.id, ()), key=lambda found: found[0].id):
        words = EDGE_WORDS.get(type, ("", f"{type}, from"))
        groups.setdefault(words[1], {})[each.id] = None
    shown = [(label, list(ids)) for label, ids in groups.items() if ids]
    if shown:
        output.line("")
    for label, ids in shown:
        _group(near, label, ids)


def _group(near: Neighbours, label: str, ids: Sequence[str]) -> None:
    gap = max(LABEL, len(label) + 2)
    for number, id in enumerate(ids):
        found = near.ledger.find(ItemId(id))
        seen = (found.status, found.title) if found else elsewhere(near.ledger.snapshot, id)
        said = f"{mark(seen[0])} {id}  {seen[1]}" if seen else f"? {id}"
        output.line(f"  {label if number == 0 else '':<{gap}}{output.one_line(said)}")


def show_refs(near: Neighbours, bead: Bead) -> None:
    """Print what leads to the bead, by edges and by mentions in texts."""
    output.line(bead_line(bead))
    found = refs(near, bead)
    if not found:
        output.line("  nothing refers to it")
    for each, type in found:
        output.line(f"  {type}: {bead_line(each)}")


def refs(near: Neighbours, bead: Bead) -> list[tuple[Bead, str]]:
    """What leads to the bead: each with the type of the edge, `mention` where only its text names it."""
    found = sorted(near.into.get(bead.id, ()), key=lambda pair: (pair[1], pair[0].id))
    known = {each.id for each, _ in found} | {bead.id}
    for other in near.ledger.beads.values():
        if other.id not in known and bead.id in texts(other):
            found.append((other, "mention"))
    return found


def texts(bead: Bead) -> str:
    """All text of a bead."""
    parts = (bead.title, bead.description, bead.design, bead.acceptance, bead.notes)
    return "\n".join((*parts, *(comment.text for comment in bead.comments)))
