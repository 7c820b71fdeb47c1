"""Whether what is slung can be worked on here: known before anything is changed."""

from __future__ import annotations

from gtlib.actions.loosened import loosened
from gtlib.actions.modes import runtime as runtime_of
from gtlib.actions.session_spec import MANUAL
from gtlib.actions.session_spec import how
from gtlib.actions.to_type import to_type
from gtlib.actions.which_runtime import no_sandbox
from gtlib.actions.which_runtime import not_allowed
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.runtimes.base import OWN
from gtlib.store.town import Town


def refuse_unstartable(town: Town, after: Snapshot, bead: ItemId, asked: str, *, force: bool) -> None:
    """UserError when nobody knows the program that is to work on the bead; or, unless by `force`, when it is
    the one that was `asked` for and not on this machine. `after` is the town as it is going to be.
    """
    agent = holder(after, bead)
    if agent is None:
        return
    runtime = to_type(town, after, agent, dry=True).runtime
    if asked != runtime or asked in OWN or force or agent.host not in ("", town.host):
        return
    chosen = how(after, agent, asked)
    why = "" if chosen.mode == MANUAL else runtime_of(chosen.mode).missing(chosen.program)
    if why:
        raise UserError(why, "or sling it all the same: --force")


def refused_here(town: Town, snapshot: Snapshot, agent: Agent, runtime: str) -> str:
    """Why the deacon of this machine does not start that program for the agent, though it is there: a person
    has to allow something first. Empty when nothing is in the way.
    """
    if runtime in OWN or agent.host not in ("", town.host):
        return ""
    return (
        not_allowed(town.local, snapshot, agent.rig, runtime)
        or loosened(town.local, snapshot, agent.rig, agent.role)
        or no_sandbox(snapshot, agent, how(snapshot, agent, runtime).program)
    )
