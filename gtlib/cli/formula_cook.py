"""`bd cook`: what a formula becomes, before anything is poured; `--persist` keeps it to be poured from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from gtlib import names
from gtlib import output
from gtlib.actions.cooking import compiled
from gtlib.actions.cooking import cooked
from gtlib.actions.cooking import variables
from gtlib.actions.cooking import whole
from gtlib.cli import formula_shapes as shapes
from gtlib.cli import formula_text
from gtlib.cli.command import command
from gtlib.cli.formula import RIG_HELP
from gtlib.cli.formula import SEARCH_HELP
from gtlib.cli.formula import find_formula
from gtlib.cli.formula import folders
from gtlib.cli.in_order import number_of
from gtlib.cli.options import Here
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import prefix_here
from gtlib.cli.options import rig_here
from gtlib.cli.paragraphs import text
from gtlib.errors import UsageError
from gtlib.model.cooked import Cooked
from gtlib.model.formula import Formula
from gtlib.model.formula_vars import Var
from gtlib.rules.fields import pairs

MODES = ("compile", "runtime")


@command(
    "cook",
    short={"dry_run": "n"},
    help={
        "name": "a formula, or a file of the town",
        "var": "a value, as name=value",
        "mode": "compile: placeholders stay (the default without --var); runtime: values are put in",
        "dry_run": "only say what --persist would keep",
        "persist": "keep it as a template that bd mol pour takes",
        "force": "keep it in place of the template that is there",
        "prefix": "what the template's id begins with",
        "search_path": SEARCH_HELP,
        "rig": RIG_HELP,
    },
    example="bd cook release --var version=1.4.0",
)
def cook(
    name: str,
    *,
    var: tuple[str, ...] = (),
    mode: str = "",
    dry_run: bool = False,
    persist: bool = False,
    force: bool = False,
    prefix: str = "",
    search_path: tuple[str, ...] = (),
    rig: str = "",
    json: bool = False,
) -> None:
    """Show what a formula becomes, and the command that makes it."""
    mode = choice("--mode", mode, MODES) if mode else "runtime" if var else "compile"
    if mode == "compile" and var:
        raise UsageError("--mode compile leaves placeholders as they are", "leave --var out, or --mode")
    if not persist and (force or prefix):
        raise UsageError("--force and --prefix are for --persist", "leave them out")
    where = here()
    given = pairs(var)
    formula = find_formula(where, name, rig, search_path)
    more, of = folders(where, search_path), rig_here(where, where.snapshot(), rig) or None
    known = variables(whole(where.root, formula, rig=of, more=more))
    if mode == "compile":
        found = compiled(where.root, formula, rig=of, more=more)
    else:
        found = cooked(where.root, formula, given, rig=of, more=more)
    for warning in found.warnings:
        if warning not in formula.warnings:
            output.progress(f"warning: {warning}")
    if persist:
        _persist(where, found, known, prefix, rig, force, dry_run, json)
    elif json:
        output.json_out(shapes.cooked(found, formula, known, mode))
    else:
        _print(found, formula, known, mode, name, given)


def _print(
    found: Cooked, formula: Formula, known: Mapping[str, Var], mode: str, name: str, given: Mapping[str, str]
) -> None:
    first, _, rest = found.description.partition("\n")
    output.line(f"{found.name}  {output.one_line(first)}".rstrip())
    text(rest)
    if mode == "runtime" and found.values:
        output.line("\nvalues:")
        for key, value in found.values.items():
            output.line(f"  {key} = {output.one_line(value) or '(empty)'}")
    formula_text.cooked(found.steps, found.values if mode == "runtime" else None)
    missing = {key: "..." for key, var in known.items() if var.required and var.default is None}
    output.next_steps([_execute(formula, name, given if mode == "runtime" else missing)])


def _execute(formula: Formula, name: str, given: Mapping[str, str]) -> str:
    """The command that does what was shown."""
    if formula.type in ("expansion", "aspect"):
        return f"gt formula show {shlex.quote(name)}"
    verb, flag = ("gt formula run", "--set") if formula.type == "convoy" else ("bd mol pour", "--var")
    flags = [word for key, value in given.items() for word in (flag, f"{key}={value}")]
    return f"{verb} {shlex.join([name, *flags])}"


def _persist(
    where: Here,
    found: Cooked,
    known: Mapping[str, Var],
    prefix: str,
    rig: str,
    force: bool,
    dry_run: bool,
    json: bool,
) -> None:
    # Only here: cooking alone is a read, and loads no libgit2.
    from gtlib.actions.persist import persist
    from gtlib.store.town import Town

    head = names.prefix(prefix) if prefix else prefix_here(where, where.snapshot(), rig)
    town = Town.open(where.root)
    made = persist(town, found, known, head, where.actor, force=force, dry=dry_run)
    if json:
        output.json_out(
            {
                "proto_id": made.id,
                "formula": made.formula,
                "created": 0 if dry_run else len(made.steps) + 1,
                "variables": list(known),
                "bond_points": [point.id for point in found.bond_points],
            }
        )
        return
    kept = f"{made.id}, {number_of(found.steps)}, {output.count(len(known), 'variable')}"
    if dry_run:
        output.line(f"would keep {kept}; nothing was written")
        return
    output.line(f"kept {kept}")
    lacking = [key for key in known if key not in made.vars]
    output.next_steps([" ".join(("bd mol pour", made.id, *(f"--var {key}=..." for key in lacking)))])
