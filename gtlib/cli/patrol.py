"""`gt patrol`: rounds of the roles that a model serves."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from gtlib import clock
from gtlib import output
from gtlib.actions import patrol as actions
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.wisp_ends import Patrol
from gtlib.names import Address
from gtlib.rules import patrols
from gtlib.store.town import Town

ROLE_HELP = "whose round: mayor, deacon, witness, refinery, or an address; else who you are"


@command("patrol new", help={"role": ROLE_HELP}, example="gt patrol new --role deacon")
def new(*, role: str = "", json: bool = False) -> None:
    """Begin a round: a checklist of the role's formula, and no commit."""
    where = here()
    town = Town.open(where.root)
    begun = actions.new(town, _whose(where, town, role), where.actor)
    _say(town, begun, whole=True, json=json)


@command(
    "patrol report",
    help={
        "summary": "what was found, in a line",
        "steps": "how steps went, as mail:OK,look:SKIP",
        "role": ROLE_HELP,
    },
    short={"summary": "s"},
    example="gt patrol report --summary 'all quiet' --steps mail:OK,look:SKIP",
)
def report(*, summary: str, steps: str = "", role: str = "", json: bool = False) -> None:
    """End your round with what you found, and begin the next."""
    where = here()
    if not summary.strip():
        raise UsageError("--summary is empty", "say what was found in a line")
    town = Town.open(where.root)
    begun = actions.report(town, _whose(where, town, role), summary, steps, where.actor)
    _say(town, begun, whole=False, json=json)


@command(
    "patrol digest",
    help={
        "yesterday": "the rounds of yesterday, not of today",
        "date": "the rounds of that day, as 2026-11-20 (UTC)",
        "dry_run": "show the digest, and make nothing",
    },
    example="gt patrol digest --yesterday",
)
def digest(*, yesterday: bool = False, date: str = "", dry_run: bool = False, json: bool = False) -> None:
    """Fold the rounds of a day into one closed bead."""
    where = here()
    day = _day(yesterday, date)
    town = Town.open(where.root)
    found = actions.digest(town, day, where.actor, dry=dry_run)
    tell(town)
    id = found.bead.id if found.bead is not None and found.made else ""
    if json:
        rounds = [msgspec.to_builtins(each) for each in found.rounds]
        shape = {"date": day, "count": len(rounds), "bead": id, "dry_run": dry_run}
        output.json_out({**shape, "rounds": rounds})
        return
    if found.bead is None:
        output.line(f"no round ended on {day}")
        output.next_steps(["gt patrol new"])
        return
    output.line(f"{id or 'would make'}  {found.bead.title}")
    if dry_run:
        output.line(found.bead.description)
    else:
        output.next_steps([f"bd show {id}"])


def _day(yesterday: bool, date: str) -> str:
    if yesterday and date:
        raise UsageError("--yesterday and --date contradict each other", "give one of them")
    if not date:
        return clock.stamp(clock.now() - timedelta(days=yesterday))[:10]
    try:
        return clock.stamp(clock.parse(date))[:10]
    except UserError as refusal:
        raise UsageError(f"--date: {refusal.what}", refusal.hint) from None


def _whose(where: Here, town: Town, role: str) -> Address:
    snapshot = town.snapshot()
    return patrols.whose(snapshot, role, where.actor, rig_here(where, snapshot))


def _say(town: Town, begun: actions.Round, *, whole: bool, json: bool) -> None:
    tell(town)
    wisp = begun.wisp
    if json:
        output.json_out(
            {
                "patrol_id": wisp.id,
                "role": wisp.assignee,
                "formula": wisp.formula,
                "title": wisp.title,
                "checklist": wisp.description,
                "ended": [msgspec.to_builtins(each) for each in begun.ended],
            }
        )
        return
    for each in begun.ended:
        output.line(_ended(each))
    output.line(f"{wisp.id}  {output.one_line(wisp.title)}")
    if whole:
        output.line()
        output.line(wisp.description)
    show = [] if whole else [f"gt mol show {wisp.id}"]
    output.next_steps([*show, "gt patrol report --summary '...' --steps STEP:OK,STEP:SKIP"])


def _ended(each: Patrol) -> str:
    left = f"; nothing was said of {', '.join(each.left)}" if each.left else ""
    return f"ended {each.id}: {output.one_line(each.summary)}{left}"
