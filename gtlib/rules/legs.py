"""Running a convoy formula: a convoy, a bead for each leg with a molecule of its own, one for the synthesis.

What is ready is slung at once; the rest when its turn comes (`gtlib.rules.feed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.config import RigConfig
from gtlib.model.convoy import Convoy
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import TOWN_PREFIX
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.edits import merge_edits
from gtlib.rules.fields import TITLE_LIMIT
from gtlib.rules.pour import Order
from gtlib.rules.pour import Poured
from gtlib.rules.pour import pour
from gtlib.rules.reviewed import marked
from gtlib.rules.sling import plan_sling

SHELL = "shell"
MOST = 200  # beads that one run makes


class Task(Struct, frozen=True):
    """What one agent does: a leg, or the synthesis. `agent` is the runtime, empty for whatever is usual;
    `needs` are other tasks.
    """

    step: CStep
    needs: tuple[StepId, ...]
    agent: str = ""
    review_only: bool = False


class Row(Struct, frozen=True):
    """A task with the bead that it became, and who has it (empty: nobody yet)."""

    task: Task
    bead: ItemId
    address: str = ""


class Made(Struct, frozen=True):
    """What was made of a convoy formula."""

    convoy: Convoy
    rows: tuple[Row, ...]


def tasks_of(formula: Formula, meal: Cooked, agent: str) -> tuple[Task, ...]:
    """The tasks that a whole convoy formula, cooked, comes to.

    The runtime is what the leg says, else `agent`, else what the formula says; what has a `run` is done by
    shell. UserError for what beads of their own can't do: rounds and copies, and too many of them.
    """
    steps = {step.id: step for step in meal.steps}
    wanted = {leg.id: leg.agent for leg in formula.legs}
    reviews = {leg.id for leg in formula.legs if leg.review_only or formula.review_only}
    if formula.synthesis is not None:
        wanted[StepId("synthesis")] = formula.synthesis.agent
    found = []
    for step in meal.steps:
        if step.until or step.fan is not None:
            what = f"step {step.id} of {formula.name} goes in rounds, which legs can't"
            raise UserError(what, "write a workflow for it, and let a leg run that")
        if step.control:
            continue
        said = wanted.get(step.id, "") or (step.agent if step.agent != formula.agent else "")
        name = SHELL if step.run is not None else said or agent or formula.agent
        found.append(Task(step, _needs(steps, step), name, step.id in reviews))
    if len(found) > MOST:
        raise UserError(f"{formula.name} has {len(found)} legs, {MOST} is the most", "split the formula")
    return tuple(found)


def plan_legs(
    snapshot: Snapshot,
    meal: Cooked,
    tasks: Sequence[Task],
    rig: RigConfig,
    *,
    actor: str,
    now: str,
    created_ns: int,
    host: str,
) -> tuple[Made, Edit]:
    """Everything that running it makes, as one edit. UserError as `plan_sling` says."""
    beads: dict[StepId, Bead] = {}
    edits: list[Edit] = []
    for number, task in enumerate(tasks):
        bead = _bead(snapshot, task, beads, rig, actor, now, created_ns + number)
        beads[task.step.id] = bead
        molecule = _molecule(snapshot, meal, task, bead, rig, actor, now)
        edits.append(Edit(subject=f"create: {bead.id} {bead.title}", put=(bead, molecule), actor=actor))
        snapshot = snapshot.with_edit(edits[-1])
    title = " ".join(meal.title.split())[:TITLE_LIMIT]
    ready = [task for task in tasks if not task.needs]
    convoy = Convoy(
        id=names.mint(TOWN_PREFIX, title, "", actor, created_ns, snapshot.taken(), "cv"),
        title=title,
        owner=actor,
        tracks=tuple(sorted(bead.id for bead in beads.values())),
        created=now,
        feed=rig.name,
        fed=tuple(beads[task.step.id].id for task in ready),
        extra={"formula": meal.name},
    )
    edits.append(Edit(subject=f"convoy: {convoy.id} {title}", put=(convoy,), actor=actor))
    snapshot = snapshot.with_edit(edits[-1])
    who: dict[StepId, str] = {}
    for task in ready:
        edit = plan_sling_again(
            snapshot, beads[task.step.id].id, rig.name, task.agent, actor=actor, now=now, host=host
        )
        snapshot = snapshot.with_edit(edit)
        edits.append(edit)
        who[task.step.id] = next((i.address for i in edit.put if isinstance(i, Agent)), "")
    whole = merge_edits(edits, subject=f"run: {convoy.id} {title}")
    assert whole is not None
    rows = tuple(Row(task, beads[task.step.id].id, who.get(task.step.id, "")) for task in tasks)
    event = (("Event", "run"), ("Convoy", convoy.id))
    others = tuple(pair for pair in whole.trailers if pair[0] not in ("Event", "Bead", "Agent", "Change"))
    return Made(convoy, rows), replace(whole, trailers=(*event, *others), actor=actor)


def plan_sling_again(
    snapshot: Snapshot, bead: ItemId, target: str, agent: str, *, actor: str, now: str, host: str
) -> Edit:
    """Put a bead whose molecule is there already on the hook of whoever the target means."""
    waiting = waiting_molecule(snapshot, bead)

    def build(work: Bead, who: Agent) -> Poured:
        assert waiting is not None
        return Poured(replace(waiting, assignee=who.address))

    edit = plan_sling(
        snapshot,
        bead,
        target,
        molecule=build if waiting is not None else None,
        agent_runtime=agent,
        convoy=False,
        now=now,
        actor=actor,
        host=host,
        any_rig=True,
    )
    if edit is None:
        raise UserError(f"{bead} is on a hook already", "gt hooks list shows it")
    return edit


def waiting_molecule(snapshot: Snapshot, bead: ItemId) -> Molecule | None:
    """The open molecule for that bead that is nobody's yet."""
    found = [m for m in snapshot.molecules() if m.bead == bead and m.status != "closed" and not m.template]
    return next((m for m in sorted(found, key=lambda m: (m.created, m.id)) if not m.assignee), None)


def _needs(steps: Mapping[StepId, CStep], step: CStep) -> tuple[StepId, ...]:
    """The tasks that must be over before: of a control step those that it holds."""
    found: dict[StepId, None] = {}
    todo, seen = list(step.needs), set[StepId]()
    while todo:
        need = todo.pop(0)
        other = steps.get(need)
        if other is None or need in seen:
            continue
        seen.add(need)
        if other.control:
            todo += other.needs
        else:
            found[need] = None
    return tuple(found)


def _bead(
    snapshot: Snapshot,
    task: Task,
    beads: Mapping[StepId, Bead],
    rig: RigConfig,
    actor: str,
    now: str,
    created_ns: int,
) -> Bead:
    step = task.step
    title = (" ".join(step.title.split()) or step.id)[:TITLE_LIMIT]
    return Bead(
        id=names.mint(rig.prefix, title, step.text, actor, created_ns, snapshot.taken()),
        title=title,
        priority=step.priority,
        labels=step.labels,
        needs=tuple(sorted(beads[need].id for need in task.needs)),
        description=step.text,
        created=now,
        created_by=actor,
    )


def _molecule(
    snapshot: Snapshot, meal: Cooked, task: Task, bead: Bead, rig: RigConfig, actor: str, now: str
) -> Molecule:
    """One step, which the bead's own needs hold up."""
    step = replace(task.step, needs=(), parent=StepId(""), agent=task.agent)
    single = replace(meal, title=bead.title, description="", steps=(step,), pour=False)
    order = Order(prefix=rig.prefix, created=now, created_by=actor, bead=bead.id, nonce=step.id, beads=False)
    return marked(pour(snapshot, single, order).molecule, task.review_only)
