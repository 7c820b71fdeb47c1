"""`gt refinery ...`: landing without a deacon."""

from __future__ import annotations

import signal
from pathlib import Path

from gtlib import clock
from gtlib import output
from gtlib.actions.land import Outcome
from gtlib.actions.land import land
from gtlib.cli.command import command
from gtlib.store.town import Town


@command("refinery run", help={"rig": "whose merge requests land"}, example="gt refinery run myproject")
def run(rig: str, *, json: bool = False) -> None:
    """Land everything that is ready now, one after the other."""
    town = Town.find(Path.cwd())
    # An end like that by Ctrl-C: the gate that runs is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    outcomes: list[Outcome] = []
    while True:
        outcome = land(town, rig, clock.stamp(clock.now()))
        # One that comes again at once would come for ever.
        if outcome is None or outcome.request in {each.request for each in outcomes}:
            break
        outcomes.append(outcome)
        if not json:
            output.line(_line(outcome))
    if json:
        output.json_out(outcomes)
        return
    if not outcomes:
        output.line(f"nothing to land in {rig} now")
    output.next_steps(_next(rig, outcomes))


def _line(outcome: Outcome) -> str:
    what = f"{outcome.request} {outcome.bead}"
    if outcome.status == "landed":
        return output.one_line(f"landed {what}: {outcome.commit[:12]} on {outcome.target}")
    how = "waits" if outcome.status == "blocked" else "sent back"
    log = f"\n  log: {output.one_line(outcome.log)}" if outcome.log else ""
    return output.one_line(f"{how} {what}: {outcome.reason}") + log


def _next(rig: str, outcomes: list[Outcome]) -> list[str]:
    back = [each.request for each in outcomes if each.status != "landed"]
    return [*(f"gt mq status {request}" for request in back), f"gt mq list {rig}"]
