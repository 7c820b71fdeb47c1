"""Advice and aspects: steps woven in before and after others."""

from __future__ import annotations

import pytest

from gtlib.errors import UserError
from tests.support.cooking import Shelf
from tests.support.cooking import shape
from tests.support.cooking import short

BASE = """\
formula = "f"
vars = { who = "ada" }
[[steps]]
id = "a"
title = "A"
[[steps]]
id = "b"
title = "B for {{who}}"
labels = ["hot"]
needs = ["a"]
[[steps.children]]
id = "b1"
title = "B1"
[[steps]]
id = "c"
title = "C"
needs = ["b", "a"]
"""
AROUND = """\
[[advice]]
target = "b"
[[advice.around.before]]
id = "{step.id}-one"
title = "One of {step.title}"
run = "true"
[[advice.around.before]]
id = "{step.id}-two"
title = "Two"
[[advice.around.after]]
id = "{step.id}-three"
title = "Three"
[[advice.around.after]]
id = "{step.id}-four"
title = "Four"
"""


def test_what_comes_before_and_after_stands_in_the_chain() -> None:
    cooked = Shelf(BASE + AROUND).cook()
    assert shape(cooked) == [
        "a",
        "b-one < a",
        "b-two < b-one",
        "b1 in b < a b-two",
        "b (group) < b1",
        "b-three < b",
        "b-four < b-three",
        "c < b-four a",
    ]
    assert short(cooked.steps[1]) == {
        "id": "b-one",
        "title": "One of B for ada",
        "needs": ("a",),
        "run": "true",
        "env": {"step": "b", "step.id": "b", "step.title": "B for ada"},
    }


def test_what_a_list_puts_in_is_not_advised_by_it() -> None:
    text = BASE + AROUND.replace('target = "b"', 'target = "*"').replace("-", ".")
    assert [step.id for step in Shelf(text).cook().steps if step.id.count(".") > 1] == []


def test_several_advices_of_one_step_are_chained() -> None:
    text = BASE + "".join(
        f'[[advice]]\ntarget = "{glob}"\n[advice.after]\nid = "{{step.id}}-{n}"\ntitle = "T"\n'
        for n, glob in enumerate(("b1", "b?"))
    )
    assert shape(Shelf(text).cook()) == [
        "a", "b1 in b < a", "b1-0 in b < b1", "b1-1 in b < b1-0", "b (group) < b1 b1-0 b1-1", "c < b a",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pointcut", "touched"),
    [
        ('glob = "b"', ["b-x"]),
        ('type = "epic"', ["b-x"]),
        ('label = "hot"', ["b-x"]),
        ('type = "epic"\nlabel = "cold"', []),
        ('type = "epic"\n[[pointcuts]]\nglob = "c"', ["b-x", "c-x"]),
    ],
)
def test_pointcuts_say_what_may_be_touched(pointcut: str, touched: list[str]) -> None:
    advice = '[[advice]]\ntarget = "*"\n[advice.before]\nid = "{step.id}-x"\ntitle = "X"\n'
    aspect = f'formula = "asp"\ntype = "aspect"\n[[pointcuts]]\n{pointcut}\n{advice}'
    cooked = Shelf(BASE + '[compose]\naspects = ["asp"]\n', aspect).cook()
    assert [step.id for step in cooked.steps if step.id.endswith("-x")] == touched


ASPECT = """\
formula = "audit"
type = "aspect"
[[aspects]]
id = "secrets"
title = "Secrets"
focus = "Look for keys"
description = "In {step.id}."
[[aspects]]
id = "licences"
title = "Licences of {step.title}"
"""


def test_analyses_stand_beside_each_other_behind_what_is_selected() -> None:
    text = BASE + '[compose]\naspects = ["audit"]\n'
    cooked = Shelf(text, ASPECT + '[[pointcuts]]\nglob = "b"\n').cook()
    assert shape(cooked) == [
        "a",
        "b1 in b < a",
        "b (group) < b1",
        "b.secrets < b",
        "b.licences < b",
        "c < b.secrets b.licences a",
    ]
    assert [short(step) for step in cooked.steps[3:5]] == [
        {"id": "b.secrets", "title": "Secrets", "text": "Look for keys\n\nIn b.", "needs": ("b",)},
        {"id": "b.licences", "title": "Licences of B for ada", "needs": ("b",)},
    ]


def test_analyses_without_pointcuts_come_at_the_end() -> None:
    text = BASE + '[compose]\naspects = ["audit"]\n'
    assert shape(Shelf(text, ASPECT).cook())[-3:] == ["c < b a", "secrets < c", "licences < c"]


def test_an_aspect_by_itself_is_its_analyses() -> None:
    assert shape(Shelf(ASPECT).cook()) == ["secrets", "licences"]


def test_a_later_aspect_advises_what_an_earlier_one_put_in() -> None:
    def aspect(name: str, glob: str) -> str:
        advice = f'[[advice]]\ntarget = "{glob}"\n[advice.after]\nid = "{{step.id}}-{name}"\ntitle = "T"\n'
        return f'formula = "{name}"\ntype = "aspect"\n{advice}'

    text = BASE + '[compose]\naspects = ["one", "two"]\n'
    assert shape(Shelf(text, aspect("one", "c"), aspect("two", "c*")).cook())[-4:] == [
        "c < b a", "c-two < c", "c-one < c-two", "c-one-two < c-one",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            [BASE + '[compose]\naspects = ["f2"]\n', BASE.replace('"f"', '"f2"')],
            "compose.aspects: f2 is no aspect",
        ),
        (
            ['formula = "f"\ntype = "aspect"\n' + AROUND],
            "aspect f has no steps of its own; name it in compose.aspects",
        ),
    ],
)
def test_aspects_that_are_refused(texts: list[str], said: str) -> None:
    with pytest.raises(UserError) as caught:
        Shelf(*texts).cook()
    assert said in str(caught.value)
