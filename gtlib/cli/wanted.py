"""The flags by which lists of beads choose, shared by every command that lists, counts or searches."""

from __future__ import annotations

from msgspec import Struct


class Wanted(Struct, frozen=True, kw_only=True):
    """What was typed. `gtlib.cli.select` makes a filter of it."""

    status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    priority: str | None = None
    priority_min: str | None = None
    priority_max: str | None = None
    assignee: str | None = None
    no_assignee: bool = False
    label: tuple[str, ...] = ()
    label_any: tuple[str, ...] = ()
    exclude_label: tuple[str, ...] = ()
    label_pattern: tuple[str, ...] = ()
    label_regex: tuple[str, ...] = ()
    no_labels: bool = False
    parent: str | None = None
    no_parent: bool = False
    id: tuple[str, ...] = ()
    title: str | None = None
    title_contains: str | None = None
    desc_contains: str | None = None
    notes_contains: str | None = None
    external_contains: str | None = None
    empty_description: bool = False
    created_after: str | None = None
    created_before: str | None = None
    updated_after: str | None = None
    updated_before: str | None = None
    closed_after: str | None = None
    closed_before: str | None = None
    due_after: str | None = None
    due_before: str | None = None
    defer_after: str | None = None
    defer_before: str | None = None
    overdue: bool = False
    deferred: bool = False
    pinned: bool = False
    no_pinned: bool = False
    ready: bool = False
    all: bool = False
    spec: str | None = None
    metadata_field: tuple[str, ...] = ()
    has_metadata_key: tuple[str, ...] = ()
    mol_type: str | None = None
    wisp_type: str | None = None
    exclude_type: tuple[str, ...] = ()
    include_gates: bool = False
    include_templates: bool = False
    include_infra: bool = False
    rig: str = ""
    all_rigs: bool = False


SHORT = {"status": "s", "type": "t", "priority": "p", "assignee": "a", "label": "l"}

_AGO = "a time or date; 7d is 7 days ago"
_AHEAD = "a time or date; 7d is in 7 days, -7d was 7 days ago"

HELP = {
    "status": "of these statuses, with commas between them; all is every one",
    "type": "of these types, with commas between them",
    "priority": "of this priority, 0 to 4 or P0 to P4",
    "priority_min": "of this priority or a less urgent one",
    "priority_max": "of this priority or a more urgent one",
    "assignee": 'of this assignee; "" is nobody',
    "no_assignee": "of nobody",
    "label": "with all of these labels",
    "label_any": "with one of these labels",
    "exclude_label": "with none of these labels",
    "label_pattern": "with a label that this pattern fits, such as 'area:*'",
    "label_regex": "with a label in which this regular expression is found",
    "no_labels": "without labels",
    "parent": "children of that bead",
    "no_parent": "of no parent",
    "id": "these beads, whole ids or pieces, with commas between them; hidden and archived ones too",
    "title": "with this in the title",
    "title_contains": "with this in the title",
    "desc_contains": "with this in the description",
    "notes_contains": "with this in the notes",
    "external_contains": "with this in what it is elsewhere",
    "empty_description": "without a description",
    "created_after": f"made after {_AGO}",
    "created_before": f"made before {_AGO}",
    "updated_after": f"changed after {_AGO}",
    "updated_before": f"not changed since {_AGO}",
    "closed_after": f"closed after {_AGO}",
    "closed_before": f"closed before {_AGO}",
    "due_after": f"due after {_AHEAD}",
    "due_before": f"due before {_AHEAD}",
    "defer_after": f"deferred to after {_AHEAD}",
    "defer_before": f"deferred to before {_AHEAD}",
    "overdue": "due and not done",
    "deferred": "deferred, by status or to a time that lies ahead",
    "pinned": "pinned",
    "no_pinned": "not pinned",
    "ready": "that can be taken up now",
    "all": "everything: what is done, deferred, pinned, archived, and system work",
    "spec": "whose spec begins with this",
    "metadata_field": "with this in the metadata: key=value",
    "has_metadata_key": "with this key in the metadata",
    "mol_type": "of this kind of molecule: swarm, patrol or work",
    "wisp_type": "wisps of this kind",
    "exclude_type": "of none of these types, with commas between them",
    "include_gates": "gates too",
    "include_templates": "templates too",
    "include_infra": "wisps and system work too: messages, agents, merge requests and the like",
    "rig": "of that rig; hq is the town itself",
    "all_rigs": "of the whole town",
}

AT = "as it was then: a commit, branch or tag, or a time; 2d is 2 days ago"
LIMIT = "so many at most; 0 is all"
