"""Hand work in: a clean worktree, a branch with commits of its own, every step over."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib import names
from gtlib.actions.based import based
from gtlib.actions.claims import landed_sources
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.edit import Edit
from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import CommitId
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_agent
from gtlib.rules.hooks import has_worktree
from gtlib.rules.reviewed import is_review
from gtlib.rules.sessions import ended
from gtlib.rules.submit import plan_chore_done
from gtlib.rules.submit import plan_submit
from gtlib.store.rig import Rig
from gtlib.store.town import Applied
from gtlib.store.town import Town
from gtlib.system import git

SHOWN = 5
# What a request is that was just handed in: blocked where a person is to look at it first.
NEW = ("ready", "blocked")


def done(town: Town, who: str, actor: str, now: str) -> Applied | None:
    """Submit what is on the hook of `who` (an address, or the path of its worktree) as a merge request.

    Who has no worktree has nothing that could land: its bead is closed. None when it was submitted already.
    Raises UserError when the hook is empty, the worktree holds
    something uncommitted or stands elsewhere, the branch has no commit of its own, or steps are open.
    """
    address = address_of(town, who)
    before = town.snapshot()
    there = require_agent(before, address)
    if live_hook(there) is not None and not has_worktree(there):
        return transition(town, lambda snapshot: plan_chore_done(snapshot, address, now), actor or address)
    agent, hook, rig = _work(before, town, address)
    source = _committed(town, rig, hook)
    base = rig.fork_point(source, hook.branch, landed_sources(before, hook.branch))
    if base is None:
        raise UserError(
            f"{hook.branch} shares no history with {rig.target}",
            f"begin it from {rig.target}, and submit that",
        )
    if base == source and not is_review(before, hook.bead):
        raise UserError(f"{hook.branch} has no commit of its own", f"commit the work for {hook.bead} first")

    def plan(snapshot: Snapshot) -> Edit | None:
        edit = plan_submit(snapshot, address, source, base, rig.target, now)
        if edit is None:
            return None
        put = tuple(ended(i, "submitted", now) if isinstance(i, Agent) else i for i in edit.put)
        return replace(edit, put=put)

    return transition(town, plan, actor or address)


def request_of(applied: Applied) -> MergeRequest | None:
    """The merge request that `done` made."""
    return next((i for i in applied.edit.put if isinstance(i, MergeRequest) and i.status in NEW), None)


def address_of(town: Town, who: str) -> Address:
    """The agent that a worktree's path or an address means. Raises UserError for neither."""
    if who.startswith("/"):
        root = str(town.root.resolve())
        parts = who.removeprefix(root).strip("/").split("/")
        if not who.startswith(root + "/") or len(parts) < 3:
            raise UserError(f"{who} is in no worktree of an agent", "go into one, or name the agent")
        who = "/".join(parts[:3])
    return names.address(who)


def _work(snapshot: Snapshot, town: Town, address: Address) -> tuple[Agent, Hook, Rig]:
    agent = require_agent(snapshot, address)
    hook = live_hook(agent)
    if hook is None:
        raise UserError(f"nothing is on the hook of {address}", "gt sling puts work there")
    config = snapshot.rig(agent.rig)
    if config is None:
        raise UserError(f"{address} belongs to no rig", "gt rig list shows the rigs there are")
    return agent, hook, based(town.root, snapshot, agent, config)


def _committed(town: Town, rig: Rig, hook: Hook) -> CommitId:
    """The commit that the worktree stands on, with nothing beside it."""
    path = town.root / hook.worktree
    status = rig.worktree_status(path)
    if status.branch != hook.branch:
        where = f"on {status.branch}" if status.branch else "on no branch (a rebase in progress?)"
        raise UserError(f"{path} stands {where}", f"go back with: git switch {hook.branch}")
    if status.dirty:
        changed = git.run([*git.RIG_FLAGS, "status", "--porcelain"], path).text.splitlines()
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        what = ", ".join(line[3:] for line in changed[:SHOWN]) + more
        raise UserError(f"not committed: {what}", f"commit it, or take it away, in {path}")
    return status.head
