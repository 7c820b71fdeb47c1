"""`bd epic close-eligible`: close the epics that are done."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.close_epics import close_epics
from gtlib.cli.command import command
from gtlib.cli.epic import shape
from gtlib.cli.epic import table
from gtlib.cli.options import here
from gtlib.rules.epics import epics
from gtlib.rules.holding import Ledger
from gtlib.store.town import Town


@command(
    "bead epic close-eligible",
    help={"dry_run": "only say which"},
    example="bd epic close-eligible --dry-run",
)
def close_eligible(*, dry_run: bool = False, json: bool = False) -> None:
    """Close the epics whose children are all closed."""
    where = here()
    if dry_run:
        snapshot = where.snapshot()
        found = [each for each in epics(Ledger(snapshot)) if each.eligible]
        if json:
            output.json_out([shape(snapshot, each) for each in found])
        elif found:
            table(found)
        else:
            output.line("no epic can be closed")
        return
    done, left = close_epics(Town.open(where.root), where.actor)
    if json:
        output.json_out({"closed": [each.epic.id for each in done], "count": len(done)})
        return
    for each in done:
        output.line(f"closed {each.epic.id}  {output.one_line(each.epic.title)}")
    for line in left:
        output.line(line)
    if not done and not left:
        output.line("no epic can be closed")
    output.next_steps(["bd ready"])
