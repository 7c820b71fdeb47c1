"""`gt formula overlay list` and `show`: what the town or a rig changes in formulas. Nothing is changed."""

from __future__ import annotations

import msgspec

from gtlib import output
from gtlib.actions.overlay_looks import stale
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import UserError
from gtlib.store import formulas

RIG_HELP = "those of that rig, which come before the town's"


@command(
    "formula overlay list", "formula overlay ls", help={"rig": RIG_HELP}, example="gt formula overlay list"
)
def list_(*, rig: str = "", json: bool = False) -> None:
    """List the overlays."""
    where = here()
    rig = rig_here(where, where.snapshot(), rig)
    found = formulas.overlays(where.root, rig or None)
    rows = []
    for name, origin, path in found:
        try:
            overlay = formulas.overlay(where.root, rig if origin == "rig" else None, name)
            number, error = len(overlay.overrides) if overlay else 0, ""
        except UserError as problem:
            number, error = 0, str(problem)
        rows.append({"name": name, "origin": origin, "source": path, "steps": number, "error": error})
    if json:
        output.json_out(rows)
        return
    if not rows:
        output.line("no overlays")
        output.next_steps(["gt formula overlay edit NAME"])
        return
    output.table(
        ["formula", "from", "steps", "file"],
        [[row["name"], row["origin"], row["steps"], row["source"]] for row in rows],
    )
    for row in rows:
        if row["error"]:
            output.line(f"bad: {output.one_line(str(row['error']))}")
    output.next_steps([f"gt formula overlay show {rows[0]['name']}"])


@command(
    "formula overlay show",
    help={"name": "the formula", "rig": RIG_HELP},
    example="gt formula overlay show polecat-work",
)
def show(name: str, *, rig: str = "", json: bool = False) -> None:
    """Show what is changed in a formula here."""
    where = here()
    of = rig_here(where, where.snapshot(), rig) or None
    overlay = formulas.overlay(where.root, of, name)
    if overlay is None:
        formulas.find(where.root, of, name)  # says so when there is no such formula
        raise UserError(f"nothing is changed in {name} here", f"gt formula overlay edit {name} begins to")
    odd = stale(where.root, formulas.find(where.root, of, name), overlay, of)
    if json:
        shape = msgspec.to_builtins(overlay.overrides)
        output.json_out({"formula": name, "source": overlay.path, "overrides": shape, "warnings": odd})
        return
    output.line(f"{name}, changed by {overlay.path}")
    for each in overlay.overrides:
        output.line(
            f"  {each.mode} {each.step_id}" + (f"  {output.one_line(each.title)}" if each.title else "")
        )
        for line in each.description.strip("\n").splitlines():
            output.line(f"    {line}".rstrip())
        if each.run is not None:
            said = each.run if isinstance(each.run, str) else " ".join(each.run)
            output.line(f"    runs: {output.one_line(said)}")
        if each.agent:
            output.line(f"    agent: {each.agent}")
    for line in odd:
        output.line(f"warning: {output.one_line(line)}")
    output.next_steps([f"bd cook {name}"])
