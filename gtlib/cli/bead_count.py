"""`bd count` and `bd stale`: how many beads there are, and which nobody has touched for long."""

from __future__ import annotations

from datetime import timedelta

from gtlib import clock
from gtlib import output
from gtlib.cli.bead_rows import print_rows
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import mention_mail
from gtlib.cli.options import short as short_address
from gtlib.cli.select import select
from gtlib.cli.wanted import AT
from gtlib.cli.wanted import HELP
from gtlib.cli.wanted import LIMIT
from gtlib.cli.wanted import SHORT
from gtlib.cli.wanted import Wanted
from gtlib.errors import UsageError
from gtlib.rules.base import instant
from gtlib.rules.filters import ordered_by
from gtlib.rules.stats import GROUPS
from gtlib.rules.stats import grouped

STALE = ("open", "in_progress")


@command(
    "bead count",
    flags={"wanted": Wanted},
    short=SHORT,
    help={**HELP, **{f"by_{name}": f"for each {name}" for name in GROUPS}, "at": AT},
    example="bd count --by-status --all",
)
def count(
    *,
    wanted: Wanted,
    by_status: bool = False,
    by_priority: bool = False,
    by_type: bool = False,
    by_assignee: bool = False,
    by_label: bool = False,
    at: str | None = None,
    json: bool = False,
) -> None:
    """Count the beads that `bd list` would show."""
    asked = (by_status, by_priority, by_type, by_assignee, by_label)
    groups = [name for name, on in zip(GROUPS, asked, strict=True) if on]
    if len(groups) > 1:
        flags = " and ".join(f"--by-{name}" for name in groups)
        raise UsageError(f"{flags} contradict each other", "give one of them")
    where = here()
    snapshot = where.snapshot(at)
    beads = select(where, snapshot, wanted)
    if not groups:
        if json:
            output.json_out({"count": len(beads)})
        else:
            output.line(str(len(beads)))
    else:
        found = grouped(beads, groups[0])
        if json:
            rows = [{"group": name, "count": number} for name, number in found]
            output.json_out({"total": len(beads), "groups": rows})
        else:
            shown = [(short_address(name), number) for name, number in found]
            output.table([groups[0], "count"], [*shown, ("total", len(beads))])
    mention_mail(where, snapshot)


@command(
    "bead stale",
    flags={"wanted": Wanted},
    short={**SHORT, "days": "d", "limit": "n"},
    help={**HELP, "days": "not changed for so many days", "limit": LIMIT, "at": AT},
    example="bd stale -d 14",
)
def stale(
    *, wanted: Wanted, days: int = 30, limit: int = 50, at: str | None = None, json: bool = False
) -> None:
    """List open beads and those in progress that have not changed for long, the oldest first."""
    most = limited(limit)
    if days < 1:
        raise UsageError(f"--days {days} is less than 1", "give a number of days, such as --days 14")
    if days > 36_500:
        raise UsageError(f"--days {days} is more than a century", "give a number of days, such as --days 14")
    where = here()
    snapshot = where.snapshot(at)
    limit_time = clock.now() - timedelta(days=days)
    found = [
        dated
        for bead in select(where, snapshot, wanted)
        if wanted.status or wanted.all or bead.status in STALE
        if (changed := instant((dated := snapshot.dated(bead)).updated)) and changed < limit_time
    ]
    print_rows(
        where,
        snapshot,
        ordered_by(found, "updated", reverse=True),
        most,
        json,
        nothing=f"nothing has been left alone for {output.count(days, 'day')}",
        steps=("bd list",),
        age_of="updated",
    )
