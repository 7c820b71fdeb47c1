"""Whatever a file holds, reading it ends in a formula or in errors that name their lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.errors import FileError
from gtlib.model.formula import parse
from gtlib.model.formula import texts_of
from gtlib.model.formula_keys import FORMULA_KEPT
from gtlib.model.formula_keys import FORMULA_KEYS
from gtlib.model.formula_keys import STEP_KEYS
from gtlib.model.formula_overlay import parse_overlay
from gtlib.model.formula_source import errors_of

INNER = (
    "id", "await_id", "timeout", "condition", "run", "count", "range", "var", "until", "max", "body", "for_each",
    "bond", "parallel", "sequential", "max_attempts", "check", "on_exhausted", "mode", "path", "bond_points",
    "hooks", "expand", "map", "branch", "gate", "aspects", "trigger", "attach", "at", "target", "with", "select",
    "from", "steps", "join", "before", "after", "around", "glob", "label", "required", "required_unless",
    "default", "enum", "pattern", "directory", "step_id", "title",
)  # fmt: skip
WORDS = (
    "", "a", "b", "{target}", "{step.id}-x", "{i}", "{{x}}", "1..3", "1..{n}", "9^9^9..2", "output.x", "children-of(a)",
    "all-children", "a.status == 'complete'", "{{x}} == 'y'", "steps.complete >= 1", "30m", "label:x", "exec", "human",
    "conditional", "workflow", "convoy", "expansion", "aspect", "skip", "retry", "../x", "*", "[", "a\x00b", "\ud800",
    "a.iter1.b", "x" * 200,
)  # fmt: skip
LEAVES = st.sampled_from(WORDS) | st.integers(-1, 5) | st.booleans() | st.none() | st.floats()
KEYS = st.sampled_from((*STEP_KEYS, *INNER, "x"))
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
STEPS = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(("a", "b", "c", "{target}.d")), "title": st.just("T")},
        optional={key: VALUES for key in STEP_KEYS if key not in ("id", "title")},
    ),
    max_size=3,
)
FORMULAS = st.fixed_dictionaries(
    {"formula": st.sampled_from(("x", "../x", ""))},
    optional={
        **dict.fromkeys((*FORMULA_KEYS[1:], *FORMULA_KEPT), VALUES),
        "steps": STEPS | VALUES,
        "template": STEPS | VALUES,
        "vars": st.dictionaries(st.sampled_from(("x", "n", "PATH", "a b")), VALUES, max_size=2) | VALUES,
    },
)


def read(values: dict[str, Any]) -> None:
    text = json.dumps(values, indent=1)
    last = text.count("\n") + 1
    try:
        formula = parse("x.formula.json", text, read=lambda path: path)
    except FileError as error:
        found = errors_of(error)
        assert all(1 <= each.line <= last and "\n" not in str(each) for each in found)
        assert [each.line for each in found] == sorted(each.line for each in found)
    else:
        assert all(1 <= line <= last for line, _ in texts_of(formula))
        assert not any("\n" in warning for warning in formula.warnings)


@settings(max_examples=60, deadline=None)
@given(FORMULAS)
def test_every_formula_is_read_or_refused(values: dict[str, Any]) -> None:
    read(values)


@pytest.mark.torture
@settings(max_examples=4_000, deadline=None)
@given(FORMULAS)
def test_every_formula_is_read_or_refused_for_long(values: dict[str, Any]) -> None:
    read(values)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=3) | VALUES)
def test_every_overlay_is_read_or_refused(overrides: Any) -> None:
    try:
        parse_overlay("formula-overlays/x.json", json.dumps({"step-overrides": overrides}))
    except FileError as error:
        assert all(each.line == 1 for each in errors_of(error))
