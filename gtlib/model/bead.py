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


class Edge(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one edge beside its target: who drew it, and when. `type` is as beads names it.

    An edge of a type that has a field of its own (`gtlib.model.edges`) is there when that field says so.
    """

    to: str
    type: str
    created: str = ""
    created_by: str = ""
    metadata: str = ""
    thread: str = ""


SETS = (
    "labels", "needs", "waits_for", "conditional_blocks", "related", "relates_to", "discovered_from",
    "replies_to", "duplicates", "supersedes", "tracks", "until", "caused_by", "validates",
    "authored_by", "assigned_to", "approved_by", "delegated_from", "attests",
)  # fmt: skip


# gc: a bead holds nothing that could hold it, and 10,000 of them are a sixth faster to make untracked
class Bead(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The fields of `beads/<id>.md`. Times are RFC 3339 text as found in the file.

    `imported` is JSON: what an imported line said that the other fields can't (`gtlib.model.interchange`).
    """

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
    conditional_blocks: tuple[ItemId, ...] = ()
    related: tuple[ItemId, ...] = ()
    relates_to: tuple[ItemId, ...] = ()
    discovered_from: tuple[ItemId, ...] = ()
    replies_to: tuple[ItemId, ...] = ()
    duplicates: tuple[ItemId, ...] = ()
    supersedes: tuple[ItemId, ...] = ()
    tracks: tuple[ItemId, ...] = ()
    until: tuple[ItemId, ...] = ()
    caused_by: tuple[ItemId, ...] = ()
    validates: tuple[ItemId, ...] = ()
    authored_by: tuple[str, ...] = ()
    assigned_to: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    delegated_from: tuple[str, ...] = ()
    attests: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    estimate: int | None = None
    due: str = ""
    defer: str = ""
    external_ref: str = ""
    spec: str = ""
    pinned: bool = False
    template: bool = False
    ephemeral: bool = False
    await_: str = ""
    on: str = ""
    timeout: str = ""
    waiters: tuple[str, ...] = ()
    sender: str = ""
    mol_type: str = ""
    wisp_type: str = ""
    work_type: str = ""
    event_kind: str = ""
    actor: str = ""
    target: str = ""
    payload: str = ""
    metadata: dict[str, Any] = {}
    created: str = ""
    created_by: str = ""
    updated: str = ""
    started: str = ""
    closed: str = ""
    close_reason: str = ""
    session: str = ""
    evidence: str = ""
    imported: str = ""
    description: str = ""
    design: str = ""
    acceptance: str = ""
    notes: str = ""
    comments: tuple[Comment, ...] = ()
    extra: dict[str, Any] = {}

    def __post_init__(self) -> None:
        # nine beads of ten have none of them, or one, and a loop over names costs more than all the rest
        if (
            self.labels[1:] or self.needs[1:] or self.waits_for or self.conditional_blocks or self.related
            or self.relates_to or self.discovered_from or self.replies_to or self.duplicates
            or self.supersedes or self.tracks or self.until or self.caused_by or self.validates
            or self.authored_by or self.assigned_to or self.approved_by or self.delegated_from
            or self.attests
        ):  # fmt: skip
            settle(self, *SETS)
