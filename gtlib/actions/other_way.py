"""What else can be done where the program of an agent can't be started on this machine."""

from __future__ import annotations

from gtlib.actions.modes import runtime as runtime_of
from gtlib.actions.session_spec import SHELL
from gtlib.actions.session_spec import How
from gtlib.actions.session_spec import how
from gtlib.actions.to_type import to_type
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.agent import start_line
from gtlib.model.snapshot import Snapshot
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.runtimes import presets
from gtlib.runtimes import programs
from gtlib.store.town import Town

HEADLESS = "headless"


def other_way(town: Town, snapshot: Snapshot, agent: Agent, hook: Hook | None, chosen: How) -> str:
    """A command of ours, or a line to type: the shell where all that is left has `run`, the same program in
    another way, another program that is installed; empty when there is none.

    UserError for settings that can't be read.
    """
    start = start_line(agent.address)
    if hook is not None and _has_run(snapshot, hook):
        return f"{start} --agent {SHELL}"
    if chosen.program is not None and not programs.missing(chosen.program):
        if chosen.mode != HEADLESS and not runtime_of(HEADLESS).missing(chosen.program):
            return f"gt config set sessions.{agent.role} {HEADLESS}"
        if hook is not None:
            return to_type(town, snapshot, agent, dry=True).line
    for name in presets.presets():
        other = how(snapshot, agent, name)
        if name != chosen.runtime and not runtime_of(other.mode).missing(other.program):
            return f"{start} --agent {name}"
    return ""


def _has_run(snapshot: Snapshot, hook: Hook) -> bool:
    """Whether every step that is left has a command."""
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    if molecule is None:
        return False
    flow = Flow(snapshot, molecule)
    left = [id for id in flow.ids if flow.state(id) not in OVER]
    return bool(left) and all((how := flow.recipe.get(id)) is not None and how.run is not None for id in left)
