"""Say how a step ended: done with evidence and outputs, skipped, or failed as its formula tells."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import outputs as sections
from gtlib.model.cooked import CStep
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import StepState
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import holder
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_writable
from gtlib.rules.edits import merge_edits
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.rules.flow import molecule_of_step
from gtlib.rules.marks import with_states
from gtlib.rules.sessions import WAITS
from gtlib.rules.sessions import ended
from gtlib.rules.step_asked import ask
from gtlib.rules.unfold import MOST_ITEMS


def plan_step(
    snapshot: Snapshot,
    value: str,
    actor: str,
    commit: str,
    now: str,
    outputs: Sequence[tuple[str, str]] = (),
    checked: bool = False,
) -> Edit | None:
    """Tick a step (`<step>` of the actor's molecule, or `<molecule>.<step>`) with a commit as its evidence.

    `outputs` are (key, value) as written. None when it is done. Raises UserError for a step that is
    unknown, not ready, or not the actor's, that lacks its check (`checked`: it passed) or its items.
    What the overseer says counts whatever the step needs.
    """
    flow, id = _found(snapshot, value, actor)
    state = flow.state(id)
    evidence = flow.evidence(id)
    if state == "done" and (evidence or not commit) and not outputs:
        return None
    if actor != OVERSEER:
        _may_tick(flow, id, state, actor)
        if state != "done":
            _check(flow, id, outputs, checked)
    molecule = flow.molecule
    said = {key: sections.value_of(text) for key, text in outputs}
    records: dict[str, Mapping[str, str] | str] = {}
    if said:
        records["outputs"] = sections.write(molecule.outputs, id, said)
    if commit and not molecule.poured:
        records["evidence"] = {**molecule.evidence, id: commit}
    put = with_states(flow, {id: "done"}, now, "", **records)
    if commit and molecule.poured:
        bead = flow.bead(id)
        put = [replace(each, evidence=commit) if bead and _is(each, bead.id) else each for each in put]
    above = molecule_of_step(snapshot, molecule.bead) if said and "." in molecule.bead else None
    if above is not None and above[0].poured:
        # what the step of a poured molecule is worked on by has its outputs
        put.append(replace(above[0], outputs=sections.write(above[0].outputs, above[1], said)))
    return _edit(flow, id, "done", put, actor)


def plan_skip(snapshot: Snapshot, value: str, actor: str, reason: str, now: str) -> Edit | None:
    """Leave a step out; None when it is over. UserError as `plan_step` says."""
    flow, id = _found(snapshot, value, actor)
    state = flow.state(id)
    if state in OVER:
        return None
    if actor != OVERSEER:
        _must_be_own(flow, id, actor)
    inner = {each: "skipped" for each in flow.descendants(id) if flow.state(each) not in OVER}
    states: dict[StepId, StepState] = {**inner, id: "skipped"}  # type: ignore[dict-item]
    put = with_states(flow, states, now, " ".join(reason.split()) or "skipped")
    return _edit(flow, id, "skipped", put, actor)


def plan_step_failed(snapshot: Snapshot, value: str, actor: str, reason: str, now: str) -> Edit | None:
    """Say that an attempt at a step failed: it is tried again while its formula allows, then skipped or held.

    A held step is marked as failed, the hook of who works on it is suspended, and an escalation asks the
    overseer. None when the step is over. UserError as `plan_step` says.
    """
    flow, id = _found(snapshot, value, actor)
    state = flow.state(id)
    if state != "open":
        return None
    if actor != OVERSEER:
        _may_tick(flow, id, state, actor)
    molecule = flow.molecule
    how = flow.recipe.get(id) or CStep(id=id)
    said = " ".join(reason.split()) or "failed"
    count = molecule.attempts.get(id, 0) + 1
    attempts = {**molecule.attempts, id: count}
    if count < how.attempts:
        put: list[Item] = [replace(molecule, attempts=attempts)]
        return _edit(flow, id, f"failed, attempt {count} of {how.attempts}", put, actor)
    if how.exhausted == "skip":
        put = with_states(flow, {id: "skipped"}, now, f"failed: {said}", attempts=attempts)
        return _edit(flow, id, "failed, skipped", put, actor)
    put = with_states(flow, {id: "failed"}, now, said, attempts=attempts)
    return _hold(flow, id, said, _edit(flow, id, "failed", put, actor), count, actor, now)


def find_step(snapshot: Snapshot, value: str, actor: str) -> tuple[Molecule, StepId]:
    """The molecule and the step that `value` means for that actor. UserError when there is none."""
    named = molecule_of_step(snapshot, value)
    if named is not None:
        return named
    molecule = snapshot.molecule(_on_hook(snapshot, actor))
    if molecule is None:
        raise UserError(f"{actor} has no molecule on the hook", f"name it as <molecule>.{value}")
    return molecule, StepId(value)


def _found(snapshot: Snapshot, value: str, actor: str) -> tuple[Flow, StepId]:
    molecule, id = find_step(snapshot, value, actor)
    require_writable(snapshot, molecule)
    if molecule.template:
        raise UserError(f"{molecule.id} is a template", f"pour it first: bd mol pour {molecule.id}")
    flow = Flow(snapshot, molecule)
    if not flow.has(id):
        some = flow.ids[:12]
        there = ", ".join(some) + (", ..." if len(flow.ids) > len(some) else "")
        raise UserError(f"{molecule.id} has no step {id!r}", f"its steps are {there}")
    bead = flow.bead(id)
    if bead is not None:
        require_writable(snapshot, bead)
    return flow, id


def _on_hook(snapshot: Snapshot, actor: str) -> ItemId:
    agent = snapshot.agent(Address(actor))
    hook = live_hook(agent) if agent else None
    return hook.molecule if hook else ItemId("")


def _must_be_own(flow: Flow, id: StepId, actor: str) -> None:
    molecule = flow.molecule
    how, bead = flow.recipe.get(id), flow.bead(id)
    mine = {molecule.assignee, how.assignee if how else "", bead.assignee if bead else ""}
    if actor not in mine and _on_hook(flow.snapshot, actor) != molecule.id:
        whose = f"belongs to {molecule.assignee}" if molecule.assignee else "belongs to nobody"
        raise UserError(f"{molecule.id} {whose}", "tick the steps of your own molecule")
    if bead is None or flow.state(id) == "done":
        return
    if bead.assignee not in ("", actor):
        raise UserError(f"{bead.id} belongs to {bead.assignee}", "tick the steps of your own")
    held = holder(flow.snapshot, bead.id)
    if held is not None:
        raise UserError(f"{bead.id} is on the hook of {held.address}", "gt done submits it there")


def _may_tick(flow: Flow, id: StepId, state: str, actor: str) -> None:
    _must_be_own(flow, id, actor)
    if state == "done":
        return
    if flow.is_control(id):
        raise UserError(f"{id} is over by itself when what it needs is", "do the steps that it needs")
    waiting = flow.waits(id)
    if waiting:
        raise UserError(
            f"{id} is not ready: it needs {', '.join(waiting)}", "do these first, then say it again"
        )


def _check(flow: Flow, id: StepId, outputs: Sequence[tuple[str, str]], checked: bool) -> None:
    how = flow.recipe.get(id)
    if how is None:
        return
    if how.check is not None and not checked:
        full = f"{flow.molecule.id}.{id}"
        raise UserError(f"step {id} is done when its check passes", f"gt mol step done {full} runs it")
    if how.fan is not None:
        key = how.fan.output
        found = next((sections.value_of(text) for name, text in outputs if name == key), None)
        if found is None:
            found = sections.of(flow.molecule.outputs, id).get(key)
        if not isinstance(found, list) or len(found) > MOST_ITEMS:
            what = f"step {id} fans out to its output {key}, a list of at most {MOST_ITEMS:,} items"
            raise UserError(what, f"say it with the step: --output '{key}=[...]', or Output: {key}=[...]")


def _hold(flow: Flow, id: StepId, reason: str, edit: Edit, count: int, actor: str, now: str) -> Edit | None:
    molecule = flow.molecule
    snapshot = flow.snapshot.with_edit(edit)
    asked = ask(Flow(snapshot, molecule), id, reason, count, actor, now)
    worker = snapshot.agent(Address(actor))
    hook = live_hook(worker) if worker is not None else None
    if worker is not None and hook is not None and hook.molecule == molecule.id:
        # the escalation tells the overseer
        left = ended(worker, f"{WAITS}step {id} failed", now)
        edit = replace(edit, put=(*edit.put, replace(left, hook=replace(hook, state="suspended"))))
    return merge_edits([edit, asked], subject=edit.subject)


def _is(item: Item, id: ItemId) -> bool:
    return getattr(item, "id", "") == id


def _edit(flow: Flow, id: StepId, what: str, put: Sequence[Item], actor: str) -> Edit:
    molecule = flow.molecule
    return Edit(
        subject=f"step: {molecule.id} {id} {what}",
        put=tuple(put),
        trailers=(
            ("Event", "step"),
            ("Bead", molecule.bead or molecule.id),
            ("Step", f"{molecule.id}.{id}"),
        ),
        actor=actor,
    )
