"""Hooks as they stand: what is on them, and what their worktrees on this machine hold."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions import shims
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.snapshot import Snapshot
from gtlib.runtimes import hookfiles
from gtlib.runtimes import runs
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.programs import program_of
from gtlib.store.rig import Rig


class HookStatus(Struct, frozen=True, kw_only=True):
    """One agent's hook. What only its own machine knows (`dirty` to `problem`) is None or empty elsewhere.

    `ahead` counts commits that the target has not; `git_hooks` says whether ours would fire there,
    `runtime_hooks` whether those of the program that runs are there; `problem` what is missing or wrong.
    """

    address: str
    role: str
    rig: str
    host: str
    state: str
    bead: str
    molecule: str
    branch: str
    worktree: str
    since: str
    queue: tuple[str, ...]
    dirty: bool | None = None
    ahead: int | None = None
    git_hooks: bool | None = None
    runtime_hooks: bool | None = None
    problem: str = ""


def hooks_list(root: Path, snapshot: Snapshot, host: str, rig: str = "") -> list[HookStatus]:
    """Every agent that has a hook, by address; `rig` leaves out those of others."""
    hooks = []
    fire: dict[str, str] = {}
    for agent in snapshot.agents():
        if agent.hook is not None and rig in ("", agent.rig):
            hooks.append(_status(root, snapshot, host, agent, agent.hook, fire))
    return hooks


def _status(
    root: Path, snapshot: Snapshot, host: str, agent: Agent, hook: Hook, fire: dict[str, str]
) -> HookStatus:
    known = HookStatus(
        address=agent.address,
        role=agent.role,
        rig=agent.rig,
        host=agent.host,
        state=hook.state,
        bead=hook.bead,
        molecule=hook.molecule,
        branch=hook.branch,
        worktree=hook.worktree,
        since=hook.since,
        queue=hook.queue,
    )
    config = snapshot.rig(agent.rig)
    if agent.host != host or not hook.worktree:
        return known
    if config is None:
        return replace(known, problem=f"no rig {agent.rig}")
    rig, path = Rig(root, config), root / hook.worktree
    try:
        found = rig.worktree_status(path)
    except UserError as error:
        # What was handed back or has landed needs no worktree.
        return known if hook.state == "archived" else replace(known, problem=error.what)
    if rig.config.name not in fire:
        fire[rig.config.name] = hooks_problem(rig, path)
    problem = fire[rig.config.name]
    wanted = hook.branch if hook.branch.startswith("polecat/") and hook.state != "archived" else ""
    if not rig.is_whole(path, wanted):
        problem = f"stands on {found.branch or 'no branch'}"
    ours, theirs = not fire[rig.config.name], runtime_hooks(root, snapshot, agent)
    if theirs is False and not problem:
        problem = "hooks of its program are missing: gt hooks repair"
    return replace(
        known, dirty=found.dirty, ahead=found.ahead, git_hooks=ours, runtime_hooks=theirs, problem=problem
    )


def runtime_hooks(root: Path, snapshot: Snapshot, agent: Agent) -> bool | None:
    """Whether the hooks of the program that runs for an agent are there; None when none runs, or has any."""
    program = program_at_work(root, snapshot, agent)
    if program is None:
        return None
    return hookfiles.is_installed(root, program, root / (agent.hook.worktree if agent.hook else ""))


def program_at_work(root: Path, snapshot: Snapshot, agent: Agent) -> Preset | None:
    """The program that runs for the agent on this machine, if it has hooks of its own."""
    run = runs.read(root / ".git" / "gt", agent.address)
    if run is None or run.ended or run.mode not in ("tmux", "headless"):
        return None
    try:
        program = program_of(snapshot, agent.rig, run.runtime)
    except UserError:  # a custom agent that the settings do not have any more
        return None
    return program if program.hooks.format else None


def hooks_problem(rig: Rig, worktree: Path) -> str:
    """Why git hooks of ours would not fire in a worktree; empty when they do."""
    elsewhere = rig.other_hooks_path(worktree)
    if elsewhere:
        return f"core.hooksPath is {elsewhere}"
    missing = shims.missing(rig.hooks_dir(), shims.RIG, rig.target)
    return f"git hooks are missing or old: {', '.join(missing)}" if missing else ""
