"""`bd blocked` and `children`: what waits, and what is below a bead."""

from __future__ import annotations

from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.bead_rows import bead_table
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import scope
from gtlib.cli.select import of_prefix
from gtlib.rules.fields import SYSTEM_TYPES
from gtlib.rules.find import find_bead
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import blocked as find_blocked
from gtlib.rules.ready import direct_blockers
from gtlib.rules.ready import naturally
from gtlib.rules.tree import descendants

AT = "as it was at that commit or time"


@command(
    "bead blocked",
    help={
        "parent": "only what is below that bead",
        "rig": "of that rig; hq is the town itself",
        "all_rigs": "of the whole town",
        "at": AT,
    },
    example="bd blocked",
)
def blocked(
    *, parent: str = "", rig: str = "", all_rigs: bool = False, at: str | None = None, json: bool = False
) -> None:
    """List the beads that wait for others, and what they wait for."""
    where = here()
    snapshot = where.snapshot(at)
    ledger = Ledger(snapshot)
    found = [bead for bead, _ in find_blocked(snapshot, ledger) if bead.type not in SYSTEM_TYPES]
    found = of_prefix(snapshot, found, scope(where, snapshot, rig, all_rigs))
    if parent:
        inside = descendants(ledger, find_bead(snapshot, parent).id)
        found = [bead for bead in found if bead.id in inside]
    if json:
        rows = []
        for bead in found:
            by = direct_blockers(ledger, bead)
            reasons = [hold.said for hold in ledger.holds(bead)]
            more = {"blocked_by_count": len(by), "blocked_by": by, "reasons": reasons}
            rows.append({**shapes.issue(snapshot, bead), **more})
        output.json_out(rows)
    elif not found:
        output.line("nothing is blocked")
        output.next_steps(["bd ready"])
    else:
        for bead in found:
            output.line(f"{bead.id}  P{bead.priority} {bead.type}  {output.one_line(bead.title)}")
            for hold in ledger.holds(bead):
                above = f" (as {hold.by} above it)" if hold.by != bead.id else ""
                output.line(f"  {hold.said}{above}")
    mention_mail(where, snapshot)


@command("bead children", help={"id": "the parent", "at": AT}, example="bd children gt-abc12")
def children(id: str, *, at: str | None = None, json: bool = False) -> None:
    """List the beads right below a bead, whatever their status."""
    where = here()
    snapshot = where.snapshot(at)
    parent = find_bead(snapshot, id)
    found = naturally((*Ledger(snapshot).below(parent.id), *snapshot.archive.children(parent.id)))
    if json:
        output.json_out([shapes.issue(snapshot, bead) for bead in found])
    elif not found:
        output.line(f"nothing is below {parent.id}")
        output.next_steps([f"bd create 'What is to be done' --parent {parent.id}"])
    else:
        bead_table(found)
    mention_mail(where, snapshot)
