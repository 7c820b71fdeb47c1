"""`gt done`."""

from __future__ import annotations

from gtlib import clock
from gtlib import output
from gtlib.actions.catch_up import catch_up
from gtlib.actions.done import done
from gtlib.actions.done import request_of
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.rules.route import resolve_address
from gtlib.store.town import Town


@command(
    "done",
    help={"agent": "whose work; without it that of the worktree one stands in, or of GT_ROLE"},
    example="gt done",
)
def done_(agent: str = "", *, json: bool = False) -> None:
    """Hand in what is on the hook: a merge request for a clean branch whose steps are over."""
    where = here()
    town = Town.open(where.root)
    who = resolve_address(town.snapshot(), agent) if agent else where.agent or where.actor
    catch_up(town)  # a program's shell may run no git hooks, so the last steps may not be looked at yet
    applied = done(town, who, where.actor, clock.stamp(clock.now()))
    request = request_of(applied) if applied else None
    if json:
        output.json_out({"submitted": applied is not None, "merge_request": request})
        return
    if applied is not None and request is None:
        output.line("done: the bead is closed")
    elif applied is None or request is None:
        output.line("it was handed in already")
    else:
        for note in applied.notes:
            output.progress(note)
        output.line(f"handed in {request.bead} as {request.id}: {request.branch} to {request.target}")
        if request.status == "blocked":
            output.line(f"! it {request.reason}, who was told")
    output.next_steps([f"gt mq list {request.rig}" if request else "gt status", "gt hook"])
