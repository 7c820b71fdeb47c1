"""`gt handoff`: a fresh session goes on, with a note of this one."""

from __future__ import annotations

import os
import sys

from gtlib import clock
from gtlib import output
from gtlib.actions import handoff as action
from gtlib.actions.handoff import Handoff
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UserError
from gtlib.model.agent import start_line
from gtlib.rules.handoff_note import collected
from gtlib.store.town import Town

SHOWN = 10  # files that are named


@command(
    "handoff",
    short={"subject": "s", "message": "m", "collect": "c", "dry_run": "n", "yes": "y"},
    help={
        "target": "a bead, which goes onto your hook first; or an agent whose session is handed over",
        "subject": "what it is about (default: what is on the hook)",
        "message": "what the next session must know",
        "stdin": "the message stands on standard input",
        "collect": "add what is on the hook, unread mail, and what is ready",
        "dry_run": "say what would be done",
        "reason": "why, as told in the note",
        "git_check": "without a look at what is not committed",
        "yes": "don't ask",
    },
    example='gt handoff -s "tests are red" -m "see test_login: the clock is wrong"',
)
def handoff(
    target: str = "",
    *,
    subject: str = "",
    message: str = "",
    stdin: bool = False,
    collect: bool = False,
    dry_run: bool = False,
    reason: str = "",
    git_check: bool = True,
    yes: bool = False,
    json: bool = False,
) -> None:
    """Save a note, end the session, start a fresh one that is told it; work stays on the hook."""
    where = here()
    town = Town.open(where.root)
    snapshot = town.snapshot()
    who = action.target(snapshot, where.actor, where.agent, target)
    parts = [message.strip(), sys.stdin.read().strip() if stdin else ""]
    if reason.strip():
        parts.append(f"Why: {reason.strip()}")
    if collect or not any(parts):
        parts.append(collected(snapshot, who.address, clock.stamp(clock.now())))
    body = "\n\n".join(part for part in parts if part)
    planned = action.look(town, who, subject, body, git_check=git_check)
    if not dry_run:
        if not yes and not json:
            _ask(planned)
        planned = action.handoff(town, who, planned, where.actor, where.cwd)
    if json:
        output.json_out(
            {**{key: getattr(planned, key) for key in planned.__struct_fields__}, "dry_run": dry_run}
        )
        return
    _tell(planned, who.bead, dry_run, os.environ.get("GT_SESSION", ""))


def _ask(planned: Handoff) -> None:
    """On a terminal; UserError unless the person says yes."""
    if not (planned.session and sys.stdin.isatty() and sys.stdout.isatty()):
        return
    try:
        said = input(f"end the session of {planned.address} and start a fresh one? [y/N] ")
    except EOFError:
        said = ""
    if said.strip().lower() not in ("y", "yes"):
        raise UserError("nothing was handed off", "say y to hand off")


def _tell(done: Handoff, bead: str, dry_run: bool, mine: str) -> None:
    """`mine` is the session that asks, which is to say no more."""
    if bead:
        output.line(f"{bead} {'would go' if dry_run else 'is'} on the hook of {done.address}")
    output.line(
        f"a note to {done.address} would be saved: {done.subject}"
        if dry_run
        else f"note {done.note} is saved: {output.one_line(done.subject)}"
    )
    if done.dirty:
        named = ", ".join(output.one_line(each) for each in done.dirty[:SHOWN])
        more = f" and {len(done.dirty) - SHOWN} more" if len(done.dirty) > SHOWN else ""
        output.line(f"! not committed, stays in the worktree: {named}{more}")
    would = "would be" if dry_run else "is"
    if not done.session:
        output.line(f"no session of {done.address} runs here: the next one {would} told the note")
        output.next_steps([start_line(done.address)])
    elif done.how != "gt":
        output.line(
            "a person started this session: end it there and start it again, it is told the note then"
        )
        output.next_steps(["gt resume"])
    else:
        output.line(
            f"session {done.session} {would} ended now, and a fresh one of {done.runtime} started"
            + (": do nothing more here" if mine == done.session else "")
        )
        output.next_steps([f"gt peek {done.address}"])
