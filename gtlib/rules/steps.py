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
from gtlib.rules.base import live_hook
from gtlib.rules.find import find_id
from gtlib.rules.find import ids_in
from gtlib.rules.flow import OVER
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


def progress(flow: Flow) -> tuple[int, int]:
    """(steps that are over, all steps); what ends by itself counts for nothing."""
    states = [flow.state(id) for id in flow.ids if not flow.is_control(id)]
    return sum(state in OVER for state in states), len(states)


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
