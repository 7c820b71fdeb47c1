"""`gt seance`: earlier sessions, and asking one of them."""

from __future__ import annotations

import os

from gtlib import clock
from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import age
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.rules import seance as rules
from gtlib.rules.base import OVERSEER
from gtlib.rules.find import find_bead
from gtlib.rules.route import resolve_address
from gtlib.rules.seance import Past
from gtlib.rules.target import find_rig
from gtlib.rules.times import past

LAST = "last"


@command(
    "seance",
    short={"prompt": "p", "limit": "n"},
    alone={"talk": LAST},
    help={
        "id": "a session, by its id with us or with its program",
        "talk": "ask that session; alone: the last one before yours on what is on your hook",
        "prompt": "what to ask it",
        "agent": "only sessions of this agent",
        "bead": "only those that worked on this bead",
        "rig": "only those of this rig's agents",
        "since": "only those that began after: 2d, yesterday, 2026-11-20",
        "until": "only those that began before",
        "limit": "how many to show, 0: all",
    },
    example="gt seance --talk -p 'Where did you stop, and why?'",
)
def seance(
    id: str = "",
    *,
    talk: str = "",
    prompt: str = "",
    agent: str = "",
    bead: str = "",
    rig: str = "",
    since: str = "",
    until: str = "",
    limit: int = 20,
    json: bool = False,
) -> None:
    """List earlier sessions of agents, or ask one what it knows."""
    where = here()
    snapshot = where.snapshot()
    if talk or prompt:
        asked = id or ("" if talk == LAST else talk)
        if not asked and (agent or bead):
            asked = _last_of(snapshot, agent, bead)
        _talk(where, snapshot, asked, prompt, json)
        return
    if id:
        _show(snapshot, rules.named(snapshot, id), json)
        return
    now = clock.now()
    found = rules.earlier(
        snapshot,
        agent=resolve_address(snapshot, agent) if agent else "",
        bead=find_bead(snapshot, bead).id if bead else "",
        rig=find_rig(snapshot, rig).name if rig else "",
        since=clock.stamp(past(since, now)) if since else "",
        until=clock.stamp(past(until, now)) if until else "",
    )[: limited(limit)]
    if json:
        output.json_out([_shape(snapshot, each) for each in found])
        return
    if not found:
        output.line("no session has been")
        return
    rows = [
        (
            each.session.id,
            each.address,
            each.session.bead,
            each.session.runtime,
            age(each.session.started),
            output.one_line(each.session.outcome) or ("" if each.session.ended else "at work"),
            output.one_line(_title(snapshot, each)),
        )
        for each in found
    ]
    output.table(("session", "agent", "bead", "program", "began", "outcome", "title"), rows)
    able = next((each for each in found if each.session.native), None)
    if able is not None:
        output.next_steps([f"gt seance --talk={able.session.id} -p 'What did you find?'"])


def _last_of(snapshot: Snapshot, agent: str, bead: str) -> str:
    """The last session of the agent, on the bead. UserError when there is none."""
    whose = resolve_address(snapshot, agent) if agent else ""
    what = find_bead(snapshot, bead).id if bead else ""
    found = rules.earlier(snapshot, agent=whose, bead=what)
    if not found:
        wanted = " on ".join(filter(None, (whose, what)))
        raise UserError(f"there has been no session of {wanted}", "gt seance lists those there were")
    return next((each for each in found if each.session.native), found[0]).session.id


def _talk(where: Here, snapshot: Snapshot, id: str, question: str, json: bool) -> None:
    if not question.strip():
        raise UsageError("no question is given", "gt seance --talk ID -p 'What did you find?'")
    session = os.environ.get("GT_SESSION", "")
    found = rules.named(snapshot, id) if id else rules.predecessor(snapshot, where.actor, session)
    from gtlib.actions.seance import ask  # a list needs none of what starts programs
    from gtlib.actions.seance import framed

    answer = ask(where.root, found, question)
    if json:
        output.json_out(answer)
        return
    if answer.how == "transcript":
        output.line(f"{answer.session} could not be asked: {answer.why}. From its transcript:")
    for line in (answer.text if where.actor == OVERSEER else framed(answer)).splitlines():
        output.line(line)


def _show(snapshot: Snapshot, found: Past, json: bool) -> None:
    if json:
        output.json_out(_shape(snapshot, found))
        return
    session = found.session
    output.line(f"session:  {session.id}")
    output.line(f"agent:    {found.address}")
    output.line(f"bead:     {session.bead or 'none'}  {output.one_line(_title(snapshot, found))}".rstrip())
    output.line(f"program:  {session.runtime}{f', where it is {session.native}' if session.native else ''}")
    output.line(f"began:    {session.started}")
    output.line(f"ended:    {session.ended or 'not yet'}")
    output.line(f"outcome:  {output.one_line(session.outcome) or 'none'}")
    if session.native:
        output.next_steps([f"gt seance --talk={session.id} -p 'What did you find?'"])


def _shape(snapshot: Snapshot, found: Past) -> dict[str, str]:
    session = found.session
    return {
        "id": session.id,
        "agent": found.address,
        "bead": session.bead,
        "title": _title(snapshot, found),
        "runtime": session.runtime,
        "native": session.native,
        "started": session.started,
        "ended": session.ended,
        "outcome": session.outcome,
    }


def _title(snapshot: Snapshot, found: Past) -> str:
    bead = snapshot.bead(found.session.bead) if found.session.bead else None
    return bead.title if bead else ""
