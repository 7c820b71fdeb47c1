"""Whether an agent that holds a bead does nothing about it any more, so that another may take it."""

from __future__ import annotations

from gtlib.actions import running
from gtlib.model.agent import Agent
from gtlib.names import ItemId
from gtlib.rules.base import live_hook
from gtlib.rules.sessions import waiting_for
from gtlib.runtimes import runs
from gtlib.store.town import Town


def is_dead(town: Town, agent: Agent, bead: ItemId) -> bool:
    """Whether the agent had a session for that bead, which has ended, and none runs.

    Not one that waits for something, has handed in, lives elsewhere, or never began: its turn may come.
    """
    hook = live_hook(agent)
    if hook is None or hook.bead != bead or hook.state == "completed" or waiting_for(agent):
        return False
    if agent.host != town.host or (agent.role == "crew" and not agent.runtime):
        return False
    run = runs.read(town.local, agent.address)
    if run is not None and run.session and (running.is_alive(run) or (run.proc is None and not run.ended)):
        return False
    mine = [each for each in agent.sessions if each.bead == bead and each.started >= hook.since]
    return bool(mine)
