"""Outputs and recipes of two sides merge by step and key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.mergedriver import _lines
from gtlib.model import keyed_text
from gtlib.model import outputs
from gtlib.model import recipe
from gtlib.model import threeway
from gtlib.model.cooked import CStep
from gtlib.model.keyed_text import Keyed
from gtlib.names import StepId

Said = dict[str, dict[str, int]]


def merged(keyed: Keyed, base: str, ours: str, theirs: str, *, prose: bool = False) -> str | tuple[str, ...]:
    """The text, or what is in conflict; the same whichever side is ours, and when a side comes again.

    What is merged by line, as `prose`, may stand twice then.
    """
    one, two, where = keyed_text.merge(keyed, base, ours, theirs, _lines, "f")
    first, second, other = keyed_text.merge(keyed, base, theirs, ours, _lines, "f")
    assert sorted(where) == sorted(other)
    assert (one == two, first == second) == (not where, not where)
    if not where:
        assert one == first
        assert prose or keyed_text.merge(keyed, base, one, theirs, _lines, "f") == (one, one, ())
    return where or one


# Outputs

BASE = "By hand.\n\n### a\n\nx: 1\ny:   2\n\n## Own\n\nw: 1\n\n### b\n\nz: 3"
OUTPUTS: list[tuple[str, str, str, str | tuple[str, ...]]] = [
    # (base, ours, theirs, merged)
    ("", "### a\n\nk: 1", "### b\n\nk: 2", "### a\n\nk: 1\n\n### b\n\nk: 2"),
    ("### m\nk: 1", "### m\nk: 1\n\n### a\n\nk: 1", "### m\nk: 1\nj: 2", "### m\nk: 1\nj: 2\n\n### a\n\nk: 1"),
    ("", "### a\n\nk: 1", "### a\n\nj: 2", "### a\n\nj: 2\nk: 1"),
    ("", "### a\n\nk: 1", "### a\n\nk: 1", "### a\n\nk: 1"),
    ("", "### a\n\nk: 1", "### a\n\nk: 2", ("f.a.k",)),
    ("### a\nk: 1", "### a\nk: 2", "### a\nk: 1\n\n### b\n\nk: 3", "### a\nk: 2\n\n### b\n\nk: 3"),
    ("### a\nk: 1\nj: 1", "### a\nj: 1", "### a\nk: 1\nj: 2", "### a\nj: 2"),
    ("### a\nk: 1", "", "### a\nk: 2", ("f.a",)),
    ("### a\nk: 1", "", "### a\nk: 1\n\n### b\n\nj: 1", "### b\n\nj: 1"),
    # what a side changed in layout alone gives way
    ("### a\nk: 1", "### a\n  k : 1", "### a\nk: 2", "### a\nk: 2"),
    # 1, 1.0 and "1" are three values
    ("### a\nk: 2", "### a\nk: 1", "### a\nk: 1.0", ("f.a.k",)),
    # a heading of their own ends a step, and its lines are text
    (BASE, BASE.replace("x: 1", "x: 9"), BASE.replace("w: 1", "w: 2"), BASE.replace(": 1", ": 9", 1).replace("w: 1", "w: 2")),
    (BASE, BASE.replace("w: 1", "w: 3"), BASE.replace("w: 1", "w: 2"), ("f.## Own",)),
    (BASE, BASE.replace("hand.", "me."), BASE.replace("z: 3", "z: 4"), BASE.replace("hand.", "me.").replace("z: 3", "z: 4")),
    (BASE, BASE.replace("hand", "me"), BASE.replace("hand", "you"), ("f",)),
    (BASE, BASE.replace("By hand.\n\n", ""), BASE + "\n# Why", BASE.replace("By hand.\n\n", "") + "\n# Why"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "ours", "theirs", "result"), OUTPUTS)
def test_outputs(base: str, ours: str, theirs: str, result: str | tuple[str, ...]) -> None:
    assert merged(outputs.KEYED, base, ours, theirs) == result


@pytest.mark.parametrize("twice", ["### a\nk: 1\nk: 2", "### a\nk: 1\n\n### a\nj: 2"])
def test_a_key_that_stands_twice_is_no_key(twice: str) -> None:
    texts = "### a\nk: 1", twice, "### a\nk: 3"
    with pytest.raises(UserError, match="twice"):
        merged(outputs.KEYED, *texts)
    files = [f"{FILE}\n## Outputs\n\n{each}\n" for each in texts]
    # two lines beside each other
    assert threeway.by_field(PATH, files[0], files[1], files[2], _lines).conflicts == ("outputs",)


def test_outputs_that_are_too_large_together_are_a_conflict() -> None:
    one, two = (f"### a\n{key}: {'v' * 40_000}" for key in "xy")
    assert merged(outputs.KEYED, "", one, two) == ("f",)


texts = st.lists(
    st.sampled_from(["### a", "### b", "### c d", "## Own", "", "k: 1", "k: 2", "j: 1", " j: 1", "prose", "\\"]),
    max_size=8,
).map("\n".join)  # fmt: skip


@given(texts, texts, texts)
@settings(max_examples=60)
def test_any_texts(base: str, ours: str, theirs: str) -> None:
    for text in (base, ours, theirs):
        assert keyed_text._joined(outputs.KEYED.blocks(text)) == text
    # blank lines around a section are none of its text
    base, ours, theirs = (text.strip("\n") for text in (base, ours, theirs))
    try:
        found = merged(outputs.KEYED, base, ours, theirs, prose=True)
    except UserError:  # a key twice
        return
    assume(isinstance(found, str))
    assert outputs.read(str(found)) == by_key(*(flat(text) for text in (base, ours, theirs)))


def flat(text: str) -> dict[tuple[str, str], Any]:
    return {(step, key): value for step, said in outputs.read(text).items() for key, value in said.items()}


def by_key(base: dict[Any, Any], ours: dict[Any, Any], theirs: dict[Any, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for at in {**base, **ours, **theirs}:
        side = theirs if ours.get(at) == base.get(at) else ours
        if at in side:
            found.setdefault(at[0], {})[at[1]] = side[at]
    return found


def written(text: str, said: Said) -> str:
    for step, values in said.items():
        text = outputs.write(text, step, values)
    return text


said = st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from("xyz"), st.integers(1, 2)))


@given(said, said, said)
@settings(max_examples=60)
def test_outputs_that_are_written(before: Said, here: Said, there: Said) -> None:
    base = written("", before)
    ours, theirs = written(base, here), written(base, there)
    was, mine, other = (flat(text) for text in (base, ours, theirs))
    clash = {f"f.{step}.{key}" for step, key in mine if conflicts(was, mine, other, (step, key))}
    found = merged(outputs.KEYED, base, ours, theirs)
    if clash or isinstance(found, tuple):
        assert set(found) == clash
    else:
        assert outputs.read(found) == by_key(was, mine, other)
        lines = {line for text in (ours, theirs) for line in text.split("\n")}
        assert set(found.split("\n")) <= lines


def conflicts(was: Any, mine: Any, other: Any, at: tuple[str, str]) -> bool:
    values = [side.get(at) for side in (was, mine, other)]
    return values[1] != values[2] and values[0] not in values[1:]


# Recipes


def lines(*ids: str, **more: str) -> str:
    """A recipe of these steps; `more` are the values of `when` of some."""
    return recipe.write([CStep(id=StepId(id), when=more.get(id, "")) for id in ids], every=True)


CIRCLE = '```json\n{"id":"a"}\n{"id":"b"}\n```'
RECIPES: list[tuple[str, str, str, str | tuple[str, ...]]] = [
    (lines("a", "b"), lines("a", "a1", "b"), lines("a", "b", "b1"), lines("a", "a1", "b", "b1")),
    (lines("a", "b"), lines("a", "b", "a1"), lines("a", "b", "b1"), lines("a", "b", "a1", "b1")),
    (lines("a", "b"), lines("a", "b", "z1"), lines("a", "b", "b1"), lines("a", "b", "b1", "z1")),
    # the same round here and there, and one more there
    (lines("a", "l"), lines("a", "i2", "l"), lines("a", "i2", "i3", "l"), lines("a", "i2", "i3", "l")),
    (lines("a", "b"), lines("b", "a"), lines("a", "b", "c"), lines("b", "c", "a")),
    (lines("a", "b", "c"), lines("b", "a", "c"), lines("a", "c", "b"), ("f",)),
    (lines("a", "b"), lines("a", "b", a="x"), lines("a", "b", b="y"), lines("a", "b", a="x", b="y")),
    (lines("a"), lines("a", a="x"), lines("a", a="y"), ("f.a",)),
    (lines("a"), "", lines("a", "b"), lines("b")),
    (lines("a"), "", lines("b"), lines("b")),
    (lines("a"), "", lines("a", a="y"), ("f.a",)),
    (lines("a", "b"), lines("a"), lines("b"), "```json\n```"),
    ("", lines("a"), lines("b"), lines("a", "b")),
    (lines("a"), lines("a").replace(":", ": "), lines("a", "b"), lines("a", "b").replace(":", ": ", 1)),
    (CIRCLE, CIRCLE.replace('"a"', '"a","parent":"b"'), CIRCLE.replace('"b"', '"b","parent":"a"'), ("f",)),
]  # fmt: skip


@pytest.mark.parametrize(("base", "ours", "theirs", "result"), RECIPES)
def test_recipes(base: str, ours: str, theirs: str, result: str | tuple[str, ...]) -> None:
    assert merged(recipe.KEYED, base, ours, theirs) == result


orders = st.lists(st.sampled_from("abcde"), unique=True, max_size=5)
changes = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("xy"), max_size=3)
recipes = st.builds(lambda ids, more: lines(*ids, **more), orders, changes)


@given(recipes, recipes, recipes)
@settings(max_examples=60)
def test_any_recipes(base: str, ours: str, theirs: str) -> None:
    found = merged(recipe.KEYED, base, ours, theirs)
    if isinstance(found, tuple):
        return
    was, mine, other, result = (dict(recipe.read(text)) for text in (base, ours, theirs, found))
    for id in {**was, **mine, **other}:
        side = other if mine.get(StepId(id)) == was.get(StepId(id)) else mine
        assert result.get(StepId(id)) == side.get(StepId(id))


@given(orders.filter(bool), st.data())
@settings(max_examples=60)
def test_what_both_add_stands_in_the_order_of_each(base: list[str], data: st.DataObject) -> None:
    def more(prefix: str) -> list[str]:
        found = list(base)
        for number in range(data.draw(st.integers(0, 4))):
            found.insert(data.draw(st.integers(0, len(found))), f"{prefix}{number}")
        return found

    sides = more("o"), more("t")
    found = merged(recipe.KEYED, *(lines(*ids) for ids in (base, *sides)))
    assert isinstance(found, str)
    for side in sides:
        assert [id for id in recipe.read(found) if id in side] == side


# In the file

PATH = "molecules/gt-mol-a.md"
FILE = "---\nid: gt-mol-a\ntitle: M\n---\n\n## Steps\n\n- [ ] **a** A\n\n- [ ] **b** B\n"


@pytest.mark.parametrize(
    ("name", "write", "marked"),
    [
        (
            "outputs.a.k",
            lambda value: f"\n## Outputs\n\n### a\n\nk: {value}\n",
            "\n## Outputs\n\n### a\n\n<<<<<<< ours\nk: 1\n=======\nk: 2\n>>>>>>> theirs\n",
        ),
        (
            "recipe.a",
            lambda value: f'\n## Recipe\n\n```json\n{{"id":"a","run":"{value}"}}\n```\n',
            '\n## Recipe\n\n```json\n<<<<<<< ours\n{"id":"a","run":"1"}\n=======\n'
            '{"id":"a","run":"2"}\n>>>>>>> theirs\n```\n',
        ),
        (
            "outputs.a.k",
            lambda value: f"\n## Outputs\n\n### a\n\nk: {value}\n\n### {'cb'[value - 1]}\n\nj: 1\n",
            "\n## Outputs\n\n### a\n\n<<<<<<< ours\nk: 1\n=======\nk: 2\n>>>>>>> theirs\n"
            "\n### b\n\nj: 1\n\n### c\n\nj: 1\n",
        ),
    ],
)
def test_a_conflict_is_in_its_key_alone(name: str, write: Callable[[int], str], marked: str) -> None:
    merge = threeway.by_field(PATH, FILE, FILE + write(1), FILE + write(2), _lines)
    assert merge.conflicts == (name,)
    assert merge.marked() == FILE + marked


def test_the_round_of_who_is_further_counts() -> None:
    texts = [FILE.replace("M\n", f"M\nrounds:\n  a: {number}\n") for number in (1, 2, 3)]
    for sides in (texts[1:], texts[:0:-1]):
        assert threeway.by_field(PATH, texts[0], *sides, _lines).text == texts[2]
