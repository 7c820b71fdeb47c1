"""What is next after a close: the next step of the molecule, or the best bead that is ready."""

from __future__ import annotations

from msgspec import Struct

from gtlib import names
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import prefixes
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_update
from gtlib.rules.flow import Flow
from gtlib.rules.ready import naturally
from gtlib.rules.ready import ready
from gtlib.rules.statuses import over


class Next(Struct, frozen=True, kw_only=True):
    """Where a molecule stands after a step: what is next (id, title, text; "" for nothing), and whether that
    was taken up. `molecule` is a molecule of its own file, or the bead that the steps are below; "" for none.
    """

    molecule: ItemId = ItemId("")
    id: str = ""
    title: str = ""
    text: str = ""
    advanced: bool = False
    complete: bool = False


def plan_claim_next(snapshot: Snapshot, prefix: str, actor: str, now: str) -> tuple[ItemId, Edit | None]:
    """Claim the first bead with that prefix that is ready and nobody else's; "" when there is none."""
    known = prefixes(snapshot)
    for bead in ready(snapshot, now):
        if names.prefix_of(bead.id, known) == prefix and bead.assignee in ("", actor):
            return bead.id, plan_update(snapshot, [bead.id], Changes(claim=True), actor, now)[1]
    return ItemId(""), None


def ready_for(flow: Flow, actor: str) -> tuple[Step, ...]:
    """The steps that are ready and not some other agent's, in their order; all of them for the overseer."""
    return tuple(step for step in flow.each_ready() if whose(flow, step) in ("", actor) or actor == OVERSEER)


def whose(flow: Flow, step: Step) -> str:
    """Whom a step itself names: the assignee of its bead, or of its recipe; "" for none."""
    bead, how = flow.bead(step.id), flow.recipe.get(step.id)
    return (bead.assignee if bead is not None else "") or (how.assignee if how is not None else "")


def next_step(snapshot: Snapshot, molecule: Molecule, actor: str, *, auto: bool) -> Next:
    """The step of a molecule that is next. Those of its file nobody claims: they are its agent's at once."""
    step = next(iter(ready_for(Flow(snapshot, molecule), actor)), None)
    if step is None or molecule.status == "closed":
        return Next(molecule=molecule.id, complete=molecule.status == "closed")
    id = f"{molecule.id}.{step.id}"
    return Next(molecule=molecule.id, id=id, title=step.title, text=step.text, advanced=auto)


def plan_next_step(
    snapshot: Snapshot, molecule: Molecule, actor: str, now: str, *, auto: bool
) -> tuple[Next, Edit | None]:
    """The next step of a molecule; with `auto` the actor claims the bead that a poured one is."""
    found = next_step(snapshot, molecule, actor, auto=auto)
    if not found.id or not auto or not molecule.poured:
        return found, None
    bead = snapshot.bead(ItemId(found.id))
    if bead is None or (bead.assignee == actor and bead.status == "in_progress"):
        return found, None
    return found, plan_update(snapshot, [bead.id], Changes(claim=True), actor, now)[1]


def plan_next_child(
    snapshot: Snapshot, done: Bead, actor: str, now: str, *, auto: bool
) -> tuple[Next, Edit | None]:
    """The next ready bead below the same parent; with `auto` the actor claims it."""
    if not done.parent:
        return Next(), None
    finished = over(snapshot.town)
    left = [each for each in snapshot.beads() if each.parent == done.parent and each.status not in finished]
    able = {bead.id for bead in ready(snapshot, now)}
    step = next((b for b in naturally(left) if b.id in able and b.assignee in ("", actor)), None)
    if step is None:
        return Next(molecule=done.parent, complete=not left), None
    edit = plan_update(snapshot, [step.id], Changes(claim=True), actor, now)[1] if auto else None
    found = Next(molecule=done.parent, id=step.id, title=step.title, text=step.description, advanced=auto)
    return found, edit
