"""Formulas that are no workflow, cooked by themselves: expansions, convoys, aspects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import prompt_template
from gtlib.model.cook_advice import leg_step
from gtlib.model.cook_expand import template
from gtlib.model.cook_part import TOP
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import Where
from gtlib.model.cook_part import flat
from gtlib.model.cook_part import part_of
from gtlib.model.cook_part import refuse
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Leg
from gtlib.names import StepId

MAIN = StepId("main")
SYNTHESIS = StepId("synthesis")


def start(kitchen: Kitchen, formula: Formula) -> list[Part]:
    """What cooking begins with: the steps, else what a formula of another type is by itself."""
    where = Where(formula.path, 1)
    if formula.steps:
        return flat(formula.steps, TOP, kitchen.base)
    if formula.type == "expansion" and formula.template:
        env = {**kitchen.base, **kitchen.values}
        target = Part(
            id=MAIN, title=formula.name, description=formula.description, env=env, path=formula.path
        )
        given = {name: kitchen.values[name] for name in formula.vars if name in kitchen.values}
        parts = template(kitchen, formula, target, given, where)
        return [replace(part, parent=TOP if part.parent == MAIN else part.parent) for part in parts]
    if formula.legs or formula.aspects:
        return _parallel(kitchen, formula)
    if formula.advice:
        refuse(where, f"aspect {formula.name} has no steps of its own", "name it in compose.aspects")
    refuse(where, f"formula {formula.name} has no steps", "add [[steps]] with an id and a title")


def _parallel(kitchen: Kitchen, formula: Formula) -> list[Part]:
    """Every leg beside the others, and the synthesis behind those that it needs."""
    legs = formula.legs or formula.aspects
    base = formula.prompts.get("base", "")
    found = []
    for leg in legs:
        step = leg_step(leg, leg.id, formula)
        found.append(_prompted(kitchen, formula, step, base or step.description, leg))
    if formula.synthesis is None or not formula.legs:
        return found
    last = formula.synthesis
    step = FStep(
        id=SYNTHESIS,
        title=last.title or "Synthesis",
        needs=last.needs or tuple(leg.id for leg in legs),
        agent=last.agent or formula.agent,
        run=last.run,
        path=last.path or formula.path,
        line=last.line,
    )
    return [*found, _prompted(kitchen, formula, step, last.description, None)]


def _prompted(kitchen: Kitchen, formula: Formula, step: FStep, text: str, leg: Leg | None) -> Part:
    """The step with a Go template rendered, another text as it stands; in compile mode any as it stands."""
    if not prompt_template.is_template(text):
        return part_of(replace(step, description=text), TOP, kitchen.base)
    try:
        if kitchen.compiling:
            prompt_template.names_in(text)  # only for what it refuses
            return part_of(replace(step, description=text), TOP, kitchen.base)
        text = prompt_template.render(text, scope(formula, kitchen.values, leg))
    except UserError as error:
        refuse(step, f'the prompt of "{step.id}": {error.what}', error.hint)
    # By a name of its own, so that what values put into it is not filled in again.
    return part_of(replace(step, description="{prompt.description}"), TOP, {"prompt.description": text})


def _files(value: str) -> list[str]:
    """The paths in a value, between commas or on lines of their own; they may hold spaces."""
    return [path for each in re.split(r"[,\n]", value) if (path := each.strip())]


def scope(formula: Formula, values: Mapping[str, str], leg: Leg | None) -> dict[str, Any]:
    """What a prompt of a convoy formula may ask for: the values, `leg`, `output`, `output_path`, `files`."""
    found: dict[str, Any] = {"formula_name": formula.name, "review_id": formula.name, **values}
    found["changed_files"] = found["files"] = _files(values.get("files", ""))
    found.setdefault("pr_number", values.get("pr", ""))
    if leg:
        found["leg"] = {name: getattr(leg, name) for name in ("id", "title", "focus", "description")}
    reports = formula.output
    said = {
        "directory": reports.directory,
        "leg_pattern": reports.leg_pattern,
        "synthesis": reports.synthesis,
    }
    output = {name: prompt_template.render(text, found) for name, text in said.items()}
    found["output"] = output
    last = output["leg_pattern"] if leg else output["synthesis"]
    found["output_path"] = f"{output['directory']}/{last}".strip("/")
    return found
