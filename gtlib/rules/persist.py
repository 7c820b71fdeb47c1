"""Keeping a cooked formula as a template: a molecule that nobody works on and that others are poured from.

Its steps, recipe and texts still hold their placeholders. What pouring from it has to know of the variables
stands in its front matter: `vars` are the values that count when no other is given, `variables` what each
variable is, as `[vars]` of a formula says it, and `bond_points` where others can be attached.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from gtlib import names
from gtlib.errors import UserError
from gtlib.model import recipe
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.formula_parts import BondPoint
from gtlib.model.formula_vars import Var
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import require_writable

# Keys of a template's front matter that no other molecule has.
VARIABLES = "variables"
BOND_POINTS = "bond_points"
POUR = "pour"

_NO_SLUG = re.compile(r"[^a-z0-9]+")


def plan_persist(
    snapshot: Snapshot,
    cooked: Cooked,
    variables: Mapping[str, Var],
    *,
    prefix: str,
    actor: str,
    now: str,
    force: bool = False,
) -> tuple[Molecule, Edit | None]:
    """The template that a cooked formula is kept as, and the edit that writes it; None when it is so already.

    `variables` are those of the formula. With `force` it takes the place of the template that was kept from a
    formula of that name before. UserError when there is one and `force` is not given, or nothing to keep.
    """
    if not cooked.steps:
        raise UserError(f"formula {cooked.name} has no step left with these values", "give other values")
    id = template_id(snapshot, prefix, cooked.name)
    there = snapshot.molecule(id)
    made = template_of(id, cooked, variables, actor=actor, now=now)
    if there is not None:
        if not force:
            raise UserError(f"{id} is kept of {cooked.name} already", "write it anew with --force")
        made = replace(made, created=there.created, created_by=there.created_by)
        if made == there:
            return there, None
    require_writable(snapshot, made)
    return made, Edit(
        subject=f"persist: {id} {cooked.name}", put=(made,), trailers=(("Molecule", id),), actor=actor
    )


def template_of(
    id: ItemId, cooked: Cooked, variables: Mapping[str, Var], *, actor: str, now: str
) -> Molecule:
    """The template itself."""
    defaults = {name: var.default for name, var in variables.items() if var.default is not None}
    extra: dict[str, Any] = {}
    if variables:
        extra[VARIABLES] = {name: _said(var) for name, var in variables.items()}
    if cooked.bond_points:
        extra[BOND_POINTS] = [_point(point) for point in cooked.bond_points]
    if cooked.pour:
        extra[POUR] = True
    return Molecule(
        id=id,
        title=cooked.title or cooked.name,
        formula=cooked.name,
        version=cooked.version,
        hash=cooked.hash,
        vars={**defaults, **cooked.values},
        template=True,
        created=now,
        created_by=actor,
        description=cooked.description.strip(),
        steps=tuple(
            Step(id=step.id, title=" ".join(step.title.split()) or step.id, needs=step.needs, text=step.text)
            for step in cooked.steps
        ),
        recipe=recipe.write(cooked.steps),
        extra=extra,
    )


def variables_of(template: Molecule) -> dict[str, Var]:
    """The variables of a template, as `plan_persist` wrote them; one that a person spoilt is a plain one."""
    found: dict[str, Var] = {}
    said = template.extra.get(VARIABLES)
    for name, each in said.items() if isinstance(said, dict) else ():
        try:
            words = {key: value for key, value in each.items() if key in _WORDS}
            var = msgspec.convert({"name": str(name), **words}, Var, strict=False)
        except (AttributeError, msgspec.ValidationError):
            var = Var(name=str(name))
        default = template.vars.get(str(name))
        found[str(name)] = var if default is None else replace(var, default=default, required=False)
    return found


def bond_points_of(template: Molecule) -> tuple[BondPoint, ...]:
    """Where other formulas can be attached to a template."""
    said = template.extra.get(BOND_POINTS)
    try:
        return msgspec.convert(said or [], tuple[BondPoint, ...], strict=False)
    except msgspec.ValidationError:
        return ()


def template_id(snapshot: Snapshot, prefix: str, name: str) -> ItemId:
    """`<prefix>-mol-<name>`, or one made of the name where that is no id, or something else's."""
    slug = _NO_SLUG.sub("-", name.lower()).strip("-")
    try:
        id = names.item_id(f"{prefix}-mol-{slug}")
    except UserError:
        return names.derive(prefix, "mol", "template", name)
    other = snapshot.molecule(id)
    mine = other is not None and other.template and other.formula == name
    return id if mine or id not in snapshot.taken() else names.derive(prefix, "mol", "template", name)


_WORDS = ("description", "required", "enum", "pattern", "type")


def _said(var: Var) -> dict[str, Any]:
    """What a variable is, without its default."""
    said: dict[str, Any] = msgspec.to_builtins(replace(var, default=None))
    return {key: list(value) if key == "enum" else value for key, value in said.items() if key in _WORDS}


def _point(point: BondPoint) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(replace(point, path="", line=0))
    return said
