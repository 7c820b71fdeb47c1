"""A bead: one work item of the ledger, and what its file looks like."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.model.sets import settle
from gtlib.names import ItemId


class Comment(Struct, frozen=True, kw_only=True):
    """A remark below `## Comments`: `### author time id`, then text."""

    id: str
    author: str
    created: str
    text: str


class Bead(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of `beads/<id>.md`. Times are RFC 3339 text as found in the file."""

    id: ItemId
    title: str
    type: str = "task"
    status: str = "open"
    priority: int = 2
    assignee: str = ""
    owner: str = ""
    labels: tuple[str, ...] = ()
    needs: tuple[ItemId, ...] = ()
    parent: ItemId = ItemId("")
    waits_for: tuple[ItemId, ...] = ()
    related: tuple[ItemId, ...] = ()
    discovered_from: tuple[ItemId, ...] = ()
    estimate: int | None = None
    due: str = ""
    defer: str = ""
    external_ref: str = ""
    created: str = ""
    created_by: str = ""
    started: str = ""
    closed: str = ""
    close_reason: str = ""
    evidence: str = ""
    description: str = ""
    design: str = ""
    acceptance: str = ""
    notes: str = ""
    comments: tuple[Comment, ...] = ()
    extra: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if self.labels or self.needs or self.waits_for or self.related or self.discovered_from:
            settle(self, "labels", "needs", "waits_for", "related", "discovered_from")
