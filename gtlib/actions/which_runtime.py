"""Which program works on what is on an agent's hook, how it runs, and what it may do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from typing import cast

from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.bead import Bead
from gtlib.model.settings import path_for
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.rules import choose
from gtlib.rules.base import live_hook
from gtlib.rules.carry_on import whose
from gtlib.rules.choose import Choice
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.rules.hooks import has_worktree
from gtlib.runtimes import programs
from gtlib.runtimes.base import Permissions
from gtlib.runtimes.presets import Preset
from gtlib.store.allowed import is_allowed

SHELL = "shell"
TIER = "GT_COST_TIER"

Mode = Literal["shell", "tmux", "headless", "manual"]


def which_runtime(snapshot: Snapshot, agent: Agent, asked: str = "") -> str:
    """What the step that is next names, or the bead; else what is asked for; else the agent's file; else
    shell when that step has `run`; else what the settings say.

    Where no step can be done: shell when every step that is left has `run`, or a shell worked on it last; a
    molecule that is complete only has to be handed in. UserError for bad settings.
    """
    return choice_of(snapshot, agent, asked).agent


def choice_of(snapshot: Snapshot, agent: Agent, asked: str = "") -> Choice:
    """As `which_runtime`, with who said so and what was passed over."""
    step, by_shell = _next(snapshot, agent)
    found = choose.choose(
        town_settings(snapshot),
        rig_settings(snapshot, agent.rig),
        agent.role,
        agent.address.rpartition("/")[2],
        asked=asked,
        step=step,
        own=agent.runtime,
        tier=os.environ.get(TIER, ""),
    )
    if by_shell and not (step or asked or agent.runtime):
        return Choice(SHELL, "the step has run", ((found.source, found.value), *found.passed))
    return found


def which_mode(snapshot: Snapshot, agent: Agent, runtime: str, asked: str = "") -> Mode:
    """How a session of that program runs for the agent. UserError for bad settings."""
    if runtime in ("shell", "manual"):
        return cast(Mode, runtime)
    custom = programs.config_of(snapshot, agent.rig, runtime)
    both = town_settings(snapshot), rig_settings(snapshot, agent.rig)
    return cast(Mode, choose.mode(*both, agent.role, custom, asked).value)


def which_permissions(snapshot: Snapshot, agent: Agent) -> Permissions:
    """What the agent's program may do by itself. UserError for bad settings."""
    both = town_settings(snapshot), rig_settings(snapshot, agent.rig)
    return cast(Permissions, choose.permissions(*both, agent.role).value)


def no_sandbox(snapshot: Snapshot, agent: Agent, program: Preset | None) -> str:
    """Why the program can't keep to the permissions of the agent; empty when it can."""
    if program is None or program.sandbox or which_permissions(snapshot, agent) != "sandbox":
        return ""
    return (
        f"{agent.role} is to work in a sandbox, and {program.name} has none: "
        f"gt config show --role {agent.role} says who wants it"
    )


def which_effort(snapshot: Snapshot, agent: Agent) -> str:
    """How hard the agent's program is to think; empty: as it does by itself. UserError for bad settings."""
    both = town_settings(snapshot), rig_settings(snapshot, agent.rig)
    return choose.effort(*both, agent.role, os.environ.get(TIER, "")).value


def not_allowed(local: Path, snapshot: Snapshot, rig: str, runtime: str) -> str:
    """Why a custom agent's command may not run on this machine yet, and what to do; empty when it may.

    `local` is `.git/gt`. It came with a pull, or an agent wrote it: a person has to read it first.
    """
    custom = programs.config_of(snapshot, rig, runtime)
    text = programs.text_of(custom) if custom is not None else ""
    if not text or is_allowed(local, text):
        return ""
    own = rig_settings(snapshot, rig)
    path = path_for(rig if own is not None and (runtime in own.agents or own.runtime is custom) else "")
    return f"what the agent {runtime} runs is not allowed on this machine yet: read it with gt allow {path}"


def allowed_program(local: Path, snapshot: Snapshot, rig: str, runtime: str) -> Preset:
    """The program of that name, to be started now. Whoever starts one gets it here, or asks `not_allowed`.

    UserError for what may not run on this machine yet, and as `programs.program_of`.
    """
    refused = not_allowed(local, snapshot, rig, runtime)
    if refused:
        what, _, hint = refused.partition(": ")
        raise UserError(what, hint)
    return programs.program_of(snapshot, rig, runtime)


def _next(snapshot: Snapshot, agent: Agent) -> tuple[str, bool]:
    """The agent that the next step names, else the bead, and whether a shell does what is left."""
    hook = live_hook(agent)
    named, by_shell = _step(snapshot, agent, hook) if hook is not None else ("", False)
    bead = snapshot.bead(hook.bead) if hook is not None and not named else None
    # Who has no worktree has none to run steps in.
    return named or (own_agent(bead) if bead is not None else ""), by_shell and has_worktree(agent)


def own_agent(bead: Bead) -> str:
    """The agent that a bead asks for, by its key `agent` or that of its metadata; empty: any."""
    said = bead.extra.get("agent") or bead.metadata.get("agent")
    return said if isinstance(said, str) else ""


def _step(snapshot: Snapshot, agent: Agent, hook: Hook) -> tuple[str, bool]:
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    if molecule is None:
        return "", False
    flow = Flow(snapshot, molecule)
    step = next((each for each in flow.each_ready() if whose(flow, each) in ("", agent.address)), None)
    how = flow.recipe.get(step.id) if step is not None else None
    if how is not None and how.run is None and how.agent:
        return how.agent, False
    if step is not None:
        return "", how is not None and how.run is not None
    last = agent.sessions[-1] if agent.sessions else None
    return "", _alone(flow) or (last is not None and (last.bead, last.runtime) == (hook.bead, SHELL))


def _alone(flow: Flow) -> bool:
    """Whether every step that is left has `run`; of a molecule that is complete, every step."""
    own = [id for id in flow.ids if not flow.is_control(id)]
    left = [id for id in own if flow.state(id) not in OVER] or own
    return bool(left) and all((how := flow.recipe.get(id)) is not None and how.run is not None for id in left)
