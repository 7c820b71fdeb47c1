"""Run a formula: a convoy formula by an agent for each leg, a workflow by one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.actions.cooking import cooked
from gtlib.actions.cooking import whole
from gtlib.actions.sling import Wish
from gtlib.actions.sling import check_runtime
from gtlib.actions.sling import sling
from gtlib.actions.sling_formula import Dish
from gtlib.actions.sling_formula import prepared
from gtlib.actions.sling_formula import refuse_parts
from gtlib.actions.sling_formula import sling_formula
from gtlib.actions.slung import Slung
from gtlib.actions.where import rig_named
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.config import RigConfig
from gtlib.model.cook_convoy import scope
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Leg
from gtlib.model.settings import path_for
from gtlib.model.settings import rig_settings
from gtlib.model.snapshot import Snapshot
from gtlib.rules.legs import Made
from gtlib.rules.legs import Task
from gtlib.rules.legs import plan_legs
from gtlib.rules.legs import tasks_of
from gtlib.store import formulas
from gtlib.store.town import Town


class Order(Struct, frozen=True, kw_only=True):
    """What is asked for. `name` empty: what the rig's settings name. `agent` is a runtime, for legs that name
    none; `on` the bead that a workflow is for, else one is made.
    """

    name: str = ""
    rig: str = ""
    agent: str = ""
    values: Mapping[str, str] = {}
    on: str = ""


class Party(Struct, frozen=True):
    """A convoy formula cooked for a rig: its tasks, in their order."""

    formula: Formula
    meal: Cooked
    tasks: tuple[Task, ...]
    rig: RigConfig


def found(town: Town, order: Order, cwd: Path) -> tuple[Formula, RigConfig]:
    """The formula and the rig that are meant. UserError when none is, or it is part of other formulas."""
    snapshot = town.snapshot()
    rig = rig_named(snapshot, town.root, cwd, order.rig, "--rig")
    name = order.name or default_formula(snapshot, rig)
    formula = formulas.find(town.root, rig.name, name, cwd=cwd)
    if formula.type != "convoy":
        refuse_parts(formula)
    return formula, rig


def default_formula(snapshot: Snapshot, rig: RigConfig) -> str:
    """`workflow.default_formula` of a rig's settings. UsageError when it names none, FileError for bad
    ones.
    """
    settings = rig_settings(snapshot, rig.name)
    if settings is not None and settings.default_formula:
        return settings.default_formula
    where = f"gt formula run NAME, or workflow.default_formula in {path_for(rig.name)}"
    raise UsageError("no formula is named", where)


def party(town: Town, formula: Formula, rig: RigConfig, order: Order) -> Party:
    """What running a convoy formula would make. UserError for wrong values, and for an unknown runtime.

    What a leg names is not checked: settings may know it where it runs.
    """
    if order.on:
        raise UserError(f"{formula.name} makes a bead for each leg", "leave --on out")
    entire = whole(town.root, formula, rig=rig.name)
    meal = cooked(town.root, formula, order.values, rig=rig.name)
    check_runtime(order.agent, town.snapshot())
    tasks = tasks_of(entire, meal, order.agent)
    legs = {leg.id: leg for leg in entire.legs}
    told = tuple(_told(entire, meal, task, legs.get(task.step.id)) for task in tasks)
    return Party(entire, meal, told, rig)


def run_convoy(town: Town, invited: Party, actor: str) -> tuple[Made, tuple[str, ...]]:
    """Make convoy and beads and sling what is ready, in one commit; notes say what could not follow."""
    now, created = clock.stamp(clock.now()), time.time_ns()

    def plan(snapshot: Snapshot) -> tuple[Made, Edit | None]:
        return plan_legs(
            snapshot,
            invited.meal,
            invited.tasks,
            invited.rig,
            actor=actor,
            now=now,
            created_ns=created,
            host=town.host,
        )

    made, applied = carry_out(town, plan, actor)
    return made, applied.notes if applied is not None else ()


def run_workflow(town: Town, formula: Formula, rig: RigConfig, order: Order, cwd: Path, actor: str) -> Slung:
    """Sling the bead `on`, or a new one, to the rig with that formula. UserError as slinging says."""
    wish = _wish(town, formula, order)
    if order.on:
        return sling(town, order.on, rig.name, wish, cwd, actor)
    return sling_formula(town, formula, rig.name, wish, cwd, actor)


def dish(town: Town, formula: Formula, rig: RigConfig, order: Order, cwd: Path, actor: str) -> Dish:
    """The bead that `run_workflow` would make."""
    return prepared(town, formula, rig.name, _wish(town, formula, order), cwd, actor)


def _wish(town: Town, formula: Formula, order: Order) -> Wish:
    name = str(town.root / formula.path) if formula.origin == "path" else formula.name
    return Wish(formula=name, agent=order.agent, vars=order.values)


def _told(formula: Formula, meal: Cooked, task: Task, leg: Leg | None) -> Task:
    """The task, its text with what the prompt leaves unsaid: where to write, and what it is about."""
    text = task.step.text.rstrip()
    said = scope(formula, meal.values, leg)
    lines = []
    path = said["output_path"]
    if path and formula.output.directory + formula.output.leg_pattern and path not in text:
        lines.append(f"Write what you find to `{path}`, and commit it.")
    pull = meal.values.get("pr", "")
    if pull and pull not in text:
        lines.append(f"Pull request: {pull}")
    lines += [f"File: {each}" for each in said["files"] if each not in text]
    if not lines:
        return task
    step = msgspec.structs.replace(task.step, text="\n\n".join(filter(None, (text, "\n".join(lines)))))
    return msgspec.structs.replace(task, step=step)
