"""`gt polecat identity ...`: who the polecats are, and what they have done."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.curriculum import curriculum
from gtlib.cli.command import command
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import UsageError
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.cv import CV
from gtlib.rules.cv import cv
from gtlib.rules.route import resolve_address
from gtlib.rules.target import find_rig

WHO = "RIG/NAME, or RIG and then NAME"


@command("polecat identity list", help={"rig": "only those of this rig"}, example="gt polecat identity list")
def list_(rig: str = "", *, json: bool = False) -> None:
    """List the polecats that there are, with what they have done."""
    where = here()
    snapshot = where.snapshot()
    chosen = rig_here(where, snapshot, rig)
    agents = [a for a in snapshot.agents() if a.role == "polecat" and chosen in ("", a.rig)]
    found = [cv(snapshot, each) for each in agents]
    if json:
        output.json_out(found)
        return
    if not found:
        output.line("there is no polecat yet")
        output.next_steps(["gt sling BEAD RIG", "gt polecat identity add RIG"])
        return
    output.table(
        ("polecat", "sessions", "completed", "failed", "abandoned", "first pass", "active"),
        [
            (
                each.address,
                each.sessions,
                each.issues_completed,
                each.issues_failed,
                each.issues_abandoned,
                _rate(each),
                ago(each.last_active),
            )
            for each in found
        ],
    )


@command(
    "polecat identity show",
    help={"who": WHO, "name": "its name, when a rig stands before it"},
    example="gt polecat identity show myproject toast",
)
def show(who: str, name: str = "", *, json: bool = False) -> None:
    """Show what an agent has done: sessions, beads, rates, times, languages, recent work."""
    where = here()
    snapshot = where.snapshot()
    found = curriculum(where.root, snapshot, _address(snapshot, who, name))
    if json:
        output.json_out(found)
        return
    output.line(f"{found.address}, since {found.created or 'unknown'}")
    if found.formerly:
        output.line(f"formerly:   {', '.join(found.formerly)}")
    output.line(f"sessions:   {found.sessions}, the last {ago(found.last_active) or 'never'}")
    output.line(
        f"beads:      {found.issues_completed} completed, {found.issues_failed} failed, "
        f"{found.issues_abandoned} abandoned"
    )
    output.line(f"first pass: {_rate(found) or 'nothing has landed yet'}")
    minutes = found.avg_completion_minutes
    output.line(f"time:       {f'{minutes:g} minutes for a bead' if minutes is not None else 'unknown'}")
    for label, counts in (("languages:", found.languages), ("work:", found.work_types)):
        if counts:
            output.line(f"{label:11} {', '.join(f'{key} {number}' for key, number in counts.items())}")
    if found.recent_work:
        output.line()
        output.table(
            ("bead", "title", "outcome", "ended", "minutes"),
            [(each.bead, each.title, each.outcome, each.ended, each.minutes) for each in found.recent_work],
        )
    output.next_steps([f"gt session history {found.address}"])


@command(
    "polecat identity add",
    help={"rig": "of which rig", "name": "how it is called (default: the next name of the rig's pool)"},
    example="gt polecat identity add myproject toast",
)
def add(rig: str, name: str = "", *, json: bool = False) -> None:
    """Make a polecat before there is work for it."""
    from gtlib.actions.identity import add as make  # libgit2 costs 70 ms, which the looks need not pay
    from gtlib.store.town import Town

    where = here()
    agent = make(Town.open(where.root), rig, name, where.actor)
    if json:
        output.json_out({"address": agent.address, "rig": agent.rig})
        return
    output.line(f"✓ {agent.address} waits for work")
    output.next_steps([f"gt sling BEAD {agent.address}"])


@command(
    "polecat identity rename",
    help={
        "who": WHO,
        "name": "its name when a rig stands before it, else the new one",
        "new": "the new name",
    },
    example="gt polecat identity rename myproject toast rust",
)
def rename(who: str, name: str, new: str = "", *, json: bool = False) -> None:
    """Give a polecat another name; its history and mail go with it."""
    from gtlib.actions.identity import rename as change  # as above
    from gtlib.store.town import Town

    where = here()
    town = Town.open(where.root)
    old = _address(town.snapshot(), who, name if new else "")
    agent = change(town, old, new or name, where.actor)
    if json:
        output.json_out({"old": old, "address": agent.address})
        return
    output.line(f"✓ {old} is {agent.address} now")
    output.next_steps([f"gt polecat identity show {agent.address}"])


@command(
    "polecat identity remove",
    "polecat identity rm",
    help={"who": WHO, "name": "its name, when a rig stands before it"},
    example="gt polecat identity remove myproject toast",
)
def remove(who: str, name: str = "", *, json: bool = False) -> None:
    """Take a polecat away that has no work; git keeps what it has done."""
    from gtlib.actions.identity import remove as take_away  # as above
    from gtlib.store.town import Town

    where = here()
    town = Town.open(where.root)
    address = _address(town.snapshot(), who, name)
    take_away(town, address, where.actor)
    if json:
        output.json_out({"address": address, "removed": True})
        return
    output.line(f"✓ {address} is no more; git keeps its file: git log -- agents/{address}.md")
    output.next_steps(["gt polecat identity list"])


def _address(snapshot: Snapshot, who: str, name: str) -> Address:
    if name:
        return resolve_address(snapshot, f"{find_rig(snapshot, who).name}/polecats/{name}")
    if "/" not in who:
        raise UsageError(f"{who!r} names no polecat", "say RIG/NAME, or RIG and then NAME")
    return resolve_address(snapshot, who)


def _rate(found: CV) -> str:
    return f"{found.first_pass_rate:.0%}" if found.first_pass_rate is not None else ""
