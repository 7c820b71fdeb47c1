"""`bd mol distill`: a formula of what was done once."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.distill import distill as distill_one
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import tell
from gtlib.store.town import Town


@command(
    "mol distill",
    help={
        "id": "an epic, or a molecule",
        "name": "what the formula is called; without it a name is made of the title",
        "var": "value=name: that value becomes a variable, with itself as default",
        "output_": "write this file instead of one in formulas/",
        "dry_run": "show the formula, and write nothing",
    },
    short={"output_": "o"},
    example="bd mol distill gt-abc12 refresh --var 1.4.0=version",
)
def distill(
    id: str,
    name: str = "",
    *,
    var: tuple[str, ...] = (),
    output_: str = "",
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Make a formula of an epic or a molecule: its steps, their order, and what varies."""
    where = here()
    town = Town.open(where.root)
    to = where.cwd / output_ if output_ else None
    made = distill_one(town, id, name, var, where.actor, to=to, dry=dry_run)
    tell(town)
    if json:
        shape = {"formula_name": made.name, "formula_path": made.path, "steps": made.formula.steps}
        more = {"dry_run": True, "text": made.formula.text} if dry_run else {}
        output.json_out({**shape, "variables": list(made.formula.variables), **more})
        return
    if dry_run:
        output.line(made.formula.text.rstrip("\n"))
        return
    steps = output.count(made.formula.steps, "step")
    output.line(f"wrote {made.path}: formula {made.name} of {steps}")
    for key, value in made.formula.variables.items():
        output.line(f"  {key} = {output.one_line(value)}")
    output.next_steps([f"gt formula show {made.name if to is None else made.path}"])
    mention_mail(where, town.snapshot())
