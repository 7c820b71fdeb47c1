"""`gt cycle`: from one session to the next in a person's terminal."""

from __future__ import annotations

import os

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.one_session import local
from gtlib.cli.options import here

HELP = {
    "session": "from this session (default: the one that you are in)",
    "client": "in this terminal, as tmux names it (default: the one that shows it)",
}


@command("cycle next", "town next", "crew next", help=HELP, example="gt cycle next")
def next_(*, session: str = "", client: str = "", json: bool = False) -> None:
    """Show the next session of the town in your terminal, by name."""
    _cycle(1, session, client, json)


@command("cycle prev", "town prev", "crew prev", help=HELP, example="gt cycle prev")
def prev(*, session: str = "", client: str = "", json: bool = False) -> None:
    """Show the session before this one in your terminal, by name."""
    _cycle(-1, session, client, json)


def _cycle(step: int, session: str, client: str, json: bool) -> None:
    from gtlib.actions.cycle import cycle  # libtmux takes a tenth of a second, which help need not pay

    found = cycle(local(here()), os.environ, step, session=session, client=client)
    if json:
        output.json_out(found)
        return
    output.line(
        f"no other session than {found.now} runs in a terminal"
        if found.now == found.before
        else f"from {found.before} to {found.now}"
    )
    output.next_steps(["gt session list"])
