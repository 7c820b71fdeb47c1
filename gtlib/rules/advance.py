"""Molecules go on by themselves where nobody has to act, and come to their end when their steps do."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import recipe
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.asking import World
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Changed
from gtlib.rules.base import changed_items
from gtlib.rules.base import holder
from gtlib.rules.base import live_requests
from gtlib.rules.base import mail
from gtlib.rules.base import writable
from gtlib.rules.close import closed
from gtlib.rules.edits import merge_edits
from gtlib.rules.flow import Flow
from gtlib.rules.flow import molecule_of_step
from gtlib.rules.turns import Turns


def advance(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Close molecules whose steps are all over, reopen those in which one is open again; before that, do
    what nobody has to: conditions, gates, rounds, copies, control steps.

    The key `closed` records that the end of the steps was noticed: a molecule that a person
    reopens without unticking, or closes with open steps, stays as they left it. One that can't go on says so
    (`stuck`), and the others do.
    """
    edits = []
    for molecule in _concerned(snapshot, changed):
        try:
            edit = advanced(snapshot, molecule, now)
        except UserError as refusal:
            edit = _stuck(snapshot, molecule, refusal, now)
        if edit is not None:
            edits.append(edit)
            snapshot = snapshot.with_edit(edit)
    return merge_edits(edits)


def advanced(snapshot: Snapshot, molecule: Molecule, now: str, world: World | None = None) -> Edit | None:
    """What one molecule comes to now; with a `world` conditions that ask for files and environment, too.

    Raises UserError for what can't be written, as an id that is too long.
    """
    if molecule.template or not writable(snapshot, molecule):
        return None
    edits: list[Edit] = []
    if molecule.stuck:
        edits.append(Edit(subject=f"step: {molecule.id} goes on", put=(replace(molecule, stuck=""),)))
    while True:
        after = snapshot.with_edit(edits[-1]) if edits else snapshot
        snapshot, molecule = after, after.molecule(molecule.id) or molecule
        if molecule.status == "closed" and not molecule.closed:
            break
        edit = _turns(snapshot, molecule, now, world) or _settle(snapshot, molecule, now)
        if edit is None:
            break
        edits.append(edit)
    return merge_edits(edits, subject=edits[-1].subject) if edits else None


def _turns(snapshot: Snapshot, molecule: Molecule, now: str, world: World | None) -> Edit | None:
    turns = Turns(snapshot, molecule, now, world)
    taken = -1
    while taken < len(turns.said):
        taken = len(turns.said)
        for id in _special(turns.molecule.recipe):
            turns.take(id)
    if not turns.said:
        return None
    (step, what), more = turns.said[-1], len(turns.said) - 1
    return Edit(
        subject=f"step: {molecule.id} {step} {what}" + (f" (and {more} more)" if more else ""),
        put=turns.items(),
        trailers=(("Event", "step"), ("Bead", molecule.bead or molecule.id)),
    )


def _settle(snapshot: Snapshot, molecule: Molecule, now: str) -> Edit | None:
    flow = Flow(snapshot, molecule)
    settled = _settled(flow, now)
    if settled == molecule:
        return None
    event = "close" if settled.status == "closed" else "reopen"
    return Edit(
        subject=f"{event}: {molecule.id} {molecule.title}",
        put=(settled, *_root(flow, now)) if event == "close" else (settled,),
        trailers=(("Event", event), ("Bead", molecule.bead or molecule.id)),
    )


def _stuck(snapshot: Snapshot, molecule: Molecule, refusal: UserError, now: str) -> Edit | None:
    """That a molecule can't go on, and why; the overseer hears of it once."""
    said = " ".join(str(refusal).split())
    if molecule.stuck == said:
        return None
    body = (
        f"{molecule.id} can't go on by itself: {said}\n\n"
        f"Mend molecules/{molecule.id}.md, or leave the step out: gt mol step skip {molecule.id}.STEP\n"
    )
    return Edit(
        subject=f"stuck: {molecule.id} {said}",
        put=(replace(molecule, stuck=said),),
        files=mail(
            snapshot, now, [OVERSEER], f"{molecule.id} can't go on", body, ("stuck", molecule.id, said)
        ),
        trailers=(("Event", "stuck"), ("Bead", molecule.bead or molecule.id)),
    )


def _concerned(snapshot: Snapshot, changed: Changed) -> Iterator[Molecule]:
    seen: set[ItemId] = set()
    for molecule in changed_items(snapshot, "molecules/", Molecule, snapshot.molecules(), changed):
        seen.add(molecule.id)
        yield molecule
    others: list[ItemId] = []
    for path in sorted(changed or ()):
        id = ItemId(path.removeprefix("beads/").removesuffix(".md"))
        if not path.startswith("beads/"):
            continue
        # poured steps, and the gates of steps
        named = molecule_of_step(snapshot, id) if "." in id else None
        if named is None:
            others.append(id)
        elif named[0].id not in seen:
            seen.add(named[0].id)
            yield named[0]
    yield from (each for each in _waiting_for(snapshot, others) if each.id not in seen)


def _waiting_for(snapshot: Snapshot, beads: Sequence[ItemId]) -> Iterator[Molecule]:
    """Molecules that go on when one of these beads is over: a gate of theirs, or what a poured step needs."""
    over = {id for id in beads if (bead := snapshot.bead(id)) is None or bead.status == "closed"}
    if not over:
        return
    for molecule in snapshot.molecules():
        if molecule.status == "closed":
            continue
        if not over.isdisjoint(molecule.gates.values()):
            yield molecule
        elif molecule.poured:
            flow = Flow(snapshot, molecule)
            needs = (bead.needs for id in _special(molecule.recipe) if (bead := flow.bead(id)))
            if any(not over.isdisjoint(each) for each in needs):
                yield molecule


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
