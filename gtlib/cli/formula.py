"""`bd formula list`, `gt formula show`, `bd cook`: workflows before they are poured. Nothing is changed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.model import cook as cooking
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import FStep
from gtlib.rules.fields import pairs
from gtlib.store import formulas
from gtlib.store.formulas import Listed

RIG_HELP = "look among the formulas of that rig first"


def find_formula(where: Here, name: str, rig: str) -> Formula:
    """The formula as the rig one stands in (or `--rig`) knows it; its warnings go to stderr."""
    found = formulas.find(where.root, rig_here(where, where.snapshot(), rig) or None, name, cwd=where.cwd)
    for warning in found.warnings:
        output.progress(f"warning: {warning}")
    return found


@command(
    "formula list",
    "formula ls",
    help={"rig": RIG_HELP},
    example="bd formula list",
)
def list_(*, rig: str = "", json: bool = False) -> None:
    """List the formulas: of the rig, of the town, built in."""
    where = here()
    rig = rig_here(where, where.snapshot(), rig)
    found = formulas.list_all(where.root, rig or None)
    if json:
        output.json_out([_listed(each) for each in found])
        return
    seen = [each for each in found if not each.shadowed]
    output.table(
        ["name", "from", "steps", "variables", "what it is"],
        [
            [
                each.name,
                each.origin,
                len(each.formula.steps) if each.formula else None,
                ", ".join(_var(each.formula)) if each.formula else None,
                _headline(each.formula) if each.formula else "can't be read, see below",
            ]
            for each in seen
        ],
    )
    for each in found:
        if each.error:
            output.line(f"bad: {output.one_line(each.error)}")
    for each in found:
        if each.shadowed:
            output.line(f"not used: {each.path} (there is another {each.name} before it)")
    if seen:
        output.next_steps([f"gt formula show {seen[0].name}"])


def _listed(each: Listed) -> dict[str, object]:
    formula = each.formula
    return {
        "name": each.name,
        "type": formula.type if formula else "",
        "description": formula.description.strip() if formula else "",
        "source": each.path,
        "origin": each.origin,
        "steps": len(formula.steps) if formula else 0,
        "vars": len(formula.vars) if formula else 0,
        "shadowed": each.shadowed,
        "error": each.error,
    }


def _headline(formula: Formula) -> str:
    return formula.description.strip().partition("\n")[0]


def _var(formula: Formula) -> list[str]:
    """The variables, with a star at those that must be given."""
    return [
        f"{name}*" if var.required and var.default is None else name for name, var in formula.vars.items()
    ]


@command(
    "formula show",
    help={"name": "a formula, or a file of the town", "rig": RIG_HELP},
    example="gt formula show release",
)
def show(name: str, *, rig: str = "", json: bool = False) -> None:
    """Show a formula: its variables and its steps."""
    where = here()
    formula = find_formula(where, name, rig)
    if json:
        output.json_out(shapes.cooked(formula))
        return
    output.line(f"{formula.name}  version {formula.version}, {formula.origin}: {formula.path}")
    _text(formula.description)
    if formula.vars:
        output.line("\nvariables:")
        for each in formula.vars.values():
            default = "" if each.default is None else f" (default: {each.default or 'empty'})"
            need = " (required)" if each.required and each.default is None else default
            output.line(f"  {each.name}{need}")
            _text(each.description, "      ")
    _steps(formula)
    needed = [
        f"--var {each.name}=..." for each in formula.vars.values() if each.required and each.default is None
    ]
    output.next_steps([" ".join(("bd cook", formula.name, *needed))])


@command(
    "cook",
    help={
        "name": "a formula, or a file of the town",
        "var": "a value, as name=value",
        "rig": RIG_HELP,
    },
    example="bd cook release --var version=1.4.0",
)
def cook(name: str, *, var: tuple[str, ...] = (), rig: str = "", json: bool = False) -> None:
    """Show what a formula becomes with these values, and the command that makes it."""
    where = here()
    given = pairs(var)
    formula = find_formula(where, name, rig)
    values = cooking.resolve(formula, given)
    cooked = cooking.cook(formula, values)
    if json:
        output.json_out(shapes.cooked(cooked, values))
        return
    output.line(f"{cooked.name}  {output.one_line(_headline(cooked))}")
    _text(cooked.description.strip().partition("\n")[2])
    if values:
        output.line("\nvalues:")
        for key, value in values.items():
            output.line(f"  {key} = {output.one_line(value) or '(empty)'}")
    _steps(cooked, values)
    flags = [word for key, value in given.items() for word in ("--var", f"{key}={value}")]
    output.next_steps([f"bd mol pour {shlex.join([name, *flags])}"])


def _text(text: str, indent: str = "  ") -> None:
    for line in text.strip("\n").splitlines():
        output.line(f"{indent}{line}".rstrip())


def _steps(formula: Formula, values: Mapping[str, str] | None = None) -> None:
    output.line("\nsteps:")
    for number, step in enumerate(formula.steps, 1):
        needs = f"  (needs {', '.join(step.needs)})" if step.needs else ""
        output.line(f"  {number}. {step.id}  {output.one_line(step.title)}{needs}")
        _text(step.description.strip(), "     ")
        if step.acceptance.strip():
            _text(f"Done when: {step.acceptance.strip()}", "     ")
        _run(step, values)


def _run(step: FStep, values: Mapping[str, str] | None) -> None:
    if step.run is None:
        return
    if isinstance(step.run, str):
        lines = len(step.run.strip().splitlines())
        output.line("     runs a script of 1 line" if lines == 1 else f"     runs a script of {lines} lines")
        return
    words = cooking.command(step, values or {})
    output.line(f"     runs: {output.one_line(shlex.join(words.argv if words else step.run))}")
