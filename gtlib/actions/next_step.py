"""What the shell runtime does next on a molecule, or why it can't."""

from __future__ import annotations

from collections.abc import Container
from collections.abc import Sequence

from msgspec import Struct

from gtlib.actions import trust
from gtlib.errors import UserError
from gtlib.model import cook
from gtlib.model.agent import Hook
from gtlib.model.agent import start_line
from gtlib.model.cook import Command
from gtlib.model.cooked import CStep
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.store.town import Town


class Next(Struct, frozen=True):
    """A step, its command and the check that has to pass after it; without a command `why` says what it waits
    for, and `how` to go on. `outputs` is that section of the molecule.
    """

    step: Step | None = None
    command: Command | None = None
    check: Command | None = None
    recipe: CStep | None = None
    outputs: str = ""
    why: str = ""
    how: str = ""


def next_step(
    town: Town, snapshot: Snapshot, address: Address, hook: Hook, committed: Container[str] = ()
) -> Next | None:
    """The first step that can be done now; None when all are over.

    `committed` are steps whose commit stands on the branch and is not served yet.
    """
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    if molecule is None:
        what = f"molecule {hook.molecule} is not there" if hook.molecule else "no molecule says what to run"
        return Next(why=what, how=f"Do the work by hand in {hook.worktree}, then there: gt done")
    flow = Flow(snapshot, molecule)
    over = {id for id in flow.ids if flow.state(id) in OVER or id in committed}
    left = [id for id in flow.ids if id not in over]
    if not left:
        return None
    for step in flow.each_ready():
        bead = flow.bead(step.id)
        if step.id not in over and (bead is None or bead.assignee in ("", address)):
            return _command(town, flow, step, address)
    return _stuck(flow, left)


def _stuck(flow: Flow, left: Sequence[str]) -> Next:
    waits: dict[str, None] = {}
    others = {id: bead.assignee for id in left if (bead := flow.bead(id)) is not None and bead.assignee}
    for id in left:
        for each in flow.waits(id):
            if each not in left:
                waits[each] = None
    path = f"molecules/{flow.molecule.id}.md"
    waits |= {f"step {id} of {who}": None for id, who in others.items() if not flow.waits(id)}
    if waits:
        some = ", ".join(list(waits)[:6])
        gates = [id for id in flow.molecule.gates.values() if id in waits]
        opened = "".join(f"Look at it: bd gate show {id}\nOpen it: bd gate resolve {id}\n" for id in gates)
        how = f"{opened}gt mol show {flow.molecule.id} says more."
        return Next(why=f"{flow.molecule.id} waits for {some}", how=how)
    some = ", ".join(left[:12]) + (", ..." if len(left) > 12 else "")
    return Next(
        why=f"no step of {flow.molecule.id} can be done: {some}",
        how=f"Look at the boxes and needs in {path}.",
    )


def _command(town: Town, flow: Flow, step: Step, address: Address) -> Next:
    molecule = flow.molecule
    how = flow.recipe.get(step.id) or CStep(id=step.id)
    if how.run is None:
        said = (
            f"Do it by hand: commit it in the worktree of {address} with the trailer `Step: {step.id}`, or "
            f"tick its box in molecules/{molecule.id}.md and commit that. Then the deacon lets it go on; "
            f"without one: {start_line(address)}"
        )
        return Next(step, why=f"step {step.id} has no run", how=said)
    for run in (how.run, how.check):
        if run is not None and not trust.may_run(town.local, run):
            allow = f"gt allow {trust.file_of(town.root, flow.snapshot, molecule, run)}"
            said = f"Read it, then allow it with: {allow}\nThen: {start_line(address)}"
            return Next(step, why=f"a command of step {step.id} is not allowed on this machine", how=said)
    try:
        command = cook.program(how.run, molecule.vars, how.env)
        check = cook.program(how.check, molecule.vars, how.env)
    except UserError as error:
        return Next(step, why=error.what, how=f"{error.hint}.")
    return Next(step, command, check, how, molecule.outputs)
