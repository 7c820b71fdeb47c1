"""`gt session ...`: agents' programs at work."""

from __future__ import annotations

from gtlib import clock
from gtlib import output
from gtlib.actions import session
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UserError
from gtlib.rules.route import resolve_address
from gtlib.runtimes import runs
from gtlib.store.town import Town

ADDRESS = "its address, as gt agents shows it"


@command(
    "session start",
    help={"address": ADDRESS, "agent": "the runtime to do it with from now on, as shell or claude"},
    example="gt session start proj/toast --agent shell",
)
def start(address: str, *, agent: str = "", json: bool = False) -> None:
    """Let an agent go on with what is on its hook, also after it was suspended."""
    where = here()
    town = Town.open(where.root)
    who = resolve_address(town.snapshot(), address)
    started = session.start(town, who, where.actor, clock.stamp(clock.now()), agent)
    if started.proc is None:
        raise UserError(f"no session started: {started.why}", "gt agents shows what is known")
    log = str(runs.log(town.local, who))
    if json:
        output.json_out({"address": who, "pid": started.proc.pid, "log": log})
        return
    output.line(f"{who} works (pid {started.proc.pid}), log in {log}")
    output.next_steps(["gt agents"])


@command("session stop", help={"agent": ADDRESS}, example="gt session stop proj/toast")
def stop(agent: str, *, json: bool = False) -> None:
    """End an agent's session; its work stays on the hook."""
    town = Town.open(here().root)
    address = resolve_address(town.snapshot(), agent)
    was = session.stop(town, address)
    if json:
        output.json_out({"address": address, "stopped": was})
        return
    output.line(f"ended the session of {address}" if was else f"no session of {address} runs here")
    output.next_steps([f"gt session start {address}"])
