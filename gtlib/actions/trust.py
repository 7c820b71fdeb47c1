"""Whether a command that a file brings along may run on this machine (promise 10)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.cooked import CStep
from gtlib.model.formula import Formula
from gtlib.model.formula import parse
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Run
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import StepId
from gtlib.rules.base import prefix_of
from gtlib.rules.gates import RUN
from gtlib.rules.gates import command_text
from gtlib.store import formulas
from gtlib.store.allowed import is_allowed


def may_run(local: Path, run: Run) -> bool:
    """Whether that command text was allowed here, or is one of a built-in formula; `local` is `.git/gt`."""
    return may_run_text(local, text_of(run))


def may_run_text(local: Path, text: str) -> bool:
    """As `may_run`, of what `text_of` gives."""
    return is_allowed(local, text) or text in _built_in()


def text_of(run: Run) -> str:
    """What is allowed by its hash: a script as it stands, an argument list as no script can be written."""
    return run if isinstance(run, str) else f"list\0{shlex.join(run)}"


def shown(run: Run) -> str:
    """The command as people read it: an argument list as a shell has it quoted."""
    return run if isinstance(run, str) else shlex.join(run)


def text_of_gate(gate: Bead) -> str:
    """As `text_of`, of what an exec gate runs; "" when it names nothing that runs."""
    run = gate.metadata.get(RUN)
    return text_of(run if isinstance(run, str) else tuple(run or ())) if command_text(gate) else ""


def commands(formula: Formula) -> Iterator[tuple[FStep, str, Run]]:
    """Every command that a formula brings along: the step, what it is called there, and the command."""
    for step in _steps((*formula.steps, *formula.template)):
        yield from _of(step)
    for advice in formula.advice:
        for step in _steps((*advice.before, *advice.after)):
            yield from _of(step)
    for leg in (*formula.legs, *formula.aspects):
        if leg.run is not None:
            yield FStep(id=leg.id, title=leg.title, line=leg.line), "run", leg.run
    if formula.synthesis is not None and formula.synthesis.run is not None:
        end = formula.synthesis
        yield FStep(id=StepId("synthesis"), title=end.title, line=end.line), "run", formula.synthesis.run


def file_of(root: Path, snapshot: Snapshot, molecule: Molecule, run: Run) -> str:
    """The file to allow for a command of a molecule: the formula, or the overlay, that has it word for word,
    else the molecule's own.
    """
    prefix = prefix_of(snapshot, molecule.id)
    rig = next((each.name for each in snapshot.rigs() if each.prefix == prefix), None)
    try:
        formula = formulas.find(root, rig, molecule.formula)
        overlay = formulas.overlay(root, rig, molecule.formula)
    except UserError:  # one that is gone or bad by now: the molecule has its commands
        return layout.path_of_molecule(molecule.id)
    if formula.origin in ("rig", "town") and any(other == run for _, _, other in commands(formula)):
        return formula.path
    if overlay is not None and any(each.run == run for each in overlay.overrides):
        return overlay.path
    return layout.path_of_molecule(molecule.id)


def commands_of(steps: Iterable[CStep]) -> Iterator[tuple[StepId, str, Run]]:
    """Every command of a recipe, those of rounds and copies to come included."""
    for step in steps:
        if step.run is not None:
            yield step.id, "run", step.run
        if step.check is not None:
            yield step.id, "check", step.check
        if step.gate is not None and step.gate.run is not None:
            yield step.id, "gate", step.gate.run
        yield from commands_of(step.body)
        if step.fan is not None:
            yield from commands_of(step.fan.body)


def _steps(steps: tuple[FStep, ...]) -> Iterator[FStep]:
    for step in steps:
        yield step
        yield from _steps(step.children)
        if step.loop is not None:
            yield from _steps(step.loop.body)


def _of(step: FStep) -> Iterator[tuple[FStep, str, Run]]:
    if step.run is not None:
        yield step, "run", step.run
    if step.retry is not None and step.retry.check is not None:
        yield step, "check", step.retry.check
    if step.gate is not None and step.gate.run is not None:
        yield step, "gate", step.gate.run


@cache
def _built_in() -> frozenset[str]:
    folder = layout.resource("formulas")
    found: set[str] = set()
    for path in sorted(folder.iterdir()):
        if path.name.endswith(formulas.SUFFIXES):
            formula = parse(f"built-in:{path.name}", path.read_text("utf-8"), "built-in")
            found |= {text_of(run) for _, _, run in commands(formula)}
    return frozenset(found)
