"""Escalations that ask what becomes of a step that failed: filed once, closed when the step is over."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib import layout
from gtlib.model.edit import Edit
from gtlib.model.escalation import Escalation
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Changed
from gtlib.rules.base import mail
from gtlib.rules.base import writable
from gtlib.rules.edits import merge_edits
from gtlib.rules.escalations import plan_escalate
from gtlib.rules.fields import TITLE_LIMIT
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.rules.flow import molecule_of_step
from gtlib.rules.references import escalations

STEP = "step"  # the key of an escalation that names what it asks about
SETTLED = "settled"
_WISP = "-wisp-"


def ask(flow: Flow, id: StepId, reason: str, count: int, actor: str, now: str) -> Edit:
    """Ask the overseer about a step that failed after `count` attempts; one that is open is asked again."""
    molecule, snapshot = flow.molecule, flow.snapshot
    name, times = f"{molecule.id}.{id}", f" ({count} attempts)" if count > 1 else ""
    title = f"step {id} of {molecule.id} failed{times}: {reason}"
    for found in escalations(snapshot):
        if found.extra.get(STEP) == name and found.status != "closed" and writable(snapshot, found):
            return _again(snapshot, found, title, now, actor)
    about = next((each for each in (molecule.bead, molecule.id) if each in snapshot.taken()), "")
    edit = plan_escalate(
        snapshot,
        "high",
        title,
        source=actor,
        related=(about,) if about else (),
        now=now,
        actor=actor,
        cause=(molecule.id, id, str(count), now),
    )
    if _WISP in molecule.id:  # the town does not see what becomes of it
        return edit
    put = (replace(i, extra={**i.extra, STEP: name}) if isinstance(i, Escalation) else i for i in edit.put)
    return replace(edit, put=tuple(put))


def close_asked(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Close what asks about a step that is done or skipped, or whose molecule is closed or gone.

    The key `settled` records it: one that a person opens again stays open.
    """
    edits = []
    for found in escalations(snapshot):
        name = found.extra.get(STEP)
        if found.status == "closed" or not isinstance(name, str) or SETTLED in found.extra:
            continue
        reason = _over(snapshot, name)
        if reason and writable(snapshot, found):
            closed = replace(
                found, status="closed", closed=now, closed_by="deacon", close_reason=reason,
                extra={**found.extra, SETTLED: now},
            )  # fmt: skip
            trailers = (("Event", "escalation"), ("Escalation", found.id))
            subject = f"escalation: close {found.id} {found.title}"
            edits.append(Edit(subject=subject, put=(closed,), trailers=trailers))
    return merge_edits(edits)


def _again(snapshot: Snapshot, found: Escalation, title: str, now: str, actor: str) -> Edit:
    extra = {key: value for key, value in found.extra.items() if key != SETTLED}
    title = title if len(title) <= TITLE_LIMIT else f"{title[: TITLE_LIMIT - 3]}..."
    told = mail(
        snapshot, now, (OVERSEER,), f"{found.severity}: again, {title}"[:TITLE_LIMIT],
        f"{title}\n\nIt is what {found.id} asks about.\n", ("escalated again", found.id, now),
        type="escalation", priority=1, thread=found.id,
    )  # fmt: skip
    return Edit(
        subject=f"escalate: {found.id} again",
        put=(replace(found, title=title, extra=extra),),
        files=told,
        trailers=(("Event", "escalate"), ("Escalation", found.id)),
        actor=actor,
    )


def _over(snapshot: Snapshot, name: str) -> str:
    """Why nothing is to be decided about a step any more; empty while something is."""
    found = molecule_of_step(snapshot, name)
    if found is None:
        head = ItemId(name.partition(".")[0])
        there = snapshot.exists(layout.path_of_molecule(head))
        return "" if there else f"the molecule of step {name} is gone"
    molecule, id = found
    flow = Flow(snapshot, molecule)
    if flow.has(id) and flow.state(id) in OVER:
        return f"step {name} is {flow.state(id)}"
    if molecule.status == "closed":
        return f"{molecule.id} is closed"
    return "" if flow.has(id) else f"step {name} is gone"
