"""`gt up`, `gt down`."""

from __future__ import annotations

from pathlib import Path

from gtlib import output
from gtlib.actions import deacon
from gtlib.actions.agents import agents
from gtlib.actions.left_off import left_off
from gtlib.actions.left_off import note as left_off_note
from gtlib.cli.command import command
from gtlib.model.agent import start_line
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town


@command("up", "deacon start", example="gt up")
def up(*, json: bool = False) -> None:
    """Start the deacon in the background; back when it has caught up."""
    town = Town.find(Path.cwd())
    found = deacon.up(town)
    snapshot = town.snapshot()
    views = {view.address: view for view in agents(snapshot, town.local)}
    left = [each for each in left_off(town.local, snapshot, town.host) if not views[each].running]
    if json:
        said = {"running": True, "pid": found.proc.pid, "already": found.already, "log": found.log}
        output.json_out({**said, "left_off": left})
        return
    how = "runs already" if found.already else "runs"
    output.line(f"the deacon {how} (pid {found.proc.pid}), log in {found.log}")
    for each in left:
        output.line(f"{each} had a session before gt down, which you start again: {start_line(each)}")
    output.next_steps([*map(start_line, left), "gt status", "gt down"])


@command("down", "deacon stop", example="gt down")
def down(*, json: bool = False) -> None:
    """End the deacon and the sessions it started; work stays where it is."""
    town = Town.find(Path.cwd())
    ended = deacon.down(town)
    left = deacon.left_in_tmux(town.local)
    left_off_note(town.local, town.snapshot(), ended)
    by_hand = deacon.left_to_people(town.local)
    if json:
        output.json_out({"ended": ended, "left": left, "by_hand": by_hand})
        return
    output.line(f"ended: {', '.join(ended)}" if ended else "nothing ran")
    if left:
        output.line(f"! none of ours, so it goes on in the town's tmux: {', '.join(left)}")
    if by_hand:
        output.line(f"! started by a person, so it goes on: {', '.join(by_hand)}")
    output.next_steps(["gt up"])


@command("deacon status", example="gt deacon status")
def status(*, json: bool = False) -> None:
    """Show whether the deacon runs."""
    town = Town.find(Path.cwd())
    found = holder(town.local)
    log = str(deacon.log_path(town.local))
    if json:
        pid = found.proc.pid if found else 0
        ready = found is not None and found.ready
        output.json_out({"running": found is not None, "pid": pid, "ready": ready, "log": log})
        return
    if found is None:
        output.line("the deacon does not run")
        output.next_steps(["gt up"])
    else:
        output.line(f"the deacon runs (pid {found.proc.pid}), log in {log}")
