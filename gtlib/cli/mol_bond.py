"""`bd mol bond`: formulas, templates and molecules become one."""

from __future__ import annotations

from typing import cast

from gtlib import output
from gtlib.actions.bond import How
from gtlib.actions.bond import bond as bond_two
from gtlib.cli.command import command
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import prefix_here
from gtlib.cli.options import rig_here
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.rules.bonds import KINDS
from gtlib.rules.bonds import Kind
from gtlib.rules.fields import pairs
from gtlib.store.town import Town
from gtlib.store.wisps import is_id


@command(
    "mol bond",
    help={
        "first": "a formula, a template, a molecule or a wisp",
        "second": "what comes to it; of two molecules the one that waits",
        "type": "sequential: after all of it; parallel: beside it; conditional: when a step of it failed",
        "ref": "what the ids of steps that come begin with",
        "as_": "the title of what two formulas become",
        "var": "a value, as name=value",
        "rig": "whose formulas are meant, and whose the template is",
        "pour": "it is to be a molecule: refused for a wisp",
        "ephemeral": "it is to be a wisp: refused for a molecule",
        "dry_run": "say what it would become, and change nothing",
    },
    example="bd mol bond gt-mol-k2p9x security-scan --ref scan",
)
def bond(
    first: str,
    second: str,
    *,
    type: str = "sequential",
    ref: str = "",
    as_: str = "",
    var: tuple[str, ...] = (),
    rig: str = "",
    pour: bool = False,
    ephemeral: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Bond two of them: two formulas become a template, a formula's steps come into a molecule."""
    if pour and ephemeral:
        raise UsageError("--pour and --ephemeral contradict each other", "leave both out: it stays as it is")
    where = here()
    town = Town.open(where.root)
    snapshot = town.snapshot()
    how = How(
        kind=cast(Kind, choice("--type", type, KINDS)),
        ref=ref,
        title=as_,
        prefix=prefix_here(where, snapshot, rig),
        given=pairs(var),
        rig=rig_here(where, snapshot, rig) or None,
        cwd=where.cwd,
        dry=dry_run or pour or ephemeral,
    )
    made = bond_two(town, first, second, where.actor, how)
    if pour or ephemeral:
        _check_phase(is_wisp=is_id(made.molecule.id), ephemeral=ephemeral)
        if not dry_run:
            made = bond_two(town, first, second, where.actor, _for_real(how))
    tell(town)
    if json:
        shape = {"result_id": made.molecule.id, "result_type": made.type, "bond_type": type}
        count = len(made.ids) if made.type == "compound_molecule" else 0
        more = {"dry_run": True} if dry_run else {}
        output.json_out({**shape, "spawned": count, "id_mapping": made.ids, **more})
        return
    said = "would become" if dry_run else "bonded:"
    output.line(f"{said} {made.molecule.id}  {output.one_line(made.molecule.title)}")
    for old, new in made.ids.items():
        output.line(f"  {old} → {new}")
    if not made.ids:
        output.line(f"  its steps wait until {first} is closed")
    if not dry_run:
        proto = made.type == "compound_proto"
        output.next_steps([f"bd mol pour {made.molecule.id}" if proto else f"gt mol show {made.molecule.id}"])
    mention_mail(where, snapshot)


def _check_phase(*, is_wisp: bool, ephemeral: bool) -> None:
    if is_wisp != ephemeral:
        flag, other = ("--ephemeral", "no wisp") if ephemeral else ("--pour", "a wisp")
        raise UserError(
            f"{flag}: what it becomes is {other}", "steps are kept as what they come to; leave the flag out"
        )


def _for_real(how: How) -> How:
    return How(
        kind=how.kind,
        ref=how.ref,
        title=how.title,
        prefix=how.prefix,
        given=how.given,
        rig=how.rig,
        cwd=how.cwd,
    )
