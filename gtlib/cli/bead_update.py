"""`bd update` and what is short for it: assign, priority, note, defer, undefer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gtlib import clock
from gtlib import output
from gtlib.actions.update import Updated
from gtlib.actions.update import update as update_beads
from gtlib.cli import shapes
from gtlib.cli.bead_flags import HELP
from gtlib.cli.bead_flags import SHORT
from gtlib.cli.bead_flags import SPELLINGS
from gtlib.cli.bead_flags import Content
from gtlib.cli.bead_flags import content_of
from gtlib.cli.bead_flags import refuse_both
from gtlib.cli.bead_flags import status_of
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import need_ids
from gtlib.cli.options import tell
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.model.bead import Bead
from gtlib.rules import fields
from gtlib.rules import metadata
from gtlib.rules.change_bead import Changes
from gtlib.store.town import Town


@command(
    "bead update",
    short={**SHORT, "status": "s"},
    spellings={**SPELLINGS, "label": "add_label"},
    flags={"content": Content},
    help={
        **HELP,
        "ids": "the beads",
        "claim": "take it: you are the assignee, it is in progress; only if nobody has it",
        "status": "open, in_progress, blocked, deferred, pinned, closed, or one of the town's own",
        "title": "another title",
        "parent": "another parent; empty: none",
        "add_label": "add labels",
        "remove_label": "take labels off",
        "set_labels": "these labels and no others",
        "set_metadata": "set one key of the metadata: KEY=VALUE",
        "unset_metadata": "take one key out of the metadata",
        "await_id": "of a gate: what it waits for",
        "session": "with --status closed: in which session of a program",
    },
    example="bd update gt-abc12 --claim",
)
def update(
    *ids: str,
    claim: bool = False,
    status: str | None = None,
    title: str | None = None,
    content: Content,
    parent: str | None = None,
    add_label: tuple[str, ...] = (),
    remove_label: tuple[str, ...] = (),
    set_labels: str | None = None,
    set_metadata: tuple[str, ...] = (),
    unset_metadata: tuple[str, ...] = (),
    await_id: str | None = None,
    session: str = "",
    json: bool = False,
) -> None:
    """Change fields of beads, or claim them."""
    need_ids(ids, "bd update gt-abc12 --priority 1")
    if claim and (status is not None or content.assignee is not None):
        raise UsageError("--claim sets status and assignee itself", "leave --status and --assignee out")
    if claim and content.defer:
        raise UsageError("--claim and --defer contradict each other", "give one of them")
    if session and status != "closed":
        raise UsageError("--session says in which session a bead was closed", "add --status closed")
    refuse_both(
        ("--set-labels", set_labels, "--add-label", add_label),
        ("--set-labels", set_labels, "--remove-label", remove_label),
        ("--notes", content.notes, "--append-notes", content.append_notes),
        ("--metadata", content.metadata, "--set-metadata", set_metadata),
        ("--metadata", content.metadata, "--unset-metadata", unset_metadata),
    )
    where = here()
    town = Town.open(where.root)
    snapshot = town.snapshot()
    changes = Changes(
        claim=claim,
        status=None if status is None else status_of(snapshot, status),
        title=None if title is None else fields.title(title),
        **content_of(content, snapshot),
        append_notes=content.append_notes,
        parent=parent,
        **_labels(add_label, remove_label, set_labels),
        set_metadata=metadata.pairs(set_metadata, snapshot.town.metadata),
        unset_metadata=fields.words(unset_metadata, "key of the metadata"),
        on=await_id,
        session=session,
    )
    if changes == Changes():
        raise UsageError("nothing to change is given", "see bd update --help")
    change(ids, changes, json)


def change(ids: Sequence[str], changes: Changes, json: bool) -> None:
    """Carry the changes out and say what they did."""
    where = here()
    town = Town.open(where.root)
    done = update_beads(town, ids, changes, where.actor)
    tell(town)
    snapshot = town.snapshot()
    if json:
        output.json_out([shapes.issue(snapshot, each.bead) for each in done])
    else:
        _say(done, changes.claim)
        if changes.metadata is not None or changes.set_metadata or changes.unset_metadata:
            for each in done:
                for said in metadata.complaints(snapshot.town.metadata, each.bead.metadata):
                    output.line(f"note: {each.bead.id}: {said}")
        output.next_steps([f"bd show {each.bead.id}" for each in done[:3]])
    mention_mail(where, snapshot)


def _labels(add: tuple[str, ...], remove: tuple[str, ...], only: str | None) -> dict[str, Any]:
    added, removed = fields.labels(add), fields.labels(remove)
    both = [label for label in added if label in removed]
    if both:
        raise UsageError(f"the label {both[0]} is to be added and taken off", "give it once")
    kept = None if only is None else fields.labels([only] if only else [])
    return {"add_labels": added, "remove_labels": removed, "set_labels": kept}


def _say(done: Sequence[Updated], claim: bool) -> None:
    for each in done:
        bead = each.bead
        if not each.changed:
            output.line(
                f"{bead.id} is yours already" if claim else f"{bead.id} is so already: nothing changed"
            )
        elif claim:
            output.line(f"claimed {bead.id}  {output.one_line(bead.title)}")
        else:
            output.line(f"updated {bead.id}: {', '.join(_said(bead, field) for field in each.changed)}")


def _said(bead: Bead, field: str) -> str:
    value = getattr(bead, field)
    if isinstance(value, str | int) and len(str(value)) <= 40 and "\n" not in str(value):
        return f"{field} {value}" if value != "" else f"no {field}"
    if isinstance(value, tuple) and field in ("labels", "needs"):
        return f"{field} {', '.join(value)}" if value else f"no {field}"
    return field


@command(
    "bead assign",
    help={"id": "the bead", "assignee": 'who is to work on it; "" for nobody'},
    example="bd assign gt-abc12 mayor",
)
def assign(id: str, assignee: str, *, json: bool = False) -> None:
    """Say who is to work on a bead."""
    change([id], Changes(assignee=assignee), json)


@command(
    "bead priority",
    help={"id": "the bead", "priority": HELP["priority"]},
    example="bd priority gt-abc12 1",
)
def priority(id: str, priority: str, *, json: bool = False) -> None:
    """Say how urgent a bead is."""
    change([id], Changes(priority=fields.priority(priority)), json)


@command(
    "bead note",
    short={"file": "f"},
    help={
        "id": "the bead",
        "text": "what to add to its notes",
        "file": "take it from this file; - is standard input",
    },
    example="bd note gt-abc12 'the cache is per process'",
)
def note(id: str, *text: str, file: str = "", json: bool = False) -> None:
    """Add a line to a bead's notes."""
    said = (text_from("the text", " ".join(text) or None, file) or "").rstrip("\n")
    if not said.strip():
        raise UsageError("the note is empty", "write it behind the id, or give --file")
    change([id], Changes(append_notes=said), json)


@command(
    "bead defer",
    help={
        "ids": "the beads",
        "until": "ready again then: +3d, tomorrow, 2026-11-20; without it: not by itself",
    },
    example="bd defer gt-abc12 --until +3d",
)
def defer(*ids: str, until: str = "", json: bool = False) -> None:
    """Put beads off."""
    need_ids(ids, "bd defer gt-abc12 --until +3d")
    change(ids, Changes(sleep=True, defer=fields.future(until, clock.now()) if until else ""), json)


@command(
    "bead undefer",
    help={"ids": "beads that were put off"},
    example="bd undefer gt-abc12",
)
def undefer(*ids: str, json: bool = False) -> None:
    """Take up beads again that were put off."""
    need_ids(ids, "bd undefer gt-abc12")
    change(ids, Changes(wake=True), json)
