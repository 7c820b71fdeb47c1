"""`gt mayor ...`: the session that a person talks to about the whole town."""

from __future__ import annotations

from gtlib import output
from gtlib.cli import one_session
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.rules.base import MAYOR


@command("mayor start", help={"agent": one_session.AGENT}, example="gt mayor start --agent codex")
def start(*, agent: str = "", json: bool = False) -> None:
    """Start the mayor's session, unless one runs."""
    found, ran = one_session.start(here(), MAYOR, agent)
    one_session.tell_start(found, ran, ["gt mayor attach", "gt mayor status"], json=json)


@command("mayor attach", "mayor at", help={"agent": one_session.AGENT}, example="gt mayor attach")
def attach(*, agent: str = "", json: bool = False) -> None:
    """Show the mayor's session in this terminal; it is started when none runs."""
    one_session.attach(here(), MAYOR, agent, "gt mayor attach")


@command("mayor detach", example="gt mayor detach")
def detach(*, json: bool = False) -> None:
    """Take the mayor's session out of the terminals that show it; it goes on."""
    number = one_session.detach(here(), MAYOR)
    if json:
        output.json_out({"address": MAYOR, "detached": number})
        return
    output.line(
        f"the mayor is shown in {output.count(number, 'terminal')} less"
        if number
        else "no terminal shows the mayor"
    )
    output.next_steps(["gt mayor attach"])


@command("mayor stop", example="gt mayor stop")
def stop(*, json: bool = False) -> None:
    """End the mayor's session; the next one goes on with its history."""
    ended = one_session.stop(here(), MAYOR)
    if json:
        output.json_out({"address": MAYOR, "stopped": ended})
        return
    output.line("ended the mayor's session" if ended else "no session of the mayor runs here")
    output.next_steps(["gt mayor start"])


@command(
    "mayor restart",
    help={"agent": one_session.AGENT, "resume": "with the history of the session that is ended"},
    example="gt mayor restart",
)
def restart(*, agent: str = "", resume: bool = False, json: bool = False) -> None:
    """End the mayor's session, and start one that begins anew."""
    found = one_session.restart(here(), MAYOR, agent, resume=resume)
    one_session.tell_start(found, False, ["gt mayor attach"], json=json)


@command("mayor status", example="gt mayor status")
def status(*, json: bool = False) -> None:
    """Show the mayor's session: its program, since when, what it does, its mail and hook."""
    found = one_session.view(here(), MAYOR, look=True)
    steps = ["gt mayor attach", "gt peek mayor"] if found.running else ["gt mayor start"]
    one_session.tell_status(found, steps, json=json)
