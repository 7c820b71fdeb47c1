"""A bead as people read it."""

from __future__ import annotations

from collections.abc import Iterable

from gtlib import clock
from gtlib import layout
from gtlib import output
from gtlib.cli.options import ago
from gtlib.cli.shapes import Neighbours
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.output import count
from gtlib.rules.base import holder
from gtlib.rules.base import is_future
from gtlib.rules.base import live_requests
from gtlib.rules.ready import blockers

MARKS = {"closed": "✓", "in_progress": "▶", "hooked": "▶", "blocked": "●", "deferred": "◌", "pinned": "◆"}
OPEN = "○"
LABEL = 12


def mark(status: str) -> str:
    """One character for a status."""
    return MARKS.get(status, OPEN)


def show_bead(snapshot: Snapshot, near: Neighbours, bead: Bead) -> None:
    """Print the whole bead."""
    output.line(f"{mark(bead.status)} {bead.id}  {output.one_line(bead.title)}")
    output.line(f"  {_standing(snapshot, bead)}")
    for label, value in _facts(snapshot, bead):
        output.line(f"  {label:<{LABEL}}{output.one_line(value)}")
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
    path = layout.path_of_bead(bead.id)
    output.line("")
    output.line(f"  {path}")
    wrong = snapshot.error(path)
    if wrong is not None:
        output.line(f"  this is its last good version: {output.one_line(str(wrong))}")


def _standing(snapshot: Snapshot, bead: Bead) -> str:
    status = bead.status
    if bead.status == "closed":
        status = f"closed {ago(bead.closed)}" + (f": {bead.close_reason}" if bead.close_reason else "")
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
    into = near.into.get(bead.id, [])
    groups: list[tuple[str, Iterable[ItemId]]] = [
        ("parent", [bead.parent] if bead.parent else []),
        ("children", sorted(each.id for each, type in into if type == "parent-child")),
        ("needs", bead.needs),
        ("waits for", bead.waits_for),
        ("needed by", sorted(each.id for each, type in into if type == "blocks")),
        ("related", (*bead.related, *sorted(each.id for each, type in into if type == "related"))),
        ("found on", bead.discovered_from),
        ("led to", sorted(each.id for each, type in into if type == "discovered-from")),
    ]
    shown = [(label, dict.fromkeys(ids)) for label, ids in groups]
    if any(ids for _, ids in shown):
        output.line("")
    for label, ids in shown:
        for number, id in enumerate(ids):
            found = near.ledger.find(id)
            said = f"{mark(found.status)} {id}  {found.title}" if found else f"? {id}"
            output.line(f"  {label if number == 0 else '':<{LABEL}}{output.one_line(said)}")
