"""Pouring: a cooked formula becomes a molecule, its steps a task list in its file or beads of their own."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib import names
from gtlib.errors import UserError
from gtlib.model import recipe
from gtlib.model.bead import Bead
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.edit import Plan
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import fresh
from gtlib.rules.unfold import bead_of

LONGEST_LIST = 2000
MOST_STEPS = 50_000


class Order(Struct, frozen=True, kw_only=True):
    """How to pour. `created` is RFC 3339. `beads`: whether steps become beads; None: as the formula says, and
    above 2,000 steps. `anew`: never the molecule that the same cause gave before.
    """

    prefix: str
    created: str
    created_by: str
    bead: ItemId | None = None
    assignee: str = ""
    nonce: str = ""
    beads: bool | None = None
    anew: bool = False


class Poured(Struct, frozen=True):
    """A molecule, and the beads that its steps are when it is a poured one."""

    molecule: Molecule
    beads: tuple[Bead, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        return (self.molecule, *self.beads)


def pour(snapshot: Snapshot, cooked: Cooked, order: Order) -> Poured:
    """The molecule that a cooked formula becomes.

    For a bead the id follows from bead, formula and `nonce`, so that pouring again for the
    same cause gives the same molecule; without a bead it is a new id of the town. UserError for a formula
    without steps, or with more than 50,000.
    """
    if not cooked.steps:
        raise UserError(f"formula {cooked.name} has no step left with these values", "give other values")
    if len(cooked.steps) > MOST_STEPS:
        what = f"formula {cooked.name} has {len(cooked.steps):,} steps, and a molecule holds {MOST_STEPS:,}"
        raise UserError(what, "split it into several formulas")
    wanted = cooked.pour or len(cooked.steps) > LONGEST_LIST
    poured = wanted if order.beads is None else order.beads
    molecule = Molecule(
        id=_id(snapshot, cooked, order),
        title=cooked.title or cooked.name,
        formula=cooked.name,
        version=cooked.version,
        hash=cooked.hash,
        vars=cooked.values,
        bead=order.bead or ItemId(""),
        assignee=order.assignee,
        poured=poured,
        created=order.created,
        created_by=order.created_by,
        description=cooked.description.strip(),
        recipe=recipe.write(cooked.steps, every=poured),
    )
    if poured:
        return Poured(molecule, tuple(bead_of(molecule, step) for step in cooked.steps))
    steps = tuple(
        Step(id=step.id, title=_one_line(step.title) or step.id, needs=step.needs, text=step.text)
        for step in cooked.steps
    )
    return Poured(replace(molecule, steps=steps))


def plan_pour(cooked: Cooked, order: Order) -> Plan:
    """The plan that writes the molecule of `pour`; nothing to do when it is there already."""

    def plan(snapshot: Snapshot) -> Edit | None:
        made = pour(snapshot, cooked, order)
        if made.molecule.id in snapshot.taken():
            return None
        return Edit(
            subject=f"pour: {made.molecule.id} {cooked.name}",
            put=made.items,
            trailers=(("Bead", order.bead),) if order.bead else (),
            actor=order.created_by,
        )

    return plan


def _id(snapshot: Snapshot, cooked: Cooked, order: Order) -> ItemId:
    if order.bead:
        causes = (order.bead, cooked.name, cooked.hash, order.nonce)
        found = names.derive(order.prefix, "mol", *causes)
        if not order.anew or found not in snapshot.taken():
            return found
        return fresh(snapshot, order.prefix, "mol", *causes, order.created)
    moment = int(clock.parse(order.created).timestamp()) * 1_000_000_000
    seed = f"{cooked.name} {order.nonce}"
    title = cooked.title or cooked.name
    return names.mint(order.prefix, title, seed, order.created_by, moment, snapshot.taken(), "mol")


def _one_line(text: str) -> str:
    return " ".join(text.split())
