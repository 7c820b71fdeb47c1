"""Expansion: one step becomes the steps of a template."""

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
id = "docs"
title = "Docs for {{who}}"
description = "About it"
needs = ["a"]
labels = ["doc"]
assignee = "{{who}}"
agent = "claude-opus"
priority = 1
[[steps]]
id = "c"
title = "C"
needs = ["docs"]
"""
EDIT = """\
formula = "edit"
type = "expansion"
[vars]
tone = "plain"
depth = { default = "1", type = "int" }
[[template]]
id = "{target}.draft"
title = "Draft ({tone}, {{tone}}): {target.title}"
description = "{target.description}"
notes = "for {{who}}"
run = ["draft", "{target.id}", "{tone}"]
gate = { type = "human" }
[[template]]
id = "{target}.edit"
title = "Edit {target}"
needs = ["{target}.draft"]
labels = ["own"]
priority = 3
condition = "{target}.draft.output.ok == 'yes'"
[[template]]
id = "{target}.spell"
title = "Spell"
needs = ["{target}.draft"]
[[template.children]]
id = "{target}.spell.a"
title = "One"
[template.loop]
"""
EDIT = EDIT.replace("[template.loop]\n", "")
EXPAND = '[[compose.expand]]\ntarget = "docs"\nwith = "edit"\nvars = { tone = "for {{who}}" }\n'

SHAPE = [
    "a",
    "docs.draft in docs < a",
    "docs.edit in docs < docs.draft",
    "docs.spell.a in docs.spell < docs.draft",
    "docs.spell (group) in docs < docs.spell.a",
    "docs (group) < docs.edit docs.spell",
    "c < docs",
]


def refused(*texts: str) -> str:
    with pytest.raises(UserError) as caught:
        Shelf(*texts).cook()
    return str(caught.value)


def test_an_expanded_step_stays_behind_the_steps_of_its_template() -> None:
    assert shape(Shelf(BASE + EXPAND, EDIT).cook()) == SHAPE
    inline = BASE.replace(
        "priority = 1", 'priority = 1\nexpand = "edit"\nexpand_vars = { tone = "for {{who}}" }'
    )
    assert Shelf(inline, EDIT).cook().steps == Shelf(BASE + EXPAND, EDIT).cook().steps


def test_everything_of_a_template_is_kept_and_the_target_gives_what_it_lacks() -> None:
    given = {"labels": ("doc",), "assignee": "ada", "agent": "claude-opus"}
    env = {
        "tone": "for ada",
        "depth": "1",
        "target": "docs",
        "target.id": "docs",
        "target.title": "Docs for ada",
    }
    assert [short(step) for step in Shelf(BASE + EXPAND, EDIT).cook().steps[1:6]] == [
        {
            "id": "docs.draft",
            "title": "Draft (for ada, for ada): Docs for ada",
            "text": "About it\n\nNotes: for ada",
            "priority": 1,
            "needs": ("a",),
            "parent": "docs",
            "run": ("draft", "{target.id}", "{tone}"),
            "gate": {"type": "human"},
            "env": env,
            **given,
        },
        {
            "id": "docs.edit",
            "title": "Edit docs",
            "priority": 3,
            "needs": ("docs.draft",),
            "parent": "docs",
            "when": "docs.draft.output.ok == 'yes'",
            **given,
            "labels": ("own",),
        },
        {
            "id": "docs.spell.a",
            "title": "One",
            "priority": 1,
            "needs": ("docs.draft",),
            "parent": "docs.spell",
            **given,
        },
        {
            "id": "docs.spell",
            "title": "Spell",
            "type": "epic",
            "priority": 1,
            "needs": ("docs.spell.a",),
            "parent": "docs",
            "control": "group",
            **given,
        },
        {
            "id": "docs",
            "title": "Docs for ada",
            "text": "About it",
            "priority": 1,
            "needs": ("docs.edit", "docs.spell"),
            "control": "group",
            **given,
        },
    ]


def test_a_map_expands_every_step_that_fits_once() -> None:
    text = BASE + '[[compose.map]]\nselect = "[ac]*"\nwith = "twice"\n'
    twice = """\
    formula = "twice"
    type = "expansion"
    [[template]]
    id = "{target}.a"
    title = "1"
    [[template]]
    id = "{target}.c"
    title = "2"
    needs = ["{target}.a"]
    """
    assert shape(Shelf(text, twice).cook()) == [
        "a.a in a", "a.c in a < a.a", "a (group) < a.c", "docs < a",
        "c.a in c < docs", "c.c in c < c.a", "c (group) < c.c",
    ]  # fmt: skip


def test_a_map_reaches_children_and_leaves_what_holds_them() -> None:
    text = """\
    formula = "f"
    [[steps]]
    id = "g"
    title = "G"
    [[steps.children]]
    id = "g1"
    title = "G1"
    [[compose.map]]
    select = "*"
    with = "one"
    """
    one = 'formula = "one"\ntype = "expansion"\n[[template]]\nid = "{target}.x"\ntitle = "X"\nloop = { count = 2, body = [{ id = "y", title = "{target}{i}" }] }\n'
    cooked = Shelf(text, one).cook()
    assert shape(cooked) == [
        "g1.x.iter1.y in g1.x",
        "g1.x.iter2.y in g1.x < g1.x.iter1.y",
        "g1.x (loop) in g1 < g1.x.iter2.y",
        "g1 (group) in g < g1.x",
        "g (group) < g1",
    ]
    assert [step.title for step in cooked.steps[:2]] == ["g11", "g12"]


def test_an_expansion_by_itself_is_made_for_main() -> None:
    cooked = Shelf(EDIT).cook({"tone": "formal"})
    assert shape(cooked) == [
        "main.draft",
        "main.edit < main.draft",
        "main.spell.a in main.spell < main.draft",
        "main.spell (group) < main.spell.a",
    ]
    assert cooked.steps[0].title == "Draft (formal, formal): edit"


def chain(*names: str) -> list[str]:
    found = ['formula = "f"\n[[steps]]\nid = "s"\ntitle = "S"\nexpand = "' + names[0] + '"\n']
    for name, following in zip(names, [*names[1:], ""], strict=True):
        more = f'expand = "{following}"\n' if following else ""
        found.append(
            f'formula = "{name}"\ntype = "expansion"\n[[template]]\nid = "{{target}}.{name}"\ntitle = "T"\n{more}'
        )
    return found


def test_templates_expand_further_up_to_a_depth() -> None:
    cooked = Shelf(*chain("e1", "e2", "e3", "e4", "e5")).cook()
    assert [step.id for step in cooked.steps] == [
        "s.e1.e2.e3.e4.e5", "s.e1.e2.e3.e4", "s.e1.e2.e3", "s.e1.e2", "s.e1", "s",
    ]  # fmt: skip
    assert "more than 5 formulas expand one another: f -> e1 -> e2" in refused(
        *chain("e1", "e2", "e3", "e4", "e5", "e6")
    )


def test_expansions_that_go_round_are_named() -> None:
    texts = chain("e1", "e2")
    texts[2] += 'expand = "e1"\n'
    assert refused(*texts) == (
        "formulas/e2.formula.toml:3: formulas expand each other: e1 -> e2 -> e1; take one of these out"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('target = "docs"', 'target = "dcs"', '`target` names "dcs", which is no step; did you mean docs?'),
        ('with = "edit"', 'with = "edti"', 'names "edti", which is no formula'),
        ('with = "edit"', 'with = "plain"', "plain is no expansion"),
        ('tone = "for {{who}}"', 'depth = "x"', "expansion edit: depth='x' is not a whole number"),
        ('tone = "for {{who}}"', 'PATH = "x"', "a variable of edit cannot be called 'PATH'"),
    ],
)
def test_expansions_that_are_refused(old: str, new: str, said: str) -> None:
    plain = 'formula = "plain"\n[[steps]]\nid = "a"\ntitle = "A"\n'
    assert said in refused((BASE + EXPAND).replace(old, new), EDIT, plain)


def test_a_map_that_fits_nothing_is_refused() -> None:
    text = BASE + '[[compose.map]]\nselect = "impl-*"\nwith = "edit"\n'
    assert 'compose.map: "impl-*" fits no step' in refused(text, EDIT)


def test_what_a_step_ran_is_told_when_a_template_stands_in_its_place() -> None:
    text = BASE.replace("priority = 1", 'run = "true"') + EXPAND
    cooked = Shelf(text, EDIT).cook()
    assert [step.run for step in cooked.steps if step.id == "docs"] == [None]
    assert cooked.warnings[-1] == (
        'formulas/f.formula.toml:19: `run` of step "docs" is left out: edit stands in its place'
    )


def test_two_targets_with_one_id_in_the_template_are_refused() -> None:
    text = BASE + '[[compose.map]]\nselect = "*"\nwith = "one"\n'
    one = 'formula = "one"\ntype = "expansion"\n[[template]]\nid = "x"\ntitle = "X"\n'
    assert 'two steps get the id "x", the first from formulas/one.formula.toml:3' in refused(text, one)


def test_texts_do_not_grow_without_end() -> None:
    texts = chain("e1", "e2", "e3", "e4", "e5")
    many = 'description = "' + "{target.description}" * 100 + '"\n'
    texts = [texts[0] + 'description = "' + "x" * 1000 + '"\n', *(text + many for text in texts[1:])]
    assert refused(*texts) == "the texts of formula f grow beyond 64 MiB; put less into them"
