"""`gt status`."""

from __future__ import annotations

from pathlib import Path

from gtlib import output
from gtlib.actions.status import RigView
from gtlib.actions.status import Status
from gtlib.actions.status import status
from gtlib.cli.agents import show
from gtlib.cli.command import command
from gtlib.cli.paragraphs import line as fitted_line
from gtlib.model.agent import start_line
from gtlib.store.reading import read
from gtlib.store.roots import find_root


@command("status", example="gt status")
def status_(*, json: bool = False) -> None:
    """Show how the town stands: deacon, agents, merge queue, what is wrong."""
    root = find_root(Path.cwd())
    found = status(root, read(root))
    if json:
        output.json_out(found)
        return
    _town(found)
    working = [view for view in found.agents if view.has_work or view.running]
    if working:
        output.line()
        show(working)
    if found.rigs:
        output.line()
        output.table(
            ("rig", "branch", "polecats", "crew", "to land", "testing", "held", "sent back"),
            [_rig(each) for each in found.rigs],
        )
    _wrong(found)
    output.next_steps(_next(found))


def _rig(rig: RigView) -> tuple[object, ...]:
    queue = rig.mq
    counts = (queue.pending, queue.in_flight, queue.held, queue.blocked - queue.held)
    return (rig.name, rig.branch, rig.polecat_count, rig.crew_count, *counts)


def _town(found: Status) -> None:
    daemon = found.daemon
    deacon = f"runs (pid {daemon.pid})" if daemon.running else "does not run"
    counts = found.summary
    fitted_line(f"town {found.name} in {found.location}, overseer {found.overseer or 'unknown'}", 5)
    output.line(f"deacon {deacon}")
    fitted_line(
        f"agents: {counts['working']} working, {counts['waiting']} waiting, {counts['suspended']} suspended, "
        f"{counts['submitted']} submitted, {counts['idle']} idle",
        8,
    )
    output.line(f"beads: {counts['open_beads']} open, {counts['closed_beads']} closed")
    if found.permissions:
        said = (f"{who} {value}" for who, value in found.permissions.items())
        fitted_line(f"permissions: {', '.join(said)}", 13)
    if found.held:
        fitted_line(f"held until you let it land: {', '.join(found.held)}", 6)
    if found.unread_mail:
        output.line(f"mail: {found.unread_mail} unread for the overseer")


def _wrong(found: Status) -> None:
    lines = [*found.broken, *found.warnings]
    if found.operation:
        lines.append(f"a {found.operation} is in progress in the town: no transition until it ends")
    if found.head != found.branch:
        lines.append(f"the checkout stands on {found.head}: the town goes on on {found.branch}")
    if found.pending:
        lines.append("a transition is half way into the checkout")
    if lines:
        output.line()
    for line in lines:
        fitted_line(f"! {line}", 2)


def _next(found: Status) -> list[str]:
    steps = []
    if found.operation:
        steps.append(f"git -C {found.location} status")
    if not found.daemon.running:
        steps.append("gt up")
    if found.unread_mail:
        steps.append("gt mail inbox overseer")
    if found.broken or found.pending:
        steps.append("gt doctor --fix")
    steps += [start_line(view.address) for view in found.agents if view.state == "suspended"]
    steps += [f"gt mq retry {id}" for id in found.held]  # that lets it land
    return steps or ["gt agents"]
