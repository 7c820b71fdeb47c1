"""What a bead's file looks like: its keys, what they take, and its body."""

from __future__ import annotations

from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.body import Body
from gtlib.model.body import TextPart
from gtlib.model.codec import Codec
from gtlib.model.codec import Field
from gtlib.model.codec import Record
from gtlib.model.codec import records
from gtlib.model.codec import set_of
from gtlib.model.comments import CommentsPart
from gtlib.model.edges import FIELDS
from gtlib.model.edges import TO_ANYTHING
from gtlib.model.values import duration
from gtlib.model.values import flag
from gtlib.model.values import integer
from gtlib.model.values import item_id
from gtlib.model.values import json_object
from gtlib.model.values import moment
from gtlib.model.values import targets
from gtlib.model.values import text
from gtlib.model.values import texts
from gtlib.model.values import title
from gtlib.model.values import word

HEADINGS = ("Design", "Acceptance Criteria", "Notes", "Comments")

_EDGE = Record(
    Edge,
    Field("to", text, always=True),
    Field("type", text, always=True),
    Field("created", moment),
    Field("created_by", text),
    Field("metadata", text),
    Field("thread", text),
    required=("to", "type"),
)


def _edge_fields() -> list[Field]:
    found = []
    for type, key in FIELDS.items():
        if key == "parent":
            found.append(Field("parent", item_id))
        else:
            found.append(set_of(key, texts if type in TO_ANYTHING else targets))
    return found


BEAD = Codec(
    Bead,
    Field("id", item_id),
    Field("title", title, always=True),
    Field("type", word, always=True),
    Field("status", word, always=True),
    Field("priority", integer(0, 4), always=True),
    Field("assignee", text),
    Field("owner", text),
    set_of("labels", texts),
    *_edge_fields(),
    records("edges", _EDGE, "to", "type"),
    Field("estimate", integer(0)),
    Field("due", moment),
    Field("defer", moment),
    Field("external_ref", text),
    Field("spec", text),
    Field("pinned", flag),
    Field("template", flag),
    Field("ephemeral", flag),
    Field("await", text, attr="await_"),
    Field("on", text),
    Field("timeout", duration),
    Field("waiters", texts),
    Field("sender", text),
    Field("mol_type", text),
    Field("wisp_type", text),
    Field("work_type", text),
    Field("event_kind", text),
    Field("actor", text),
    Field("target", text),
    Field("payload", text),
    Field("metadata", json_object, write=lambda value, raw: value or None, typed=True),
    Field("created", moment),
    Field("created_by", text),
    Field("updated", moment),
    Field("started", moment),
    Field("closed", moment),
    Field("close_reason", text),
    Field("session", text),
    Field("evidence", text),
    Field("imported", text),
    own="id",
    required=("title",),
    body=Body(
        TextPart("description", "", HEADINGS),
        TextPart("design", "Design", HEADINGS),
        TextPart("acceptance", "Acceptance Criteria", HEADINGS),
        TextPart("notes", "Notes", HEADINGS),
        CommentsPart("Comments", HEADINGS),
    ),
)
