"""Which step a person or an agent means, of a molecule or a wisp, and how its state is changed."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gtlib.actions import find_molecule
from gtlib.actions import wisp as wisps
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import StepId
from gtlib.rules.flow import Flow
from gtlib.rules.steps import molecule_on_hook
from gtlib.rules.steps import named_step
from gtlib.store.town import Town
from gtlib.store.wisps import is_id

# the plan of a change, told the town and `<molecule>.<step>`
StepPlan = Callable[[Snapshot, str], Edit | None]


class Ticked(Struct, frozen=True, kw_only=True):
    """The molecule as it is now, the step, and whether nothing was left to change.

    `complaint` is why a check failed, with the last lines that it printed in `tail`; `left` how many tries
    are left then.
    """

    flow: Flow
    step: StepId
    already: bool = False
    complaint: str = ""
    tail: str = ""
    left: int = 0

    @property
    def molecule(self) -> Molecule:
        return self.flow.molecule


def meant_step(town: Town, snapshot: Snapshot, text: str, actor: str, place: str = "") -> tuple[Flow, StepId]:
    """The step that `<step>` of the actor's molecule, or `<molecule>.<step>`, means.

    `place` is the agent whose worktree the actor stands in, whose molecule is meant when the actor has none.
    A step that the molecule does not have is an answer too. UserError when no molecule is meant.
    """
    mine = molecule_on_hook(snapshot, actor) or (molecule_on_hook(snapshot, place) if place else None)
    if mine is not None and Flow(snapshot, mine).has(text):
        return Flow(snapshot, mine), StepId(text)
    named = named_step(snapshot, text)
    if named is not None:
        return Flow(snapshot, named[0]), named[1]
    wisp = find_molecule.named_step(town.root, text)
    if wisp is not None:
        found = wisps.require(town, wisp[0])
        return Flow(wisps.standing(snapshot, found), found), StepId(wisp[1])
    if mine is not None:
        return Flow(snapshot, mine), StepId(text)
    raise UserError(
        f"{actor} has no molecule on the hook", f"name it as <molecule>.{text}, see them with: gt mol list"
    )


def change_step(town: Town, text: str, actor: str, place: str, plan: StepPlan) -> Ticked:
    """Carry out a plan about a step. UserError of the plan, nothing changed."""
    flow, id = meant_step(town, town.snapshot(), text, actor, place)
    if is_id(flow.molecule.id):
        name = f"{flow.molecule.id}.{id}"
        after, changed = wisps.change(town, flow.molecule.id, lambda snapshot: plan(snapshot, name), actor)
        wisp = after or flow.molecule
        return Ticked(flow=Flow(wisps.standing(town.snapshot(), wisp), wisp), step=id, already=not changed)
    meant: list[tuple[Flow, StepId]] = []

    def whole(snapshot: Snapshot) -> Edit | None:
        meant.append(meant_step(town, snapshot, text, actor, place))
        return plan(snapshot, f"{meant[-1][0].molecule.id}.{meant[-1][1]}")

    applied = transition(town, whole, actor)
    if applied is not None:
        town.notes += applied.notes
    flow, id = meant[-1]
    return Ticked(flow=now_so(town, flow), step=id, already=applied is None)


def now_so(town: Town, flow: Flow) -> Flow:
    """The molecule as the town holds it now."""
    snapshot = town.snapshot()
    return Flow(snapshot, snapshot.molecule(flow.molecule.id) or flow.molecule)
