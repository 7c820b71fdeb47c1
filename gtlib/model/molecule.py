"""A molecule: one run of a workflow, its steps a task list in the file."""

from __future__ import annotations

from typing import Any
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.names import ItemId
from gtlib.names import StepId

StepState = Literal["open", "done", "skipped", "failed"]


class Step(Struct, frozen=True, kw_only=True):
    """One item of the task list. `line` is where it stands in the file (1-based); it does not compare."""

    id: StepId
    title: str
    state: StepState = "open"
    needs: tuple[StepId, ...] = ()
    text: str = ""
    line: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step) and self._value() == other._value()

    def __hash__(self) -> int:
        return hash(self._value())

    def _value(self) -> tuple[Any, ...]:
        return (self.id, self.title, self.state, self.needs, self.text)


class Molecule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of `molecules/<id>.md`.

    `hash` is the git blob id of the formula it was poured from; `bead` is the file's
    key `for`; `evidence` maps a step to the commit that did it.
    """

    id: ItemId
    title: str
    formula: str = ""
    version: int = 1
    hash: str = ""
    vars: dict[str, str] = {}
    bead: ItemId = ItemId("")
    assignee: str = ""
    status: str = "open"
    created: str = ""
    created_by: str = ""
    closed: str = ""
    evidence: dict[str, str] = {}
    description: str = ""
    steps: tuple[Step, ...] = ()
    outputs: str = ""
    extra: dict[str, Any] = {}


class Progress(Struct, frozen=True, kw_only=True):
    """How far a molecule is. `finished` counts steps that are done or skipped."""

    total: int
    finished: int
    failed: int


def _is_over(state: StepState) -> bool:
    return state in ("done", "skipped")


def ready_steps(mol: Molecule) -> tuple[Step, ...]:
    """The open steps whose needs are all done or skipped, in the order of the file."""
    over = {step.id for step in mol.steps if _is_over(step.state)}
    return tuple(step for step in mol.steps if step.state == "open" and over.issuperset(step.needs))


def current_step(mol: Molecule) -> Step | None:
    """The first step that is ready; None when there is none."""
    ready = ready_steps(mol)
    return ready[0] if ready else None


def is_complete(mol: Molecule) -> bool:
    """Whether every step is done or skipped. A molecule without steps is."""
    return all(_is_over(step.state) for step in mol.steps)


def progress(mol: Molecule) -> Progress:
    """Counts of steps."""
    states = [step.state for step in mol.steps]
    return Progress(total=len(states), finished=sum(map(_is_over, states)), failed=states.count("failed"))


def step_of(mol: Molecule, step_id: str) -> Step:
    """The step of that id. UserError when there is none."""
    for step in mol.steps:
        if step.id == step_id:
            return step
    raise UserError(
        f"{mol.id} has no step {step_id}",
        f"its steps are: {', '.join(step.id for step in mol.steps) or 'none'}",
    )


def with_step(mol: Molecule, step_id: str, state: StepState) -> Molecule:
    """The molecule with that step in this state. UserError when there is no such step."""
    step_of(mol, step_id)
    return replace(
        mol,
        steps=tuple(replace(step, state=state) if step.id == step_id else step for step in mol.steps),
    )
