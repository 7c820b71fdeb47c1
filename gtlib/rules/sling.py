"""Slinging: a bead goes onto an agent's hook, with convoy and molecule, in one edit."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from difflib import get_close_matches

from msgspec.structs import replace

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import fresh
from gtlib.rules.base import holder
from gtlib.rules.base import is_future
from gtlib.rules.base import live_hook
from gtlib.rules.base import live_requests
from gtlib.rules.base import open_convoys
from gtlib.rules.base import require_bead
from gtlib.rules.base import require_writable
from gtlib.rules.holding import Ledger
from gtlib.rules.hooks import goes_on_with
from gtlib.rules.hooks import let_go
from gtlib.rules.hooks import new_hook
from gtlib.rules.hooks import open_molecules
from gtlib.rules.kept import refuse_template
from gtlib.rules.pool import POOL
from gtlib.rules.pour import Poured
from gtlib.rules.target import choose_agent
from gtlib.rules.target import find_rig
from gtlib.rules.target import names_target

NOT_SLINGABLE = frozenset(
    {
        "epic",
        "step",
        "gate",
        "molecule",
        "message",
        "convoy",
        "merge-request",
        "event",
        "agent",
        "role",
        "rig",
    }
)

MoleculeBuilder = Callable[[Bead, Agent], Poured]


def plan_sling(
    snapshot: Snapshot,
    bead_id: ItemId,
    target: str,
    *,
    molecule: MoleculeBuilder | None,
    goes_on: Callable[[Molecule], bool] = lambda again: True,
    agent_runtime: str = "",
    convoy: bool = True,
    now: str,
    actor: str,
    host: str,
    pool: Sequence[str] = POOL,
    force: bool = False,
) -> Edit | None:
    """Put a bead on the hook of the target's agent; None when it is there already.

    `target` is a rig, `rig/name`, `rig/polecats/name` or `rig/crew/name`. `molecule` makes the
    workflow for (bead, agent). One that the agent had begun, or that is there and
    nobody's, is gone on with if `goes_on`. `force` slings what is blocked, deferred, or in somebody's hands
    without a hook. A busy crew member queues it.
    Raises UserError for everything that stands in the way.
    """
    bead = _find(snapshot, bead_id)
    rig = find_rig(snapshot, target)
    held = holder(snapshot, bead.id)
    if held is not None and names_target(rig, target, held.address):
        return None
    if held is not None:
        raise UserError(f"{bead.id} is on the hook of {held.address}", f"gt unsling {bead.id} takes it back")
    _guard(snapshot, bead, now, force)
    agent = choose_agent(snapshot, rig, target, bead.id, host, pool)
    again = goes_on_with(snapshot, bead.id, agent)
    if again is not None and not goes_on(again):
        again = None
    poured, dropped = _molecules(snapshot, bead, agent, again, molecule)
    put: list[Item] = [
        replace(bead, status="hooked", assignee=agent.address),
        _hooked(agent, bead.id, poured.molecule.id if poured else ItemId(""), agent_runtime, host, now),
        *(poured.items if poured else ()),
        *dropped,
    ]
    trailers = [("Event", "sling"), ("Bead", bead.id), ("Agent", agent.address)]
    if convoy and next(open_convoys(snapshot, bead.id), None) is None:
        new = _convoy(snapshot, bead, now, actor)
        put.append(new)
        trailers.append(("Convoy", new.id))
    require_writable(snapshot, *put)
    subject = f"sling: {bead.id} to {agent.address}"
    return Edit(subject=subject, put=tuple(put), trailers=tuple(trailers), actor=actor)


def plan_unsling(snapshot: Snapshot, bead_id: ItemId, now: str, actor: str) -> Edit:
    """Take a bead off whoever's hook or queue it is on; the branch is kept, the bead is open again.

    Its live merge requests are superseded. A bead whose file was removed leaves the hook too. Raises
    UserError when it is on no hook.
    """
    agent = holder(snapshot, bead_id)
    gone = agent is not None and not snapshot.exists(layout.path_of_bead(bead_id))
    bead = None if gone else _find(snapshot, bead_id)
    if agent is None:
        raise UserError(f"{bead_id} is on no hook", "gt hooks list shows what is")
    put: list[Item] = [let_go(snapshot, agent, bead_id, now)]
    if bead is not None and bead.status != "closed":
        put.append(replace(bead, status="open", assignee=""))
    put += [replace(m, assignee="") for m in open_molecules(snapshot, bead_id) if m.assignee == agent.address]
    put += [replace(m, status="superseded", reason="unslung") for m in live_requests(snapshot, bead_id)]
    require_writable(snapshot, *put)
    return Edit(
        subject=f"unsling: {bead_id} from {agent.address}",
        put=tuple(put),
        trailers=(("Event", "unsling"), ("Bead", bead_id), ("Agent", agent.address)),
        actor=actor,
    )


def _find(snapshot: Snapshot, bead_id: ItemId) -> Bead:
    if snapshot.bead(bead_id) is None:
        near = get_close_matches(bead_id, snapshot.ids(), n=3, cutoff=0.7)
        if near and bead_id not in snapshot.ids():
            raise UserError(f"no bead {bead_id}", f"did you mean {' or '.join(near)}?")
    return require_bead(snapshot, bead_id)


def _guard(snapshot: Snapshot, bead: Bead, now: str, force: bool) -> None:
    refuse_template(snapshot, bead)
    if bead.status == "closed":
        raise UserError(f"{bead.id} is closed", f"bd update {bead.id} --status open reopens it")
    if bead.type in NOT_SLINGABLE:
        raise UserError(
            f"{bead.id} is of type {bead.type}, which nobody works on directly", "sling what is below it"
        )
    if force:
        return
    if is_future(bead.defer, now) or (bead.status == "deferred" and not bead.defer):
        until = f" until {bead.defer}" if bead.defer else ""
        raise UserError(
            f"{bead.id} is deferred{until}", "bd update --status open takes it up, or sling with --force"
        )
    if bead.status == "in_progress" and bead.assignee:
        raise UserError(
            f"{bead.id} is being worked on by {bead.assignee}", "sling with --force takes it over"
        )
    holds = Ledger(snapshot).holds(bead)
    never = next((hold for hold in holds if hold.why == "did not fail"), None)
    if never is not None:
        raise UserError(f"{bead.id} {never.said}", "close it, or sling with --force")
    if holds:
        waiting = ", ".join(hold.id for hold in holds)
        raise UserError(f"{bead.id} waits for {waiting}", "close them first, or sling with --force")


def _hooked(agent: Agent, bead: ItemId, molecule: ItemId, agent_runtime: str, host: str, now: str) -> Agent:
    # What was wished for a polecat's last bead is no wish for the next one.
    stays = agent.runtime if agent.role == "crew" else ""
    changed = replace(agent, runtime=agent_runtime or stays, host=agent.host or host)
    hook = live_hook(agent)
    if hook is not None:
        return replace(changed, hook=replace(hook, queue=(*hook.queue, bead)))
    queue = agent.hook.queue if agent.hook else ()
    return replace(changed, hook=new_hook(agent, bead, molecule, now, queue))


def _molecules(
    snapshot: Snapshot,
    bead: Bead,
    agent: Agent,
    again: Molecule | None,
    build: MoleculeBuilder | None,
) -> tuple[Poured | None, list[Molecule]]:
    """The molecule to work by, if any, and those of earlier holders, closed where they stand."""
    if again is not None:
        poured = Poured(replace(again, assignee=agent.address))
    elif build is not None:
        poured = build(bead, agent)
    else:
        return None, []
    dropped = [
        replace(molecule, status="closed", assignee="")
        for molecule in open_molecules(snapshot, bead.id)
        if molecule.id != poured.molecule.id
    ]
    return poured, dropped


def _convoy(snapshot: Snapshot, bead: Bead, now: str, actor: str) -> Convoy:
    return Convoy(
        id=fresh(snapshot, "hq", "cv", "sling", bead.id, now),
        title=f"Work: {bead.title}",
        owner=actor,
        tracks=(bead.id,),
        created=now,
    )
