"""What holds for the three-way merge of every kind of item, whatever its fields are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import fields

from gtlib import frontmatter
from gtlib import mergedriver
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model import outputs
from gtlib.model import recipe
from gtlib.model import sides
from gtlib.model import threeway
from gtlib.model.sameness import same
from gtlib.model.sameness import same_fields
from gtlib.model.threeway import Merged
from tests.support import items
from tests.support.laws import examples

FOLLOWS = sides._OF_STATUS | sides._LATER | sides._EARLIER | {name for _, name in sides._FURTHEST}


def merged(path: str, base: Any, ours: Any, theirs: Any) -> Merged:
    texts = [kinds.render(item) for item in (base, ours, theirs)]
    return threeway.by_field(path, texts[0], texts[1], texts[2], mergedriver._lines)


def item(path: str, merge: Merged) -> Any:
    return kinds.parse(path, merge.text)


def picked(text: str, side: str) -> str:
    """The text with every conflict settled by a person for one side."""
    kept, where = [], ""
    for line in text.splitlines(keepends=True):
        if line.startswith("<<<<<<< ours"):
            where = "ours"
        elif line.rstrip() == "=======" and where:
            where = "theirs"
        elif line.startswith(">>>>>>> theirs"):
            where = ""
        elif where in ("", side):
            kept.append(line)
    return "".join(kept)


@pytest.mark.parametrize("path", sorted(items.SMALLEST))
def test_every_field_of_every_kind_is_among_them(path: str) -> None:
    names = [name for name, _ in items.fields(items.SMALLEST[path])]
    assert [name for name in names if len(items.candidates(path, name)) < 2] == []


def test_every_kind_is_among_them() -> None:
    assert {kinds.kind_of(path) for path in items.SMALLEST} | {"outbox"} == set(kinds.STRUCTS)


@given(items.three())
def test_what_one_side_left_alone_is_the_other_s(case: tuple[str, Any, Any, Any]) -> None:
    path, base, ours, theirs = case
    assert item(path, merged(path, base, base, theirs)) == theirs
    assert item(path, merged(path, base, ours, base)) == ours
    assert item(path, merged(path, base, ours, ours)) == ours


@given(items.three())
@settings(max_examples=examples(150))
def test_both_sides_get_the_same(case: tuple[str, Any, Any, Any]) -> None:
    path, base, ours, theirs = case
    one, other = merged(path, base, ours, theirs), merged(path, base, theirs, ours)
    assert sorted(one.conflicts) == sorted(other.conflicts)
    in_conflict = {name.partition(".")[0] for name in one.conflicts}
    first, second = item(path, one), item(path, other)
    for name in set(first.__struct_fields__) - in_conflict - {"extra"}:
        assert same(getattr(first, name), getattr(second, name)), name
    if not one.conflicts:
        assert same_fields(first, second)


@given(items.three())
@settings(max_examples=examples(150))
def test_merging_a_side_again_changes_nothing(case: tuple[str, Any, Any, Any]) -> None:
    path, base, ours, theirs = case
    once = merged(path, base, ours, theirs)
    if once.conflicts:
        return
    result = item(path, once)
    for side in (ours, theirs):
        for pair in ((result, side), (side, result)):
            again = merged(path, base, *pair)
            assert again.conflicts == ()
            assert same_fields(item(path, again), result)


@given(items.three())
@settings(max_examples=examples(150))
def test_nothing_that_a_side_did_is_silently_gone(case: tuple[str, Any, Any, Any]) -> None:
    path, base, ours, theirs = case
    merge = merged(path, base, ours, theirs)
    result = item(path, merge)
    in_conflict = {name.partition(".")[0] for name in merge.conflicts}
    for name in set(result.__struct_fields__) - in_conflict - FOLLOWS - {"extra"}:
        for side in (ours, theirs):
            lost = list(missing(*(told(name, getattr(each, name)) for each in (base, side, result))))
            assert lost == [], name
    for key in (ours.extra | theirs.extra).keys() - set(merge.conflicts):
        for side in (ours, theirs):
            lost = list(missing(base.extra.get(key), side.extra.get(key), result.extra.get(key)))
            assert key.partition(".")[0] in {each.partition(".")[0] for each in merge.conflicts} or lost == []


def told(name: str, value: Any) -> Any:
    """What a field says; a recipe and outputs say it by step."""
    if name == "recipe":
        return {id: repr(step) for id, step in recipe.read(value).items()}
    return outputs.read(value) if name == "outputs" else value


def missing(base: Any, side: Any, result: Any) -> Iterator[str]:
    """What the side did since the base that the result does not say."""
    if same(base, side) or same(side, result):
        return
    if isinstance(side, str) and isinstance(base, str | None) and "\n" in side:
        new = Counter(side.split("\n")) - Counter((base or "").split("\n"))
        yield from (new - Counter(str(result).split("\n"))).elements()
    elif isinstance(side, dict) and isinstance(base, dict | None):
        for key in {**(base or {}), **side}:
            yield from missing((base or {}).get(key), side.get(key), result.get(key))
    elif isinstance(side, tuple | list) and isinstance(base, tuple | list | None):
        yield from missing_items(base or (), side, result)
    elif isinstance(side, Struct) and isinstance(base, Struct | None):
        for field in fields(side):
            was = getattr(base, field.name) if base else sides._default(field)
            if field.name not in FOLLOWS | {"line"}:
                yield from missing(was, getattr(side, field.name), getattr(result, field.name))
    else:
        yield f"{side!r} instead of {base!r}, and now {result!r}"


def missing_items(base: Any, side: Any, result: Any) -> Iterator[str]:
    def content(value: Any) -> str:
        if hasattr(value, "author"):
            return repr((value.author, value.created, value.text))
        return str(sides._identity(value))

    there = {content(value) for value in result}
    was = {content(value) for value in base}
    yield from sorted({content(value) for value in side} - was - there)
    if not hasattr(next(iter([*side, *result]), None), "author"):
        yield from sorted((was - {content(value) for value in side}) & there)


@given(items.three())
@settings(max_examples=examples(150))
def test_a_conflict_is_in_its_field_alone_and_either_side_can_be_picked(
    case: tuple[str, Any, Any, Any],
) -> None:
    path, base, ours, theirs = case
    merge = merged(path, base, ours, theirs)
    marked = merge.marked()
    assert (marked == merge.text) is (not merge.conflicts)
    assert picked(marked, "ours") == merge.text
    other = kinds.parse(path, picked(marked, "theirs"))
    assert other is not None
    in_conflict = {name.partition(".")[0] for name in merge.conflicts}
    result = item(path, merge)
    for name in set(result.__struct_fields__) - {"extra"}:
        unchanged = same(getattr(other, name), getattr(result, name))
        assert unchanged is (name not in in_conflict), name


@given(items.three())
@settings(max_examples=examples(200))
def test_what_goes_with_the_status_is_of_a_side_that_moved_it(case: tuple[str, Any, Any, Any]) -> None:
    path, base, ours, theirs = case
    moved = [side for side in (ours, theirs) if hasattr(base, "status") and side.status != base.status]
    merge = merged(path, base, ours, theirs)
    if not moved or "status" in merge.conflicts:
        return
    result = item(path, merge)
    group = [
        name for name in items.OF_STATUS if not isinstance(getattr(base, name, {}), dict) and name != "status"
    ]
    assert any(all(same(getattr(result, name), getattr(side, name)) for name in group) for side in moved)


HOOK = "agents/hello/polecats/toast.md"


@given(items.unknown_keys())
@settings(max_examples=examples(200))
def test_keys_that_no_schema_knows_merge_one_by_one(case: tuple[bool, Any, Any, Any]) -> None:
    flow, *hooks = case
    texts = [items.with_hook(hook, flow) for hook in hooks]
    try:
        merge = threeway.by_field(HOOK, *texts, mergedriver._lines)
    except UserError:  # then it is merged by line
        return
    assert picked(merge.marked(), "ours") == merge.text
    ours, theirs = (
        frontmatter.split(HOOK, picked(merge.marked(), side)).typed("hook") for side in ("ours", "theirs")
    )
    for key in ("state", *items.UNKNOWN):
        was, mine, other = (hook.get(key) for hook in hooks)
        clash = not (same(mine, other) or same(was, mine) or same(was, other))
        assert (f"hook.{key}" in merge.conflicts) is clash, key
        assert same(ours.get(key), other if same(was, mine) else mine), key
        assert same(theirs.get(key), mine if same(was, other) else other), key


@given(items.three(), st.data())
def test_what_both_made_merges_from_nothing(case: tuple[str, Any, Any, Any], data: st.DataObject) -> None:
    path, _, ours, theirs = case
    texts = [kinds.render(ours), kinds.render(theirs)]
    one = threeway.by_field(path, None, texts[0], texts[1], mergedriver._lines)
    other = threeway.by_field(path, None, texts[1], texts[0], mergedriver._lines)
    assert sorted(one.conflicts) == sorted(other.conflicts)
    if not one.conflicts:
        assert same_fields(item(path, one), item(path, other))
    for side in (ours, theirs):
        if not same(side.labels if hasattr(side, "labels") else (), ()):
            assert set(side.labels) <= set(item(path, one).labels)
