"""`bd create` and `update`: what beads say."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import clock
from gtlib import names
from gtlib import output
from gtlib.actions.create import create as create_bead
from gtlib.actions.create import preview
from gtlib.actions.update import Updated
from gtlib.actions.update import update as update_beads
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import need_ids
from gtlib.cli.options import prefix_here
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.rules import fields
from gtlib.rules.change_bead import Changes
from gtlib.rules.new_bead import Draft
from gtlib.rules.ready import blockers
from gtlib.store.town import Town

CONTENT = {
    "type": "task, bug, feature, epic, chore, decision, spike, story or milestone",
    "priority": "0 (critical) to 4 (backlog), or P0 to P4",
    "description": "what is wrong and what is wanted, in Markdown",
    "design": "how it is to be done",
    "acceptance": "when it is done",
    "notes": "working notes",
    "assignee": "who works on it: an agent's address or a person",
    "body_file": "take the description from this file; - is standard input",
    "due": "when it must be done: +3d, tomorrow, 2026-11-20",
    "defer": "not ready before then: +3d, tomorrow, 2026-11-20",
    "estimate": "minutes that it will take",
    "external_ref": "what it is elsewhere, such as gh-9",
}
SHORT = {"type": "t", "priority": "p", "description": "d", "assignee": "a", "estimate": "e"}


@command(
    "bead create",
    "bead new",
    short={**SHORT, "labels": "l"},
    spellings={"label": "labels", "body": "description"},
    help={
        **CONTENT,
        "title": "what is to be done, in a few words",
        "labels": "labels, with commas between them",
        "no_inherit_labels": "without the labels of the parent",
        "parent": "make it a child of that bead",
        "deps": "beads that it needs; blocks:ID, related:ID, discovered-from:ID for other edges",
        "id": "this id instead of a made-up one",
        "rig": "the rig that it belongs to; hq is the town",
        "silent": "print the id alone",
        "dry_run": "show what would be made",
    },
    example="bd create 'Refresh the token before it expires' -t bug -p 1 -l auth",
)
def create(
    title: str,
    *,
    type: str = "task",
    priority: str = "2",
    description: str | None = None,
    assignee: str = "",
    labels: tuple[str, ...] = (),
    parent: str = "",
    deps: tuple[str, ...] = (),
    design: str = "",
    acceptance: str = "",
    notes: str = "",
    body_file: str = "",
    due: str = "",
    defer: str = "",
    estimate: int | None = None,
    external_ref: str = "",
    no_inherit_labels: bool = False,
    id: str = "",
    rig: str = "",
    silent: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Make a bead."""
    where, now = here(), clock.now()
    town = Town.open(where.root)
    snapshot = town.snapshot()
    draft = Draft(
        title=fields.title(title),
        type=fields.kind(type) if type in fields.TYPES else fields.kind(type, _used(snapshot, "type")),
        priority=fields.priority(priority),
        assignee=assignee,
        labels=fields.labels(labels),
        parent=parent,
        deps=fields.words(deps, "id of a bead"),
        id=id,
        estimate=_minutes(estimate),
        due=fields.moment(due, now) if due else "",
        defer=fields.future(defer, now) if defer else "",
        external_ref=external_ref.strip(),
        description=text_from("--description", description, body_file) or "",
        design=design,
        acceptance=acceptance,
        notes=notes,
        inherit_labels=not no_inherit_labels,
    )
    bead = _make(town, draft, prefix_here(where, snapshot, rig), where.actor, dry_run)
    snapshot = town.snapshot()
    if json:
        output.json_out(shapes.issue(bead))
    elif silent:
        output.line(bead.id)
    else:
        _say_made(snapshot, bead, dry_run)
    mention_mail(where, snapshot)


def _make(town: Town, draft: Draft, prefix: str, actor: str, dry_run: bool) -> Bead:
    if dry_run:
        return preview(town.snapshot(), draft, prefix, actor)
    return create_bead(town, draft, prefix, actor)


def _say_made(snapshot: Snapshot, bead: Bead, dry_run: bool) -> None:
    verb = "would make" if dry_run else "created"
    output.line(f"{verb} {bead.id}  P{bead.priority} {bead.type}  {output.one_line(bead.title)}")
    waiting = blockers(snapshot, bead)
    if waiting:
        output.line(f"waits for {', '.join(waiting)}")
    same = [each.id for each in snapshot.beads() if _same(each, bead)]
    if same:
        output.line(f"note: same title as {', '.join(same[:3])}")
    if dry_run:
        return
    rigs = [rig.name for rig in snapshot.rigs() if rig.prefix == names.prefix_of(bead.id)]
    output.next_steps([f"bd show {bead.id}", *(f"gt sling {bead.id} {rig}" for rig in rigs)])


def _same(each: Bead, bead: Bead) -> bool:
    return each.id != bead.id and each.status != "closed" and each.title.lower() == bead.title.lower()


@command(
    "bead update",
    short={**SHORT, "status": "s"},
    spellings={"body": "description", "label": "add_label"},
    help={
        **CONTENT,
        "ids": "the beads",
        "claim": "take it: you are the assignee, it is in progress; only if nobody has it",
        "status": "open, in_progress, blocked, deferred, pinned or closed",
        "title": "another title",
        "append_notes": "add a line to the notes",
        "parent": "another parent; empty: none",
        "add_label": "add labels",
        "remove_label": "take labels off",
        "set_labels": "these labels and no others",
    },
    example="bd update gt-abc12 --claim",
)
def update(
    *ids: str,
    claim: bool = False,
    status: str | None = None,
    priority: str | None = None,
    title: str | None = None,
    type: str | None = None,
    assignee: str | None = None,
    description: str | None = None,
    design: str | None = None,
    acceptance: str | None = None,
    notes: str | None = None,
    append_notes: str = "",
    body_file: str = "",
    parent: str | None = None,
    add_label: tuple[str, ...] = (),
    remove_label: tuple[str, ...] = (),
    set_labels: str | None = None,
    due: str | None = None,
    defer: str | None = None,
    estimate: int | None = None,
    external_ref: str | None = None,
    json: bool = False,
) -> None:
    """Change fields of beads, or claim them."""
    need_ids(ids, "bd update gt-abc12 --priority 1")
    if claim and (status is not None or assignee is not None):
        raise UsageError("--claim sets status and assignee itself", "leave --status and --assignee out")
    where, now = here(), clock.now()
    town = Town.open(where.root)
    snapshot = town.snapshot()
    changes = Changes(
        claim=claim,
        status=None if status is None else _status(snapshot, status),
        priority=None if priority is None else fields.priority(priority),
        title=None if title is None else fields.title(title),
        type=None if type is None else fields.kind(type, _used(snapshot, "type")),
        assignee=assignee,
        description=text_from("--description", description, body_file),
        design=design,
        acceptance=acceptance,
        notes=notes,
        append_notes=append_notes,
        parent=parent,
        add_labels=fields.labels(add_label),
        remove_labels=fields.labels(remove_label),
        set_labels=None if set_labels is None else fields.labels([set_labels] if set_labels else []),
        due=fields.moment(due, now) if due else due,
        defer=fields.future(defer, now) if defer else defer,
        estimate=_minutes(estimate),
        external_ref=external_ref,
    )
    if changes == Changes():
        raise UsageError("nothing to change is given", "see bd update --help")
    done = update_beads(town, ids, changes, where.actor)
    if json:
        output.json_out([shapes.issue(each.bead) for each in done])
    else:
        _say_updated(done, claim)
    mention_mail(where, snapshot)


def _say_updated(done: Sequence[Updated], claim: bool) -> None:
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
    output.next_steps([f"bd show {each.bead.id}" for each in done[:3]])


def _said(bead: Bead, field: str) -> str:
    value = getattr(bead, field)
    if isinstance(value, str | int) and len(str(value)) <= 40 and "\n" not in str(value):
        return f"{field} {value}" if value != "" else f"no {field}"
    if isinstance(value, tuple) and field in ("labels", "needs"):
        return f"{field} {', '.join(value)}" if value else f"no {field}"
    return field


def _status(snapshot: Snapshot, text: str) -> str:
    return fields.status(text, () if text in fields.STATUSES else _used(snapshot, "status"))


def _used(snapshot: Snapshot, field: str) -> tuple[str, ...]:
    """The words that beads of the town have in a field: custom ones are as good as ours."""
    return tuple(dict.fromkeys(getattr(bead, field) for bead in snapshot.beads()))


def _minutes(estimate: int | None) -> int | None:
    if estimate is not None and estimate < 0:
        raise UsageError(f"--estimate {estimate} is negative", "give minutes")
    return estimate
