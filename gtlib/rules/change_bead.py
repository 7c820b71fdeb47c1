"""Changes of a bead's fields by name: update, claim, reopen, and its needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.rules.base import require_writable
from gtlib.rules.close import plan_close
from gtlib.rules.edits import merge_edits
from gtlib.rules.find import find_bead
from gtlib.rules.new_bead import edge
from gtlib.rules.new_bead import known_assignee
from gtlib.rules.new_bead import refuse_cycle

PLAIN = (
    "title", "type", "priority", "estimate", "due", "defer", "external_ref",
    "description", "design", "acceptance", "notes",
)  # fmt: skip


class Changes(Struct, frozen=True, kw_only=True):
    """What is to become of beads; None leaves a field alone, "" empties it. `claim` goes with no other
    change of status or assignee. `parent` and `assignee` are as typed.
    """

    title: str | None = None
    type: str | None = None
    priority: int | None = None
    status: str | None = None
    assignee: str | None = None
    estimate: int | None = None
    due: str | None = None
    defer: str | None = None
    external_ref: str | None = None
    description: str | None = None
    design: str | None = None
    acceptance: str | None = None
    notes: str | None = None
    append_notes: str = ""
    parent: str | None = None
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    set_labels: tuple[str, ...] | None = None
    claim: bool = False


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


def plan_reopen(snapshot: Snapshot, bead: Bead, reason: str, actor: str, now: str) -> Edit:
    """Open a closed bead again; the reason becomes a comment. UserError when it is not closed."""
    if bead.status != "closed":
        raise UserError(f"{bead.id} is {bead.status}, not closed", f"see it with: bd show {bead.id}")
    wanted = _unclosed(replace(bead, status="open", assignee=""))
    if reason:
        comment = Comment(id=f"c{len(bead.comments) + 1}", author=actor, created=now, text=reason)
        wanted = replace(wanted, comments=(*bead.comments, comment))
    return _edit("reopen", bead, wanted, snapshot, actor)


def plan_need(snapshot: Snapshot, text: str, need: str, actor: str, *, remove: bool = False) -> Edit | None:
    """Let one bead wait for another, or no longer; None when it waits for it already.

    UserError for a bead that would wait for itself, and for taking out what is not there.
    """
    bead = find_bead(snapshot, text)
    if remove:
        gone = _present(bead, need)
        wanted = replace(bead, needs=tuple(each for each in bead.needs if each != gone))
        return _edit("update", bead, wanted, snapshot, actor)
    id = edge(snapshot, need)
    if id in bead.needs:
        return None
    wanted = replace(bead, needs=tuple(sorted({*bead.needs, id})))
    edit = _edit("update", bead, wanted, snapshot, actor)
    refuse_cycle(snapshot.with_edit(edit), wanted)
    return edit


def _present(bead: Bead, need: str) -> ItemId:
    matching = [each for each in bead.needs if each == need or each.rpartition("-")[2] == need]
    if len(matching) != 1:
        there = f"it needs {', '.join(bead.needs)}" if bead.needs else "it needs nothing"
        raise UserError(f"{bead.id} does not need {need}", there)
    return matching[0]


def _one(snapshot: Snapshot, bead: Bead, changes: Changes, actor: str, now: str) -> Edit | None:
    wanted = _claimed(bead, actor, now) if changes.claim else bead
    given: dict[str, Any] = {
        field: value for field in PLAIN if (value := getattr(changes, field)) is not None
    }
    wanted = replace(wanted, **given, labels=_labels(bead, changes))
    if changes.append_notes:
        wanted = replace(wanted, notes=f"{wanted.notes.rstrip()}\n{changes.append_notes}".lstrip("\n"))
    if changes.parent is not None:
        wanted = _moved(snapshot, wanted, changes.parent)
    if changes.assignee is not None:
        wanted = _assigned(snapshot, wanted, known_assignee(snapshot, changes.assignee))
    if changes.status is not None and changes.status != "closed":
        wanted = _with_status(snapshot, wanted, changes.status, now)
    edits = [_edit("claim" if changes.claim else "update", bead, wanted, snapshot, actor)]
    edits = [] if wanted == bead else edits
    after = snapshot.with_edit(edits[0]) if edits else snapshot
    if wanted.parent != bead.parent:
        refuse_cycle(after, wanted)
    if changes.status == "closed":
        closing = plan_close(after, bead.id, actor, "", now)
        edits += [closing] if closing else []
    return merge_edits(edits, subject=edits[-1].subject) if edits else None


def _claimed(bead: Bead, actor: str, now: str) -> Bead:
    if bead.assignee == actor and bead.status in ("in_progress", "hooked"):
        return bead
    if bead.assignee and bead.assignee != actor:
        raise UserError(f"{bead.id} is already claimed by {bead.assignee}", "take another: bd ready")
    if bead.status != "open":
        raise UserError(f"{bead.id} is not claimable: status {bead.status}", "take another: bd ready")
    return replace(bead, status="in_progress", assignee=actor, started=bead.started or now)


def _labels(bead: Bead, changes: Changes) -> tuple[str, ...]:
    found = set(bead.labels if changes.set_labels is None else changes.set_labels)
    missing = [label for label in changes.remove_labels if label not in found]
    if missing:
        there = f"it has {', '.join(bead.labels)}" if bead.labels else "it has none"
        raise UserError(f"{bead.id} has no label {', '.join(missing)}", there)
    return tuple(sorted((found - set(changes.remove_labels)) | set(changes.add_labels)))


def _moved(snapshot: Snapshot, bead: Bead, parent: str) -> Bead:
    if not parent:
        return replace(bead, parent=ItemId(""))
    found = find_bead(snapshot, parent)
    line = [bead.id, found.id]
    above: Bead | None = found
    while above is not None and line.count(line[-1]) == 1:
        if not above.parent:
            break
        line.append(above.parent)
        above = snapshot.bead(above.parent)
    if bead.id in line[1:]:
        raise UserError(f"{bead.id} would be its own parent: {' -> '.join(line)}", "choose another parent")
    return replace(bead, parent=found.id)


def _assigned(snapshot: Snapshot, bead: Bead, assignee: str) -> Bead:
    held = holder(snapshot, bead.id)
    if held is not None and assignee != held.address:
        raise UserError(
            f"{bead.id} is on the hook of {held.address}", f"take it off first: gt unsling {bead.id}"
        )
    return replace(bead, assignee=assignee)


def _with_status(snapshot: Snapshot, bead: Bead, status: str, now: str) -> Bead:
    if status == bead.status:
        return bead
    held = holder(snapshot, bead.id)
    if status == "hooked":
        raise UserError("hooked follows from an agent's hook", f"put it there: gt sling {bead.id} RIG")
    if status == "open" and held is not None:
        raise UserError(
            f"{bead.id} is on the hook of {held.address}", f"take it off first: gt unsling {bead.id}"
        )
    if status == "in_progress" and not bead.started:
        bead = replace(bead, started=now)
    return (
        _unclosed(replace(bead, status=status)) if bead.status == "closed" else replace(bead, status=status)
    )


def _unclosed(bead: Bead) -> Bead:
    return replace(bead, closed="", close_reason="", evidence="")


def _edit(event: str, bead: Bead, wanted: Bead, snapshot: Snapshot, actor: str) -> Edit:
    require_writable(snapshot, bead)
    return Edit(
        subject=f"{event}: {bead.id} {wanted.title}",
        put=(wanted,),
        trailers=(("Bead", bead.id),),
        actor=actor,
    )
