"""A newer line of the interchange format for a bead that was changed here: what it says counts, what was
added here stays.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec.structs import replace

from gtlib.model import weave
from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.model.bead import Edge
from gtlib.model.edges import detail
from gtlib.model.edges import edges
from gtlib.model.edges import targets
from gtlib.model.edges import type_of
from gtlib.model.edges import with_edge
from gtlib.model.interchange import with_left
from gtlib.model.interchange_values import KEYS

_ADDED_TO = frozenset({"labels", "waiters", "metadata"})
# what a close says of itself, which a line that opens the bead again has no keys for
_OF_CLOSED = ("closed", "close_reason", "session", "evidence")


def merged(there: Bead, bead: Bead, said: Collection[str]) -> Bead:
    """`there` with what `bead` says by the keys `said` of its line. It counts as changed now, unless nothing
    is left that the line does not say.

    Labels, edges, comments and unknown keys are added to. Doing it again changes nothing.
    """
    said = frozenset(said) - {"updated_at"}
    changes: dict[str, Any] = {"updated": ""}
    for each in KEYS:
        if each.key in said:
            mine, other = getattr(there, each.field), getattr(bead, each.field)
            changes[each.field] = _both(mine, other) if each.field in _ADDED_TO else other
    if there.status == "closed" and changes.get("status", "closed") != "closed":
        changes = dict.fromkeys(_OF_CLOSED, "") | changes
    extra = {key: value for key, value in there.extra.items() if key not in said} | bead.extra
    made = replace(there, **changes, extra=extra, comments=_comments(there.comments, bead.comments))
    for edge in edges(bead):
        made = _with_edge(made, edge)
    made = with_left(made, bead, said, there)
    if replace(made, updated=bead.updated) == bead:
        return bead
    # no agent here holds it, and nothing that was changed here says so for long
    return replace(made, status="open") if made.status == "hooked" != there.status else made


def _both(mine: Any, other: Any) -> Any:
    return {**mine, **other} if isinstance(mine, dict) else tuple(dict.fromkeys((*mine, *other)))


def _with_edge(bead: Bead, edge: Edge) -> Bead:
    """The bead with that edge; details of one that is there stay where nothing newer is said."""
    known = detail(bead, type_of(edge.type), edge.to)
    bare = not (edge.created or edge.created_by or edge.metadata or edge.thread)
    if known == edge or (bare and edge.to in targets(bead, type_of(edge.type))):
        return bead
    return with_edge(bead, edge)


def _comments(mine: tuple[Comment, ...], others: tuple[Comment, ...]) -> tuple[Comment, ...]:
    """All of them, each as often as where it stands most: known by id, author, time, or what it says."""
    found = list(mine)
    unmatched = [_said(each) for each in mine]
    for one in others:
        if _said(one) in unmatched:
            unmatched.remove(_said(one))
            continue
        at = next((at for at, each in enumerate(found) if one.id and each.id == one.id), None)
        if at is None:
            found.append(one)
        elif (found[at].author, found[at].created) == (one.author, one.created):
            if _said(found[at]) in unmatched:
                unmatched.remove(_said(found[at]))
            found[at] = one
        else:  # two trackers counted to one number
            found.append(replace(one, id=weave.next_free(one.id, {each.id for each in found})))
    return tuple(found)


def _said(comment: Comment) -> tuple[str, str, str]:
    return comment.author, comment.created, comment.text
