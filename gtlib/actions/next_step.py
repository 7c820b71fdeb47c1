"""What the shell runtime does next on a molecule, or why it can't."""

from __future__ import annotations

from collections.abc import Container

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model import cook
from gtlib.model.agent import Hook
from gtlib.model.cook import Command
from gtlib.model.formula import Formula
from gtlib.model.formula import blob_hash
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.flow import OVER
from gtlib.store import allowed
from gtlib.store import formulas
from gtlib.store.town import Town


class Next(Struct, frozen=True):
    """A step and its command; without a command `why` says what it waits for, and `how` to go on."""

    step: Step | None = None
    command: Command | None = None
    why: str = ""
    how: str = ""


def next_step(
    town: Town, snapshot: Snapshot, address: Address, hook: Hook, committed: Container[str] = ()
) -> Next | None:
    """The first step that can be done now; None when all are over.

    `committed` are steps whose commit stands on the branch and is not served yet.
    """
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    if molecule is None:
        what = f"molecule {hook.molecule} is not there" if hook.molecule else "no molecule says what to run"
        return Next(why=what, how=f"Do the work by hand in {hook.worktree}, then there: gt done")
    over = {each.id for each in molecule.steps if each.state in OVER or each.id in committed}
    left = [each for each in molecule.steps if each.id not in over]
    if not left:
        return None
    able = [each for each in left if each.state == "open" and all(need in over for need in each.needs)]
    if not able:
        why = f"no step of {molecule.id} can be done: {', '.join(each.id for each in left)}"
        return Next(why=why, how=f"Look at the boxes and needs in molecules/{molecule.id}.md.")
    return _command(town, molecule, able[0], address)


def runs_alone(town: Town, molecule: Molecule) -> bool:
    """Whether every step that is left has a `run`, so that no model is needed."""
    try:
        formula = _formula(town, molecule)
    except UserError:
        return False
    runs = {step.id for step in formula.steps if step.run is not None}
    left = [step.id for step in molecule.steps if step.state not in OVER]
    return all(step in runs for step in left) and bool(runs)


def _command(town: Town, molecule: Molecule, step: Step, address: Address) -> Next:
    try:
        formula = _formula(town, molecule)
        known = any(each.id == step.id for each in formula.steps)
        command = cook.command_of(formula, step.id, _values(formula, molecule)) if known else None
    except UserError as error:
        return Next(step, why=error.what, how=f"{error.hint}.")
    if command is None:
        how = (
            f"Do it by hand: commit it in the worktree of {address} with the trailer `Step: {step.id}`, or "
            f"tick its box in molecules/{molecule.id}.md and commit that. Then the deacon lets it go on; "
            f"without one: gt session start {address}"
        )
        return Next(step, why=f"step {step.id} has no run", how=how)
    if formula.origin != "built-in" and not allowed.is_allowed(town.local, _text(town, formula)):
        how = f"Read it, then allow it with: gt allow {formula.path}\nThen: gt session start {address}"
        return Next(step, why=f"formula {formula.name} is not allowed on this machine", how=how)
    return Next(step, command)


def _formula(town: Town, molecule: Molecule) -> Formula:
    return formulas.by_hash(town.root, molecule.formula, molecule.hash, town.repo.blob)


def _values(formula: Formula, molecule: Molecule) -> dict[str, str]:
    """`gt sling --args` leaves a word for agents that is no variable of the formula."""
    return {key: value for key, value in molecule.vars.items() if key in formula.vars or key != "args"}


def _text(town: Town, formula: Formula) -> str:
    """The whole formula, as it is allowed or not."""
    path = town.root / formula.path
    if formula.origin != "history" and path.is_file():
        text = path.read_bytes().decode("utf-8", "replace")
        if blob_hash(text) == formula.hash:
            return text
    return (town.repo.blob(formula.hash) or b"").decode("utf-8", "replace")
