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


@command("session start", help={"agent": ADDRESS}, example="gt session start proj/toast")
def start(agent: str, *, json: bool = False) -> None:
    """Let an agent go on with what is on its hook, also after it was suspended."""
    where = here()
    town = Town.open(where.root)
    address = resolve_address(town.snapshot(), agent)
    started = session.start(town, address, where.actor, clock.stamp(clock.now()))
    if started.proc is None:
        raise UserError(f"no session started: {started.why}", "gt agents shows what is known")
    log = str(runs.log(town.local, address))
    if json:
        output.json_out({"address": address, "pid": started.proc.pid, "log": log})
        return
    output.line(f"{address} works (pid {started.proc.pid}), log in {log}")
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
