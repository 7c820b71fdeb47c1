"""`gt session list`, `status`, `history` and `check`: looks at sessions."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.end_strays import end_strays
from gtlib.actions.session_looks import clashes
from gtlib.actions.session_looks import health
from gtlib.actions.session_looks import live_sessions
from gtlib.actions.session_looks import past
from gtlib.cli import one_session
from gtlib.cli.command import command
from gtlib.cli.one_session import local
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import rig_here
from gtlib.model.agent import start_line
from gtlib.rules.route import resolve_address
from gtlib.rules.target import find_rig
from gtlib.store.roots import host_of

ADDRESS = "its address, as gt agents shows it"


@command("session list", help={"rig": "only those of this rig"}, example="gt session list")
def list_(*, rig: str = "", json: bool = False) -> None:
    """List the sessions that run on this machine."""
    where = here()
    snapshot = where.snapshot()
    chosen = rig_here(where, snapshot, rig) if rig else ""
    found = [each for each in live_sessions(local(where), snapshot) if chosen in ("", each.rig)]
    if json:
        output.json_out(found)
        return
    if not found:
        output.line("no session runs here")
        output.next_steps(["gt agents", "gt mayor start"])
        return
    output.table(
        ("agent", "session", "program", "mode", "activity", "bead", "since", "pid"),
        [
            (
                each.address,
                each.session_id,
                each.runtime,
                each.mode,
                each.activity,
                each.hook_bead,
                ago(each.created_at),
                each.pid,
            )
            for each in found
        ],
    )


@command("session status", help={"address": ADDRESS}, example="gt session status proj/toast")
def status(address: str, *, json: bool = False) -> None:
    """Show an agent's session: its program, since when, what is on the hook."""
    found = one_session.view(here(), address, look=True)
    steps = [f"gt peek {found.address}"] if found.running else [start_line(found.address)]
    one_session.tell_status(found, steps, json=json)


@command(
    "session history",
    short={"limit": "n"},
    help={"address": ADDRESS, "limit": "at most so many, the last ones (default: 20; 0: all)"},
    example="gt session history proj/toast",
)
def history(address: str, *, limit: int = 20, json: bool = False) -> None:
    """List an agent's sessions: when, with which program, on what, and how each ended."""
    most = limited(limit)
    snapshot = here().snapshot()
    who = resolve_address(snapshot, address)
    found = past(snapshot, who, most)
    if json:
        output.json_out(found)
        return
    if not found:
        output.line(f"{who} has had no session")
        return
    output.table(
        ("session", "program", "started", "ended", "bead", "outcome"),
        [(each.id, each.runtime, each.started, each.ended, each.bead, each.outcome) for each in found],
    )
    asked = next((each.id for each in found if each.native), "")
    output.next_steps(
        [f'gt seance --talk {asked} -p "what did you find out?"' if asked else f"gt peek {who}"]
    )


@command("session check", help={"rig": "of this rig alone"}, example="gt session check")
def check(rig: str = "", *, json: bool = False) -> int:
    """Look whether those live that should: healthy, idle, dead, waits, unknown (exit 1: dead)."""
    where = here()
    snapshot = where.snapshot()
    chosen = str(find_rig(snapshot, rig).name) if rig else ""
    found = health(local(where), snapshot, host_of(where.root), chosen)
    if json:
        output.json_out(found)
    elif not found:
        output.line("nobody works here, and nobody should")
    else:
        output.table(
            ("agent", "state", "session", "why"),
            [(each.address, each.state, each.session_id, each.why) for each in found],
        )
    bad = [each for each in found if each.state in ("dead", "unknown")]
    if bad and not json:
        output.next_steps([start_line(bad[0].address), "gt up"])
    return 1 if bad else 0


@command(
    "agents check",
    help={"fix": "end these, and all that they started; what is on their hooks stays there"},
    example="gt agents check --fix",
)
def agents_check(*, fix: bool = False, json: bool = False) -> int:
    """Look for processes that work as an agent beside its session; exits 1 when there are any."""
    where = here()
    ended = end_strays(where.root, local(where)) if fix else ()
    found = clashes(where.root, local(where))
    if json:
        output.json_out(found)
        return 1 if found else 0
    for stray in ended:
        output.line(f"ended session {stray.session} of {stray.address} (pid {stray.proc.pid})")
    if not found and not ended:
        output.line("no two sessions work as one agent")
    for each in found:
        who = f"process {each.pid} of session {each.session_id} " if each.pid else ""
        output.line(f"! {each.address}: {who}{each.problem}")
    if found or ended:
        output.next_steps(["gt agents check --fix"] if any(each.pid for each in found) else ["gt agents"])
    return 1 if found else 0
