"""Whatever text people hand to the commands that make many beads: an answer or a refusal, never a bug."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.config import TownConfig
from gtlib.rules import metadata
from gtlib.rules.batch import Asked
from gtlib.rules.batch import lines_of
from gtlib.rules.batch import plan_batch
from gtlib.rules.draft_file import drafts
from gtlib.rules.graph_plan import graph_of
from gtlib.rules.graph_plan import plan_graph
from gtlib.rules.new_bead import plan_create_all
from tests.support.laws import examples
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import world

TOWN = TownConfig(name="t")
WORLD = world(bead("pr-a1"), bead("pr-b1", needs=("pr-a1",)))
PIECES = (
    "## ", "### ", "Priority", "Type", "Labels", "Dependencies", "Notes", "Description", "\n", "```", "1", "a, b", "pr-a1",
    "blocks:pr-b1", "close ", "update ", "create ", "dep add ", "dep remove ", "pr-b1", " ", "=", "status", "bug", "'", '"', "\\", "x",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["a", "b", "c", "", "pr-a1", "pr-zz"])
NODES = st.lists(
    st.fixed_dictionaries(
        {"key": KEYS, "title": st.text(max_size=8)},
        optional={
            "parent_key": KEYS,
            "parent_id": KEYS,
            "metadata": st.dictionaries(st.text(max_size=6), JSON, max_size=2),
            "metadata_refs": st.dictionaries(st.text(max_size=3), KEYS, max_size=2),
            "labels": st.lists(st.text(max_size=3), max_size=2),
            "priority": JSON,
            "type": st.sampled_from(["task", "epic", "x"]),
        },
    ),
    max_size=4,
)
EDGES = st.lists(
    st.dictionaries(st.sampled_from(["from_key", "from_id", "to_key", "to_id", "type"]), KEYS, max_size=4),
    max_size=3,
)


def answered(run: Callable[[], Any]) -> Any:
    """What it gives; None when it refuses."""
    try:
        return run()
    except UserError as refusal:
        assert "\n" not in refusal.what.strip()
        return None


@settings(max_examples=examples(300), deadline=None)
@given(TEXTS)
def test_files_of_drafts(text: str) -> None:
    found = answered(lambda: drafts("f.md", text, TOWN))
    if found:
        made = answered(lambda: plan_create_all(WORLD, found, "pr", "ada", NOW, 1))
        for each in made[0] if made else ():
            assert same_in_a_file(each)


@settings(max_examples=examples(300), deadline=None)
@given(TEXTS)
def test_batches(text: str) -> None:
    lines = answered(lambda: lines_of(text))
    if lines:
        answered(lambda: plan_batch(WORLD, lines, Asked("ada", NOW, "pr", 1)))


@settings(max_examples=examples(300), deadline=None)
@given(NODES, EDGES)
def test_graphs(nodes: list[dict[str, Any]], edges: list[dict[str, str]]) -> None:
    graph = answered(lambda: graph_of(json.dumps({"nodes": nodes, "edges": edges})))
    if graph:
        made = answered(lambda: plan_graph(WORLD, graph, "pr", "ada", NOW, 1))
        for each in made[0].values() if made else ():
            assert same_in_a_file(each)


@settings(max_examples=examples(300), deadline=None)
@given(JSON)
def test_metadata(value: Any) -> None:
    found = answered(lambda: metadata.from_json(json.dumps(value)))
    if found is not None:
        assert same_in_a_file(bead("pr-x1", metadata=found))


def same_in_a_file(item: Bead) -> bool:
    return kinds.parse(kinds.path_of(item), kinds.render(item)) == item
