from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model.config import TownConfig
from gtlib.rules import fields

NOW = clock.parse("2026-11-20T08:00:00Z")


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (fields.title, "  two\n words ", "two words"),
        (fields.kind, "feat", "feature"),
        (fields.kind, "MR", "merge-request"),
        (fields.status, "in-progress", "in_progress"),
        (fields.merge, "", ""),
        (fields.merge, "pr", "pr"),
        (fields.priority, "P0", 0),
        (fields.priority, "4", 4),
        (fields.labels, ["b,a", "a", " c "], ("b", "a", "c")),
        (fields.pairs, ["a=1", "b=x=y", "c="], {"a": "1", "b": "x=y", "c": ""}),
    ],
)
def test_reads(read: Callable[[Any], Any], text: Any, value: Any) -> None:
    assert read(text) == value


def test_the_towns_own_statuses_and_types() -> None:
    town = TownConfig(name="t", statuses={"in_review": "active", "on-hold": "frozen"}, types=("docs",))
    assert [fields.status(text, town=town) for text in ("in-review", "On-Hold", "closed")] == [
        "in_review", "on-hold", "closed",
    ]  # fmt: skip
    assert [fields.kind(text, town=town) for text in ("docs", "Feat")] == ["docs", "feature"]
    with pytest.raises(UserError, match=r"unknown status 'inreview'; did you mean in_review\?"):
        fields.status("inreview", town=town)
    with pytest.raises(UserError, match=r"unknown type 'dosc'; did you mean docs\?"):
        fields.kind("dosc", town=town)
    assert fields.status("Odd", ["Odd"]) == "Odd"


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (fields.title, " \n", "the title is empty; say in a few words what is to be done"),
        (
            fields.title,
            "x" * 501,
            "the title has 501 characters, 500 is the most; put the rest in --description",
        ),
        (fields.kind, "bugg", "unknown type 'bugg'; did you mean bug?"),
        (fields.status, "opne", "unknown status 'opne'; did you mean open?"),
        (fields.merge, "zzz", "unknown way to merge 'zzz'; one of: direct, mr, pr, local"),
        (fields.priority, "high", "'high' is no priority; write 0 (critical), 1, 2, 3 or 4 (backlog)"),
        (fields.priority, "-1", "'-1' is no priority; write 0 (critical), 1, 2, 3 or 4 (backlog)"),
        (fields.labels, ["a,,b"], "an empty label; name the label, or leave the flag out"),
        (fields.labels, ["a b"], "the label 'a b' has a space in it; write it as a-b"),
        (fields.pairs, ["a"], "--var a has no value; write --var name=value"),
        (fields.pairs, ["a=1", "a=2"], "--var a is given twice; give it once"),
    ],
)
def test_refuses(read: Callable[[Any], Any], text: Any, said: str) -> None:
    with pytest.raises(UserError) as refused:
        read(text)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("+6h", "2026-11-20T14:00:00Z"),
        ("3d", "2026-11-23T08:00:00Z"),
        ("2w", "2026-12-04T08:00:00Z"),
        ("tomorrow", "2026-11-21T00:00:00Z"),
        ("2026-12-01", "2026-12-01T00:00:00Z"),
        ("2026-12-01T10:00:00+02:00", "2026-12-01T08:00:00Z"),
    ],
)
def test_moments(text: str, stamp: str) -> None:
    assert fields.moment(text, NOW) == stamp


def test_moments_that_are_none() -> None:
    with pytest.raises(UserError, match="'soon' is not a time; write \\+6h"):
        fields.moment("soon", NOW)
    with pytest.raises(UserError, match="has passed; give a time that lies ahead"):
        fields.future("2026-11-19", NOW)


def test_a_word_that_the_town_uses_is_as_good_as_ours() -> None:
    assert fields.status("in_review", ["in_review"]) == "in_review"
    assert fields.kind("question", ["question"]) == "question"
