"""The flags that say what a bead is, shared by the commands that make and change beads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from gtlib import clock
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.rules import fields
from gtlib.rules import metadata

SHORT = {"type": "t", "priority": "p", "description": "d", "assignee": "a", "estimate": "e"}
SPELLINGS = {"body": "description", "acceptance-criteria": "acceptance", "spec": "spec_id"}
HELP = {
    "type": "task, bug, feature, epic, chore, decision, spike, story, milestone, or one of the town's own",
    "priority": "0 (critical) to 4 (backlog), or P0 to P4",
    "assignee": "who works on it: an agent's address or a person",
    "description": "what is wrong and what is wanted, in Markdown",
    "body_file": "take the description from this file; - is standard input",
    "stdin": "take the description from standard input",
    "design": "how it is to be done",
    "design_file": "take the design from this file; - is standard input",
    "acceptance": "when it is done",
    "notes": "working notes",
    "append_notes": "add a line to the notes",
    "due": "when it must be done: +3d, tomorrow, next monday, 2026-11-20",
    "defer": "deferred until then, and ready again by itself: +3d, tomorrow, 2026-11-20",
    "estimate": "minutes that it will take",
    "external_ref": "what it is elsewhere, such as gh-9",
    "spec_id": "the specification that it belongs to",
    "metadata": "a JSON object, or @FILE: all of its metadata",
}


class Content(Struct, frozen=True, kw_only=True):
    """What was typed of a bead's content; None: nothing."""

    type: str | None = None
    priority: str | None = None
    assignee: str | None = None
    description: str | None = None
    body_file: str = ""
    stdin: bool = False
    design: str | None = None
    design_file: str = ""
    acceptance: str | None = None
    notes: str | None = None
    append_notes: str = ""
    due: str | None = None
    defer: str | None = None
    estimate: int | None = None
    external_ref: str | None = None
    spec_id: str | None = None
    metadata: str | None = None


def content_of(given: Content, snapshot: Snapshot) -> dict[str, Any]:
    """What was typed, checked and by field of the bead; fields that nothing was said of are left out."""
    now = clock.now()
    if given.stdin and given.body_file:
        raise UsageError("--stdin and --body-file are both given", "give one of them")
    body_file = "-" if given.stdin else given.body_file
    if body_file == given.design_file == "-":
        raise UsageError("standard input is to be two texts", "give one of them as a file")
    if given.estimate is not None and given.estimate < 0:
        raise UsageError(f"--estimate {given.estimate} is negative", "give minutes")
    ref, spec = given.external_ref, given.spec_id
    found = {
        "type": None if given.type is None else type_of(snapshot, given.type),
        "priority": None if given.priority is None else fields.priority(given.priority),
        "assignee": given.assignee,
        "description": text_from("--description", given.description, body_file),
        "design": text_from("--design", given.design, given.design_file),
        "acceptance": given.acceptance,
        "notes": given.notes,
        "due": fields.moment(given.due, now) if given.due else given.due,
        "defer": fields.future(given.defer, now) if given.defer else given.defer,
        "estimate": given.estimate,
        "external_ref": None if ref is None else ref.strip(),
        "spec": None if spec is None else spec.strip(),
        "metadata": None if given.metadata is None else _metadata(given.metadata),
    }
    return {field: value for field, value in found.items() if value is not None}


def refuse_both(*pairs: tuple[str, object, str, object]) -> None:
    """UsageError for two flags of which one sets what the other adds to: (flag, value, flag, value)."""
    for flag, value, other, more in pairs:
        if value is not None and more:
            raise UsageError(f"{flag} and {other} contradict each other", "give one of them")


def type_of(snapshot: Snapshot, text: str) -> str:
    """A built-in type, one of the town's own, or one that beads have. UserError else."""
    try:
        return fields.kind(text, town=snapshot.town)
    except UserError:  # beads are read only for a word that is none of ours
        return fields.kind(text, _used(snapshot, "type"), snapshot.town)


def status_of(snapshot: Snapshot, text: str) -> str:
    """A built-in status, one of the town's own, or one that beads have. UserError else."""
    try:
        return fields.status(text, town=snapshot.town)
    except UserError:
        used = [word for word in _used(snapshot, "status") if word != "tombstone"]
        return fields.status(text, used, snapshot.town)


def _used(snapshot: Snapshot, field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(getattr(bead, field) for bead in snapshot.beads()))


def _metadata(text: str) -> dict[str, Any]:
    if text.startswith("@"):
        text = text_from("--metadata", None, str(Path(text[1:]))) or ""
    return metadata.from_json(text)
