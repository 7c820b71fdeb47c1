"""`gt assign` and `gt release`: work into somebody's hands, and out of them."""

from __future__ import annotations

import os

from gtlib import output
from gtlib.actions.aim import refuse_polecat
from gtlib.actions.assign import assign as assign_bead
from gtlib.actions.release import release as release_beads
from gtlib.actions.where import rig_named
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import need_ids
from gtlib.cli.sling_text import Told
from gtlib.errors import UserError
from gtlib.rules import fields
from gtlib.rules.new_bead import Draft
from gtlib.runtimes import nudges
from gtlib.store.town import Town


@command(
    "assign",
    short={"description": "d", "type": "t", "priority": "p", "labels": "l", "dry_run": "n"},
    help={
        "crew": "a crew member, as NAME or RIG/crew/NAME",
        "title": "what is to be done",
        "description": "what is wrong, and what is wanted",
        "type": "task, bug, feature, chore ...",
        "priority": "0 (at once) to 4, or P0 to P4",
        "labels": "a label; again for more",
        "rig": "whose crew (default: that of the project you stand in, or of the only one)",
        "nudge": "let the member look at once",
        "force": "also when there is work on the hook: it is queued",
        "dry_run": "only say what would be done",
    },
    example='gt assign max "See why the build is slow" -t bug',
)
def assign(
    crew: str,
    title: str,
    *,
    description: str = "",
    type: str = "task",
    priority: str = "2",
    labels: tuple[str, ...] = (),
    rig: str = "",
    nudge: bool = False,
    force: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Make a bead and put it on a crew member's hook."""
    where = here()
    refuse_polecat(where.actor, os.environ)
    town = Town.open(where.root)
    snapshot = town.snapshot()
    target = crew
    if "/" not in crew:
        target = f"{rig_named(snapshot, where.root, where.cwd, rig, '--rig').name}/crew/{crew}"
    elif "/crew/" not in crew:
        raise UserError(f"{crew} is no crew member", "write NAME or RIG/crew/NAME; gt sling is for others")
    draft = Draft(
        title=fields.title(title),
        type=fields.kind(type, town=snapshot.town),
        priority=fields.priority(priority),
        labels=labels,
        description=description,
    )
    slung = assign_bead(town, target, draft, where.actor, force=force, dry=dry_run)
    told = Told(town, slung, "", dry=dry_run)
    if nudge and not dry_run:
        words = f"{slung.bead.id} is on your hook: gt hook"
        nudges.put(town.local, slung.agent.address, where.actor, words, "normal")
    if json:
        output.json_out(told.shape())
        return
    for line in told.lines():
        output.line(line)
    output.next_steps(told.next())


@command(
    "release",
    short={"reason": "r"},
    help={"ids": "beads, or parts of their ids", "reason": "why: it becomes a comment"},
    example='gt release gt-abc12 -r "waits for the vendor"',
)
def release(*ids: str, reason: str = "", json: bool = False) -> None:
    """Give beads back: open again, and nobody's; branches are kept."""
    need_ids(ids, "gt release gt-abc12")
    where = here()
    town = Town.open(where.root)
    beads, changed = release_beads(town, ids, reason, where.actor)
    if json:
        output.json_out([{"bead": bead.id, "status": bead.status, "released": changed} for bead in beads])
        return
    for bead in beads:
        output.line(f"✓ {bead.id} is {bead.status}, and nobody's")
    output.next_steps(["gt ready", f"gt sling {beads[0].id} RIG"])
