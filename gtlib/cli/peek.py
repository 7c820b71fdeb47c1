"""`gt peek`: what an agent's session shows."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.look_at import peek as peek_at
from gtlib.cli.command import command
from gtlib.cli.one_session import local
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.errors import UsageError
from gtlib.output import count
from gtlib.rules.route import resolve_address

LINES = 45


@command(
    "peek",
    "session capture",
    "polecat peek",
    short={"lines": "n"},
    help={"address": "whose session, as gt agents shows it", "lines": "how many of them"},
    example="gt peek myproject/toast -n 20",
)
def peek(address: str, number: str = "", *, lines: int = 0, json: bool = False) -> None:
    """Show the screen of a session, or the end of its log."""
    if number and not number.isdecimal():
        raise UsageError(f"{number!r} is no number of lines", "gt peek ADDRESS -n 20")
    most = limited(lines) or (int(number) if number else 0) or LINES
    where = here()
    found = peek_at(local(where), resolve_address(where.snapshot(), address), most)
    if json:
        output.json_out(found)
        return
    state = "runs" if found.running else "has ended"
    output.line(f"{found.address}: {found.runtime}, {found.mode}, {state}, {count(len(found.lines), 'line')}")
    output.line("\n".join(found.lines) if found.lines else "(it shows nothing)")
