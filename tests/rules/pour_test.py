from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import recipe
from gtlib.model.bead import Bead
from gtlib.model.cook import cook
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.edit import Edit
from gtlib.model.formula import blob_hash
from gtlib.model.formula import parse
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.names import derive
from gtlib.names import mint
from gtlib.rules.pour import Order
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
ORDER = Order(prefix="gt", created=CREATED, created_by="overseer")
BEAD = ItemId("gt-abc12")


def meal(values: Mapping[str, str] | None = None, more: str = "") -> Cooked:
    text = SHIP.replace("[vars]", f"[vars]\n{more}")

    def load(name: str) -> None:
        raise AssertionError(name)

    return cook(parse("formulas/ship.formula.toml", text), values or {"component": "api"}, load=load)  # type: ignore[arg-type]


def test_the_molecule_says_all_that_the_formula_says() -> None:
    title = "ship: Ship api"
    poured = pour(TOWN, meal(), ORDER)
    assert poured.beads == ()
    assert poured.molecule == Molecule(
        id=mint("gt", title, "ship ", "overseer", CREATED_NS, set(), "mol"),
        title=title,
        formula="ship",
        version=4,
        hash=blob_hash(SHIP.replace("[vars]", "[vars]\n")),
        vars={"component": "api", "env": "staging"},
        created=CREATED,
        created_by="overseer",
        description="Ship api\n\nIn all its glory.",
        recipe='```json\n{"id":"build","run":["make","{{component}}"]}\n```',
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


def test_poured_steps_are_beads() -> None:
    order = replace(ORDER, beads=True, bead=BEAD)
    poured = pour(TOWN, meal(), order)
    id = poured.molecule.id
    assert (poured.molecule.poured, poured.molecule.steps) == (True, ())
    assert list(recipe.read(poured.molecule.recipe)) == ["build", "check"]
    build, check = poured.beads
    assert (build.id, build.title, build.parent, build.needs) == (f"{id}.build", "Build api", BEAD, ())
    assert check == Bead(
        id=ItemId(f"{id}.check"),
        title="api",
        needs=(build.id,),
        parent=BEAD,
        created=CREATED,
        created_by="overseer",
    )


def test_a_molecule_for_a_bead_follows_from_its_cause() -> None:
    order = replace(ORDER, bead=BEAD, assignee="web/polecats/toast", nonce="1")
    first = pour(TOWN, meal(), order).molecule
    assert first.id == derive("gt", "mol", BEAD, "ship", first.hash, "1")
    assert (first.bead, first.assignee) == (BEAD, "web/polecats/toast")
    assert (
        pour(TOWN, meal({"component": "web"}), replace(order, created="2027-01-01")).molecule.id == first.id
    )
    assert pour(TOWN, meal(), replace(order, nonce="2")).molecule.id != first.id
    there = TOWN.with_edit(Edit(subject="x", put=(first,)))
    assert pour(there, meal(), replace(order, anew=True)).molecule.id not in (first.id, "")


@pytest.mark.parametrize(
    ("cooked", "title"),
    [
        (Cooked(name="f", steps=(CStep(id=StepId("a"), title="A"),)), "f"),
        (meal({"component": "api"}, 'title = ""'), "ship: Ship api"),
        (meal({"component": "api", "title": "All\n new"}, 'title = ""'), "All new"),
    ],
)
def test_the_title_is_for_people(cooked: Cooked, title: str) -> None:
    assert pour(TOWN, cooked, ORDER).molecule.title == title


def test_no_value_makes_a_title_of_two_lines_or_of_none() -> None:
    steps = pour(TOWN, meal({"component": "a\n- [x] **b** c"}), ORDER).molecule.steps
    assert [step.title for step in steps] == ["Build a - [x] **b** c", "a - [x] **b** c"]
    steps = pour(TOWN, meal({"component": " "}), ORDER).molecule.steps
    assert [step.title for step in steps] == ["Build", "check"]


def test_the_plan_writes_the_molecule_once() -> None:
    order = replace(ORDER, bead=BEAD, created_by="mayor")
    plan = plan_pour(meal(), order)
    poured = pour(TOWN, meal(), order).molecule
    edit = plan(TOWN)
    assert edit == Edit(
        subject=f"pour: {poured.id} ship", put=(poured,), trailers=(("Bead", BEAD),), actor="mayor"
    )
    assert plan(TOWN.with_edit(edit)) is None


def test_a_plan_without_a_bead_takes_an_id_that_is_free() -> None:
    plan = plan_pour(meal(), ORDER)
    first = plan(TOWN)
    assert first is not None
    second = plan(TOWN.with_edit(first))
    assert second is not None
    assert first.trailers == ()
    assert {type(item) for item in (*first.put, *second.put)} == {Molecule}
    assert first.subject != second.subject


def test_many_steps_become_beads_unless_asked_otherwise() -> None:
    steps = tuple(CStep(id=StepId(f"s{n}"), title="S") for n in range(2001))
    assert len(pour(TOWN, Cooked(name="hanoi", steps=steps), ORDER).beads) == 2001
    assert pour(TOWN, Cooked(name="hanoi", steps=steps[:2000]), ORDER).beads == ()
    listed = pour(TOWN, Cooked(name="hanoi", steps=steps), replace(ORDER, beads=False))
    assert (len(listed.molecule.steps), listed.beads) == (2001, ())


@pytest.mark.parametrize(
    ("count", "what"),
    [
        (0, "formula f has no step left with these values"),
        (50_001, "formula f has 50,001 steps, and a molecule holds 50,000"),
    ],
)
def test_no_step_and_too_many_are_refused(count: int, what: str) -> None:
    steps = tuple(CStep(id=StepId(f"s{n}"), title="S") for n in range(count))
    with pytest.raises(UserError, match=what):
        pour(TOWN, Cooked(name="f", steps=steps), ORDER)
