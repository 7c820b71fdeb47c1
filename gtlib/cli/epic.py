"""`bd epic status`: how far epics are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import scope
from gtlib.cli.select import of_prefix
from gtlib.model.snapshot import Snapshot
from gtlib.rules.epics import Standing
from gtlib.rules.epics import epics
from gtlib.rules.holding import Ledger


@command(
    "bead epic status",
    "bead epic",
    help={
        "eligible_only": "only those whose children are all closed",
        "rig": "of that rig; hq is the town itself",
        "all_rigs": "of the whole town",
        "at": "as it was at that commit or time",
    },
    example="bd epic status --eligible-only",
)
def status(
    *,
    eligible_only: bool = False,
    rig: str = "",
    all_rigs: bool = False,
    at: str | None = None,
    json: bool = False,
) -> None:
    """Show how far the open epics are."""
    where = here()
    snapshot = where.snapshot(at)
    known = epics(Ledger(snapshot))
    prefix = scope(where, snapshot, rig, all_rigs)
    shown = {bead.id for bead in of_prefix(snapshot, [each.epic for each in known], prefix)}
    found = [each for each in known if each.epic.id in shown and (each.eligible or not eligible_only)]
    if json:
        output.json_out([shape(snapshot, each) for each in found])
    elif not found:
        output.line("no epic can be closed" if eligible_only else "no open epics")
    else:
        table(found)
        if any(each.eligible for each in found):
            output.next_steps(["bd epic close-eligible"])
    mention_mail(where, snapshot)


def shape(snapshot: Snapshot, found: Standing) -> dict[str, Any]:
    """An epic's standing as JSON."""
    return {
        "epic": shapes.issue(snapshot, found.epic),
        "total_children": found.total,
        "closed_children": found.closed,
        "eligible_for_close": found.eligible,
    }


def table(found: Iterable[Standing]) -> None:
    """Epics as rows."""
    output.table(
        ["id", "p", "done", "can be closed", "title"],
        [
            [
                each.epic.id,
                each.epic.priority,
                f"{each.closed}/{each.total}",
                "yes" if each.eligible else "",
                each.epic.title,
            ]
            for each in found
        ],
    )
