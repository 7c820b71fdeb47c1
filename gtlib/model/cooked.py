"""What cooking makes of a formula: a flat list of steps, ready to be poured."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gtlib.model.formula_parts import BondPoint
from gtlib.model.formula_parts import Exhausted
from gtlib.model.formula_parts import Gate
from gtlib.model.formula_parts import Run
from gtlib.names import StepId

Control = Literal["", "group", "loop"]


class Fan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step fans out to when it is done: `body` once for each item of its output `output`.

    `vars` are the bonded formula's variables as texts with `{item}`, `{item.key}` and `{index}` (from 1)
    in them; copies run one after the other unless `parallel`.
    """

    output: str
    body: tuple[CStep, ...]
    vars: dict[str, str] = {}
    parallel: bool = True
    formula: str = ""


class CStep(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step. In a molecule's recipe `title`, `text` and `needs` are left out: the task list has them.

    `control` steps are done by nobody: they are over when what they need is. `parent` is the control step
    that this one belongs to. `env` are values beside the molecule's variables, for `{name}` and `{{name}}` in
    the arguments of `run` and for a script's environment (dots become `_` there). `when` is a runtime
    condition: false when the step's turn comes means that it is skipped. A loop with `until` has `body`, with
    ids as in the formula, and up to `max` rounds. `exhausted` says what is done after `attempts` failures.
    """

    id: StepId
    title: str = ""
    text: str = ""
    type: str = "task"
    priority: int = 2
    labels: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    needs: tuple[StepId, ...] = ()
    parent: StepId = StepId("")
    control: Control = ""
    assignee: str = ""
    agent: str = ""
    run: Run | None = None
    timeout: str = ""
    check: Run | None = None
    check_timeout: str = ""
    attempts: int = 0
    exhausted: Exhausted = "hold"
    env: dict[str, str] = {}
    gate: Gate | None = None
    when: str = ""
    waits_for: str = ""
    until: str = ""
    max: int = 0
    body: tuple[CStep, ...] = ()
    fan: Fan | None = None


class Source(Struct, frozen=True, kw_only=True):
    """A formula that went into a cooked one: where it was found, and its git blob id."""

    name: str
    origin: str
    path: str
    hash: str


class Cooked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A formula cooked: `values` are its variables, `sources` every file that went in, itself first.

    `warnings` are whole lines (`path:line: ...`). In compile mode the texts still hold placeholders.
    """

    name: str
    title: str = ""
    description: str = ""
    version: int = 1
    hash: str = ""
    pour: bool = False
    values: dict[str, str] = {}
    steps: tuple[CStep, ...] = ()
    bond_points: tuple[BondPoint, ...] = ()
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()
