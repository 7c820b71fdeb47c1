"""A molecule: one run of a workflow, its steps a task list in the file."""

from __future__ import annotations

from typing import Any
from typing import Literal

from msgspec import Struct

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

    `hash` is the git blob id of the formula it was poured from; `bead` is the file's key `for`. `poured`: the
    steps are beads `<id>.<step>` instead of `steps`. `template`: kept to be poured from, nobody works on it.
    `stuck`: why it can't go on by itself, when that is so. `recipe` is the text of `## Recipe`
    (`gtlib.model.recipe`), `outputs` that of `## Outputs`.

    What was noticed of steps, by step, so that it is noticed once: `evidence`, the commit that did it;
    `gates`, its gate bead; `decided`, what its condition came to (true, false); `rounds` of a loop; `fanned`,
    how many items it fanned out to; `attempts` that failed; `reasons` why it was skipped or failed.
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
    poured: bool = False
    template: bool = False
    created: str = ""
    created_by: str = ""
    closed: str = ""
    stuck: str = ""
    gates: dict[str, str] = {}
    decided: dict[str, str] = {}
    rounds: dict[str, int] = {}
    fanned: dict[str, int] = {}
    attempts: dict[str, int] = {}
    reasons: dict[str, str] = {}
    evidence: dict[str, str] = {}
    description: str = ""
    steps: tuple[Step, ...] = ()
    recipe: str = ""
    outputs: str = ""
    extra: dict[str, Any] = {}
