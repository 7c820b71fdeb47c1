"""What single changes make of a bead: labels, notes, metadata, parent, assignee, a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.model.bead import Edge
from gtlib.model.edges import with_edge
from gtlib.model.edges import without_edge
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import holder
from gtlib.rules.find import find_bead
from gtlib.rules.statuses import is_over

_COUNTED = re.compile(r"c([0-9]{1,9})\Z")


def with_labels(
    bead: Bead, add: Iterable[str] = (), remove: Iterable[str] = (), only: Iterable[str] | None = None
) -> Bead:
    """The bead with these labels more and less, after (`only`) it has those alone. UserError for a label to
    take off that it does not have.
    """
    found = set(bead.labels if only is None else only)
    missing = [label for label in remove if label not in found]
    if missing:
        there = f"it has {', '.join(bead.labels)}" if bead.labels else "it has none"
        raise UserError(f"{bead.id} has no label {', '.join(missing)}", there)
    return replace(bead, labels=tuple(sorted((found - set(remove)) | set(add))))


def with_note(bead: Bead, text: str) -> Bead:
    """The bead with a line more in its notes."""
    return replace(bead, notes=f"{bead.notes.rstrip()}\n{text}".lstrip("\n"))


def with_metadata(
    bead: Bead, whole: Mapping[str, Any] | None, put: Mapping[str, Any], remove: Iterable[str]
) -> Bead:
    """The bead with other metadata. UserError for a key to take out that is not there."""
    found = dict(bead.metadata if whole is None else whole)
    for key in remove:
        if key not in found:
            there = f"it has {', '.join(found)}" if found else "it has none"
            raise UserError(f"{bead.id} has no metadata {key}", there)
        del found[key]
    return replace(bead, metadata={**found, **put})


def with_comment(bead: Bead, author: str, now: str, text: str) -> Bead:
    """The bead with a comment more. UserError for an empty one."""
    said = text.replace("\r\n", "\n").strip("\n")
    if not said.strip():
        raise UserError("the comment is empty", "say something, or leave it")
    numbers = [int(found[1]) for each in bead.comments if (found := _COUNTED.match(each.id))]
    comment = Comment(id=f"c{max(numbers, default=0) + 1}", author=author, created=now, text=said)
    return replace(bead, comments=(*bead.comments, comment))


def below(snapshot: Snapshot, bead: Bead, parent: str) -> Bead:
    """The bead below another parent; "" is none. UserError for a closed parent and for its own child."""
    if not parent:
        return without_edge(bead, "parent-child", bead.parent) if bead.parent else bead
    found = find_bead(snapshot, parent)
    if found.id == bead.parent:
        return bead
    if found.status != "pinned" and is_over(snapshot.town, found.status):
        raise UserError(f"the parent {found.id} is {found.status}", f"open it first: bd reopen {found.id}")
    line = [bead.id, found.id]
    above: Bead | None = found
    while above is not None and line.count(line[-1]) == 1:
        if not above.parent:
            break
        line.append(above.parent)
        above = snapshot.bead(above.parent)
    if bead.id in line[1:]:
        raise UserError(f"{bead.id} would be its own parent: {' -> '.join(line)}", "choose another parent")
    return with_edge(bead, Edge(to=found.id, type="parent-child"))


def assigned(snapshot: Snapshot, bead: Bead, assignee: str) -> Bead:
    """The bead with another assignee. UserError when it is on somebody else's hook."""
    held = holder(snapshot, bead.id)
    if held is not None and assignee != held.address:
        raise UserError(
            f"{bead.id} is on the hook of {held.address}", f"take it off first: gt unsling {bead.id}"
        )
    return replace(bead, assignee=assignee)
