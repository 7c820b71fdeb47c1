"""Sling a formula that is about no bead yet: a bead is made for it, and slung with it, in one commit."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib import names
from gtlib.actions.cooking import cooked
from gtlib.actions.sling import Wish
from gtlib.actions.sling import check
from gtlib.actions.sling import check_runtime
from gtlib.actions.sling import convoy_for
from gtlib.actions.sling import telling
from gtlib.actions.sling import values_of
from gtlib.actions.slung import Slung
from gtlib.actions.slung import carried
from gtlib.actions.slung import slung_of
from gtlib.actions.startable import refuse_unstartable
from gtlib.actions.where import rig_named
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.config import RigConfig
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.snapshot import Snapshot
from gtlib.rules.edits import merge_edits
from gtlib.rules.fields import TITLE_LIMIT
from gtlib.rules.find import ids_in
from gtlib.rules.pour import Order
from gtlib.rules.pour import Poured
from gtlib.rules.pour import pour
from gtlib.rules.reviewed import marked
from gtlib.rules.sling import plan_sling
from gtlib.rules.target import find_target
from gtlib.store import formulas
from gtlib.store.town import Town

# What a formula calls the bead that it is about; a bead that is made for it is called after the formula.
_CALLED = ("title", "feature")


class Dish(Struct, frozen=True):
    """A formula cooked for a bead that is not there yet; `rig` is None for an agent of the town."""

    bead: Bead
    meal: Cooked
    rig: RigConfig | None


def named(town: Town, text: str, rig: str, cwd: Path) -> Formula | None:
    """The formula that a word means which could be a bead, too: a bead's whole id comes first.

    FileError for a formula that is bad.
    """
    if text in ids_in(town.snapshot(), "beads"):
        return None
    known = (each.name for each in formulas.list_all(town.root, rig or None))
    if not formulas.is_path(text) and text not in known:
        return None
    return formulas.find(town.root, rig or None, text, cwd=cwd)


def prepared(town: Town, formula: Formula, target: str, wish: Wish, cwd: Path, actor: str) -> Dish:
    """The bead that would be made. UserError for a formula that is not worked through by one agent, for
    values that are missing or wrong, for an unknown target and runtime.
    """
    snapshot = town.snapshot()
    check_runtime(wish.agent, snapshot)
    refuse_parts(formula)
    rig = find_target(snapshot, target).rig if target else rig_named(snapshot, town.root, cwd, "", "RIG")
    prefix = rig.prefix if rig is not None else names.TOWN_PREFIX
    seed = " ".join(f"{name}={value}" for name, value in wish.vars.items())
    id = names.mint(prefix, formula.name, seed, actor, time.time_ns(), snapshot.taken())
    bare = Bead(id=id, title=formula.name)
    values = values_of(formula, bare, rig, {}, wish.terms.base_branch)
    known = formula.vars
    values = {key: each for key, each in values.items() if key not in _CALLED or known[key].default is None}
    where = rig.name if rig is not None else None
    meal = cooked(town.root, formula, {**values, **wish.vars}, rig=where, bead=bare)
    title = " ".join(meal.title.split())[:TITLE_LIMIT] or formula.name
    now = clock.stamp(clock.now())
    bead = Bead(id=id, title=title, description=meal.description, created=now, created_by=actor)
    return Dish(bead, meal, rig)


def refuse_parts(formula: Formula) -> None:
    """UserError for a formula that is part of others, or that several agents work on."""
    if formula.type == "expansion":
        what = f'write expand = "{formula.name}" in a step of a workflow, and run that'
        raise UserError(f"{formula.name} is an expansion: it takes the place of a step", what)
    if formula.type == "aspect":
        hint = f'write aspects = ["{formula.name}"] below [compose] of a workflow, and run that'
        raise UserError(f"{formula.name} is an aspect: it is woven into other formulas", hint)
    if formula.type == "convoy":
        raise UserError(f"{formula.name} is worked on by several agents", f"gt formula run {formula.name}")


def sling_formula(
    town: Town, formula: Formula, target: str, wish: Wish, cwd: Path, actor: str, *, dry: bool = False
) -> Slung:
    """Make a bead for the formula and put it on the target's hook; `dry` only says what would be.

    UserError as `prepared` and `sling`.
    """
    dish = prepared(town, formula, target, wish, cwd, actor)
    bead, now = dish.bead, dish.bead.created
    target = target or (dish.rig.name if dish.rig is not None else "")
    check(town, find_target(town.snapshot(), target), wish)

    def plan(current: Snapshot) -> Edit | None:
        if bead.id in current.taken():
            raise UserError(f"{bead.id} was made meanwhile", "try again")
        made = Edit(subject=f"create: {bead.id} {bead.title}", put=(bead,), actor=actor)
        after = current.with_edit(made)

        def build(work: Bead, agent: Agent) -> Poured:
            prefix = dish.rig.prefix if dish.rig is not None else names.TOWN_PREFIX
            order = Order(prefix=prefix, created=now, created_by=actor, bead=work.id, assignee=agent.address)
            poured = pour(after, dish.meal, order)
            return replace(poured, molecule=marked(poured.molecule, formula.review_only))

        slung = plan_sling(
            after,
            bead.id,
            target,
            molecule=build,
            agent_runtime=wish.agent,
            convoy=convoy_for(after, bead, wish, now, actor),
            now=now,
            actor=actor,
            host=town.host,
            create=wish.create,
        )
        assert slung is not None
        subject = f"sling: {formula.name} as {slung.subject.removeprefix('sling: ')}"
        done = merge_edits([made, telling(slung, wish.said, bead.id)], subject=subject)
        assert done is not None
        refuse_unstartable(town, current.with_edit(done), bead.id, wish.agent, force=wish.force)
        return done

    return slung_of(carried(town, plan, actor, dry=dry), bead)
