"""Formulas as people get them wrong: what the commands say, count and accept, and how wide that is."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from gtlib import output
from gtlib.cli import formula_text
from gtlib.store import formulas
from gtlib.store.town import Town
from tests.support import inside
from tests.support import towns

BASE = """\
formula = "base"
[vars.x]
required = true
[[steps]]
id = "two"
title = "Two {{x}}"
needs = ["parts"]
[[steps]]
id = "parts"
title = "Parts"
[[steps.children]]
id = "one"
title = "One {{x}}"
agent = "claud"
[[compose.gate]]
before = "two"
condition = "one.status == 'complete'"
"""
KID = 'formula = "kid"\nextends = ["base"]\n[[steps]]\nid = "own"\ntitle = "Own"\n'
ADVICE = 'formula = "watch"\ntype = "aspect"\n[[advice]]\ntarget = "*"\nafter = [{ id = "{step.id}.w", title = "W" }]\n'


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = towns.make_town(tmp_path / "town")
    for text in (BASE, KID, ADVICE):
        name = text.split('"')[1]
        towns.write(town, f"formulas/{name}.formula.toml", text)
    return town


def said(town: Town, *words: str, code: int = 0) -> str:
    done = inside.run(town.root, "gt", *words)
    assert done.code == code, done
    return done.err if code else done.out


def test_what_a_formula_extends_is_shown_marked_and_counted(town: Town) -> None:
    assert said(town, "formula", "show", "kid") == (
        "kid  version 1, town: formulas/kid.formula.toml\n\nextends: base\n"
        "gate: before two until one.status == 'complete'  [from base]\n\n"
        "variables:\n  x (required; from base)\n\nsteps:\n"
        "  1. two  Two {{x}}  (needs parts)  [from base]\n"
        "  2. parts  Parts  [from base]\n     1. one  One {{x}}  [from base]\n        agent: claud\n"
        "  3. own  Own\nnext: bd cook kid --var x=...\n"
    )
    shape = json.loads(said(town, "formula", "show", "kid", "--json"))
    assert [(step["id"], step.get("from")) for step in shape["steps"]] == [
        ("two", "base"), ("parts", "base"), ("own", None),
    ]  # fmt: skip
    assert shape["vars"] == {"x": {"description": "", "required": True, "from": "base"}}
    rows = {row["name"]: row for row in json.loads(said(town, "formula", "list", "--json"))}
    assert (rows["kid"]["steps"], rows["kid"]["vars"]) == (3, 1)


def test_steps_stand_below_what_they_need_and_are_counted_in_one_way(town: Town) -> None:
    dry = said(town, "mol", "pour", "base", "--var", "x=1", "--dry-run")
    assert dry.partition("\n")[2] == (
        "  1. one  One 1\n  2. two  Two 1  (needs parts)\n2 steps in one file, and 1 that ends by itself\n"
    )
    cooked = inside.run(town.root, "bd", "cook", "base").out
    assert [line.split()[:2] for line in cooked.splitlines() if ". " in line] == [
        ["1.", "one"], ["2.", "parts"], ["3.", "two"],
    ]  # fmt: skip
    assert said(town, "formula", "show", "kid", "--check") == (
        'warning: formulas/base.formula.toml:11: nothing knows the agent "claud"; did you mean claude?\n'
        "kid is sound, and cooks to 3 steps, and 1 that ends by itself\nnext: bd cook kid --var x=...\n"
    )


def test_advice_alone_is_sound(town: Town) -> None:
    assert said(town, "mol", "seed", "watch") == "✓ watch: sound, a part of others\nnext: bd cook watch\n"


def test_nobody_works_through_it_whose_name_is_none(town: Town) -> None:
    refusal = said(town, "mol", "pour", "base", "--var", "x=1", "--assignee", "no such one", code=1)
    assert refusal == "error: no agent 'no such one'; gt agents lists the agents\n"


def test_a_file_whose_name_is_none_is_named(town: Town) -> None:
    towns.write(town, "formulas/with space.formula.toml", BASE)
    assert said(town, "formula", "show", "with space", code=1) == (
        'error: there is no formula "with space"; its file has a name that is none: '
        "use letters, digits, dots, dashes and underscores; rename it\n"
    )


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_formula_is_no_wider_than_the_terminal(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdout", screen)
    formula_text.show(formulas.find(town.root, None, "release"))
    cells = [
        "conflict-resolve",
        "workflow",
        "built-in",
        "5",
        "branch, target and more",
        "what it is in a few words",
    ]
    output.table(["name", "type", "from", "steps", "variables", "what it is"], [cells])
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines[:-4])) <= 80
    assert all(line == line.rstrip() for line in lines)
