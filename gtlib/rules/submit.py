"""Handing work in: from a finished branch to a merge request."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.output import count
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Files
from gtlib.rules.base import live_hook
from gtlib.rules.base import live_requests
from gtlib.rules.base import mail
from gtlib.rules.base import open_convoys
from gtlib.rules.base import prefix_of
from gtlib.rules.base import require_agent
from gtlib.rules.base import require_bead
from gtlib.rules.base import require_writable
from gtlib.rules.close import plan_close
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.rules.reviewed import is_review
from gtlib.rules.sessions import ended
from gtlib.rules.terms import held_back

# How the reason of a request begins that waits for a person to look.
HOLD: Final = "waits for a person"


def is_held(request: MergeRequest) -> bool:
    """Whether it is handed in so that nothing lands before a person has looked."""
    return request.status == "blocked" and request.reason.startswith(HOLD)


def plan_submit(
    snapshot: Snapshot, agent: Address, source_commit: str, base: str, target: str, now: str
) -> Edit | None:
    """A merge request for what is on the agent's hook; the hook is completed, the bead stays hooked.

    `base` is where the branch left the target. The id follows from bead and source commit, so
    the same branch submitted twice is one request; older ones of the bead are superseded. None
    when it stands already. Raises UserError when the hook is empty, steps are open, the bead is
    closed, or the branch has no commit of its own. What was slung so that a person is to look first is
    blocked until one has.
    """
    found = require_agent(snapshot, agent)
    hook = live_hook(found)
    if hook is None:
        raise UserError(f"nothing is on the hook of {agent}", "gt sling puts work there")
    _guard(snapshot, hook, source_commit, base)
    rig = snapshot.rig(found.rig)
    prefix = rig.prefix if rig else prefix_of(snapshot, hook.bead)
    id = names.derive(prefix, "mr", hook.bead, source_commit)
    before = [m for m in live_requests(snapshot, hook.bead) if m.id != id]
    request = _request(snapshot, id, found, hook, source_commit, base, target, now, before)
    held = held_back(snapshot, hook.bead, hook.molecule) if source_commit != base else ""
    if held and request.status == "ready" and snapshot.merge(id) is None:
        request = replace(request, status="blocked", reason=f"{HOLD}: {held}")
    put: tuple[Item, ...] = (
        request,
        replace(found, hook=replace(hook, state="completed")),
        *(replace(m, status="superseded", reason=f"superseded by {id}") for m in before),
    )
    put = tuple(item for item in put if _changes(snapshot, item))
    if not put:
        return None
    require_writable(snapshot, *put)
    return Edit(
        subject=f"submit: {id} {hook.bead} {hook.branch}",
        put=put,
        files=_for_review(snapshot, request, found.address, now) if request.reason.startswith(HOLD) else (),
        trailers=(("Event", "submit"), ("Bead", hook.bead), ("Agent", agent), ("Merge-Request", id)),
        actor=agent,
    )


def plan_chore_done(snapshot: Snapshot, address: Address, now: str) -> Edit | None:
    """Close what is on the hook of who has no worktree; None when it is. UserError for open steps."""
    agent = require_agent(snapshot, address)
    hook = live_hook(agent)
    if hook is None:
        raise UserError(f"nothing is on the hook of {address}", "gt sling puts work there")
    _guard_steps(snapshot, hook)
    edit = plan_close(snapshot, hook.bead, address, "done", now)
    if edit is None:
        return None
    put = tuple(ended(item, "submitted", now) if isinstance(item, Agent) else item for item in edit.put)
    return replace(edit, put=put)


def _guard(snapshot: Snapshot, hook: Hook, source_commit: str, base: str) -> None:
    _guard_steps(snapshot, hook)
    if source_commit == base and not is_review(snapshot, hook.bead):
        raise UserError(f"{hook.branch} has no commit of its own", f"commit the work for {hook.bead} first")


def _guard_steps(snapshot: Snapshot, hook: Hook) -> None:
    bead = require_bead(snapshot, hook.bead)
    if bead.status == "closed":
        raise UserError(
            f"{bead.id} is closed ({bead.close_reason or 'no reason given'})", "bd update reopens it"
        )
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    flow = Flow(snapshot, molecule) if molecule and molecule.status != "closed" else None
    left = [id for id in flow.ids if flow.state(id) not in OVER] if flow else []
    if molecule and left:
        some = ", ".join(left[:12]) + (", ..." if len(left) > 12 else "")
        raise UserError(
            f"{molecule.id} has {count(len(left), 'open step')}: {some}",
            f"do them, or skip one by writing [-] in its box in molecules/{molecule.id}.md",
        )


def _request(
    snapshot: Snapshot,
    id: ItemId,
    agent: Agent,
    hook: Hook,
    source_commit: str,
    base: str,
    target: str,
    now: str,
    before: list[MergeRequest],
) -> MergeRequest:
    same = snapshot.merge(id)
    if same is not None:
        again = same.status not in ("ready", "testing", "landed") and not same.reason.startswith(HOLD)
        return replace(same, status="ready", reason="") if again else same
    convoy = next(open_convoys(snapshot, hook.bead), None)
    return MergeRequest(
        id=id,
        rig=agent.rig,
        bead=hook.bead,
        branch=hook.branch,
        target=target,
        source_commit=source_commit,
        base=base,
        agent=agent.address,
        convoy=convoy.id if convoy else ItemId(""),
        attempts=max((m.attempts for m in before), default=0),
        created=now,
    )


def _for_review(snapshot: Snapshot, request: MergeRequest, agent: Address, now: str) -> Files:
    """Word to the overseer, and to who owns the convoy, that work waits for them."""
    convoy = snapshot.convoy(request.convoy) if request.convoy else None
    owner = convoy.owner if convoy and snapshot.agent(Address(convoy.owner)) else ""
    repo = layout.repo_folder(request.rig)
    body = (
        f"Bead: {request.bead}\nBranch: {request.branch}\nPolecat: {agent}\nRig: {request.rig}\n"
        f"Target: {request.target}\nMR-Bead-ID: {request.id}\n\n"
        f"Nothing lands by itself ({request.reason.removeprefix(f'{HOLD}: ')}). Look at it:\n\n"
        f"    git --git-dir {repo} diff origin/{request.target}...{request.branch}\n\n"
        f"Land it: gt mq retry {request.id}\n"
        f"Publish the branch: git --git-dir {repo} push origin {request.branch}\n"
        f"Keep the branch, and be done: bd close {request.bead}\n"
        f"Let it be done anew: gt unsling {request.bead}\n"
    )
    return mail(
        snapshot, now, [OVERSEER, owner], f"READY_FOR_REVIEW {request.bead}", body, ("review", request.id),
        sender=agent, type="task", priority=1,
    )  # fmt: skip


def _changes(snapshot: Snapshot, item: Item) -> bool:
    if isinstance(item, MergeRequest):
        return snapshot.merge(item.id) != item
    return not isinstance(item, Agent) or snapshot.agent(item.address) != item
