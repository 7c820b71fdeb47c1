"""Keep a cooked formula as a template in the town."""

from __future__ import annotations

from collections.abc import Mapping

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.cooked import Cooked
from gtlib.model.formula_vars import Var
from gtlib.model.molecule import Molecule
from gtlib.rules.persist import plan_persist
from gtlib.store.town import Town


def persist(
    town: Town,
    cooked: Cooked,
    variables: Mapping[str, Var],
    prefix: str,
    actor: str,
    *,
    force: bool = False,
    dry: bool = False,
) -> Molecule:
    """The template that it is kept as; `dry` only says what it would be. UserError as `plan_persist` says."""
    now = clock.stamp(clock.now())
    order = {"prefix": prefix, "actor": actor, "now": now}
    if dry:
        return plan_persist(town.snapshot(), cooked, variables, **order, force=force)[0]
    made, _ = carry_out(
        town, lambda snapshot: plan_persist(snapshot, cooked, variables, **order, force=force), actor
    )
    return made
