from __future__ import annotations

from datetime import UTC
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.rules.query import Known
from gtlib.rules.query import compiled
from gtlib.rules.query_syntax import FIELDS
from gtlib.rules.query_syntax import MOMENTS
from gtlib.rules.query_syntax import SWITCHES
from gtlib.rules.query_syntax import Both
from gtlib.rules.query_syntax import Compare
from gtlib.rules.query_syntax import Not
from gtlib.rules.query_syntax import fields_of
from gtlib.rules.query_syntax import parse
from gtlib.rules.query_syntax import said
from tests.support.world import bead

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
BEADS = (
    bead("pr-aa1", priority=0, labels=("urgent", "web"), assignee="ada", description="A (big) \"one\"", spec="docs/a.md"),
    bead("pr-aa2", type="bug", status="in_progress", priority=1, title="Log in fails", updated="2026-11-19T08:00:00Z"),
    bead("pr-bb1", status="closed", closed="2026-11-18T08:00:00Z", owner="bo", priority=3),
    bead("pr-bb1.1", parent="pr-bb1", status="in_review", started="2026-11-10T08:00:00Z", notes="none", pinned=True),
    bead("pr-cc1", due="2026-11-25", template=True, priority=4, mol_type="swarm", assignee="none"),
)  # fmt: skip


def ids(text: str) -> list[str]:
    test = compiled(parse(text), NOW, Known(frozenset({"in_review"})))
    return [each.id.removeprefix("pr-") for each in BEADS if test(each)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("status=open", "aa1 cc1"),
        ("STATUS = Open and Priority <= P1", "aa1"),
        ("status=in-progress", "aa2"),
        ("status=in_review", "bb1.1"),
        ("status!=open", "aa2 bb1 bb1.1"),
        ("type=bug OR type=epic", "aa2"),
        ("priority<1", "aa1"),
        ("priority>=3", "bb1 cc1"),
        ("priority!=2 AND priority>0", "aa2 bb1 cc1"),
        ("assignee=none", "aa2 bb1 bb1.1"),
        ('assignee="none"', "cc1"),
        ("assignee!=none", "aa1 cc1"),
        ("owner=BO", "bb1"),
        ("label=urgent AND label=web", "aa1"),
        ("label=w*", "aa1"),
        ("label=none", "aa2 bb1 bb1.1 cc1"),
        ("NOT label=none", "aa1"),
        ("title=log", "aa2"),
        ("title='in fails'", "aa2"),
        ("title=log*fails", "aa2"),
        ('description="(big) \\"one\\""', "aa1"),
        ("desc=none", "aa2 bb1 bb1.1 cc1"),
        ('notes="none"', "bb1.1"),
        ("id=pr-bb*", "bb1 bb1.1"),
        ("id=pr-bb1", "bb1"),
        ("spec=docs/*", "aa1"),
        ("parent=pr-bb1", "bb1.1"),
        ("parent=none AND NOT type=bug", "aa1 bb1 cc1"),
        ("pinned=true", "bb1.1"),
        ("pinned!=true AND template=no", "aa1 aa2 bb1"),
        ("mol_type=swarm", "cc1"),
        ("updated>2d", "aa2"),
        ("closed>7d AND closed<1d", "bb1"),
        ("closed=2026-11-18", "bb1"),
        ("closed!=none", "bb1"),
        ("started<=2026-11-10", "bb1.1"),
        ("started<2026-11-10", ""),
        ("due>now", "cc1"),
        ("a=1", None),
        ("status=open OR type=bug AND priority=1", "aa1 aa2 cc1"),
        ("(status=open OR type=bug) AND priority=1", "aa2"),
        ("NOT (status=open OR type=bug)", "bb1 bb1.1"),
        ("not not status=open", "aa1 cc1"),
    ],
)
def test_what_it_finds(text: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(UserError):
            ids(text)
    else:
        assert ids(text) == found.split()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the query is empty; write one, such as: status=open AND priority<=1"),
        ("status", "column 7: =, !=, >, >=, < or <= is expected; see bd query --help"),
        ("status=", "column 8: a value is expected; see bd query --help"),
        ("stats=open", "column 1: no field 'stats'; did you mean status?"),
        ("status=opne", "column 1: unknown status 'opne'; did you mean open?"),
        ("type=bug AND status=opne", "column 14: unknown status 'opne'; did you mean open?"),
        ("priority=high", "column 1: 'high' is no priority; write 0 (critical), 1, 2, 3 or 4 (backlog)"),
        ("title>x", "column 1: title takes = and !=, not >; order is for priority and times"),
        ("created>soon", "column 1: 'soon' is not a time; write 7d, 2w, yesterday, or 2026-11-20"),
        ("pinned=maybe", "column 1: pinned is true or false, not 'maybe'; write true or false"),
        ("(status=open", "column 13: a closing parenthesis is expected; see bd query --help"),
        ("status=open)", "column 12: AND, OR or the end is expected, not ')'; see bd query --help"),
        ("status=open type=bug", "column 13: AND, OR or the end is expected, not 'type'; see bd query --help"),
        ("status=open AND", "column 16: the name of a field is expected; see bd query --help"),
        ("title=\"open", "column 7: a quote that is not closed; write field=value, with AND, OR, NOT and ( )"),
        ("status=!open", "column 8: '!' is not expected; write field=value, with AND, OR, NOT and ( )"),
        ("(" * 60 + "status=open" + ")" * 60, "column 51: more than 50 levels, not '('; see bd query --help"),
    ],
)  # fmt: skip
def test_refusals_name_the_column(text: str, what: str) -> None:
    with pytest.raises(UserError) as refusal:
        compiled(parse(text), NOW)
    assert str(refusal.value) == what


def test_which_fields_are_asked_about() -> None:
    assert fields_of(parse("NOT (type=bug OR status!=open) AND closed>7d")) == {"type", "status", "closed"}


VALUES: dict[str, Any] = {
    "status": st.sampled_from(["open", "closed", "in_progress", "none"]),
    "type": st.sampled_from(["task", "bug"]),
    "priority": st.sampled_from(["0", "2", "P4"]),
    **{name: st.sampled_from(["7d", "2026-11-18", "none"]) for name in MOMENTS},
    **{name: st.sampled_from(["true", "false"]) for name in SWITCHES},
}
COMPARES = st.sampled_from(FIELDS).flatmap(
    lambda name: st.builds(
        Compare, st.just(name), st.sampled_from(["=", "!="]), VALUES.get(name, st.text(max_size=8)), st.just(True), st.just(1)
    )
)  # fmt: skip
NODES = st.recursive(
    COMPARES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Both, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


def holds(node: Any, one: Bead) -> bool | None:
    try:
        return compiled(node, NOW)(one)
    except UserError:
        return None


@given(NODES, st.sampled_from(BEADS))
def test_what_was_said_again_means_the_same(node: Any, one: Bead) -> None:
    again = parse(said(node))
    assert said(again) == said(node)
    assert holds(again, one) == holds(node, one)


@given(st.text(alphabet=st.sampled_from("status=open AND()<>!\"'\\* 1dORNT"), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        test = compiled(parse(text), NOW)
    except UserError:
        return
    assert {test(one) for one in BEADS} <= {True, False}
