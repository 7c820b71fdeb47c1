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
from gtlib.rules.base import mail
from gtlib.rules.base import open_convoys
from gtlib.rules.base import prefix_of
from gtlib.rules.base import require_bead
from gtlib.rules.base import require_writable
from gtlib.rules.convoy import OWNED
from gtlib.rules.edits import merge_edits
from gtlib.rules.holding import Ledger
from gtlib.rules.hooks import goes_on_with
from gtlib.rules.hooks import let_go
from gtlib.rules.hooks import new_hook
from gtlib.rules.hooks import open_molecules
from gtlib.rules.kept import refuse_template
from gtlib.rules.pour import Poured
from gtlib.rules.target import Target
from gtlib.rules.target import choose_agent
from gtlib.rules.target import find_target
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
    convoy: bool | Convoy = True,
    now: str,
    actor: str,
    host: str,
    pool: Sequence[str] = (),
    force: bool = False,
    create: bool = True,
    any_rig: bool = False,
    is_dead: Callable[[Agent], bool] = lambda agent: False,
) -> Edit | None:
    """Put a bead on the hook of the target's agent; None when it is there already.

    `target` is as `find_target` says. `molecule` makes the workflow for (bead, agent). One that the agent had
    begun, or that is there and nobody's, is gone on with if `goes_on`. `force` slings what is blocked,
    deferred, of another rig (so does `any_rig`), or in somebody's hands; what an agent that `is_dead`
    holds is taken from it. Busy crew and mayor queue it. A `convoy` that is given is made unless it is there.
    Raises UserError for everything that stands in the way.
    """
    bead = _find(snapshot, bead_id)
    to = find_target(snapshot, target)
    held = holder(snapshot, bead.id)
    if held is not None and names_target(to, held.address):
        return None
    taken = None
    if held is not None:
        taken = _taken_over(snapshot, bead, held, now, actor, force=force or is_dead(held))
        snapshot = snapshot.with_edit(taken)
        bead = require_bead(snapshot, bead.id)
    _guard(snapshot, bead, now, force)
    if not (force or any_rig):
        _guard_rig(snapshot, bead, to)
    agent = choose_agent(snapshot, to, bead.id, host, pool, create=create)
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
    tracked = _tracked(snapshot, bead, convoy, now, actor)
    if tracked is not None:
        put.append(tracked)
        trailers.append(("Convoy", tracked.id))
    require_writable(snapshot, *put)
    subject = f"sling: {bead.id} to {agent.address}"
    edit = Edit(subject=subject, put=tuple(put), trailers=tuple(trailers), actor=actor)
    return edit if taken is None else merge_edits([taken, edit], subject=f"{subject}, taken over")


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


def _taken_over(snapshot: Snapshot, bead: Bead, held: Agent, now: str, actor: str, *, force: bool) -> Edit:
    """The bead off another agent's hook; who held it is told, and keeps branch and worktree."""
    if not force:
        hook = live_hook(held)
        submitted = hook is not None and hook.bead == bead.id and hook.state == "completed"
        said = ", and handed in" if submitted else ""
        raise UserError(
            f"{bead.id} is on the hook of {held.address}{said}",
            f"gt unsling {bead.id} takes it back, --force takes it over",
        )
    since = held.hook.since if held.hook else ""
    branch = held.hook.branch if held.hook else ""
    kept = f"\nYour branch {branch} and its worktree stay." if branch else ""
    body = f"{actor} gave {bead.id} to somebody else. It is off your hook: end your work on it.{kept}\n"
    told = mail(
        snapshot, now, [held.address], f"{bead.id} is taken over", body,
        ("taken over", bead.id, held.address, since, now),
    )  # fmt: skip
    edit = plan_unsling(snapshot, bead.id, now, actor)
    return replace(edit, subject=f"unhook: {bead.id} from {held.address}, taken over", files=told)


def _guard_rig(snapshot: Snapshot, bead: Bead, to: Target) -> None:
    prefix = prefix_of(snapshot, bead.id)
    own = next((rig for rig in snapshot.rigs() if rig.prefix == prefix), None)
    if own is not None and to.rig is not None and own.name != to.rig.name:
        raise UserError(
            f"{bead.id} belongs to {own.name}, not to {to.rig.name}",
            f"gt sling {bead.id} {own.name}, or sling with --force",
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
    if bead.title.startswith("-"):
        raise UserError(
            f"the title of {bead.id} looks like a flag: {bead.title[:40]}",
            f'bd update {bead.id} --title "what is to be done", or sling with --force',
        )
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


def _tracked(snapshot: Snapshot, bead: Bead, convoy: bool | Convoy, now: str, actor: str) -> Convoy | None:
    """The convoy that is to be made, or noted in, with the sling; None when nothing is to be."""
    if isinstance(convoy, Convoy):
        there = snapshot.convoy(convoy.id)
        wanted = there or convoy
        if wanted.feed and bead.id in wanted.tracks and bead.id not in wanted.fed:
            wanted = replace(wanted, fed=(*wanted.fed, bead.id))
        return wanted if wanted != there else None
    if not convoy or next(open_convoys(snapshot, bead.id), None) is not None:
        return None
    return new_convoy(snapshot, (bead,), now, actor)


def new_convoy(
    snapshot: Snapshot, beads: Sequence[Bead], now: str, actor: str, merge: str = "", *, owned: bool = False
) -> Convoy:
    """A convoy for beads that are slung, the first of which names it. `owned`: who made it closes it."""
    more = f" and {len(beads) - 1} more" if len(beads) > 1 else ""
    return Convoy(
        id=fresh(snapshot, "hq", "cv", "sling", *(bead.id for bead in beads), now),
        title=f"Work: {beads[0].title}{more}",
        owner=actor,
        tracks=tuple(bead.id for bead in beads),
        created=now,
        merge=merge,
        labels=(OWNED,) if owned else (),
    )
