"""Say that a step of a molecule is done."""

from __future__ import annotations

from msgspec import Struct

from gtlib import clock
from gtlib.actions import find_molecule
from gtlib.actions import wisp as wisps
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import StepId
from gtlib.rules.steps import molecule_on_hook
from gtlib.rules.steps import named_step
from gtlib.rules.steps_done import plan_step
from gtlib.store.town import Town


class Ticked(Struct, frozen=True):
    """The molecule as it is now, the step, and whether it was done before."""

    molecule: Molecule
    step: StepId
    already: bool


def step(town: Town, text: str, actor: str, place: str = "") -> Ticked:
    """Tick `<step>` of the actor's molecule, or `<molecule>.<step>`.

    `place` is the agent whose worktree the actor stands in, whose molecule is meant when the
    actor has none. UserError as `plan_step` says.
    """
    wisp = None if named_step(town.snapshot(), text) else find_molecule.named_step(town.root, text)
    if wisp is not None:
        ticked = wisps.step(town, *wisp, actor)
        return Ticked(ticked.wisp, ticked.step, ticked.already)
    now = clock.stamp(clock.now())
    meant: list[tuple[Molecule, StepId]] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        molecule, id = _meant(snapshot, text, actor, place)
        meant.append((molecule, id))
        return plan_step(snapshot, f"{molecule.id}.{id}", actor, "", now)

    applied = transition(town, plan, actor)
    molecule, id = meant[-1]
    after = town.snapshot().molecule(molecule.id)
    return Ticked(after or molecule, id, applied is None)


def _meant(snapshot: Snapshot, text: str, actor: str, place: str) -> tuple[Molecule, StepId]:
    mine = molecule_on_hook(snapshot, actor) or (molecule_on_hook(snapshot, place) if place else None)
    if mine is not None and any(each.id == text for each in mine.steps):
        return mine, StepId(text)
    named = named_step(snapshot, text)
    if named is not None:
        return named
    if mine is not None:
        return mine, StepId(text)
    raise UserError(
        f"{actor} has no molecule on the hook", f"name it as <molecule>.{text}, see them with: gt mol list"
    )
