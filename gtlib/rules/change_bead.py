"""Changes of a bead's fields by name: update and claim, and reopen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import metadata as rules_of_metadata
from gtlib.rules.base import require_writable
from gtlib.rules.bead_status import claimed
from gtlib.rules.bead_status import deferred
from gtlib.rules.bead_status import reopened
from gtlib.rules.bead_status import undeferred
from gtlib.rules.bead_status import with_status
from gtlib.rules.change_fields import assigned
from gtlib.rules.change_fields import below
from gtlib.rules.change_fields import with_comment
from gtlib.rules.change_fields import with_labels
from gtlib.rules.change_fields import with_metadata
from gtlib.rules.change_fields import with_note
from gtlib.rules.close import plan_close
from gtlib.rules.cycles import find_parent_cycle
from gtlib.rules.edits import merge_edits
from gtlib.rules.end_bead import guard_close
from gtlib.rules.find import find_bead
from gtlib.rules.new_bead import known_assignee
from gtlib.rules.new_bead import refuse_cycle
from gtlib.rules.statuses import category

PLAIN = (
    "title", "type", "priority", "estimate", "due", "external_ref", "spec", "on",
    "description", "design", "acceptance", "notes",
)  # fmt: skip


class Changes(Struct, frozen=True, kw_only=True):
    """What is to become of beads; None leaves a field alone, "" empties it. `claim` goes with no other
    change of status or assignee. `parent` and `assignee` are as typed. A `defer` makes a bead deferred
    (`sleep`: without a date), "" wakes it; `wake` refuses one that is not deferred. `session` says in which
    session it was closed.
    """

    title: str | None = None
    type: str | None = None
    priority: int | None = None
    status: str | None = None
    assignee: str | None = None
    estimate: int | None = None
    due: str | None = None
    defer: str | None = None
    sleep: bool = False
    wake: bool = False
    external_ref: str | None = None
    spec: str | None = None
    on: str | None = None
    description: str | None = None
    design: str | None = None
    acceptance: str | None = None
    notes: str | None = None
    append_notes: str = ""
    parent: str | None = None
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    set_labels: tuple[str, ...] | None = None
    metadata: dict[str, Any] | None = None
    set_metadata: dict[str, Any] = {}
    unset_metadata: tuple[str, ...] = ()
    claim: bool = False
    session: str = ""


def plan_update(
    snapshot: Snapshot, texts: Sequence[str], changes: Changes, actor: str, now: str
) -> tuple[tuple[ItemId, ...], Edit | None]:
    """The ids that are meant, and the edit that changes them all; None when they are so already.

    UserError for what is unknown, refused by the rules, or would be taken back by them.
    """
    ids = tuple(dict.fromkeys(find_bead(snapshot, text).id for text in texts))
    edits = []
    for id in ids:
        edit = _one(snapshot, find_bead(snapshot, id), changes, actor, now)
        if edit is not None:
            edits.append(edit)
            snapshot = snapshot.with_edit(edit)
    return ids, merge_edits(edits, subject="" if len(edits) == 1 else f"update: {', '.join(ids)}")


def plan_comment(snapshot: Snapshot, text: str, said: str, actor: str, now: str) -> tuple[ItemId, Edit]:
    """Add a comment. UserError for an empty one."""
    bead = find_bead(snapshot, text)
    return bead.id, edit_of("comment", bead, with_comment(bead, actor, now, said), snapshot, actor)


def plan_reopen(snapshot: Snapshot, bead: Bead, reason: str, actor: str, now: str) -> Edit:
    """Open a closed bead again; the reason becomes a comment. UserError when it is not closed."""
    if category(snapshot.town, bead.status) != "done":
        raise UserError(f"{bead.id} is {bead.status}, not closed", f"see it with: bd show {bead.id}")
    wanted = reopened(bead)
    if reason.strip():
        wanted = with_comment(wanted, actor, now, reason)
    return edit_of("reopen", bead, wanted, snapshot, actor)


def edit_of(event: str, bead: Bead, wanted: Bead, snapshot: Snapshot, actor: str) -> Edit:
    """The edit by which a bead becomes `wanted`. UserError when its file does not parse."""
    require_writable(snapshot, bead)
    return Edit(
        subject=f"{event}: {bead.id} {wanted.title}",
        put=(wanted,),
        trailers=(("Bead", bead.id),),
        actor=actor,
    )


def _one(snapshot: Snapshot, bead: Bead, changes: Changes, actor: str, now: str) -> Edit | None:
    require_writable(snapshot, bead)
    if bead.template:
        raise UserError(f"{bead.id} is a template, which no command changes", "change its file by hand")
    wanted = claimed(snapshot, bead, actor, now) if changes.claim else bead
    wanted = _fields(snapshot, wanted, changes)
    wanted = _life(snapshot, wanted, changes, now)
    edits = [edit_of("claim" if changes.claim else "update", bead, wanted, snapshot, actor)]
    edits = [] if wanted == bead else edits
    after = snapshot.with_edit(edits[0]) if edits else snapshot
    if wanted.parent and wanted.parent != bead.parent:
        refuse_cycle(after, wanted)
        path = find_parent_cycle(after, bead.id, wanted.parent)
        if path:
            raise UserError(
                f"{bead.id} would wait for itself below {wanted.parent}: {' -> '.join(path)}",
                "take one of these needs out first",
            )
    if changes.status is not None and _ends(snapshot, bead, changes.status):
        guard_close(after, wanted, now, actor, f"bd close {bead.id} --force")
    if changes.status == "closed":
        closing = plan_close(after, bead.id, actor, "", now)
        edits += [with_session(closing, bead.id, changes.session)] if closing else []
    return merge_edits(edits, subject=edits[-1].subject) if edits else None


def with_session(edit: Edit, id: ItemId, session: str) -> Edit:
    """The edit that closes a bead, saying in which session of a program that was."""
    if not session:
        return edit
    put = (replace(i, session=session) if isinstance(i, Bead) and i.id == id else i for i in edit.put)
    return replace(edit, put=tuple(put))


def _fields(snapshot: Snapshot, bead: Bead, changes: Changes) -> Bead:
    given: dict[str, Any] = {
        field: value for field in PLAIN if (value := getattr(changes, field)) is not None
    }
    wanted = replace(bead, **given)
    wanted = with_labels(wanted, changes.add_labels, changes.remove_labels, changes.set_labels)
    if changes.append_notes:
        wanted = with_note(wanted, changes.append_notes)
    if changes.metadata is not None or changes.set_metadata or changes.unset_metadata:
        wanted = with_metadata(wanted, changes.metadata, changes.set_metadata, changes.unset_metadata)
        rules_of_metadata.check(snapshot.town.metadata, wanted.metadata)
    if changes.parent is not None:
        wanted = below(snapshot, wanted, changes.parent)
    if changes.assignee is not None:
        wanted = assigned(snapshot, wanted, known_assignee(snapshot, changes.assignee))
    return wanted


def _life(snapshot: Snapshot, bead: Bead, changes: Changes, now: str) -> Bead:
    """Status and defer. A status that is given counts before what the defer date would make of it."""
    if changes.wake and bead.status != "deferred" and not bead.defer:
        raise UserError(f"{bead.id} is {bead.status}, not deferred", f"see it with: bd show {bead.id}")
    if changes.sleep or (changes.defer and changes.status is None):
        bead = deferred(snapshot, bead, changes.defer or "", now)
    elif changes.defer:
        bead = replace(bead, defer=changes.defer)
    elif changes.wake or changes.defer == "":
        bead = undeferred(bead)
    if changes.status is not None and changes.status != "closed":
        given = bead if changes.assignee is not None else None
        bead = with_status(snapshot, bead, changes.status, now)
        bead = bead if given is None else replace(bead, assignee=given.assignee)
    return bead


def _ends(snapshot: Snapshot, bead: Bead, status: str) -> bool:
    return category(snapshot.town, status) == "done" and category(snapshot.town, bead.status) != "done"
