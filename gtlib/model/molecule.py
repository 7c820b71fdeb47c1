"""A molecule: one run of a workflow, its steps a task list in the file."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from gtlib.names import ItemId, StepId

StepState = Literal["open", "done", "skipped", "failed"]


class Step(Struct, frozen=True, kw_only=True):
    """One item of the task list. `line` is where it stands in the file (1-based)."""

    id: StepId
    title: str
    state: StepState = "open"
    needs: tuple[StepId, ...] = ()
    text: str = ""
    line: int = 0


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
