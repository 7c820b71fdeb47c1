"""Molecules come to their end when their steps do."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import StepId
from gtlib.rules.base import Changed
from gtlib.rules.base import changed_items
from gtlib.rules.base import writable
from gtlib.rules.edits import merge_edits

OVER = frozenset({"done", "skipped"})


def advance(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Close molecules whose steps are all over, reopen those in which one is open again.

    The key `closed` records that the end of the steps was noticed: a molecule that a person
    reopens without unticking, or closes with open steps, stays as they left it.
    """
    edits = []
    for molecule in changed_items(snapshot, "molecules/", Molecule, snapshot.molecules(), changed):
        wanted = _settled(molecule, now)
        if wanted == molecule or not writable(snapshot, molecule):
            continue
        event = "close" if wanted.status == "closed" else "reopen"
        edits.append(
            Edit(
                subject=f"{event}: {molecule.id} {molecule.title}",
                put=(wanted,),
                trailers=(("Event", event), ("Bead", molecule.bead or molecule.id)),
            )
        )
    return merge_edits(edits)


def is_over(molecule: Molecule) -> bool:
    """Whether every step is done or skipped; false when there is none."""
    return bool(molecule.steps) and all(step.state in OVER for step in molecule.steps)


def open_steps(molecule: Molecule) -> tuple[StepId, ...]:
    """The steps that are neither done nor skipped, in the order of the file."""
    return tuple(step.id for step in molecule.steps if step.state not in OVER)


def waits_for(molecule: Molecule, step: StepId) -> tuple[StepId, ...]:
    """The steps that must be over before this one may be claimed, and are not."""
    states = {each.id: each.state for each in molecule.steps}
    needs = next((each.needs for each in molecule.steps if each.id == step), ())
    return tuple(need for need in needs if states.get(need) not in OVER)


def ready_steps(molecule: Molecule) -> tuple[StepId, ...]:
    """The open steps that wait for nothing, in the order of the file."""
    return tuple(s.id for s in molecule.steps if s.state == "open" and not waits_for(molecule, s.id))


def _settled(molecule: Molecule, now: str) -> Molecule:
    if is_over(molecule):
        if molecule.status != "closed" and not molecule.closed:
            return replace(molecule, status="closed", closed=now)
    elif molecule.closed:
        return replace(molecule, status="open", closed="")
    return molecule
