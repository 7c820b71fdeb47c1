"""What follows from agents' hooks is made true again: assignee, hooked, merge requests, queues."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Container
from collections.abc import Iterator

from msgspec.structs import replace

from gtlib import layout
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import LIVE_REQUEST
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Changed
from gtlib.rules.base import changed_items
from gtlib.rules.base import holds
from gtlib.rules.base import is_archived
from gtlib.rules.base import live_hook
from gtlib.rules.base import mail
from gtlib.rules.base import writable
from gtlib.rules.dispatch import WOKEN
from gtlib.rules.edits import merge_edits
from gtlib.rules.hooks import has_worktree
from gtlib.rules.hooks import let_go
from gtlib.rules.hooks import molecule_of
from gtlib.rules.hooks import new_hook
from gtlib.rules.hooks import next_up
from gtlib.rules.hooks import open_molecules

_FOLLOWS = ("molecule", "branch", "worktree", "since")


def reassert(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Agents' hooks are the truth: one holder for a bead, beads say so, closed beads are on no hook."""
    edits: list[Edit] = []
    passes: tuple[Callable[[Snapshot, str, Changed], Iterator[Edit]], ...] = (
        _one_holder,
        _closed_by_hand,
        _queues,
        _by_hand,
        _held,
        _not_held,
        _requests,
    )
    for look in passes:
        found = list(look(snapshot, now, changed))
        edits += found
        for edit in found:
            snapshot = snapshot.with_edit(edit)
    return merge_edits(edits)


def _one_holder(snapshot: Snapshot, now: str, changed: Changed) -> Iterator[Edit]:
    """Of two that hold a bead, the one that the bead names keeps it, else the first by name.

    What is on a hook counts before what is queued. No clock decides (promise 8).
    """
    claims: dict[ItemId, list[tuple[bool, bool, Address]]] = {}
    for agent in snapshot.agents():
        for id in dict.fromkeys(holds(agent)):
            hook = live_hook(agent)
            bead = snapshot.bead(id)
            queued = hook is None or hook.bead != id
            claims.setdefault(id, []).append(
                (queued, bead is None or bead.assignee != agent.address, agent.address)
            )
    for bead_id, held in claims.items():
        keeper, *others = (address for _, _, address in sorted(held))
        for address in others:
            other = snapshot.agent(address)
            if other is not None and writable(snapshot, other):
                edit = _take_from(snapshot, other, bead_id, keeper, now)
                snapshot = snapshot.with_edit(edit)
                yield edit


def _take_from(snapshot: Snapshot, agent: Agent, bead: ItemId, keeper: Address, now: str) -> Edit:
    since = agent.hook.since if agent.hook else ""
    return Edit(
        subject=f"unhook: {bead} from {agent.address}, {keeper} has it",
        put=(let_go(snapshot, agent, bead, now),),
        files=mail(
            snapshot,
            now,
            [agent.address],
            f"{bead} is on the hook of {keeper}",
            f"{bead} was on your hook too. {keeper} keeps it.\nYours was cleared, your branch is kept.\n",
            ("unhook", bead, agent.address, since, keeper),
        ),
        trailers=(("Event", "unhook"), ("Bead", bead), ("Agent", agent.address)),
    )


def _closed_by_hand(snapshot: Snapshot, now: str, changed: Changed) -> Iterator[Edit]:
    """A person's close is obeyed: the hook lets go, the merge request is superseded, the branch kept."""
    for agent in list(snapshot.agents()):
        for id in dict.fromkeys(holds(agent)):
            bead = snapshot.bead(id)
            agent = snapshot.agent(agent.address) or agent
            if bead is None or bead.status != "closed" or not writable(snapshot, agent):
                continue
            archived = is_archived(snapshot, bead)
            if not archived and not writable(snapshot, bead):
                continue
            said = replace(
                bead,
                closed=bead.closed or now,
                close_reason=bead.close_reason or "by hand",
                assignee=bead.assignee or agent.address,
            )
            edit = Edit(
                subject=f"unhook: {id} {bead.title}, closed",
                put=(*((said,) if said != bead and not archived else ()), let_go(snapshot, agent, id, now)),
                trailers=(("Event", "unhook"), ("Bead", id), ("Agent", agent.address)),
            )
            snapshot = snapshot.with_edit(edit)
            yield edit


def _queues(snapshot: Snapshot, now: str, changed: Changed) -> Iterator[Edit]:
    for agent in snapshot.agents():
        wanted = next_up(snapshot, agent, now)
        if wanted != agent and wanted.hook and writable(snapshot, agent):
            yield Edit(
                subject=f"hook: {agent.address} {wanted.hook.bead}, next of the queue",
                put=(wanted,),
                trailers=(("Event", "hook"), ("Bead", wanted.hook.bead), ("Agent", agent.address)),
            )


def _by_hand(snapshot: Snapshot, now: str, changed: Changed) -> Iterator[Edit]:
    """A person who puts a bead on a hook need not write down what follows from that."""
    for agent in snapshot.agents():
        hook = live_hook(agent)
        in_rig = has_worktree(agent)
        if hook is None or (agent.host and (hook.branch and hook.worktree if in_rig else hook.since)):
            continue
        if (agent.rig and snapshot.rig(agent.rig) is None) or snapshot.bead(hook.bead) is None:
            continue
        if not (in_rig or agent.role in (*WOKEN, MAYOR)) or not writable(snapshot, agent):
            continue
        molecule = molecule_of(snapshot, hook.bead, agent.address)
        full = new_hook(agent, hook.bead, molecule.id if molecule else ItemId(""), now)
        given = {name: getattr(hook, name) or getattr(full, name) for name in _FOLLOWS}
        wanted = replace(agent, host=agent.host or snapshot.town.home, hook=replace(hook, **given))
        if wanted != agent:
            yield Edit(
                subject=f"hook: {hook.bead} to {agent.address}, by hand",
                put=(wanted,),
                trailers=(("Event", "hook"), ("Bead", hook.bead), ("Agent", agent.address)),
            )


def _held(snapshot: Snapshot, now: str, changed: Changed) -> Iterator[Edit]:
    for agent in snapshot.agents():
        for id in dict.fromkeys(holds(agent)):
            bead = snapshot.bead(id)
            if bead is None or bead.status == "closed" or not writable(snapshot, bead):
                continue
            status = "hooked" if bead.status == "open" else bead.status
            wanted = replace(bead, status=status, assignee=agent.address)
            if wanted != bead:
                yield Edit(
                    subject=f"hook: {id} is on the hook of {agent.address}",
                    put=(wanted,),
                    trailers=(("Event", "hook"), ("Bead", id), ("Agent", agent.address)),
                )


def _not_held(snapshot: Snapshot, now: str, changed: Changed) -> Iterator[Edit]:
    """A bead that says hooked, on the hook of an agent of ours that has no such thing, is free.

    An agent that let go may have held any bead; else only those that changed can be in question. One with a
    time of its last change is as another tracker left it: it was hooked there, and no hook of ours held it.
    """
    if changed is not None and any(path.startswith("agents/") for path in changed):
        changed = None
    held = {bead for agent in snapshot.agents() for bead in holds(agent)}
    rigs = {str(rig.name) for rig in snapshot.rigs()}
    for bead in changed_items(snapshot, "beads/", Bead, snapshot.beads(), changed):
        if bead.status != "hooked" or bead.updated or bead.id in held:
            continue
        if not _is_ours(snapshot, bead.assignee, rigs):
            continue
        if writable(snapshot, bead):
            freed: list[Item] = [replace(bead, status="open", assignee="")]
            freed += [
                replace(molecule, assignee="")
                for molecule in open_molecules(snapshot, bead.id)
                if bead.assignee and molecule.assignee == bead.assignee and writable(snapshot, molecule)
            ]
            yield Edit(
                subject=f"free: {bead.id} is on no hook",
                put=tuple(freed),
                trailers=(("Event", "free"), ("Bead", bead.id)),
            )


def _is_ours(snapshot: Snapshot, assignee: str, rigs: Container[str]) -> bool:
    if not assignee:
        return True
    if assignee == OVERSEER:
        return False
    path = layout.path_of_agent(Address(assignee))
    if snapshot.exists(path):
        return snapshot.agent(Address(assignee)) is not None
    rig, _, rest = assignee.partition("/")
    return rig in rigs and rest.startswith(("polecats/", "crew/"))


def _requests(snapshot: Snapshot, now: str, changed: Changed) -> Iterator[Edit]:
    """A request that landed stays landed; one whose bead is closed has nothing left to do."""
    for request in snapshot.merges():
        wanted = request
        if request.applied:
            if request.status in ("ready", "testing"):
                wanted = replace(request, status="landed")
        elif request.status in LIVE_REQUEST:
            bead = snapshot.bead(request.bead)
            if bead is not None and bead.status == "closed":
                wanted = replace(
                    request, status="superseded", reason=f"bead closed: {bead.close_reason or 'by hand'}"
                )
        if wanted != request and writable(snapshot, request):
            yield Edit(
                subject=f"merge: {request.id} {wanted.status}",
                put=(wanted,),
                trailers=(("Event", "merge"), ("Bead", request.bead or request.id)),
            )
