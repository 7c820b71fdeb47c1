"""Pouring: a formula and its values become a molecule, a file of steps to work through."""

from __future__ import annotations

from collections.abc import Mapping

from gtlib import clock
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.cook import cook
from gtlib.model.cook import resolve
from gtlib.model.edit import Edit
from gtlib.model.edit import Plan
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import FStep
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId

MAX_STEPS = 2000


def pour(
    snapshot: Snapshot,
    formula: Formula,
    given: Mapping[str, str],
    *,
    prefix: str,
    created: str,
    created_by: str,
    bead: ItemId | None = None,
    assignee: str = "",
    nonce: str = "",
) -> Molecule:
    """The molecule that a formula becomes with the values `given`.

    For a bead the id follows from bead, formula and `nonce`, so that pouring again for the
    same cause gives the same molecule; without a bead it is a new id of the town. `created`
    is RFC 3339. Raises UserError for wrong values, and for more than 2,000 steps.
    """
    if len(formula.steps) > MAX_STEPS:
        what = f"formula {formula.name} has {len(formula.steps):,} steps, and a molecule holds {MAX_STEPS:,}"
        raise UserError(what, "split it into several formulas; steps poured as beads are not there yet")
    values = resolve(formula, given)
    cooked = cook(formula, values)
    title = _title(cooked, values)
    if bead:
        ident = names.derive(prefix, "mol", bead, formula.name, formula.hash, nonce)
    else:
        moment = int(clock.parse(created).timestamp()) * 1_000_000_000
        seed = f"{formula.name} {nonce}"
        ident = names.mint(prefix, title, seed, created_by, moment, snapshot.taken(), "mol")
    return Molecule(
        id=ident,
        title=title,
        formula=formula.name,
        version=formula.version,
        hash=formula.hash,
        vars=values,
        bead=bead or ItemId(""),
        assignee=assignee,
        created=created,
        created_by=created_by,
        description=cooked.description.strip(),
        steps=tuple(_step(step) for step in cooked.steps),
    )


def plan_pour(
    formula: Formula,
    given: Mapping[str, str],
    *,
    prefix: str,
    created: str,
    created_by: str,
    bead: ItemId | None = None,
    assignee: str = "",
    nonce: str = "",
) -> Plan:
    """The plan that writes the molecule of `pour`; nothing to do when it is there already."""

    def plan(snapshot: Snapshot) -> Edit | None:
        molecule = pour(
            snapshot,
            formula,
            given,
            prefix=prefix,
            created=created,
            created_by=created_by,
            bead=bead,
            assignee=assignee,
            nonce=nonce,
        )
        if molecule.id in snapshot.taken():
            return None
        return Edit(
            subject=f"pour: {molecule.id} {formula.name}",
            put=(molecule,),
            trailers=(("Bead", bead),) if bead else (),
            actor=created_by,
        )

    return plan


def _title(cooked: Formula, values: Mapping[str, str]) -> str:
    said = _one_line(values.get("title", ""))
    if said:
        return said
    first = _one_line(cooked.description.strip().partition("\n")[0])
    return f"{cooked.name}: {first}" if first else cooked.name


def _step(step: FStep) -> Step:
    parts = [
        step.description.strip(),
        _named("Acceptance criteria", step.acceptance.strip()),
        _named("Notes", step.notes.strip()),
    ]
    text = "\n\n".join(part for part in parts if part)
    return Step(id=step.id, title=_one_line(step.title) or step.id, needs=step.needs, text=text)


def _named(name: str, text: str) -> str:
    """Markdown below its name, beside it when it is a plain line."""
    if not text or text == _one_line(text) and not text.startswith("- "):
        return f"{name}: {text}" if text else ""
    return f"{name}:\n\n{text}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
