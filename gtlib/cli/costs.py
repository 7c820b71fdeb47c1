"""`gt costs`: what the sessions of agents have used."""

from __future__ import annotations

from typing import cast
from typing import get_args

from gtlib import output
from gtlib.actions.costs import By
from gtlib.actions.costs import Spent
from gtlib.actions.costs import costs as costs_of
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UsageError


@command(
    "costs",
    help={"by": "what is counted together: agent, bead or day"},
    example="gt costs --by bead",
)
def costs(*, by: str = "agent", json: bool = False) -> None:
    """Show what the sessions of agents have used on this machine, as far as it is known."""
    if by not in get_args(By):
        raise UsageError(f"--by {by!r} is not known", f"it is one of {', '.join(get_args(By))}")
    found = costs_of(here().root / ".git" / "gt", cast(By, by))
    if json:
        output.json_out(found)
        return
    if not found:
        output.line("no session has said yet what it used")
        output.next_steps(["gt agents"])
        return
    output.table((by, "sessions", "turns", "in", "out", "cached", "USD"), [_row(each) for each in found])


def _row(each: Spent) -> tuple[object, ...]:
    paid = "" if each.cost is None else f"{each.cost:.4f}"
    cached = each.cache_read + each.cache_write
    return each.name, each.sessions, each.turns, each.input, each.output, cached, paid
