"""Rules about gates: what opens one of itself, and who is told that one is open."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.output import one_line
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Changed
from gtlib.rules.base import changed_items
from gtlib.rules.base import mail
from gtlib.rules.base import writable
from gtlib.rules.edits import merge_edits
from gtlib.rules.gate_plans import gate_edit
from gtlib.rules.gate_plans import plan_verdicts
from gtlib.rules.gates import STANDING
from gtlib.rules.gates import TOLD
from gtlib.rules.gates import holds_up
from gtlib.rules.gates import judge
from gtlib.rules.gates import kind_of
from gtlib.rules.gates import shut_gates
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up
from gtlib.rules.statuses import is_over


def open_gates(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Gates that wait for a bead or a letter open with what they wait for."""
    gates = shut_gates(snapshot, None if _may_open(snapshot, changed) else _among(snapshot, changed))
    verdicts = [judge(snapshot, gate, now) for gate in gates if kind_of(gate) in ("bead", "mail")]
    found = [each for each in verdicts if each is not None and each.state == "open"]
    return plan_verdicts(snapshot, found, now, "", escalate=False)


def _may_open(snapshot: Snapshot, changed: Changed) -> bool:
    """Whether something changed that a gate elsewhere may wait for."""
    if changed is None or any(path.startswith("mail/") and "/new/" in path for path in changed):
        return True
    paths = [path for path in changed if path.startswith(("beads/", "molecules/"))]
    items = (snapshot.get(path) for path in paths)
    return any(is_over(snapshot.town, getattr(item, "status", "")) for item in items if item is not None)


def _among(snapshot: Snapshot, changed: Changed) -> Iterator[Bead]:
    return changed_items(snapshot, "beads/", Bead, snapshot.beads(), changed)


def tell_waiters(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Who waits for a gate is told that it is open, however it was closed; once for each close.

    The gate records it. One that came closed with an import has nobody waiting here.
    """
    edits = []
    for gate in _among(snapshot, changed):
        if gate.type != "gate" or not gate.waiters or gate.updated:
            continue
        at = gate.closed or gate.status
        done = is_over(snapshot.town, gate.status)
        if not done or gate.metadata.get(TOLD) == at or not writable(snapshot, gate):
            continue
        known = known_addresses(snapshot)
        to = [look_up(known, text) or OVERSEER for text in gate.waiters]
        body = f"{gate.id} ({one_line(gate.title)}) is open: {one_line(gate.close_reason) or 'closed'}\n"
        held = holds_up(snapshot, gate.id)
        body += f"It held up: {', '.join(held)}\n" if held else ""
        files = mail(snapshot, now, to, f"{STANDING}{gate.id} is open", body, ("gate-open", gate.id, at))
        told = replace(gate, metadata={**gate.metadata, TOLD: at})
        edits.append(gate_edit(f"gate: {gate.id} is open", [told], files, ""))
        snapshot = snapshot.with_edit(edits[-1])
    return merge_edits(edits)
