"""Which program works on what is on an agent's hook."""

from __future__ import annotations

import msgspec

from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import live_hook
from gtlib.rules.carry_on import whose
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow

DEFAULT_AGENT = "claude"
SHELL = "shell"


def which_runtime(snapshot: Snapshot, agent: Agent) -> str:
    """What the step that is next names; else the agent's file; else shell when that step has `run`.

    Where no step can be done: shell when every step that is left has `run`, or a shell worked on it last; a
    molecule that is complete only has to be handed in. Else the town's default. UserError for bad settings.
    """
    hook = live_hook(agent)
    molecule = snapshot.molecule(hook.molecule) if hook and hook.molecule else None
    if hook is None or molecule is None:
        return agent.runtime or default_agent(snapshot)
    flow = Flow(snapshot, molecule)
    step = next((each for each in flow.each_ready() if whose(flow, each) in ("", agent.address)), None)
    how = flow.recipe.get(step.id) if step is not None else None
    if how is not None and how.run is None and how.agent:
        return how.agent
    if agent.runtime:
        return agent.runtime
    if step is not None:
        by_shell = how is not None and how.run is not None
    else:
        last = agent.sessions[-1] if agent.sessions else None
        by_shell = _alone(flow) or (last is not None and (last.bead, last.runtime) == (hook.bead, SHELL))
    return SHELL if by_shell else default_agent(snapshot)


def default_agent(snapshot: Snapshot) -> str:
    """`default_agent` of settings/config.json."""
    try:
        settings = msgspec.json.decode(snapshot.text("settings/config.json") or "{}", type=dict[str, object])
    except msgspec.DecodeError as error:
        raise UserError(f"settings/config.json: {error}", "mend it; until then no session starts") from error
    named = settings.get("default_agent")
    return named if isinstance(named, str) and named else DEFAULT_AGENT


def _alone(flow: Flow) -> bool:
    """Whether every step that is left has `run`; of a molecule that is complete, every step."""
    own = [id for id in flow.ids if not flow.is_control(id)]
    left = [id for id in own if flow.state(id) not in OVER] or own
    return bool(left) and all((how := flow.recipe.get(id)) is not None and how.run is not None for id in left)
