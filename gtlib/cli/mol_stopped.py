"""Why nobody works on a molecule at the moment: what its agent's last session said, and how it goes on."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gtlib import output
from gtlib.model.agent import Agent
from gtlib.model.agent import start_line
from gtlib.output import count
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.flow import Flow


class Stopped(Struct, frozen=True):
    """One line, and the commands that let it go on."""

    said: str
    next: tuple[str, ...]


def stopped(root: Path, flow: Flow, agent: Agent | None) -> Stopped | None:
    """Why the agent on whose hook it is was given up, waits, or tries again; None when it does not."""
    hook = live_hook(agent) if agent is not None else None
    if agent is None or hook is None or hook.state not in ("active", "suspended"):
        return None
    # run state is read only where there is a hook: most looks at molecules ask for none
    from gtlib.runtimes import runs

    run = runs.read(root / ".git" / "gt", agent.address)
    if run is not None and (run.bead, run.since) != (hook.bead, hook.since):
        run = None
    tries = run.attempts if run is not None else 0
    step = next(flow.each_ready(), None)
    name = f"{flow.molecule.id}.{step.id}" if step is not None else ""
    ways = (f"gt mol step done {name}", f"gt mol step skip {name} --reason WHY") if name else ()
    start = start_line(agent.address)
    outcome = agent.sessions[-1].outcome if agent.sessions else ""
    if hook.state == "active":
        most = flow.snapshot.town.limits.attempts
        if run is None or not tries or not run.ended:
            return None
        said = f"{output.one_line(run.said)}, try {tries} of {most}"
        return Stopped(f"failed:   {said}", ("gt agents", *ways))
    if outcome.startswith(sessions.FAILED):
        after = f"after {count(tries, 'session')} without a step done: " if tries else ""
        said = output.one_line(outcome.removeprefix(sessions.FAILED))
        return Stopped(f"gave up:  {after}{said}", (start, *ways))
    why = sessions.waiting_for(agent)
    if not why or any(each.state == "failed" for each in flow.steps):
        return None
    return Stopped(f"waits:    {output.one_line(why)}", (start, *ways))
