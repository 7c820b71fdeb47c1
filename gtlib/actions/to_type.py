"""What a person types where gt starts no program for an agent, and the settings that such a program reads."""

from __future__ import annotations

import shlex

from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions.modes import runtime as runtime_of
from gtlib.actions.session_spec import MANUAL
from gtlib.actions.session_spec import SHELL
from gtlib.actions.session_spec import How
from gtlib.actions.session_spec import folder_of
from gtlib.actions.session_spec import how
from gtlib.actions.which_runtime import which_permissions
from gtlib.actions.which_runtime import which_runtime
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import live_hook
from gtlib.rules.hooks import has_worktree
from gtlib.runtimes import hookfiles
from gtlib.runtimes import runs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town


class ToType(Struct, frozen=True):
    """`runtime` is the program that works there; `why` gt does not start it (empty: the deacon does); `line`
    is what a person types: empty where that is not needed, or nothing can be said.
    """

    runtime: str
    why: str = ""
    line: str = ""


def to_type(town: Town, snapshot: Snapshot, agent: Agent, *, dry: bool = False) -> ToType:
    """Whether a person is to start the agent's program, or may while no deacon runs; then (unless `dry`) its
    settings are in the worktree.

    UserError for settings that can't be read.
    """
    runtime = which_runtime(snapshot, agent)
    person = agent.role == "crew" and not agent.runtime
    if runtime == SHELL and not person:
        return ToType(runtime)
    chosen = _chosen(snapshot, agent, runtime)
    if person:
        why = "a person works there"
    elif runtime == MANUAL or chosen.mode == MANUAL:
        why = "a person starts it"
    else:
        why = runtime_of(chosen.mode).missing(chosen.program)
    if not why and (holder(town.local) is not None or not has_worktree(agent)):
        return ToType(runtime)
    return ToType(runtime, why, _line(town, snapshot, agent, chosen, dry))


def _chosen(snapshot: Snapshot, agent: Agent, runtime: str) -> How:
    """The program that a person would start, where the agent's file only says that one does."""
    if runtime != MANUAL:
        return how(snapshot, agent, runtime)
    return how(snapshot, agent, which_runtime(snapshot, replace(agent, runtime="", hook=None)))


def _line(town: Town, snapshot: Snapshot, agent: Agent, chosen: How, dry: bool) -> str:
    hook = live_hook(agent)
    if chosen.program is None or hook is None:
        return ""
    spec = Spec(
        town=town.root,
        address=agent.address,
        bead=hook.bead,
        session="",
        worktree=folder_of(town, agent, hook),
        log=runs.log(town.local, agent.address),
        program=chosen.program,
        permissions=which_permissions(snapshot, agent),
    )
    if not dry and (spec.worktree / ".git").exists():
        try:
            hookfiles.untracked(spec)
        except UserError:  # it can be typed all the same, and `gt prime` asked for
            pass
    line = hookfiles.line(spec)
    if not has_worktree(agent) and "GT_ROLE=" not in line:
        # the town's folder is everybody's, so nothing else says who is there
        who = [f"GT_TOWN={town.root}", f"GT_ROLE={agent.address}"]
        line = f"{shlex.join(['env', *who])} {line}"
    return f"cd {shlex.quote(str(spec.worktree))} && {line}"
