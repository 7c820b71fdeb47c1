"""`bd mol wisp`: make wisps, delete old ones, and make a bead of one."""

from __future__ import annotations

from typing import Any

from gtlib import clock
from gtlib import output
from gtlib.actions import compact
from gtlib.actions import wisp as actions
from gtlib.actions.cooking import cooked
from gtlib.actions.promote import promote as promote_item
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.formula import RIG_HELP
from gtlib.cli.formula import find_formula
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import prefix_here
from gtlib.cli.options import rig_here
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.molecule import Molecule
from gtlib.rules.fields import pairs
from gtlib.rules.flow import Flow
from gtlib.rules.wisps import TTL_HOURS
from gtlib.rules.wisps import checks
from gtlib.store.town import Town


@command(
    "mol wisp create",
    "mol wisp",
    help={
        "name": "a formula, or a file of the town",
        "var": "a value, as name=value",
        "root_only": "no steps to tick: they are a checklist in its text",
        "type": f"how long it is kept: {', '.join(TTL_HOURS)}",
        "rig": f"the rig that it belongs to; {RIG_HELP}",
        "dry_run": "say what it would be, and make nothing",
    },
    example="bd mol wisp release --var version=1.4.0 --root-only",
)
def create(
    name: str,
    *,
    var: tuple[str, ...] = (),
    root_only: bool = False,
    type: str = "",
    rig: str = "",
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Make a wisp of a formula: a molecule that is not committed."""
    where = here()
    given = pairs(var)
    kind = choice("--type", type, TTL_HOURS) if type else ""
    town = Town.open(where.root)
    snapshot = town.snapshot()
    formula = find_formula(where, name, rig)
    made = cooked(where.root, formula, given, rig=rig_here(where, snapshot, rig) or None)
    wisp = actions.create(
        town,
        made,
        prefix_here(where, snapshot, rig),
        where.actor,
        kind=kind,
        root_only=root_only,
        dry=dry_run,
    )
    tell(town)
    if json:
        output.json_out(_made(formula.name, wisp, dry=dry_run))
        return
    head = "would make a wisp" if dry_run else f"made {wisp.id}"
    output.line(f"{head}  {output.one_line(wisp.title)}")
    for number, step in enumerate(wisp.steps, 1):
        needs = f"  (needs {', '.join(step.needs)})" if step.needs else ""
        output.line(f"  {number}. {step.id}  {output.one_line(step.title)}{needs}")
    if root_only:
        output.line(f"  a checklist of {output.count(len(checks(wisp)), 'step')}")
    if dry_run:
        return
    first = next(iter(Flow(actions.standing(town.snapshot(), wisp), wisp).ready()), None)
    steps = [f"gt mol step done {wisp.id}.{first.id}"] if first is not None else []
    output.next_steps([f"gt mol show {wisp.id}", *steps, f"bd mol squash {wisp.id}"])
    mention_mail(where, snapshot)


def _made(formula: str, wisp: Molecule, *, dry: bool) -> dict[str, Any]:
    ids = {f"{formula}.{step.id}": f"{wisp.id}.{step.id}" for step in wisp.steps}
    ids = {formula: str(wisp.id), **ids}
    shape = {"new_epic_id": wisp.id, "id_mapping": ids, "created": 0 if dry else len(ids), "attached": 0}
    return {**shape, "phase": "vapor", **({"dry_run": True} if dry else {})}


@command(
    "mol wisp gc",
    help={
        "age": "how long ago they were touched last, as in 30m, 2h or 3d",
        "force": "open ones too",
        "dry_run": "say which would go, and delete nothing",
    },
    example="bd mol wisp gc --age 2h --dry-run",
)
def gc(*, age: str = "1h", dry_run: bool = False, force: bool = False, json: bool = False) -> None:
    """Delete closed wisps that nobody touched lately, but for what is to be kept."""
    where = here()
    try:
        hours = clock.seconds(age) / 3600
    except UserError as refusal:
        raise UsageError(f"--age: {refusal.what}", refusal.hint) from None
    town = Town.open(where.root)
    ids = compact.gc(town, where.actor, hours, force=force, dry=dry_run)
    tell(town)
    if json:
        shape = {"cleaned_ids": ids, "cleaned_count": 0 if dry_run else len(ids), "candidates": len(ids)}
        output.json_out({**shape, "dry_run": dry_run})
        return
    for id in ids:
        output.line(f"{'would delete' if dry_run else 'deleted'} {id}")
    if not ids:
        output.line("no wisp to delete")
    output.next_steps(["bd mol wisp list"])


@command(
    "bead promote",
    help={"id": "a wisp, or a bead that is ephemeral", "reason": "why; it stands in the notes"},
    short={"reason": "r"},
    example="bd promote gt-wisp-k2p9x -r 'it found a bug'",
)
def promote(id: str, *, reason: str = "", json: bool = False) -> None:
    """Make a lasting bead of a wisp."""
    where = here()
    town = Town.open(where.root)
    bead = promote_item(town, id, where.actor, reason)
    tell(town)
    if json:
        output.json_out(shapes.issue(town.snapshot(), bead))
        return
    output.line(f"promoted {id}: it is {bead.id}  {output.one_line(bead.title)}")
    output.next_steps([f"bd show {bead.id}"])
    mention_mail(where, town.snapshot())
