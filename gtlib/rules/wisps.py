"""Wisps: how long one is kept, and what becomes of it then: it goes, or it becomes a bead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Final
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import base
from gtlib.rules import fields
from gtlib.rules.flow import GATE

# keys of a wisp's front matter beside those of a molecule
TYPE: Final = "wisp_type"  # how long it is kept
KEEP: Final = "keep"  # it becomes a bead in the end
UPDATED: Final = "updated"  # when it changed last
NOTES: Final = "notes"
# key of a bead's metadata: the wisp that it was
WAS: Final = "wisp"

TTL_HOURS: Final[Mapping[str, int]] = {
    "heartbeat": 6,
    "ping": 6,
    "patrol": 24,
    "gc_report": 24,
    "recovery": 168,
    "error": 168,
    "escalation": 168,
}
OTHER_TTL_HOURS: Final = 24

BOXES: Final[Mapping[str, str]] = {"open": " ", "done": "x", "skipped": "-", "failed": "!"}

_CHECK = re.compile(r"- \[.\] \*\*([^*\s]+)\*\*(?: |$)", re.MULTILINE)

Fate = Literal["keep", "delete", "promote"]


class Verdict(Struct, frozen=True):
    """What is to become of a wisp, and why in a few words."""

    fate: Fate
    why: str


def kind_of(wisp: Molecule) -> str:
    """Its `wisp_type`; "" when it has none."""
    said = wisp.extra.get(TYPE)
    return said if isinstance(said, str) else ""


def ttl_hours(kind: str) -> int:
    """How long a wisp of that kind is kept after its last change."""
    return TTL_HOURS.get(kind, OTHER_TTL_HOURS)


def touched(wisp: Molecule) -> str:
    """When it changed last, as far as it says."""
    said = wisp.extra.get(UPDATED)
    return said if isinstance(said, str) and said else wisp.closed or wisp.created


def hours_old(wisp: Molecule, now: str) -> float:
    """Hours since its last change; a wisp that does not say when is as old as can be."""
    return base.hours_since(touched(wisp), now) if base.instant(touched(wisp)) else float("inf")


def worth(wisp: Molecule) -> str:
    """Why a wisp is not to be lost; "" for one that may be."""
    labels = wisp.extra.get("labels")
    if str(wisp.extra.get(KEEP, "")).lower() in ("true", "yes", "1"):
        return "it is to be kept"
    if isinstance(labels, list | tuple) and KEEP in labels:
        return "it has the label keep"
    if str(wisp.extra.get(NOTES) or "").strip():
        return "it has notes"
    return "it has outputs" if wisp.outputs.strip() else ""


def verdict(wisp: Molecule, now: str) -> Verdict:
    """What the passing of time makes of a wisp.

    One that is being worked through is left alone until it was not touched for as long as its kind is kept.
    """
    late = hours_old(wisp, now) > ttl_hours(kind_of(wisp))
    why = worth(wisp)
    if wisp.status != "closed":
        return Verdict("promote", "open past its time") if late else Verdict("keep", "open")
    if why:
        return Verdict("promote", why)
    return Verdict("delete", "closed past its time") if late else Verdict("keep", "closed a short while ago")


def stamped(wisp: Molecule, now: str, **keys: str) -> Molecule:
    """The wisp with these keys of its own, changed now."""
    given = {key: value for key, value in keys.items() if value}
    return replace(wisp, extra={**wisp.extra, **given, UPDATED: now})


def new_id(prefix: str, molecule: Molecule, created_ns: int, taken: Iterable[str]) -> ItemId:
    """A fresh id of a wisp."""
    return names.mint(
        prefix, molecule.title, molecule.formula, molecule.created_by, created_ns, frozenset(taken), "wisp"
    )


def checklist(steps: Iterable[Step]) -> str:
    """Steps as a text to go by: nothing there is a step any more."""
    said = []
    for step in steps:
        needs = f" (needs: {', '.join(step.needs)})" if step.needs else ""
        lines = [f"- [{BOXES[step.state]}] **{step.id}** {step.title}{needs}"]
        if step.text.strip():
            lines += ["", *(f"  {line}".rstrip() for line in step.text.strip("\n").split("\n"))]
        said.append("\n".join(lines))
    return "\n\n".join(said)


def root_only(molecule: Molecule) -> Molecule:
    """The molecule without steps: they stand in its text, to be gone by and not ticked one by one."""
    text = "\n\n".join(filter(None, (molecule.description.strip(), checklist(molecule.steps))))
    return replace(molecule, description=text, steps=(), recipe="")


def checks(wisp: Molecule) -> tuple[str, ...]:
    """The ids of what a wisp is to be gone by: its steps, or those in its text."""
    return tuple(step.id for step in wisp.steps) or tuple(_CHECK.findall(wisp.description))


def plan_promote(
    snapshot: Snapshot, wisp: Molecule, actor: str, now: str, reason: str = ""
) -> tuple[Bead, Edit | None]:
    """The bead that a wisp becomes, and the edit that makes it; None when it was made before."""
    id, there = _bead_id(snapshot, wisp)
    if there is not None:
        return there, None
    bead = as_bead(snapshot, wisp, id, now)
    if reason:
        bead = replace(bead, notes="\n\n".join(filter(None, (bead.notes, f"Promoted: {reason}"))))
    edit = Edit(
        subject=f"promote: {wisp.id} is {bead.id} {bead.title}",
        put=(bead,),
        trailers=(("Event", "promote"), ("Bead", bead.id)),
        actor=actor,
    )
    return bead, edit


def as_bead(snapshot: Snapshot, wisp: Molecule, id: ItemId, now: str) -> Bead:
    """What a wisp holds, as a bead: its steps become text, it waits for the gates that they wait for."""
    said = wisp.extra.get("type")
    notes = wisp.extra.get(NOTES)
    outputs = wisp.outputs.strip()
    texts = (str(notes or "").strip(), f"Outputs:\n\n{outputs}" if outputs else "")
    steps = checklist(wisp.steps)
    ended = wisp.status == "closed"
    return Bead(
        id=id,
        title=fields.title(wisp.title[: fields.TITLE_LIMIT]),
        type=said if isinstance(said, str) and said in fields.TYPES else "task",
        status="closed" if ended else "open",
        assignee=wisp.assignee,
        needs=tuple(open_gates(snapshot, wisp)),
        created=wisp.created or now,
        created_by=wisp.created_by,
        closed=(wisp.closed or now) if ended else "",
        close_reason="closed as a wisp" if ended else "",
        metadata={WAS: str(wisp.id)},
        description="\n\n".join(
            filter(None, (wisp.description.strip(), f"Steps:\n\n{steps}" if steps else ""))
        ),
        notes="\n\n".join(filter(None, texts)),
    )


def every_gate(snapshot: Snapshot, molecule: Molecule) -> list[ItemId]:
    """The gates of its steps that are files of the town, also those that it does not record any more."""
    start = layout.path_of_bead(ItemId(f"{molecule.id}.{GATE}")).removesuffix(".md")
    named = (path.rpartition("/")[2].removesuffix(".md") for path in snapshot.paths(start))
    found = dict.fromkeys(ItemId(id) for id in (*molecule.gates.values(), *named))
    gates = ((id, snapshot.bead(id)) for id in found if snapshot.exists(layout.path_of_bead(id)))
    return [id for id, gate in gates if gate is not None and gate.type == "gate"]


def open_gates(snapshot: Snapshot, molecule: Molecule) -> list[ItemId]:
    """Those of them that are shut."""
    found = ((id, snapshot.bead(id)) for id in every_gate(snapshot, molecule))
    return [id for id, gate in found if gate is not None and gate.status != "closed"]


def _bead_id(snapshot: Snapshot, wisp: Molecule) -> tuple[ItemId, Bead | None]:
    """The id that a wisp's bead has, and that bead when a crash came between it and the wisp's end."""
    prefix = base.prefix_of(snapshot, wisp.id)
    short = ItemId(f"{prefix}-{wisp.id.rpartition('-')[2]}")
    taken = snapshot.taken()
    for id in (short, names.derive(prefix, "", "promote", wisp.id, wisp.created)):
        there = snapshot.bead(id)
        if there is not None and there.metadata.get(WAS) == wisp.id and there.created == wisp.created:
            return id, there
    return (
        (short, None)
        if short not in taken
        else (base.fresh(snapshot, prefix, "", "promote", wisp.id, wisp.created), None)
    )
