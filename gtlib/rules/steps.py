"""Steps of molecules by name, and how far a molecule is."""

from __future__ import annotations

from typing import Literal

from gtlib.errors import UserError
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.output import count
from gtlib.rules.base import live_hook
from gtlib.rules.find import find_id
from gtlib.rules.find import ids_in
from gtlib.rules.flow import Flow

Standing = Literal["done", "skipped", "failed", "current", "ready", "pending"]


def named_step(snapshot: Snapshot, text: str) -> tuple[Molecule, StepId] | None:
    """The molecule and step that `<molecule>.<step>` means; None when the text is no such thing.

    The molecule's id may be a piece of it. A step that it does not have is an answer too.
    """
    head, dot, step = text.partition(".")
    if not dot or not step:
        return None
    known = ids_in(snapshot, "molecules")
    if head not in known:
        try:
            head = find_id(snapshot, head, "molecules")
        except UserError:
            return None
    molecule = snapshot.molecule(ItemId(head))
    return (molecule, StepId(step)) if molecule else None


def molecule_on_hook(snapshot: Snapshot, address: str) -> Molecule | None:
    """What the agent works through."""
    agent = snapshot.agent(Address(address))
    hook = live_hook(agent) if agent else None
    return snapshot.molecule(hook.molecule) if hook and hook.molecule else None


def counts(flow: Flow) -> tuple[int, int, int]:
    """(steps that are done, skipped ones, all of them); what ends by itself counts for nothing."""
    states = [flow.state(id) for id in flow.ids if not flow.is_control(id)]
    return states.count("done"), states.count("skipped"), len(states)


def progress(flow: Flow) -> tuple[int, int]:
    """(steps that are over, all steps), as `counts` counts them."""
    done, skipped, total = counts(flow)
    return done + skipped, total


def how_far(flow: Flow) -> str:
    """How far it is in words: `1 of 3 steps done`, with skipped ones `1 of 3 steps done, 1 skipped`, and when
    nothing is left of those `1 done, 2 skipped`.
    """
    done, skipped, total = counts(flow)
    if not skipped:
        return f"{done} of {count(total, 'step')} done"
    return (
        f"{done} done, {skipped} skipped"
        if done + skipped == total
        else (f"{done} of {count(total, 'step')} done, {skipped} skipped")
    )


def standings(flow: Flow) -> tuple[tuple[Step, Standing], ...]:
    """Each step with how it stands; the first that is ready is the current one."""
    ready = {step.id: None for step in flow.each_ready()}
    first = next(iter(ready), None)
    found: list[tuple[Step, Standing]] = []
    for step in flow.steps:
        standing: Standing = "pending"
        if step.state != "open":
            standing = step.state
        elif step.id in ready:
            standing = "current" if step.id == first and flow.molecule.status != "closed" else "ready"
        found.append((step, standing))
    return tuple(found)
