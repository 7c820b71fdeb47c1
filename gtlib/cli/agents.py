"""`gt agents`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gtlib import output
from gtlib.actions.agents import WORKERS
from gtlib.actions.agents import View
from gtlib.actions.agents import agents
from gtlib.cli.command import command
from gtlib.cli.paragraphs import line
from gtlib.rules.target import find_rig
from gtlib.store.reading import read
from gtlib.store.roots import find_root


@command(
    "agents",
    "agents list",
    help={
        "rig": "only those of this rig",
        "all_": "those without work or session too: mayor, deacon, witnesses ...",
    },
    short={"all_": "a"},
    example="gt agents",
)
def list_(*, rig: str = "", all_: bool = False, json: bool = False) -> None:
    """List the agents: what is on their hooks, how far it is, whether a session runs."""
    root = find_root(Path.cwd())
    snapshot = read(root)
    chosen = str(find_rig(snapshot, rig).name) if rig else ""
    found = [view for view in agents(snapshot, root / ".git" / "gt") if chosen in ("", view.rig)]
    if json:
        output.json_out(found)
        return
    shown = [view for view in found if all_ or view.role in WORKERS or view.has_work or view.running]
    if not shown:
        output.line("no agent works here yet")
        output.next_steps(["gt sling BEAD RIG"])
        return
    show(shown)


def show(views: Sequence[View]) -> None:
    """Print agents as a table, then why those wait that do."""
    output.table(
        ("agent", "role", "state", "bead", "step", "progress", "session", "activity"),
        [
            (
                view.address,
                view.role,
                view.state,
                view.hook_bead,
                view.step,
                _progress(view),
                _session(view),
                view.activity,
            )
            for view in views
        ],
    )
    for view in views:
        if view.why:
            line(f"{view.address}: {view.why}", 4)


def _progress(view: View) -> str:
    return f"{view.steps_done}/{view.steps}" if view.steps else ""


def _session(view: View) -> str:
    if not view.running:
        return ""
    how = f" {view.mode}" if view.mode not in ("", view.runtime) else ""
    return f"{view.runtime}{how} {view.pid}"
