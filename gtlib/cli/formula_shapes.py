"""The objects that `--json` prints for formulas: as they lie in their files, and cooked."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import msgspec

from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Input
from gtlib.model.formula_vars import Var
from gtlib.store.formulas import Listed


def listed(each: Listed, overlay: str) -> dict[str, Any]:
    """A line of the list; `overlay` is the path of what changes the formula here."""
    formula = each.formula
    return {
        "name": each.name,
        "type": formula.type if formula else "",
        "description": formula.description.strip() if formula else "",
        "source": each.path,
        "origin": each.origin,
        "steps": parts_of(formula) if formula else 0,
        "vars": len(formula.vars) + len(formula.inputs) if formula else 0,
        "shadowed": each.shadowed,
        "error": each.error,
        **({"overlay": overlay} if overlay and not each.shadowed else {}),
    }


def parts_of(formula: Formula) -> int:
    """How many steps, template steps, legs, analyses or advices a formula has."""
    return len(formula.steps or formula.template or formula.legs or formula.aspects or formula.advice)


def formula(found: Formula, parents: Sequence[Formula] = ()) -> dict[str, Any]:
    """A formula, with its texts as they stand in it; what it does not say is left out.

    `parents` are those that it extends: `from` says of a step and a variable which of them brings it.
    """
    names = {each.path: each.name for each in parents}
    said: dict[str, Any] = msgspec.to_builtins(found)
    for key in ("name", "path", "origin", "hash", "warnings", "vars", "inputs", "steps", "template", "extra"):
        said.pop(key, None)
    said.pop("extends_line", None)
    said.get("compose", {}).pop("places", None)
    return {
        "formula": found.name,
        "description": found.description.strip(),
        "version": found.version,
        "type": found.type,
        "source": found.path,
        "origin": found.origin,
        **said,
        "vars": {
            name: shape | ({"from": brought} if (brought := brought_by(parents, found.vars[name])) else {})
            for name, shape in variables(found.vars).items()
        },
        **({"inputs": {each.name: _bare(each, "name", "line") for each in found.inputs.values()}}
           if found.inputs else {}),
        **({"template": [_fstep(step, names) for step in found.template]} if found.template else {}),
        "steps": [_fstep(step, names) for step in found.steps],
        **({"warnings": found.warnings} if found.warnings else {}),
    }  # fmt: skip


def brought_by(parents: Sequence[Formula], var: Var | Input) -> str:
    """The formula that brings a variable or input to one that extends it; "" for its own."""
    both = ((each.name, {**each.inputs, **each.vars}.get(var.name)) for each in parents)
    return next((name for name, known in both if known is var), "")


def variables(found: Mapping[str, Var]) -> dict[str, Any]:
    """Variables by name, with their rules."""
    return {
        name: {"description": var.description, "required": var.required, **_bare(var, "name")}
        for name, var in found.items()
    }


def cooked(found: Cooked, source: Formula, known: Mapping[str, Var], mode: str) -> dict[str, Any]:
    """A cooked formula: its resolved steps. `known` are the variables; `variables` their values."""
    return {
        "formula": found.name,
        "title": found.title,
        "description": found.description,
        "version": found.version,
        "type": source.type,
        "source": source.path,
        "mode": mode,
        "pour": found.pour,
        "vars": variables(known),
        **({"variables": found.values} if mode == "runtime" else {}),
        "steps": steps(found.steps),
        **({"bond_points": [_bare(each, "path", "line") for each in found.bond_points]}
           if found.bond_points else {}),
        "sources": [_bare(each) for each in found.sources],
        **({"warnings": found.warnings} if found.warnings else {}),
    }  # fmt: skip


def steps(found: Iterable[CStep]) -> list[dict[str, Any]]:
    """Cooked steps, those of rounds and copies to come as `body`."""
    return [_cstep(step) for step in found]


def _cstep(step: CStep) -> dict[str, Any]:
    said = _bare(step, "text", "body", "fan")
    if step.body:
        said["body"] = steps(step.body)
    if step.fan is not None:
        said["fan"] = {**_bare(step.fan, "body"), "body": steps(step.fan.body)}
    return {
        "id": step.id,
        "title": step.title,
        "description": step.text,
        "type": step.type,
        "priority": step.priority,
        "needs": step.needs,
        **said,
    }


def _fstep(step: FStep, names: Mapping[str, str]) -> dict[str, Any]:
    said = _bare(step, "path", "line", "children", "loop", "extra")
    said["description"] = step.description.strip()
    if step.children:
        said["children"] = [_fstep(each, names) for each in step.children]
    if step.loop is not None:
        said["loop"] = {**_bare(step.loop, "body"), "body": [_fstep(each, names) for each in step.loop.body]}
    return {
        "id": step.id, "title": step.title, "type": step.type, "priority": step.priority, "needs": step.needs,
        **said,
        **({"from": names[step.path]} if step.path in names else {}),
    }  # fmt: skip


def _bare(value: msgspec.Struct, *without: str) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(value)
    return {key: each for key, each in said.items() if key not in without}
