"""Running molecules in memory: poured from cooked steps, advanced by the rules, for tests of what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import StepId
from gtlib.rules import registry
from gtlib.rules.flow import Flow
from gtlib.rules.pour import Order
from gtlib.rules.pour import pour
from gtlib.rules.steps_done import plan_step
from tests.support.world import NOW
from tests.support.world import committed
from tests.support.world import hook
from tests.support.world import hooked
from tests.support.world import polecat
from tests.support.world import world

TOAST = Address("proj/polecats/toast")
SIGNS = {"open": " ", "done": "x", "skipped": "-", "failed": "!"}


def step(id: str, *needs: str, **keys: Any) -> CStep:
    """A cooked step with these needs."""
    return CStep(id=StepId(id), title=f"Do {id}", needs=tuple(map(StepId, needs)), **keys)


class Run:
    """A molecule at work in a town in memory; every change is committed and read from the files again."""

    def __init__(self, *steps: CStep, beads: bool = False, now: str = NOW) -> None:
        self.now = now
        order = Order(prefix="pr", created=now, created_by="overseer", beads=beads, assignee=TOAST)
        made = pour(world(), Cooked(name="f", steps=steps), order)
        self.id = made.molecule.id
        self.town = world(hooked("pr-x"), polecat("toast", hook("pr-x", molecule=self.id)), *made.items)
        self.settle()

    @property
    def molecule(self) -> Molecule:
        found = self.town.molecule(self.id)
        assert found is not None
        return found

    @property
    def flow(self) -> Flow:
        return Flow(self.town, self.molecule)

    def commit(self, edit: Edit | None) -> None:
        """Make a change, and what the rules make of it, true."""
        self.town = committed(self.town, edit)
        self.settle()

    def settle(self) -> None:
        """Run the rules until they ask for nothing; a second run has to ask for nothing at once."""
        self.town = committed(self.town, registry.run(self.town, self.now))
        assert registry.run(self.town, self.now) is None

    def done(self, step: str, actor: str = TOAST, **outputs: str) -> None:
        """An agent says that the step is done."""
        pairs = tuple(outputs.items())
        self.commit(plan_step(self.town, f"{self.id}.{step}", actor, "c" * 40, self.now, pairs))

    def put(self, snapshot: Snapshot) -> None:
        """Another town in the place of this one, as after a hand edit."""
        self.town = snapshot
        self.settle()

    def boxes(self) -> str:
        """The steps with their boxes, such as `a[x] b[ ]`."""
        return " ".join(f"{id}[{SIGNS[self.flow.state(id)]}]" for id in self.flow.ids)

    def ready(self) -> list[str]:
        return [str(each.id) for each in self.flow.ready()]

    def all_done(self, steps: Sequence[str]) -> None:
        """These steps, one after the other."""
        for each in steps:
            self.done(each)
