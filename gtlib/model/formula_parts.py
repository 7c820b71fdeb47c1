"""What a formula is made of, as its file says it: steps, loops, gates, composition, advice, legs."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import Literal

from msgspec import Struct

from gtlib.names import StepId

# An argument list, or a script for `sh -c`.
Run = tuple[str, ...] | str

Exhausted = Literal["hold", "skip"]


class Gate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step waits for beside other steps. `id` is a run, a pull request, a bead, an address; `timeout`
    a duration such as 30m; `run` is what a gate of type exec asks.
    """

    type: str
    id: str = ""
    timeout: str = ""
    condition: str = ""
    run: Run | None = None


class Retry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often a step is tried (`attempts`, at least 1), the check that has to pass, and what is done when
    no try is left: `hold` it for a person, or `skip` it.
    """

    attempts: int = 3
    check: Run | None = None
    check_timeout: str = ""
    exhausted: Exhausted = "hold"


class FanOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`on_complete`: one copy of the formula `bond` for each item of the output `for_each`."""

    for_each: str
    bond: str
    vars: dict[str, str] = {}
    parallel: bool = True


class Loop(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Rounds of `body`: `count` of them, one for each number of `range` (as `var`), or `until` and `max`."""

    count: int = 0
    range: str = ""
    var: str = ""
    until: str = ""
    max: int = 0
    body: tuple[FStep, ...] = ()


class FStep(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step as the formula says it; a template, leg body and advice step too.

    `needs` holds `needs` and `depends_on`. `run` None: somebody has to do the step. `acceptance` is
    Markdown. `path` and `line` are where the step begins (1-based); `extra` are keys that are kept and mean
    nothing here.
    """

    id: StepId
    title: str
    description: str = ""
    notes: str = ""
    type: str = "task"
    priority: int = 2
    labels: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    needs: tuple[StepId, ...] = ()
    waits_for: str = ""
    assignee: str = ""
    agent: str = ""
    condition: str = ""
    children: tuple[FStep, ...] = ()
    gate: Gate | None = None
    loop: Loop | None = None
    on_complete: FanOut | None = None
    expand: str = ""
    expand_vars: dict[str, str] = {}
    run: Run | None = None
    timeout: str = ""
    retry: Retry | None = None
    acceptance: str = ""
    path: str = ""
    line: int = 0
    extra: dict[str, Any] = {}


def every(steps: Iterable[FStep]) -> Iterator[FStep]:
    """The steps, their children and the bodies of their loops, each before what it holds."""
    for step in steps:
        yield step
        if step.children or step.loop:
            yield from every((*step.children, *(step.loop.body if step.loop else ())))


class BondPoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named place where other formulas are attached: after or before a step."""

    id: str
    description: str = ""
    after_step: StepId = StepId("")
    before_step: StepId = StepId("")
    parallel: bool = False
    path: str = ""
    line: int = 0


class Attach(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`compose.hooks`: the formula `attach` comes in at the bond point `at` (none: at the end) when the bead
    poured for fits `trigger` (`label:x`, `type:bug`, `priority:0-1`).
    """

    trigger: str
    attach: str
    at: str = ""
    vars: dict[str, str] = {}
    path: str = ""
    line: int = 0


class Expand(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`compose.expand` (`target` is one step) and `compose.map` (`target` is a glob)."""

    target: str
    with_: str
    vars: dict[str, str] = {}
    path: str = ""
    line: int = 0


class Branch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`compose.branch`: each of `steps` needs `from_`, and `join` needs all of them."""

    from_: StepId
    steps: tuple[StepId, ...]
    join: StepId
    path: str = ""
    line: int = 0


class GateRule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`compose.gate`: a conditional gate before a step."""

    before: StepId
    condition: str
    path: str = ""
    line: int = 0


class Compose(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything below `compose`; `places` are path and line of each of the `aspects`."""

    bond_points: tuple[BondPoint, ...] = ()
    hooks: tuple[Attach, ...] = ()
    expand: tuple[Expand, ...] = ()
    map: tuple[Expand, ...] = ()
    branch: tuple[Branch, ...] = ()
    gate: tuple[GateRule, ...] = ()
    aspects: tuple[str, ...] = ()
    places: dict[str, tuple[str, int]] = {}


class Advice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps woven in before and after each step that the glob `target` means (`around` is both)."""

    target: str
    before: tuple[FStep, ...] = ()
    after: tuple[FStep, ...] = ()
    path: str = ""
    line: int = 0


class Pointcut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which steps an aspect may touch: all that one of its pointcuts fits; all of them without any."""

    glob: str = ""
    type: str = ""
    label: str = ""


class Input(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input of a convoy formula; required unless one of `required_unless` is given."""

    name: str
    description: str = ""
    type: str = "string"
    required: bool = False
    required_unless: tuple[str, ...] = ()
    default: str | None = None
    line: int = 0


class Leg(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One parallel part of a convoy formula, or one analysis of an aspect."""

    id: StepId
    title: str
    focus: str = ""
    description: str = ""
    agent: str = ""
    review_only: bool = False
    run: Run | None = None
    path: str = ""
    line: int = 0


class Synthesis(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What brings the legs together, after those of `needs` (none named: after all)."""

    title: str
    description: str = ""
    needs: tuple[StepId, ...] = ()
    agent: str = ""
    run: Run | None = None
    path: str = ""
    line: int = 0


class Reports(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`output`: where legs and synthesis write; Go templates relative to the worktree."""

    directory: str = ""
    leg_pattern: str = ""
    synthesis: str = ""


class Override(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One `[[step-overrides]]` of an overlay: `replace` and `append` change the texts (and `run`, `agent`) of
    a step, `skip` takes it out and joins what it stood between.
    """

    step_id: str
    mode: Literal["replace", "append", "skip"]
    title: str = ""
    description: str = ""
    run: Run | None = None
    agent: str = ""
    line: int = 0


class Overlay(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`formula-overlays/<name>.toml`: what a rig or town changes in a formula. `hash` is its git blob id."""

    path: str
    overrides: tuple[Override, ...] = ()
    hash: str = ""
    warnings: tuple[str, ...] = ()
