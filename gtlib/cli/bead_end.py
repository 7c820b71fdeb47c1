"""`bd close` and `reopen`: how beads end."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.close import close as close_beads
from gtlib.actions.reopen import reopen as reopen_beads
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import need_ids
from gtlib.errors import UsageError
from gtlib.store.town import Town


@command(
    "bead close",
    "bead done",
    short={"reason": "r", "force": "f"},
    help={
        "ids": "beads, or steps as MOLECULE.STEP",
        "reason": "why; once for all, or once for each in their order",
        "force": "even if it is pinned, waits for others, or has open children",
        "suggest_next": "in JSON: also what can be taken up now",
    },
    example="bd close gt-abc12 -r 'fixed in 1.4'",
)
def close(
    *ids: str,
    reason: tuple[str, ...] = (),
    force: bool = False,
    suggest_next: bool = False,
    json: bool = False,
) -> None:
    """Close beads, or steps. An agent's own work is handed in instead, to land first."""
    need_ids(ids, "bd close gt-abc12")
    if len(reason) > 1 and len(reason) != len(ids):
        raise UsageError(f"{len(reason)} reasons for {len(ids)} ids", "give one reason, or one for each id")
    reasons = reason if len(reason) > 1 else (reason[0] if reason else "",) * len(ids)
    where = here()
    town = Town.open(where.root)
    found = close_beads(town, dict(zip(ids, reasons, strict=True)), where.actor, force=force)
    if json:
        closed = [shapes.issue(bead) for bead in found.beads]
        freed = [shapes.issue(bead) for bead in found.freed]
        output.json_out({"closed": closed, "unblocked": freed} if suggest_next else closed)
        return
    for bead in found.beads:
        said = "closed already:" if bead.id in found.before else "closed"
        if bead.status != "closed":
            said = "handed in, it closes when it has landed:"
        output.line(f"{said} {bead.id}  {output.one_line(bead.title)}")
    for molecule, step in found.steps:
        output.line(f"done {molecule.id}.{step}")
    for bead in found.freed:
        output.line(f"ready now: {bead.id}  {output.one_line(bead.title)}")
    steps = [f"gt mol show {molecule.id}" for molecule, _ in found.steps[:1]]
    output.next_steps([*steps, *(["gt mq list"] if found.submitted else []), "bd ready"])
    mention_mail(where, town.snapshot())


@command(
    "bead reopen",
    short={"reason": "r"},
    help={"ids": "closed beads", "reason": "why; it becomes a comment"},
    example="bd reopen gt-abc12 -r 'it fails on macOS'",
)
def reopen(*ids: str, reason: str = "", json: bool = False) -> None:
    """Open closed beads again."""
    need_ids(ids, "bd reopen gt-abc12")
    where = here()
    town = Town.open(where.root)
    beads = reopen_beads(town, ids, reason, where.actor)
    if json:
        output.json_out([shapes.issue(bead) for bead in beads])
        return
    for bead in beads:
        output.line(f"reopened {bead.id}  {output.one_line(bead.title)}")
    output.next_steps([f"bd show {bead.id}" for bead in beads[:3]])
