"""What molecules are made of, by name: a formula, a file, a template."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib.actions.cooking import compiled
from gtlib.actions.cooking import cooked
from gtlib.actions.cooking import variables
from gtlib.actions.cooking import whole
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.cooked import Cooked
from gtlib.model.formula import Formula
from gtlib.model.formula_vars import Var
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.find import find_id
from gtlib.rules.kept import is_template
from gtlib.rules.persist import template_of
from gtlib.rules.templates import cooked_of
from gtlib.rules.templates import filled
from gtlib.rules.templates import variables_for
from gtlib.store import formulas


class Proto(Struct, frozen=True):
    """A formula, or (None) a template with its placeholders, and the variables that it takes.

    `values` are those of a template that a formula stands for.
    """

    name: str
    formula: Formula | None
    template: Cooked | None
    variables: Mapping[str, Var]
    values: Mapping[str, str] = {}


def proto(
    root: Path, snapshot: Snapshot, name: str, *, rig: str | None = None, cwd: Path | None = None
) -> Proto:
    """What `name` means: a template by its id, a formula, a file, a template by a piece of its id.

    UserError when it is none of them, FileError for a formula that is wrong.
    """
    id = template_id(snapshot, name) if _is_id(snapshot, name) else None
    if id is None:
        try:
            formula = formulas.find(root, rig, name, cwd=cwd)
        except UserError as refusal:
            id = template_id(snapshot, name) if "there is no formula" in refusal.what else None
            if id is None:
                raise
        else:
            return Proto(formula.name, formula, None, variables(whole(root, formula, rig=rig)))
    template = cooked_of(snapshot, id)
    molecule = snapshot.molecule(id)
    origin = _origin(root, molecule, rig) if molecule is not None else None
    if molecule is not None and origin is not None:
        known = variables(whole(root, origin, rig=rig))
        values = {key: value for key, value in molecule.vars.items() if key in known}
        return Proto(origin.name, origin, None, known, values)
    return Proto(template.name, None, template, variables_for(snapshot, id, template))


def _origin(root: Path, template: Molecule, rig: str | None) -> Formula | None:
    """The formula that a template was kept from, when its text is there and the template still is what it
    makes: only the formula knows how many rounds its loops have with other values.
    """
    if not template.hash:
        return None
    try:
        formula = formulas.by_hash(root, template.formula, template.hash)
        made = compiled(root, formula, rig=rig)
    except UserError:
        return None  # gone, or changed since: the template has all that it needs
    there = template_of(template.id, made, {}, actor="", now="")
    return formula if (there.steps, there.recipe) == (template.steps, template.recipe) else None


def template_id(snapshot: Snapshot, text: str) -> ItemId | None:
    """The template (a molecule, or a bead with others below it) that `text` means; None for none."""
    exact = _is_id(snapshot, text)
    for folder in ("molecules", "beads"):
        if exact and not snapshot.exists(f"{folder}/{text}.md"):
            continue
        try:
            id = find_id(snapshot, text, folder)
        except UserError as refusal:
            if "means" in refusal.what:
                raise
            continue
        molecule, bead = snapshot.molecule(id), snapshot.bead(id)
        if (molecule is not None and molecule.template) or (bead is not None and is_template(bead)):
            return id
    return None


def meal(
    root: Path,
    found: Proto,
    given: Mapping[str, str],
    *,
    rig: str | None = None,
    bead: Bead | None = None,
) -> Cooked:
    """It with these values. UserError for values that are missing or wrong."""
    if found.formula is not None:
        return cooked(root, found.formula, {**found.values, **given}, rig=rig, bead=bead)
    assert found.template is not None
    return filled(found.template, found.variables, given)


def raw(root: Path, found: Proto, *, rig: str | None = None) -> Cooked:
    """It with its placeholders."""
    if found.formula is not None:
        return compiled(root, found.formula, rig=rig)
    assert found.template is not None
    return found.template


def _is_id(snapshot: Snapshot, text: str) -> bool:
    return snapshot.molecule(ItemId(text)) is not None or snapshot.bead(ItemId(text)) is not None
