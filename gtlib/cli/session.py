"""`gt session ...`: agents' programs at work."""

from __future__ import annotations

from pathlib import Path

from gtlib import clock
from gtlib import output
from gtlib.actions import session
from gtlib.actions.look_at import inject as give_words
from gtlib.actions.settle import settle
from gtlib.cli import one_session
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.agent import start_line
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
    settle(town, clock.stamp(clock.now()))
    if json:
        output.json_out({"address": address, "stopped": was})
        return
    output.line(f"ended the session of {address}" if was else f"no session of {address} runs here")
    output.next_steps([start_line(address)])


@command(
    "session restart",
    help={
        "address": ADDRESS,
        "agent": one_session.AGENT,
        "resume": "with the history of the session that is ended",
    },
    example="gt session restart proj/toast",
)
def restart(address: str, *, agent: str = "", resume: bool = False, json: bool = False) -> None:
    """End an agent's session, and start one that begins anew with what is on the hook."""
    where = here()
    who = resolve_address(where.snapshot(), address)
    found = one_session.restart(where, who, agent, resume=resume)
    one_session.tell_start(found, False, [f"gt peek {who}"], json=json)


@command(
    "session at",
    "session attach",
    help={"address": ADDRESS, "agent": one_session.AGENT},
    example="gt session at proj/toast",
)
def attach(address: str, *, agent: str = "", json: bool = False) -> None:
    """Show an agent's session in this terminal; it is started when none runs."""
    where = here()
    who = resolve_address(where.snapshot(), address)
    one_session.attach(where, who, agent, f"gt session at {who}")


@command(
    "session inject",
    short={"message": "m", "file": "f"},
    help={
        "address": ADDRESS,
        "message": "the words",
        "file": "a file with the words (- is standard input)",
        "wait": "for how many seconds it is tried (default: 10)",
    },
    example='gt session inject proj/toast -m "run the tests again"',
)
def inject(
    address: str, *, message: str | None = None, file: str = "", wait: int = 10, json: bool = False
) -> None:
    """Type words into a running session as if you sat there; gt nudge leaves them to be found."""
    text = text_from("--message", message, file)
    if not text or not text.strip():
        raise UsageError("there are no words to give", "say them with -m WORDS")
    where = here()
    who = resolve_address(where.snapshot(), address)
    give_words(_local(where.root), who, text, float(max(wait, 1)))
    if json:
        output.json_out({"address": who, "delivered": True})
        return
    output.line(f"{who} took the words")
    output.next_steps([f"gt peek {who}"])


def _local(root: Path) -> Path:
    return root / ".git" / "gt"
