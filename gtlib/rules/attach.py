"""Which molecule a bead, and the hook that it is on, is worked through by: attached and detached by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import holder
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_writable
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_molecule
from gtlib.rules.hooks import open_molecules
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up

_IN_MAIL = re.compile(
    r"^[ \t]*(?:attached_molecule|molecule_id|molecule|mol)[ \t]*:[ \t]*(\S+)[ \t]*\r?$", re.I | re.M
)


class Attached(Struct, frozen=True):
    """A bead, the agent on whose hook it is (None: nobody's), and its molecule (None: it has none)."""

    bead: Bead | None
    agent: Agent | None
    molecule: Molecule | None


def attachment(snapshot: Snapshot, text: str, actor: str) -> Attached:
    """What is attached to the bead that `text` means, to an agent's hook, or (no text) to the actor's hook.

    UserError when there is no such bead, and for an agent with nothing on its hook.
    """
    bead: Bead | None
    address = look_up(known_addresses(snapshot), text) if text else Address(actor)
    if address is None:
        bead = find_bead(snapshot, text)
        agent = holder(snapshot, bead.id)
        hook = live_hook(agent) if agent is not None else None
        if agent is None or hook is None or hook.bead != bead.id:
            return Attached(bead, None, next(reversed(open_molecules(snapshot, bead.id)), None))
    else:
        agent = snapshot.agent(address)
        hook = live_hook(agent) if agent is not None else None
        if agent is None or hook is None:
            raise UserError(
                f"{address} has nothing on the hook", f"put work on it with: gt sling BEAD {address}"
            )
        bead = snapshot.bead(hook.bead)
    return Attached(bead, agent, snapshot.molecule(hook.molecule) if hook.molecule else None)


def plan_attach(snapshot: Snapshot, target: str, molecule: str, actor: str) -> tuple[Attached, Edit | None]:
    """Let a bead, and the hook that it is on, be worked through by a molecule; None when it is so.

    `target` is as in `attachment`. UserError for a molecule that is closed, a template, or somebody else's,
    a bead that is closed, and a hook that is another agent's or has another molecule.
    """
    found = find_molecule(snapshot, molecule)
    to = attachment(snapshot, target, actor)
    bead = to.bead
    if bead is None:
        raise UserError("the bead on that hook is gone", "gt unsling takes it off the hook")
    _guard(snapshot, found, to, bead, actor)
    agent = to.agent
    whose = agent or holder(snapshot, bead.id)  # it may be queued behind what is on the hook
    wanted = replace(found, bead=bead.id, assignee=whose.address if whose is not None else found.assignee)
    put: list[Item] = [wanted] if wanted != found else []
    if agent is not None:
        changed = _with_molecule(agent, found.id)
        put += [changed] if changed != agent else []
    after = Attached(bead, agent, wanted)
    if not put:
        return after, None
    return after, _edit("attach", f"{found.id} to {bead.id}", put, snapshot, actor, bead.id)


def plan_detach(snapshot: Snapshot, target: str, actor: str) -> tuple[Attached, Edit]:
    """Take the molecule from a bead and from its hook; the molecule stays as it is, and is nobody's.

    UserError when there is none, and for another agent's hook.
    """
    on = attachment(snapshot, target, actor)
    if on.molecule is None:
        whose = on.bead.id if on.bead is not None else on.agent.address if on.agent is not None else target
        raise UserError(f"{whose} has no molecule", f"give it one with: gt mol attach {whose} MOLECULE")
    _must_be_own(on, actor)
    freed = replace(on.molecule, bead=ItemId(""), assignee="")
    put: list[Item] = [freed]
    if on.agent is not None:
        put.append(_with_molecule(on.agent, ItemId("")))
    bead = on.bead.id if on.bead is not None else freed.id
    return on, _edit("detach", f"{freed.id} from {bead}", put, snapshot, actor, bead)


def molecule_in_mail(body: str) -> str:
    """The molecule that a letter names: a line `molecule: <id>`. UserError for none."""
    found = _IN_MAIL.search(body)
    if found is None:
        raise UserError("that message names no molecule", "it wants a line such as `molecule: gt-mol-k2p9x`")
    return found[1]


def _guard(snapshot: Snapshot, molecule: Molecule, to: Attached, bead: Bead, actor: str) -> None:
    _must_be_own(to, actor)
    queued = holder(snapshot, bead.id) if to.agent is None else None
    if queued is not None and actor not in (OVERSEER, MAYOR, queued.address):
        raise UserError(f"{bead.id} is in the queue of {queued.address}", "change your own, or ask the mayor")
    if molecule.template:
        raise UserError(f"{molecule.id} is a template", f"pour it first: bd mol pour {molecule.id}")
    if molecule.status == "closed":
        raise UserError(f"{molecule.id} is closed", "attach one that is open")
    if bead.status == "closed":
        raise UserError(f"{bead.id} is closed", f"open it first: bd reopen {bead.id}")
    if molecule.bead and molecule.bead != bead.id:
        raise UserError(f"{molecule.id} is for {molecule.bead}", f"gt mol detach {molecule.bead} frees it")
    for other in snapshot.agents():
        hook = live_hook(other)
        mine = to.agent is not None and other.address == to.agent.address
        if hook is not None and hook.molecule == molecule.id and not mine:
            raise UserError(
                f"{molecule.id} is on the hook of {other.address}", f"gt mol detach {hook.bead} takes it off"
            )
    if to.molecule is not None and to.molecule.id != molecule.id and to.molecule.status != "closed":
        raise UserError(f"{bead.id} has {to.molecule.id} already", f"gt mol detach {bead.id} takes it off")
    if actor not in (OVERSEER, MAYOR, molecule.created_by, "") and molecule.assignee not in ("", actor):
        raise UserError(f"{molecule.id} belongs to {molecule.assignee}", "attach one of your own")


def _must_be_own(to: Attached, actor: str) -> None:
    if to.agent is not None and actor not in (OVERSEER, MAYOR, to.agent.address):
        raise UserError(f"that is the hook of {to.agent.address}", "change your own, or ask the mayor")


def _with_molecule(agent: Agent, molecule: ItemId) -> Agent:
    hook = agent.hook or Hook()
    return replace(agent, hook=replace(hook, molecule=molecule))


def _edit(verb: str, what: str, put: Sequence[Item], snapshot: Snapshot, actor: str, bead: str) -> Edit:
    require_writable(snapshot, *put)
    return Edit(
        subject=f"{verb}: {what}",
        put=tuple(put),
        trailers=(("Event", verb), ("Bead", bead)),
        actor=actor,
    )
