"""What state asks of the world outside the town's files: each is safe to repeat, and none is remembered.

A crash between a commit and its follow-up loses nothing: the next look finds the same thing wanting.
"""

from __future__ import annotations

from gtlib.actions.based import based
from gtlib.errors import UserError
from gtlib.rules import dispatch
from gtlib.rules.base import live_hook
from gtlib.rules.dispatch import Wanted
from gtlib.runtimes import runs
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from gtlib.system import process


def reconcile(town: Town) -> tuple[str, ...]:
    """Make the worktrees that hooks of this machine ask for; lines say what could not be done."""
    failed = []
    for wanted, rig in missing_worktrees(town):
        try:
            make_worktree(town, rig, wanted)
        except UserError as error:
            failed.append(f"{wanted.worktree}: {error}")
    return tuple(failed)


def missing_worktrees(town: Town) -> list[tuple[Wanted, Rig]]:
    """The worktrees that hooks ask for, where there is none, half of one, or that of an earlier bead."""
    snapshot = town.snapshot()
    found = []
    for wanted in dispatch.wanted(snapshot, town.host):
        config = snapshot.rig(wanted.rig) if wanted.kind == "worktree" and wanted.worktree else None
        if config is None:
            continue
        agent = snapshot.agent(wanted.address)
        rig = based(town.root, snapshot, agent, config) if agent is not None else Rig(town.root, config)
        # Which branch a crew member stands on is its own affair.
        branch = wanted.branch if _is_polecats(wanted) else ""
        if not rig.is_whole(town.root / wanted.worktree, branch):
            found.append((wanted, rig))
    return found


def make_worktree(town: Town, rig: Rig, wanted: Wanted) -> None:
    """The worktree of a hook. What a polecat had before is saved under refs/gt/rescue/ first.

    Raises UserError or GitError, nothing removed, when something is in the way.
    """
    from gtlib.actions import shims  # a worktree is rarely made, and git hooks look whether one is missing

    path = town.root / wanted.worktree
    tip = rig.target_tip()
    shims.install(rig.hooks_dir(), shims.RIG, rig.target)
    if _is_polecats(wanted) and rig.has_worktree(path):
        _refuse_at_work(town, wanted)
        rig.remove_worktree(path, unless=wanted.branch)
    rig.add_worktree(path, wanted.branch, tip)


def _refuse_at_work(town: Town, wanted: Wanted) -> None:
    run = runs.read(town.local, wanted.address)
    if run is not None and run.bead != wanted.bead and run.proc is not None and process.alive(run.proc):
        raise UserError(f"a session for {run.bead} still works there", "it follows when that has ended")
    # Somebody may have changed the hook since it was looked at.
    agent = town.snapshot().agent(wanted.address)
    hook = live_hook(agent) if agent else None
    if hook is None or hook.branch != wanted.branch:
        raise UserError("the hook has changed meanwhile", "the next catch-up looks again: gt catch-up")


def _is_polecats(wanted: Wanted) -> bool:
    return wanted.branch.startswith("polecat/")
