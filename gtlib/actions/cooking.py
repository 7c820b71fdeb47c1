"""Cook a formula as it lies in a town: with the formulas that it names, and the overlay of its rig."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from gtlib.model import cook
from gtlib.model import cook_values
from gtlib.model import recipe
from gtlib.model.bead import Bead
from gtlib.model.cook import Subject
from gtlib.model.cook_extends import merged
from gtlib.model.cook_part import Kitchen
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.formula import Formula
from gtlib.model.formula_vars import Var
from gtlib.model.snapshot import Snapshot
from gtlib.rules.flow import molecule_of_step
from gtlib.store import formulas


def cooked(
    root: Path,
    formula: Formula,
    given: Mapping[str, str],
    *,
    rig: str | None = None,
    bead: Bead | None = None,
    more: Sequence[Path] = (),
) -> Cooked:
    """The formula with these values, for a bead of that rig; `more` are folders that are looked in first.

    Raises as `gtlib.model.cook.cook` does.
    """
    return cook.cook(
        formula,
        given,
        load=lambda name: formulas.find(root, rig, name, more=more),
        overlay=formulas.overlay(root, rig, formula.name),
        bead=_subject(bead) if bead is not None else None,
    )


def compiled(root: Path, formula: Formula, *, rig: str | None = None, more: Sequence[Path] = ()) -> Cooked:
    """The formula with its placeholders. Raises as `gtlib.model.cook.compile_` does."""
    return cook.compile_(
        formula,
        load=lambda name: formulas.find(root, rig, name, more=more),
        overlay=formulas.overlay(root, rig, formula.name),
    )


def whole(root: Path, formula: Formula, *, rig: str | None = None, more: Sequence[Path] = ()) -> Formula:
    """The formula with what it extends. Raises FileError where one of them is wrong."""
    return lineage(root, formula, rig=rig, more=more)[0]


def lineage(
    root: Path, formula: Formula, *, rig: str | None = None, more: Sequence[Path] = ()
) -> tuple[Formula, tuple[Formula, ...]]:
    """As `whole`, and every formula that went in beside itself: those that it extends, and what they do."""
    kitchen = Kitchen(formula, lambda name: formulas.find(root, rig, name, more=more), compiling=True)
    return merged(kitchen, formula), tuple(kitchen.loaded.values())


def variables(formula: Formula) -> dict[str, Var]:
    """What may be given for a whole formula: its variables, and the inputs of a convoy formula as such."""
    found = cook_values.variables(formula)
    for name, each in formula.inputs.items():
        if name not in formula.vars and each.required and not each.required_unless:
            found[name] = replace(found[name], required=each.default is None)
    return found


def step_meal(snapshot: Snapshot, bead: Bead) -> Cooked | None:
    """The command of a poured step, as a formula of its own; None when the bead is no such thing.

    A command may well change nothing, so whoever pours it marks it as a review.
    """
    named = molecule_of_step(snapshot, bead.id)
    if named is None or not named[0].poured or not named[0].recipe:
        return None
    molecule, id = named
    how = recipe.read(molecule.recipe).get(id)
    if how is None or how.run is None:
        return None
    alone = CStep(
        id=id,
        title=bead.title,
        text=bead.description,
        agent=how.agent,
        run=how.run,
        timeout=how.timeout,
        check=how.check,
        check_timeout=how.check_timeout,
        attempts=how.attempts,
        exhausted=how.exhausted,
        env=how.env,
    )
    return Cooked(
        name=molecule.formula,
        title=bead.title,
        version=molecule.version,
        hash=molecule.hash,
        values=molecule.vars,
        steps=(alone,),
    )


def _subject(bead: Bead) -> Subject:
    return Subject(id=bead.id, title=bead.title, type=bead.type, labels=bead.labels, priority=bead.priority)
