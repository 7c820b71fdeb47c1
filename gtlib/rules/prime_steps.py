"""What an agent is told of its molecule: a checklist, and the whole text of the step that is next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from gtlib.model.cook_text import fill
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.molecule_args import args_and_vars
from gtlib.model.snapshot import Snapshot
from gtlib.rules.carry_on import ready_for
from gtlib.rules.flow import Flow
from gtlib.rules.prime_fit import Section
from gtlib.rules.prime_words import one_line
from gtlib.rules.prime_words import plain
from gtlib.rules.steps import how_far

BEFORE, AFTER = 3, 12  # steps of a long molecule that are listed round the one that is next
BOXES: Final = {"done": "[x]", "skipped": "[-]", "failed": "[!]"}


def steps(snapshot: Snapshot, molecule: Molecule, address: str) -> Iterator[Section]:
    """The slinger's words, the checklist, and the step that is next."""
    args, values = args_and_vars(molecule)
    said = "\n".join((*([args] if args else []), *(f"{key} = {value}" for key, value in values.items())))
    if said:
        yield Section(
            key="args",
            why="whoever slung the work said so",
            data=said,
            what="words and values given with the work",
            whole=f"gt hook {plain(address)}",
            weight=2,
            least=600,
        )
    flow = Flow(snapshot, molecule)
    far = f"{molecule.id} of {plain(molecule.formula)}, {how_far(flow)}" if flow.ids else molecule.id
    yield Section(
        key="steps",
        why="a molecule is on the hook",
        title="Steps",
        text=f"{far}. A step is done when its work is committed with the trailer `Step: ID`.",
        data="\n".join(_checklist(flow, address)),
        what="the steps, from the formula",
        whole=f"gt mol show {molecule.id}",
        weight=4,
        least=500,
    )
    yield from current(snapshot, molecule, address, weight=1)


def current(snapshot: Snapshot, molecule: Molecule, address: str, weight: int) -> Iterator[Section]:
    """The whole text of the step that is next."""
    flow = Flow(snapshot, molecule)
    step = first(snapshot, molecule, address)
    if step is None:
        over = flow.is_complete() or molecule.status == "closed"
        said = "All steps are over." if over else "No step is ready: `gt mol current` says what it waits for."
        yield Section(key="step", why="no step is next", text=said)
        return
    yield Section(
        key="step",
        why="it is the next that is ready",
        title=f"The step to do now: {step.id}",
        data="\n".join((step.title, *_text(flow, step))),
        what=f"step {step.id}",
        whole="gt mol current",
        weight=weight,
        least=1500,
    )


def first(snapshot: Snapshot, molecule: Molecule, address: str) -> Step | None:
    """The step that the agent does next; None when there is none."""
    if molecule.status == "closed":
        return None
    return next(iter(ready_for(Flow(snapshot, molecule), address)), None)


def _checklist(flow: Flow, address: str) -> Iterator[str]:
    """All steps, or of a long molecule those round the next one."""
    ready = {step.id: None for step in ready_for(flow, address)}
    at = next((number for number, id in enumerate(flow.ids) if id in ready), 0)
    start = max(0, at - BEFORE) if len(flow.ids) > BEFORE + AFTER + 2 else 0
    end = start + BEFORE + AFTER if len(flow.ids) > BEFORE + AFTER + 2 else len(flow.ids)
    if start:
        yield f"({start} before)"
    marked = next(iter(ready), None)
    for id in flow.ids[start:end]:
        step = flow.step(id)
        box = BOXES.get(flow.state(id), "[ ]")
        note = " <- now" if id == marked else " (ready)" if id in ready else ""
        yield f"{box} {id}: {one_line(step.title, 120) if step else 'deleted'}{note}"
    if end < len(flow.ids):
        yield f"({len(flow.ids) - end} after)"


def _text(flow: Flow, step: Step) -> Iterator[str]:
    if step.text.strip():
        yield ""
        yield step.text.strip("\n")
    how = flow.recipe.get(step.id)
    if how is None:
        return
    for said, command in (("It is done by running", how.run), ("It is done when this passes", how.check)):
        if command is not None:
            script = isinstance(command, str)
            words = command if script else (fill(word, flow.molecule.vars, how.env) for word in command)
            yield f"\n{said}: {words if isinstance(words, str) else shlex.join(words)}"
