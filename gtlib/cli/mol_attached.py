"""`gt mol attachment`: which molecule a bead is worked through by, without libgit2."""

from __future__ import annotations

from typing import Any

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.mol_view import bar
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.model.molecule_args import args_and_vars
from gtlib.rules.attach import Attached
from gtlib.rules.attach import attachment as find_attachment
from gtlib.rules.flow import Flow
from gtlib.rules.steps import progress


@command(
    "mol attachment",
    help={"bead": "a bead, or an agent for what is on its hook; without it your hook"},
    example="gt mol attachment gt-abc12",
)
def attachment(bead: str = "", *, json: bool = False) -> None:
    """Show which molecule a bead, or what is on a hook, is worked through by."""
    where = here()
    snapshot = where.snapshot()
    mine = where.agent if where.actor == "overseer" and where.agent else ""
    found = find_attachment(snapshot, bead or mine, where.actor)
    if json:
        output.json_out(shape(found))
        return
    if found.bead is not None:
        output.line(f"{found.bead.id}  {output.one_line(found.bead.title)}")
    if found.agent is not None:
        output.line(f"on the hook of {found.agent.address}")
    molecule = found.molecule
    if molecule is None:
        output.line("no molecule is attached")
        output.next_steps([f"gt mol attach {found.bead.id if found.bead else 'BEAD'} MOLECULE"])
        return
    output.line(f"molecule: {molecule.id}  {output.one_line(molecule.title)}")
    output.line(f"progress: {bar(*progress(Flow(snapshot, molecule)))}")
    args, values = args_and_vars(molecule)
    for key, value in sorted({**values, **({"args": args} if args else {})}.items()):
        output.line(f"  {key} = {output.one_line(value)}")
    output.next_steps([f"gt mol current {molecule.id}"])
    mention_mail(where, snapshot)


def shape(found: Attached) -> dict[str, Any]:
    """The keys of Gas Town's `gt hook --json` that are about what is attached."""
    bead, molecule = found.bead, found.molecule
    args, values = args_and_vars(molecule) if molecule is not None else ("", {})
    return {
        "pinned_bead": {"id": bead.id, "title": bead.title, "status": bead.status} if bead else None,
        "target": found.agent.address if found.agent is not None else "",
        "attached_molecule": molecule.id if molecule is not None else "",
        "attached_formula": molecule.formula if molecule is not None else "",
        "attached_at": molecule.created if molecule is not None else "",
        "attached_args": args,
        "attached_vars": [f"{key}={value}" for key, value in sorted(values.items())],
    }
