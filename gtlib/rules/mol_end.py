"""How molecules end before their last step: squashed into a digest, or burned."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import base
from gtlib.rules import fields
from gtlib.rules.close import closed
from gtlib.rules.close import plan_close
from gtlib.rules.delete_bead import plan_delete
from gtlib.rules.edits import merge_edits
from gtlib.rules.flow import OVER
from gtlib.rules.flow import SKIPPED
from gtlib.rules.flow import Flow
from gtlib.rules.flow import bead_id
from gtlib.rules.references import escalations
from gtlib.rules.references import without
from gtlib.rules.steps import how_far
from gtlib.rules.wisps import BOXES
from gtlib.rules.wisps import every_gate
from gtlib.rules.wisps import open_gates

REASON = "squashed"


def may_end(snapshot: Snapshot, molecule: Molecule, actor: str) -> None:
    """UserError for a molecule that somebody else works through."""
    if actor in (base.OVERSEER, base.MAYOR, base.POSTMASTER, molecule.assignee, molecule.created_by):
        return
    if any(agent.address == actor for agent in _holders(snapshot, molecule.id)):
        return
    whose = f"belongs to {molecule.assignee}" if molecule.assignee else f"was made by {molecule.created_by}"
    raise UserError(f"{molecule.id} {whose}", "end your own molecules")


def digest(snapshot: Snapshot, molecule: Molecule, summary: str, actor: str, now: str) -> Bead:
    """The closed bead that says what a molecule was: `summary`, else what became of its steps."""
    prefix = base.prefix_of(snapshot, molecule.id)
    text = summary.strip() or digest_text(snapshot, molecule, now)
    outputs = molecule.outputs.strip()
    return Bead(
        id=names.derive(prefix, "", "digest", molecule.id, molecule.created),
        title=fields.title(f"Digest: {molecule.title}"[: fields.TITLE_LIMIT]),
        status="closed",
        labels=("digest",),
        created=now,
        created_by=actor,
        closed=now,
        close_reason=f"{molecule.id} {REASON}",
        description=text,
        notes=f"Outputs:\n\n{outputs}" if outputs else "",
    )


def digest_text(snapshot: Snapshot, molecule: Molecule, now: str) -> str:
    """What is known of a molecule: from which formula, who, when, and how each step ended."""
    flow = Flow(snapshot, molecule)
    steps = flow.steps
    about = [
        f"{molecule.id}, made of the formula {molecule.formula}" if molecule.formula else str(molecule.id),
        f"for {molecule.bead}" if molecule.bead else "",
        f"worked through by {molecule.assignee}" if molecule.assignee else "",
        f"from {molecule.created}" if molecule.created else "",
        f"to {molecule.closed or now}",
    ]
    said = [f"{', '.join(filter(None, about))}."]
    said += [f"{how_far(flow)}."] if steps else []
    own = [step for step in steps if not flow.is_control(step.id)]
    listed = "\n".join(_told(flow, molecule, step) for step in own)
    return "\n\n".join(filter(None, (*said, listed, molecule.description.strip() if not steps else "")))


def _told(flow: Flow, molecule: Molecule, step: Step) -> str:
    bead = flow.bead(step.id)
    more = [
        bead.assignee if bead else "",
        bead.closed if bead else "",
        molecule.evidence.get(step.id, "")[:12],
        molecule.reasons.get(step.id, ""),
    ]
    known = ", ".join(filter(None, more))
    return f"- [{BOXES[step.state]}] {step.id}: {step.title}" + (f" ({known})" if known else "")


def plan_squash(
    snapshot: Snapshot,
    molecule: Molecule,
    actor: str,
    now: str,
    *,
    summary: str = "",
    with_digest: bool = True,
    keep_children: bool = False,
) -> tuple[Bead | None, tuple[ItemId, ...], Edit]:
    """Close a molecule, its open steps skipped, its shut gates closed; what it was stands in one closed bead.

    Gives the digest, the ids of what was closed, and the edit. With `keep_children` the steps that are beads
    stay as they are. UserError for somebody else's molecule.
    """
    may_end(snapshot, molecule, actor)
    base.require_writable(snapshot, molecule)
    told = digest(snapshot, molecule, summary, actor, now) if with_digest else None
    if told is not None:
        told = replace(told, id=_free(snapshot, molecule, told.id))
    going_on = keep_children and molecule.poured and not Flow(snapshot, molecule).is_complete()
    # the key `closed` says that all steps were over: with it the molecule would be opened again
    edits = [_closing(molecule, told, actor, "" if going_on else molecule.closed or now)]
    snapshot = snapshot.with_edit(edits[0])
    done: list[ItemId] = []
    for bead in _open_beads(snapshot, molecule, steps=not keep_children):
        edit = plan_close(snapshot, bead.id, actor, f"{SKIPPED}: {REASON}", now)
        if edit is not None:
            edits.append(edit)
            done.append(bead.id)
            snapshot = snapshot.with_edit(edit)
    freed = [_let_go(agent) for agent in _holders(snapshot, molecule.id)]
    if freed:
        base.require_writable(snapshot, *freed)
        edits.append(Edit(subject=f"detach: {molecule.id}", put=tuple(freed)))
    whole = merge_edits(edits, subject=edits[0].subject)
    assert whole is not None
    return told, tuple(done), replace(whole, actor=actor)


def _free(snapshot: Snapshot, molecule: Molecule, id: ItemId) -> ItemId:
    """A molecule may be reopened and squashed again: each time has its own digest."""
    if id not in snapshot.taken():
        return id
    prefix = base.prefix_of(snapshot, molecule.id)
    return base.fresh(snapshot, prefix, "", "digest", molecule.id, molecule.created)


def _closing(molecule: Molecule, told: Bead | None, actor: str, when: str) -> Edit:
    """The molecule closed, with what is left of its own steps skipped."""
    left = {step.id: REASON for step in molecule.steps if step.state not in OVER}
    steps = tuple(replace(step, state="skipped") if step.id in left else step for step in molecule.steps)
    ended = replace(
        molecule,
        status="closed",
        closed=when,
        steps=steps,
        reasons={**molecule.reasons, **left},
    )
    return Edit(
        subject=f"squash: {molecule.id} {molecule.title}",
        put=(ended, *((told,) if told is not None else ())),
        trailers=(("Event", "squash"), ("Bead", molecule.bead or molecule.id)),
        actor=actor,
    )


def _open_beads(snapshot: Snapshot, molecule: Molecule, *, steps: bool) -> Iterator[Bead]:
    if steps and molecule.poured:
        for step in Flow(snapshot, molecule).ids:
            bead = snapshot.bead(bead_id(molecule, step))
            if bead is not None and bead.status != "closed":
                yield bead
    for id in open_gates(snapshot, molecule):
        yield base.require_bead(snapshot, id)


def plan_burn(snapshot: Snapshot, molecule: Molecule, actor: str, now: str) -> tuple[tuple[str, ...], Edit]:
    """Remove a molecule with the beads that its steps and its gates are; git's history keeps them.

    Gives the ids that go, and the edit. UserError for somebody else's, and for a step on a hook.
    """
    may_end(snapshot, molecule, actor)
    base.require_writable(snapshot, molecule)
    below = [bead_id(molecule, step) for step in Flow(snapshot, molecule).ids] if molecule.poured else []
    below = [id for id in below if snapshot.exists(layout.path_of_bead(id))]
    below += [id for id in every_gate(snapshot, molecule) if id not in below]
    edits = []
    if below:
        _, edit = plan_delete(snapshot, below, actor, now, force=True)
        edits.append(edit)
        snapshot = snapshot.with_edit(edit)
    put = tuple(_forgetting(snapshot, molecule.id))
    base.require_writable(snapshot, *put)
    edits.append(
        Edit(
            subject=f"burn: {molecule.id} {molecule.title}",
            put=put,
            removes=(layout.path_of_molecule(molecule.id),),
            trailers=(("Event", "burn"), ("Bead", molecule.bead or molecule.id)),
            actor=actor,
        )
    )
    whole = merge_edits(edits, subject=edits[-1].subject)
    assert whole is not None
    return (molecule.id, *below), replace(whole, actor=actor)


def plan_end_gates(snapshot: Snapshot, wisp: Molecule, actor: str, now: str, *, gone: bool) -> Edit | None:
    """What becomes of the gates of a wisp that ends: shut ones are closed, or (`gone`) all are deleted."""
    gates = every_gate(snapshot, wisp) if gone else open_gates(snapshot, wisp)
    if not gates:
        return None
    if gone:
        return plan_delete(snapshot, gates, actor, now, force=True)[1]
    found = [base.require_bead(snapshot, id) for id in gates]
    base.require_writable(snapshot, *found)
    return Edit(
        subject=f"close: gates of {wisp.id}",
        put=tuple(closed(gate, now, f"{wisp.id} {REASON}") for gate in found),
        trailers=(("Event", "close"), *(("Bead", gate.id) for gate in found)),
        actor=actor,
    )


def _holders(snapshot: Snapshot, id: ItemId) -> Iterator[Agent]:
    for agent in snapshot.agents():
        if agent.hook is not None and agent.hook.molecule == id:
            yield agent


def _let_go(agent: Agent) -> Agent:
    assert agent.hook is not None
    return replace(agent, hook=replace(agent.hook, molecule=ItemId("")))


def _forgetting(snapshot: Snapshot, id: ItemId) -> Iterator[Item]:
    """What names the molecule, without it."""
    yield from map(_let_go, _holders(snapshot, id))
    naming: list[Item] = [*snapshot.beads(), *snapshot.convoys(), *escalations(snapshot)]
    for item in naming:
        after = without(item, {id})
        if after is not item and after != item:
            yield after
