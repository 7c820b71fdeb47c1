"""A molecule with its steps, whether they are a task list in its file or beads of their own."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from functools import cached_property

from gtlib.model import recipe
from gtlib.model.bead import Bead
from gtlib.model.cooked import CStep
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.molecule import StepState
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId

OVER = frozenset({"done", "skipped"})
SKIPPED = "skipped"
ENDED = "over"  # what stands as the evidence of a control step
GATE = "gate-"  # begins the name of a step's gate, after the molecule's id


class Flow:
    """One molecule at one commit. A poured step that was deleted is over: nobody does it any more."""

    def __init__(self, snapshot: Snapshot, molecule: Molecule) -> None:
        self.snapshot = snapshot
        self.molecule = molecule
        self._beads: dict[StepId, Bead | None] = {}

    @cached_property
    def recipe(self) -> Mapping[StepId, CStep]:
        """How steps are done, for those that are more than a box."""
        return recipe.read(self.molecule.recipe) if self.molecule.recipe else {}

    @cached_property
    def _listed(self) -> dict[StepId, Step]:
        return {step.id: step for step in self.molecule.steps}

    @property
    def ids(self) -> tuple[StepId, ...]:
        """The steps, in their order."""
        return tuple(self.recipe) if self.molecule.poured else tuple(self._listed)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, in their order."""
        if not self.molecule.poured:
            return self.molecule.steps
        return tuple(step for id in self.ids if (step := self.step(id)) is not None)

    def step(self, id: str) -> Step | None:
        """The step of that id; None when there is none."""
        if not self.molecule.poured:
            return self._listed.get(StepId(id))
        bead = self.bead(id)
        if bead is None:
            return None
        prefix = f"{self.molecule.id}."
        needs = tuple(StepId(need.removeprefix(prefix)) for need in bead.needs if need.startswith(prefix))
        return Step(
            id=StepId(id), title=bead.title, state=self._state(bead, id), needs=needs, text=bead.description
        )

    def bead(self, id: str) -> Bead | None:
        """The bead that a poured step is; None when it was deleted, or steps are no beads here."""
        step = StepId(id)
        if step not in self._beads:
            known = self.molecule.poured and step in self.recipe
            self._beads[step] = self.snapshot.bead(bead_id(self.molecule, step)) if known else None
        return self._beads[step]

    def has(self, id: str) -> bool:
        """Whether the molecule has such a step."""
        return id in (self.recipe if self.molecule.poured else self._listed)

    def state(self, id: str) -> StepState:
        """How a step stands; `skipped` when a poured one was deleted. KeyError when there is none."""
        if not self.molecule.poured:
            return self._listed[StepId(id)].state
        if id not in self.recipe:
            raise KeyError(id)
        bead = self.bead(id)
        return "skipped" if bead is None else self._state(bead, id)

    def evidence(self, id: str) -> str:
        """The commit that did a step; empty when none is known."""
        bead = self.bead(id)
        found = bead.evidence if bead is not None else self.molecule.evidence.get(id, "")
        return "" if found == ENDED else found

    def is_over(self, id: str) -> bool:
        """Whether a step is done or skipped."""
        return self.has(id) and self.state(id) in OVER

    def awaits(self, id: str) -> tuple[str, ...]:
        """What must be over before the turn of a step comes: steps, children of another one, other beads."""
        step = self.step(id)
        if step is None:
            return ()
        waiting: list[str] = [need for need in step.needs if self.has(need) and not self.is_over(need)]
        bead = self.bead(id)
        if bead is not None:
            own, gate = f"{self.molecule.id}.", self.molecule.gates.get(step.id)
            others = [need for need in bead.needs if need != gate and not self._is_step(need, own)]
            waiting += [need for need in others if self._holds(need)]
        how = self.recipe.get(step.id)
        if how is None or waiting or not how.waits_for:
            return tuple(waiting)
        return self._children_awaited(how, step.needs)

    def waits(self, id: str) -> tuple[str, ...]:
        """What a step waits for: what `awaits` says, else its condition, its gate."""
        waiting = self.awaits(id)
        how = self.recipe.get(StepId(id))
        if waiting or how is None:
            return waiting
        undecided = self.undecided(id)
        if undecided is not None:
            return (f"condition {undecided.when}",)
        if how.gate is None:
            return ()
        gate = self.molecule.gates.get(how.id, "")
        if not gate:
            return (f"gate {how.gate.type}",)
        return (gate,) if self._holds(gate) else ()

    def ready(self) -> tuple[Step, ...]:
        """The open steps that wait for nothing and are somebody's to do, in their order."""
        return tuple(self.each_ready())

    def each_ready(self) -> Iterator[Step]:
        """As `ready`, one by one."""
        for id in self.ids:
            if self.state(id) == "open" and not self.is_control(id) and not self.waits(id):
                step = self.step(id)
                if step is not None:
                    yield step

    def is_control(self, id: str) -> bool:
        """Whether nobody does the step: it is over when what it needs is."""
        how = self.recipe.get(StepId(id))
        return how is not None and bool(how.control)

    def is_complete(self) -> bool:
        """Whether every step is over; false when there is none."""
        ids = self.ids
        # what is open stands at the end, most of the time
        return bool(ids) and all(self.state(id) in OVER for id in reversed(ids))

    def children(self, id: str) -> tuple[StepId, ...]:
        """The steps that belong to a control step, or that a step fanned out to."""
        return self._families.get(StepId(id), ())

    def descendants(self, id: str) -> tuple[StepId, ...]:
        """Children, their children, and so on."""
        found = list(self.children(id))
        for child in found:  # grows as it goes
            found += self.children(child)
        return tuple(found)

    @cached_property
    def _families(self) -> Mapping[StepId, tuple[StepId, ...]]:
        found: dict[StepId, list[StepId]] = {}
        for step in self.recipe.values():
            if step.parent and self.has(step.id):
                found.setdefault(step.parent, []).append(step.id)
        return {parent: tuple(children) for parent, children in found.items()}

    def undecided(self, id: str) -> CStep | None:
        """The outermost of the step and those that it is in whose condition nobody has looked at yet."""
        found = None
        how = self.recipe.get(StepId(id))
        while how is not None:
            if how.when and how.id not in self.molecule.decided:
                found = how
            how = self.recipe.get(how.parent) if how.parent else None
        return found

    def _children_awaited(self, how: CStep, needs: Sequence[StepId]) -> tuple[str, ...]:
        named = how.waits_for.removeprefix("children-of(").removesuffix(")")
        spawner = StepId(named) if named != how.waits_for else next(iter(needs), StepId(""))
        children = self.children(spawner)
        if how.waits_for == "any-children" and any(self.state(child) == "done" for child in children):
            return ()
        return tuple(child for child in children if not self.is_over(child))

    def _is_step(self, id: str, prefix: str) -> bool:
        return id.startswith(prefix) and self.has(id.removeprefix(prefix))

    def _state(self, bead: Bead, id: str) -> StepState:
        if bead.status == "closed":
            return "skipped" if bead.close_reason.startswith(SKIPPED) else "done"
        return "failed" if bead.status == "blocked" and id in self.molecule.reasons else "open"

    def _holds(self, id: str) -> bool:
        """Whether another item is not over; what is not there holds nothing up, what is broken does."""
        bead = self.snapshot.bead(ItemId(id))
        if bead is not None:
            return bead.status != "closed"
        return self.snapshot.exists(f"beads/{id}.md")


def bead_id(molecule: Molecule, step: str) -> ItemId:
    """The bead that a poured molecule's step is."""
    return ItemId(f"{molecule.id}.{step}")


def molecule_of_step(snapshot: Snapshot, id: str) -> tuple[Molecule, StepId] | None:
    """The molecule and the step that `<molecule>.<step>` means; None when it is no such thing."""
    at = id.find(".")
    while at > 0:
        molecule = snapshot.molecule(ItemId(id[:at]))
        if molecule is not None:
            return molecule, StepId(id[at + 1 :])
        at = id.find(".", at + 1)
    return None
