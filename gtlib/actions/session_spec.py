"""What a session is started with: its program, how it runs, whether it goes on from an earlier one."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from msgspec import Struct

from gtlib.actions.which_runtime import which_effort
from gtlib.actions.which_runtime import which_mode
from gtlib.actions.which_runtime import which_permissions
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.agent import Session
from gtlib.model.snapshot import Snapshot
from gtlib.rules.sessions import ANEW
from gtlib.runtimes import runs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.programs import program_of
from gtlib.runtimes.runs import Run
from gtlib.runtimes.transcripts import find
from gtlib.store.town import Town

SHELL = "shell"
MANUAL = "manual"
SUBMITTED = "submitted"


class How(Struct, frozen=True, kw_only=True):
    """`program` is None for what gt runs itself."""

    runtime: str
    mode: str
    program: Preset | None = None


def how(snapshot: Snapshot, agent: Agent, runtime: str) -> How:
    """How the agent's program of that name is run. UserError for one that nobody knows."""
    if runtime in (SHELL, MANUAL):
        return How(runtime=runtime, mode=runtime)
    return How(
        runtime=runtime,
        mode=which_mode(snapshot, agent, runtime),
        program=program_of(snapshot, agent.rig, runtime, which_effort(snapshot, agent)),
    )


def session_spec(
    town: Town, snapshot: Snapshot, agent: Agent, hook: Hook | None, chosen: How, run: Run, now: str
) -> Spec:
    """All that the program is told. It goes on from the agent's last session with this work where the program
    can, but not twice: what killed one may stand in its history.
    """
    program = chosen.program
    folder = folder_of(town, agent, hook)
    before = _resumable(agent, hook, chosen, folder) if run.attempts <= 1 else None
    native = before.native if before else ""
    if not native and program is not None and program.sets_id:
        native = str(uuid.uuid4())
    return Spec(
        town=town.root,
        address=agent.address,
        bead=hook.bead if hook else run.bead,
        session=run.session,
        worktree=folder,
        log=runs.log(town.local, agent.address),
        program=program,
        prompt=beacon(agent, hook, program, before, now),
        native=native,
        resume=before is not None,
        permissions=which_permissions(snapshot, agent),
    )


def folder_of(town: Town, agent: Agent, hook: Hook | None) -> Path:
    """Where the agent stands: its worktree, or the town."""
    if agent.rig and agent.role in ("polecat", "crew"):
        return town.root / (hook.worktree if hook and hook.worktree else agent.address)
    return town.root


def beacon(agent: Agent, hook: Hook | None, program: Preset | None, before: Session | None, now: str) -> str:
    """The first words to a program: who it is and what to do at once, in one line; `before`: it goes on from.

    A program without runtime hooks is told to ask for the rest.
    """
    topic = f"assigned:{hook.bead}" if hook else "started"
    if before is not None and before.outcome == SUBMITTED:
        topic = "back"
        todo = "Your work came back. See `gt hook` and `gt mail inbox`, and put right what is asked."
    elif before is not None:
        topic = "resumed"
        todo = "Your session was cut off. See git status and `gt hook`, then go on with your work."
    elif hook is not None:
        todo = "There is work on your hook. Begin at once, without asking."
    else:
        todo = "Greet the overseer in a line, look at `gt hook` and `gt mail inbox`, and wait."
    if program is not None and not program.hooks.format:
        todo = f"Run `gt prime` first and do what it says. {todo}"
    return f"[gt] {agent.address} <- deacon {now[:16]} {topic}. {todo}"


def _resumable(agent: Agent, hook: Hook | None, chosen: How, folder: Path) -> Session | None:
    """The agent's last session, when the program knows it still and no successor was to begin anew."""
    last = agent.sessions[-1] if agent.sessions else None
    if last is None or not last.native or last.runtime != chosen.runtime or last.outcome.startswith(ANEW):
        return None
    if last.bead != (hook.bead if hook else "") or chosen.program is None:
        return None
    known = find(chosen.program, last.native, folder, {**os.environ, **chosen.program.env})
    return last if known is not None or not chosen.program.transcript else None
