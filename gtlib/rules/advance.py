"""Molecules go on by themselves where nobody has to act, and come to their end when their steps do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from msgspec.structs import replace

from gtlib.model import recipe
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.asking import World
from gtlib.rules.base import Changed
from gtlib.rules.base import changed_items
from gtlib.rules.base import holder
from gtlib.rules.base import live_requests
from gtlib.rules.base import writable
from gtlib.rules.close import closed
from gtlib.rules.edits import merge_edits
from gtlib.rules.flow import Flow
from gtlib.rules.flow import molecule_of_step
from gtlib.rules.turns import turn

_MOST_TURNS = 100_000


def advance(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Close molecules whose steps are all over, reopen those in which one is open again; before that, do
    what nobody has to: conditions, gates, rounds, copies, control steps.

    The key `closed` records that the end of the steps was noticed: a molecule that a person
    reopens without unticking, or closes with open steps, stays as they left it.
    """
    edits = []
    for molecule in _concerned(snapshot, changed):
        edit = advanced(snapshot, molecule, now)
        if edit is not None:
            edits.append(edit)
            snapshot = snapshot.with_edit(edit)
    return merge_edits(edits)


def advanced(snapshot: Snapshot, molecule: Molecule, now: str, world: World | None = None) -> Edit | None:
    """What one molecule comes to now; with a `world` conditions that ask for files and environment, too."""
    if molecule.template or not writable(snapshot, molecule):
        return None
    edits: list[Edit] = []
    while molecule.status != "closed" or molecule.closed:
        edit = _next(snapshot, molecule, now, world)
        if edit is None:
            break
        edits.append(edit)
        snapshot = snapshot.with_edit(edit)
        molecule = snapshot.molecule(molecule.id) or molecule
        if len(edits) > _MOST_TURNS:
            raise RuntimeError(f"{molecule.id} does not come to rest: {edit.subject}")
    return merge_edits(edits, subject=edits[-1].subject) if edits else None


def _concerned(snapshot: Snapshot, changed: Changed) -> Iterator[Molecule]:
    seen: set[ItemId] = set()
    for molecule in changed_items(snapshot, "molecules/", Molecule, snapshot.molecules(), changed):
        seen.add(molecule.id)
        yield molecule
    for path in sorted(changed or ()):
        # poured steps, and the gates of steps
        if path.startswith("beads/") and path.count(".") > 1:
            named = molecule_of_step(snapshot, path.removeprefix("beads/").removesuffix(".md"))
            if named is not None and named[0].id not in seen:
                seen.add(named[0].id)
                yield named[0]


def _next(snapshot: Snapshot, molecule: Molecule, now: str, world: World | None) -> Edit | None:
    flow = Flow(snapshot, molecule)
    for id in _special(molecule.recipe):
        edit = turn(flow, id, now, world) if flow.has(id) else None
        if edit is not None:
            return edit
    settled = _settled(flow, now)
    if settled == molecule:
        return None
    event = "close" if settled.status == "closed" else "reopen"
    return Edit(
        subject=f"{event}: {molecule.id} {molecule.title}",
        put=(settled, *_root(flow, now)) if event == "close" else (settled,),
        trailers=(("Event", event), ("Bead", molecule.bead or molecule.id)),
    )


@lru_cache(maxsize=64)
def _special(text: str) -> tuple[StepId, ...]:
    """The steps that go on by themselves somewhere."""
    if not text:
        return ()
    steps = recipe.read(text)
    found = []
    for step in steps.values():
        above = step
        while not above.when and above.parent in steps:
            above = steps[above.parent]
        if step.control or step.gate or step.waits_for or step.fan or above.when:
            found.append(step.id)
    return tuple(found)


def _root(flow: Flow, now: str) -> tuple[Bead, ...]:
    """The bead that a poured molecule was for, closed, when nobody has it: its steps landed one by one."""
    molecule, snapshot = flow.molecule, flow.snapshot
    bead = snapshot.bead(molecule.bead) if molecule.poured and molecule.bead else None
    if bead is None or bead.status == "closed" or not writable(snapshot, bead):
        return ()
    if holder(snapshot, bead.id) is not None or live_requests(snapshot, bead.id):
        return ()
    return (closed(bead, now, f"all steps of {molecule.id} complete"),)


def _settled(flow: Flow, now: str) -> Molecule:
    molecule = flow.molecule
    if flow.is_complete():
        if molecule.status != "closed" and not molecule.closed:
            return replace(molecule, status="closed", closed=now)
    elif molecule.closed:
        return replace(molecule, status="open", closed="")
    return molecule
