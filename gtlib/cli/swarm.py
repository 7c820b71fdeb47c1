"""`bd swarm validate`: how much of an epic can be done at once."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.rules.find import find_bead
from gtlib.rules.graph import swarm
from gtlib.rules.holding import Ledger


@command(
    "bead swarm validate",
    short={"verbose": "v"},
    help={
        "epic": "the epic",
        "verbose": "name the beads of each wave",
        "at": "as it was at that commit or time",
    },
    example="bd swarm validate gt-abc12",
)
def validate(epic: str, *, verbose: bool = False, at: str | None = None, json: bool = False) -> int:
    """See whether the beads below an epic can be done, in how many waves, and how many at once."""
    where = here()
    snapshot = where.snapshot(at)
    ledger = Ledger(snapshot)
    found = swarm(ledger, find_bead(snapshot, epic))
    most = max(map(len, found.fronts), default=0)
    live = sum(map(len, found.fronts))
    if json:
        output.json_out(
            {
                "epic_id": found.epic.id,
                "epic_title": found.epic.title,
                "total_issues": len(found.beads),
                "closed_issues": found.closed,
                "ready_fronts": [
                    {"wave": number, "issues": front} for number, front in enumerate(found.fronts, 1)
                ],
                "max_parallelism": most,
                "estimated_sessions": live,
                "warnings": found.warnings,
                "errors": found.errors,
                "swarmable": not found.errors,
            }
        )
        return 0 if not found.errors else 1
    total = output.count(len(found.beads), "bead")
    output.line(f"{found.epic.id}  {output.one_line(found.epic.title)}: {total}, {found.closed} done")
    for number, front in enumerate(found.fronts, 1):
        names = f": {', '.join(front)}" if verbose else ""
        output.line(f"  wave {number}: {output.count(len(front), 'bead')}{names}")
    for text in found.warnings:
        output.line(f"  warning: {text}")
    for text in found.errors:
        output.line(f"  error: {text}")
    if not found.errors:
        output.line(f"  at once: {most} at most")
        output.next_steps([f"bd ready --parent {found.epic.id}"])
    mention_mail(where, snapshot)
    return 0 if not found.errors else 1
