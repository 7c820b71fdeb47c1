"""A transition in which a molecule grows, killed at a system call: it has grown whole, or not at all.

`tests/torture/molecules_test.py` kills at every call.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions.catch_up import catch_up
from gtlib.actions.transition import transition
from gtlib.model import outputs
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.cooked import Fan
from gtlib.model.edit import Edit
from gtlib.names import StepId
from gtlib.rules.flow import Flow
from gtlib.rules.pour import Order
from gtlib.rules.pour import pour
from gtlib.store.town import Town
from tests.support import crash
from tests.support.flows import step
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import status
from tests.support.towns import write
from tests.support.transitions import MOLECULE
from tests.support.world import NOW

pytestmark = pytest.mark.skipif(not crash.HAS_STRACE, reason="strace is not installed")

PATH = f"molecules/{MOLECULE}.md"
LOOP: tuple[CStep, ...] = (
    step("l.iter1.a", "find", parent="l"),
    step("l", "l.iter1.a", control="loop", until="a.status == 'failed'", max=2, body=(step("a"),)),
)
STEPS = (
    step("find", fan=Fan(output="items", body=(step("fix"), step("prove", "fix")))),
    step("join", "find", waits_for="all-children"),
    *LOOP,
    step("ask", "find", when="find.status == 'complete'"),
)
BEFORE = "find[open] join[open] l.iter1.a[open] l[open] ask[open]"
AFTER = (
    "find[done] find.1.fix[open] find.1.prove[open] find.1[open] find.2.fix[open] find.2.prove[open]"
    " find.2[open] join[open] l.iter1.a[open] l[open] ask[open]"
)


@pytest.fixture
def original(tmp_path: Path) -> Path:
    """A poured molecule, in whose file a person is writing."""
    town = make_town(tmp_path / "original")
    order = Order(prefix="hq", created=NOW, created_by="overseer", beads=True)
    made = pour(town.snapshot(), Cooked(name="f", steps=STEPS, description="Text."), order)
    text = outputs.write("", "find", {"items": [1, 2]})
    molecule = replace(made.molecule, id=MOLECULE, outputs=text)
    beads = tuple(
        replace(
            bead,
            id=bead.id.replace(made.molecule.id, MOLECULE),
            needs=tuple(need.replace(made.molecule.id, MOLECULE) for need in bead.needs),
            parent=bead.parent.replace(made.molecule.id, MOLECULE),
        )
        for bead in made.beads
    )
    transition(town, lambda snapshot: Edit(subject="pour", put=(molecule, *beads)), "overseer")
    put(town, "notes.txt", "one\n")
    return town.root


def boxes(town: Town) -> str:
    molecule = town.snapshot().molecule(MOLECULE)
    assert molecule is not None
    flow = Flow(town.snapshot(), molecule)
    return " ".join(f"{id}[{flow.state(StepId(id))}]" for id in flow.ids)


def survive(original: Path, place: Path, call: str, nth: int) -> str:
    """Kill, then do what a person would; what happened to the transition: "before" or "after"."""
    shutil.copytree(original, place, symlinks=True)
    town = Town.open(place)
    before = town.tip()
    write(town, PATH, (place / PATH).read_text(encoding="utf-8").replace("Text.", "My text."))
    write(town, "notes.txt", "two\n")
    crash.kill_at(place, "unfold", call, nth)
    landed = git(place, "rev-parse", "HEAD").strip() != before
    git(place, "commit", "-a", "-q", "-m", "mine", check=False)
    catch_up(Town.open(place))
    if status(town):
        git(place, "commit", "-a", "-q", "-m", "mine")
    assert git(place, "fsck", "--strict", "--no-dangling").strip() == ""
    assert status(town) == ""
    assert "My text." in show(town, PATH) and show(town, "notes.txt") == "two\n"
    town = Town.open(place)
    assert town.snapshot().broken() == ()
    found = boxes(town)
    assert found in (BEFORE, AFTER), "half a transition"
    assert found == AFTER or not landed, "a transition that had happened was taken back"
    return "after" if found == AFTER else "before"


def test_a_kill_at_calls_spread_over_the_transition(original: Path, tmp_path: Path) -> None:
    shutil.copytree(original, tmp_path / "counted", symlinks=True)
    calls = crash.calls(tmp_path / "counted", "unfold")
    assert len(calls) > 20 and boxes(Town.open(tmp_path / "counted")) == AFTER
    # the last one is after the branch has moved, which is near the end
    picked = [*calls[:-1][:: max(1, len(calls) // 8)], calls[-1]]
    ends = [survive(original, tmp_path / f"{call}-{nth}", call, nth) for call, nth in picked]
    assert ends == sorted(ends, reverse=True), "first they come too early, then they have happened"
    assert set(ends) == {"before", "after"}
