from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.edges import with_edge
from gtlib.model.edges import without_edge
from gtlib.model.interchange import bead_of
from gtlib.model.interchange import line_of
from gtlib.model.interchange import same
from gtlib.model.interchange_values import KEYS
from gtlib.names import ItemId
from tests.support.laws import examples

text = st.text(max_size=12) | st.sampled_from(
    ["", "## Notes", "a\r\nb", "\ud800", "1.10", "true", "null", " x "]
)
number = st.integers(-(10**19), 10**19) | st.floats(allow_nan=False, allow_infinity=False)
scalar = st.none() | st.booleans() | number | text
anything: st.SearchStrategy[Any] = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=6
)
ids = st.sampled_from(["ex-1", "ex-2", "ex_y-9aa.2", "bd-9f86-baseline", "external:gt-x:gt-x", "no id", ""])
types = st.sampled_from(["blocks", "parent-child", "parent_child", "follows", "waits-for", "attests", ""])
times = st.sampled_from(["2026-01-05T23:01:02.123456789-08:00", "2026-01-05T10:00:00Z", "soon", ""])
edges = st.fixed_dictionaries(
    {"issue_id": ids, "depends_on_id": ids, "type": types},
    optional={"created_at": times, "created_by": text, "metadata": scalar, "odd": scalar},
)
comments = st.fixed_dictionaries(
    {"id": st.integers(0, 9) | text, "author": text, "text": text},
    optional={"created_at": times, "odd": scalar},
)
wrong = {
    each.key: anything for each in KEYS if each.key not in ("id", "title", "status", "priority", "issue_type")
}
lines = st.fixed_dictionaries(
    {"id": st.sampled_from(["ex-4k2", "ex_y-9aa.2"]), "title": text.filter(lambda each: each.strip() != "")},
    optional={
        **wrong,
        "status": st.sampled_from(["open", "closed", "done", "In Progress", "tombstone"]),
        "issue_type": st.sampled_from(["task", "not_a_real_type", "User Story"]),
        "priority": st.integers(0, 4) | st.sampled_from(["P1", None]),
        "created_at": times,
        "updated_at": times,
        "due_at": times,
        "dependencies": st.lists(edges | scalar, max_size=4) | anything,
        "comments": st.lists(comments | scalar, max_size=3) | anything,
        "labels": st.lists(text, max_size=3) | anything,
        "estimated_minutes": number | scalar,
        "needs": anything,
        "some_key": anything,
        "odd key": anything,
    },
)


@given(lines)
@settings(max_examples=examples(200), deadline=None)
def test_every_field_of_every_line_comes_back(line: dict[str, Any]) -> None:
    bead = bead_of(line)
    path = kinds.path_of(bead)
    read = kinds.parse(path, kinds.render(bead))
    assert read == bead
    found = line_of(bead)
    assert {key: found.get(key, "GONE") for key in line} == line
    assert all(same(found[key], value) for key, value in line.items())
    assert same(json.loads(json.dumps(found)), found)


@given(lines)
@settings(max_examples=examples(150), deadline=None)
def test_reading_what_was_written_is_the_same_bead(line: dict[str, Any]) -> None:
    written = line_of(bead_of(line))
    assert line_of(bead_of(written)) == written


def test_a_changed_field_is_what_the_bead_says_not_what_the_line_said() -> None:
    line = {
        "id": "ex-1",
        "title": "t" * 600,
        "status": "In Progress",
        "priority": "P1",
        "issue_type": "task",
        "description": None,
        "labels": ["b", "a"],
        "dependencies": [
            {
                "issue_id": "other",
                "depends_on_id": "ex-2",
                "type": "blocks",
                "created_at": "2026-01-05T10:00:00Z",
            },
            {
                "issue_id": "ex-1",
                "depends_on_id": "no id",
                "type": "blocks",
                "created_at": "2026-01-05T10:00:00Z",
            },
        ],
    }
    bead = bead_of(line)
    assert line_of(bead) == line
    changed = replace(bead, title="short", status="closed", description="new", labels=("c",))
    changed = without_edge(changed, "blocks", "ex-2")
    changed = with_edge(changed, Edge(to="ex-3", type="parent_child"))
    assert line_of(changed) == {
        "id": "ex-1",
        "title": "short",
        "status": "closed",
        "priority": "P1",
        "issue_type": "task",
        "description": "new",
        "labels": ["c"],
        "dependencies": [
            {"issue_id": "ex-1", "depends_on_id": "ex-3", "type": "parent-child", "created_at": ""},
            line["dependencies"][1],  # type: ignore[index]
        ],
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"title": "x"}, "it has no id"),
        ({"id": "ex-1"}, "it has no title"),
        ({"id": "ex-1", "title": "  "}, "title: it is empty"),
        ({"id": "../../etc/passwd", "title": "x"}, "id: '../../etc/passwd' is not an id"),
        ({"id": "ex-1", "title": "x", "priority": 7}, "priority: 7 is not from 0 to 4"),
        ({"id": "ex-1", "title": "x", "status": "!"}, "status: '!' is no word"),
    ],
)
def test_what_cannot_be_taken(line: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        bead_of(line)
    assert refused.value.what == said


def test_edges_keep_their_details_while_they_are_there() -> None:
    bead = with_edge(Bead(id=ItemId("ex-1"), title="x"), Edge(to="ex-2", type="blocks", created_by="ana"))
    assert (bead.needs, bead.edges) == (("ex-2",), (Edge(to="ex-2", type="blocks", created_by="ana"),))
    assert line_of(replace(bead, needs=()))  # by hand: what was known of it is no edge
    assert "dependencies" not in line_of(replace(bead, needs=()))
    assert without_edge(bead, "blocks", "ex-2") == Bead(id=ItemId("ex-1"), title="x")
