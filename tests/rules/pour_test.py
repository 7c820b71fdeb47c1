from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import FStep
from gtlib.model.formula import blob_hash
from gtlib.model.formula import parse
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.names import derive
from gtlib.names import mint
from gtlib.rules.pour import plan_pour
from gtlib.rules.pour import pour

SHIP = '''\
formula = "ship"
description = """
Ship {{component}}

In all its glory.
"""
version = 4
[vars]
component = { required = true }
env = "staging"
[[steps]]
id = "build"
title = "Build  {{component}}"
description = """
Run make.

    make {{component}}
"""
acceptance = ["it is built", "on {{env}}"]
notes = "be quick"
run = ["make", "{{component}}"]
[[steps]]
id = "check"
title = "{{component}}"
needs = ["build"]
'''

CREATED = "2026-11-20T08:00:00Z"
CREATED_NS = 1795161600 * 10**9
TOWN = Snapshot.of({})


def ship(more: str = "") -> Formula:
    return parse("formulas/ship.formula.toml", SHIP.replace("version", f"{more}version"))


def test_the_molecule_says_all_that_the_formula_says() -> None:
    poured = pour(TOWN, ship(), {"component": "api"}, prefix="gt", created=CREATED, created_by="overseer")
    title = "ship: Ship api"
    assert poured == Molecule(
        id=mint("gt", title, "ship ", "overseer", CREATED_NS, set(), "mol"),
        title=title,
        formula="ship",
        version=4,
        hash=blob_hash(SHIP),
        vars={"component": "api", "env": "staging"},
        created=CREATED,
        created_by="overseer",
        description="Ship api\n\nIn all its glory.",
        steps=(
            Step(
                id=StepId("build"),
                title="Build api",
                text=(
                    "Run make.\n\n    make api\n\n"
                    "Acceptance criteria:\n\n- it is built\n- on staging\n\nNotes: be quick"
                ),
            ),
            Step(id=StepId("check"), title="api", needs=(StepId("build"),)),
        ),
    )


def test_a_molecule_for_a_bead_follows_from_its_cause() -> None:
    formula, bead = ship(), ItemId("gt-abc12")
    first = pour(
        TOWN,
        formula,
        {"component": "api"},
        prefix="gt",
        created=CREATED,
        created_by="mayor",
        bead=bead,
        assignee="web/polecats/toast",
        nonce="1",
    )
    assert first.id == derive("gt", "mol", bead, "ship", formula.hash, "1")
    assert (first.bead, first.assignee) == (bead, "web/polecats/toast")
    later = pour(
        TOWN,
        formula,
        {"component": "web"},
        prefix="gt",
        created="2027-01-01",
        created_by="mayor",
        bead=bead,
        nonce="1",
    )
    assert later.id == first.id
    again = pour(
        TOWN,
        formula,
        {"component": "api"},
        prefix="gt",
        created=CREATED,
        created_by="mayor",
        bead=bead,
        nonce="2",
    )
    assert again.id != first.id


@pytest.mark.parametrize(
    ("formula", "values", "title"),
    [
        (Formula(name="f", steps=(FStep(id=StepId("a"), title="A"),)), {}, "f"),
        (parse("f", SHIP.replace("[vars]", '[vars]\ntitle = ""')), {"component": "api"}, "ship: Ship api"),
        (
            parse("f", SHIP.replace("[vars]", '[vars]\ntitle = ""')),
            {"component": "api", "title": "All\n new"},
            "All new",
        ),
    ],
)
def test_the_title_is_for_people(formula: Formula, values: dict[str, str], title: str) -> None:
    assert pour(TOWN, formula, values, prefix="gt", created=CREATED, created_by="mayor").title == title


def test_no_value_makes_a_title_of_two_lines_or_of_none() -> None:
    poured = pour(
        TOWN, ship(), {"component": "a\n- [x] **b** c"}, prefix="gt", created=CREATED, created_by="mayor"
    )
    assert [step.title for step in poured.steps] == ["Build a - [x] **b** c", "a - [x] **b** c"]
    poured = pour(TOWN, ship(), {"component": " "}, prefix="gt", created=CREATED, created_by="mayor")
    assert [step.title for step in poured.steps] == ["Build", "check"]


def test_the_plan_writes_the_molecule_once() -> None:
    formula, bead = ship(), ItemId("gt-abc12")
    values = {"component": "api"}
    plan = plan_pour(formula, values, prefix="gt", created=CREATED, created_by="mayor", bead=bead)
    poured = pour(TOWN, formula, values, prefix="gt", created=CREATED, created_by="mayor", bead=bead)
    edit = plan(TOWN)
    assert edit == Edit(
        subject=f"pour: {poured.id} ship", put=(poured,), trailers=(("Bead", bead),), actor="mayor"
    )
    assert plan(TOWN.with_edit(edit)) is None


def test_a_plan_without_a_bead_takes_an_id_that_is_free() -> None:
    plan = plan_pour(ship(), {"component": "api"}, prefix="gt", created=CREATED, created_by="mayor")
    first = plan(TOWN)
    assert first is not None
    second = plan(TOWN.with_edit(first))
    assert second is not None
    assert first.trailers == ()
    assert {type(item) for item in (*first.put, *second.put)} == {Molecule}
    assert first.subject != second.subject


def test_too_many_steps_are_refused() -> None:
    steps = tuple(FStep(id=StepId(f"s{n}"), title="S") for n in range(2001))
    with pytest.raises(UserError) as caught:
        pour(TOWN, Formula(name="hanoi", steps=steps), {}, prefix="gt", created=CREATED, created_by="mayor")
    assert str(caught.value) == (
        "formula hanoi has 2,001 steps, and a molecule holds 2,000; "
        "split it into several formulas; steps poured as beads are not there yet"
    )
    fewer = pour(
        TOWN, Formula(name="hanoi", steps=steps[:2000]), {}, prefix="gt", created=CREATED, created_by="x"
    )
    assert len(fewer.steps) == 2000


def test_wrong_values_are_refused_before_anything_is_planned() -> None:
    plan = plan_pour(ship(), {}, prefix="gt", created=CREATED, created_by="mayor")
    with pytest.raises(UserError) as caught:
        plan(TOWN)
    assert str(caught.value) == "formula ship needs a value for component; add --var component=..."
