"""`gt formula list` and `show`: workflows as their files say them. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from gtlib import output
from gtlib.actions.cooking import compiled
from gtlib.actions.cooking import lineage
from gtlib.actions.cooking import whole
from gtlib.actions.formula_looks import unknown_agents
from gtlib.cli import formula_shapes as shapes
from gtlib.cli import formula_text
from gtlib.cli.command import command
from gtlib.cli.in_order import number_of
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Input
from gtlib.model.formula_source import errors_of
from gtlib.model.formula_vars import Var
from gtlib.store import formulas
from gtlib.store.formulas import Listed

RIG_HELP = "look among the formulas of that rig first"
SEARCH_HELP = "a folder to look in before all others"


def find_formula(where: Here, name: str, rig: str, search: Sequence[str] = ()) -> Formula:
    """The formula as the rig one stands in (or `--rig`) knows it; its warnings go to stderr."""
    rig = rig_here(where, where.snapshot(), rig)
    found = formulas.find(where.root, rig or None, name, cwd=where.cwd, more=folders(where, search))
    for warning in found.warnings:
        output.progress(f"warning: {warning}")
    return found


def folders(where: Here, search: Sequence[str]) -> tuple[Path, ...]:
    """The folders that `--search-path` names. UserError for one that is not there."""
    found = tuple(where.cwd / each for each in search)
    for path in found:
        if not path.is_dir():
            raise UserError(f"{path} is no folder", "name a folder with formulas")
    return found


def needed(formula: Formula) -> list[str]:
    """`--var name=...` for each variable or input that must be given."""
    lacking = [each.name for each in formula.vars.values() if each.required and each.default is None]
    lacking += [each.name for each in formula.inputs.values() if each.required and each.default is None]
    return [f"--var {name}=..." for name in lacking]


@command(
    "formula list",
    "formula ls",
    help={"rig": RIG_HELP, "search_path": SEARCH_HELP},
    example="bd formula list",
)
def list_(*, rig: str = "", search_path: tuple[str, ...] = (), json: bool = False) -> None:
    """List the formulas: of the rig, of the town, built in."""
    where = here()
    rig = rig_here(where, where.snapshot(), rig)
    found = formulas.list_all(where.root, rig or None, folders(where, search_path))
    overlays: dict[str, str] = {}
    for name, _, path in formulas.overlays(where.root, rig or None):
        overlays.setdefault(name, path)
    found = [_whole(where.root, each, rig, folders(where, search_path)) for each in found]
    if json:
        output.json_out([shapes.listed(each, overlays.get(each.name, "")) for each in found])
        return
    seen = [each for each in found if not each.shadowed]
    output.table(
        ["name", "type", "from", "steps", "variables", "what it is"],
        [
            [
                each.name,
                each.formula.type if each.formula else None,
                each.origin,
                shapes.parts_of(each.formula) if each.formula else None,
                ", ".join(_names(each.formula)) if each.formula else None,
                formula_text.headline(each.formula) if each.formula else "can't be read, see below",
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
    known = {each.name for each in seen}
    for name, path in overlays.items():
        output.line(f"{path} changes {name}" + ("" if name in known else ", which there is not"))
    if seen:
        output.next_steps([f"gt formula show {seen[0].name}"])


def _whole(root: Path, each: Listed, rig: str, more: Sequence[Path]) -> Listed:
    """It with what it extends, where that can be had."""
    if each.formula is None or not each.formula.extends:
        return each
    try:
        return replace(each, formula=whole(root, each.formula, rig=rig or None, more=more))
    except UserError as problem:
        return replace(each, error=str(problem))


def _names(formula: Formula) -> list[str]:
    """The variables and inputs, with a star at those that must be given."""
    both: list[Var | Input] = [*formula.vars.values(), *formula.inputs.values()]
    return [f"{each.name}*" if each.required and each.default is None else each.name for each in both]


@command(
    "formula show",
    help={
        "name": "a formula, or a file of the town",
        "check": "say all that is wrong or odd, and cook it",
        "rig": RIG_HELP,
        "search_path": SEARCH_HELP,
    },
    example="gt formula show release",
)
def show(
    name: str,
    *,
    check: bool = False,
    rig: str = "",
    search_path: tuple[str, ...] = (),
    json: bool = False,
) -> int:
    """Show a formula: its variables and its steps."""
    where = here()
    if check:
        return _check(where, name, rig, search_path, json)
    formula = find_formula(where, name, rig, search_path)
    of = rig_here(where, where.snapshot(), rig) or None
    entire, parents = lineage(where.root, formula, rig=of, more=folders(where, search_path))
    if json:
        output.json_out(shapes.formula(entire, parents))
        return 0
    formula_text.show(entire, parents)
    if not is_advice(entire):
        output.next_steps([" ".join(("bd cook", formula.name, *needed(entire)))])
    return 0


def _check(where: Here, name: str, rig: str, search: Sequence[str], json: bool) -> int:
    """Print every error and warning of a formula and of what it is cooked with; 1 when there is an error."""
    more = folders(where, search)
    rig = rig_here(where, where.snapshot(), rig)
    errors: list[str] = []
    warnings: dict[str, None] = {}
    steps, lacking = "", list[str]()
    try:
        formula = formulas.find(where.root, rig or None, name, cwd=where.cwd, more=more)
        warnings.update(dict.fromkeys(formula.warnings))
        lacking = needed(formula)
        if not is_advice(formula):
            found = compiled(where.root, formula, rig=rig or None, more=more)
            entire = whole(where.root, formula, rig=rig or None, more=more)
            warnings.update(dict.fromkeys(unknown_agents(where.root, entire)))
            lacking = needed(entire)
            warnings.update(dict.fromkeys(found.warnings))
            steps = number_of(found.steps) if found.steps else ""
    except FileError as problem:
        errors = [str(each) for each in errors_of(problem)]
    if json:
        output.json_out({"formula": name, "ok": not errors, "errors": errors, "warnings": list(warnings)})
        return 1 if errors else 0
    for line in errors:
        output.line(f"error: {output.one_line(line)}")
    for line in warnings:
        output.line(f"warning: {output.one_line(line)}")
    if errors:
        output.line(f"{name}: {output.count(len(errors), 'error')}")
        return 1
    becomes = f"cooks to {steps}" if steps else "is woven into others, and not cooked"
    output.line(f"{name} is sound, and {becomes}")
    output.next_steps([" ".join(("bd cook", name, *lacking))] if steps else [])
    return 0


def is_advice(formula: Formula) -> bool:
    """Whether there is nothing in it to cook by itself."""
    return formula.type == "aspect" and not (formula.steps or formula.aspects)
