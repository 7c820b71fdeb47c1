"""`extends` and overlays: formulas and rigs that change the steps of others."""

from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model.formula_parts import Overlay
from gtlib.model.formula_parts import Override
from gtlib.names import StepId
from tests.support.cooking import Shelf
from tests.support.cooking import shape
from tests.support.cooking import short

CHILD = """\
formula = "child"
extends = ["one", "two"]
[vars]
who = "child"
[[steps]]
id = "b"
title = "B of {{who}}, {{level}}, {{size}}"
needs = ["a"]
[[steps]]
id = "g1"
title = "G1 mine"
[[steps]]
id = "z"
title = "Z"
needs = ["x", "g", "e"]
"""
ONE = """\
formula = "one"
description = "What one does"
pour = true
agent = "gemini"
[vars]
who = "one"
level = "1"
[[steps]]
id = "a"
title = "A"
[[steps]]
id = "b"
title = "B"
[[steps]]
id = "e"
title = "E"
[compose]
[[compose.bond_points]]
id = "end"
after_step = "b"
[[compose.gate]]
before = "b"
condition = "a.output.ok == 'yes'"
"""
TWO = """\
formula = "two"
[vars]
level = "2"
size = "l"
[[steps]]
id = "x"
title = "X"
[[steps]]
id = "g"
title = "G"
[[steps.children]]
id = "g1"
title = "G1"
[[advice]]
target = "x"
[advice.before]
id = "{step.id}-scan"
title = "Scan"
[[compose.branch]]
from = "x"
steps = ["g"]
join = "g2"
[[steps]]
id = "g2"
title = "G2"
"""


def test_a_child_has_everything_of_its_parents_and_its_own_in_their_place() -> None:
    shelf = Shelf(CHILD, ONE, TWO)
    cooked = shelf.cook()
    assert shape(cooked) == [
        "a", "b < a", "e", "x-scan", "x < x-scan", "g1 in g < x", "g (group) < g1", "g2 < g", "z < x g e",
    ]  # fmt: skip
    assert (cooked.name, cooked.description, cooked.pour) == ("child", "What one does", True)
    assert cooked.hash == shelf.first.hash
    assert cooked.values == {"who": "child", "level": "1", "size": "l"}
    assert [point.id for point in cooked.bond_points] == ["end"]
    assert [source.name for source in cooked.sources] == ["child", "one", "two"]
    assert short(cooked.steps[1]) == {
        "id": "b",
        "title": "B of child, 1, l",
        "needs": ("a",),
        "agent": "gemini",
        "gate": {"type": "conditional", "condition": "a.output.ok == 'yes'"},
    }
    assert cooked.steps[5].title == "G1 mine"


def test_values_are_those_of_all_variables() -> None:
    shelf = Shelf(CHILD, ONE, TWO)
    given = {"level": "9"}
    assert shelf.cook(given).values == {"who": "child", "level": "9", "size": "l"}


def test_the_same_step_by_two_ways_is_one_step() -> None:
    left = 'formula = "left"\nextends = ["one"]\n[[steps]]\nid = "l"\ntitle = "L"\nneeds = ["a"]\n'
    right = left.replace("left", "right").replace('"l"', '"r"')
    both = 'formula = "both"\nextends = ["left", "right"]\n'
    assert shape(Shelf(both, left, right, ONE).cook()) == ["a", "b", "e", "l < a", "r < a"]


def refused(*texts: str) -> str:
    with pytest.raises(UserError) as caught:
        Shelf(*texts).cook()
    return str(caught.value)


def test_parents_with_one_id_for_two_steps_are_refused() -> None:
    assert refused(CHILD, ONE, TWO.replace('id = "x"\n', 'id = "a"\n').replace('"x"', '"a"')) == (
        'formulas/two.formula.toml:5: two parents have a step "a", the other at formulas/one.formula.toml:8; '
        "extend only one of them, or give one step another id"
    )


def test_formulas_that_extend_each_other_are_refused() -> None:
    texts = [f'formula = "{one}"\nextends = ["{two}"]\n' for one, two in ("ab", "bc", "cb")]
    assert refused(*texts) == (
        "formulas/c.formula.toml:2: formulas extend each other: b -> c -> b; take one of these out"
    )


def test_a_need_that_no_parent_has_is_refused() -> None:
    assert refused(CHILD.replace('"g", "e"', '"gg", "e"'), ONE, TWO).startswith(
        "formulas/child.formula.toml:"
    )


def test_an_expansion_may_be_extended() -> None:
    base = 'formula = "base"\ntype = "expansion"\n[[template]]\nid = "{target}.a"\ntitle = "A"\n'
    more = 'formula = "more"\nextends = ["base"]\n[[template]]\nid = "{target}.b"\ntitle = "B"\nneeds = ["{target}.a"]\n'
    user = 'formula = "u"\n[[steps]]\nid = "s"\ntitle = "S"\nexpand = "more"\n'
    assert shape(Shelf(user, more, base).cook()) == ["s.a in s", "s.b in s < s.a", "s (group) < s.b"]


STEPS = """\
formula = "f"
[[steps]]
id = "a"
title = "A"
description = "First."
run = "true"
[[steps]]
id = "b"
title = "B"
needs = ["a"]
[[steps.children]]
id = "b1"
title = "B1"
[[steps]]
id = "c"
title = "C"
needs = ["b"]
"""


def overlay(*overrides: Override) -> Overlay:
    return Overlay(path="formula-overlays/f.toml", overrides=overrides, hash="0" * 40, warnings=("odd",))


def test_an_overlay_changes_texts_and_takes_steps_out() -> None:
    cooked = Shelf(STEPS).cook(
        overlay=overlay(
            Override(step_id="a", mode="append", description="And more.", agent="gemini"),
            Override(step_id="b", mode="skip"),
            Override(step_id="c", mode="replace", title="C2", description="Other", run=("make",)),
            Override(step_id="d", mode="skip", line=7),
        )
    )
    assert [short(step) for step in cooked.steps] == [
        {"id": "a", "title": "A", "text": "First.\n\nAnd more.", "run": "true", "agent": "gemini"},
        {"id": "c", "title": "C2", "text": "Other", "needs": (StepId("a"),), "run": ("make",)},
    ]
    assert cooked.warnings == (
        "odd",
        'formula-overlays/f.toml:7: there is no step "d"; it changes nothing',
    )
    assert [(source.name, source.origin, source.path) for source in cooked.sources] == [
        ("f", "town", "formulas/f.formula.toml"),
        ("f", "overlay", "formula-overlays/f.toml"),
    ]


def test_an_overlay_may_skip_a_child() -> None:
    cooked = Shelf(STEPS).cook(overlay=overlay(Override(step_id="b1", mode="skip")))
    assert shape(cooked) == ["a", "b (group) < a", "c < b"]
