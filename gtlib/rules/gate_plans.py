"""Plans about gates: made, opened, waited for, and what follows from a look at them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.edges import with_edge
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.output import one_line
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Files
from gtlib.rules.base import mail
from gtlib.rules.base import prefix_of
from gtlib.rules.base import require_writable
from gtlib.rules.base import writable
from gtlib.rules.close import closed
from gtlib.rules.cycles import refuse_deadlock
from gtlib.rules.edits import merge_edits
from gtlib.rules.fields import TITLE_LIMIT
from gtlib.rules.find import find_bead
from gtlib.rules.gates import FAILED
from gtlib.rules.gates import KINDS
from gtlib.rules.gates import LATE
from gtlib.rules.gates import OPENED
from gtlib.rules.gates import RUN
from gtlib.rules.gates import STANDING
from gtlib.rules.gates import WORKFLOW
from gtlib.rules.gates import Verdict
from gtlib.rules.gates import due
from gtlib.rules.gates import holds_up
from gtlib.rules.gates import is_late
from gtlib.rules.gates import unmet
from gtlib.rules.route import resolve_address
from gtlib.rules.statuses import is_over

# what was looked at: a verdict on a gate that is another one by now is none
_LOOKED_AT = ("type", "await_", "on", "timeout")


class Wanted(Struct, frozen=True, kw_only=True):
    """A gate as asked for: `blocks` and `waiters` as typed, `run` the script of an exec gate."""

    blocks: tuple[str, ...]
    kind: str = "human"
    on: str = ""
    timeout: str = ""
    reason: str = ""
    run: str = ""
    waiters: tuple[str, ...] = ()


def plan_create_gate(
    snapshot: Snapshot, wanted: Wanted, actor: str, now: str, created_ns: int
) -> tuple[Bead, Edit]:
    """A gate, and the beads that wait for it from now on.

    UserError for an unknown kind, what its kind lacks, a bead that is unknown or over, and a gate that would
    wait for what it holds up.
    """
    _check(wanted)
    held = [find_bead(snapshot, text) for text in dict.fromkeys(wanted.blocks)]
    for bead in held:
        if is_over(snapshot.town, bead.status):
            raise UserError(
                f"{bead.id} is {bead.status}, a gate can't hold it up", "name a bead that is open"
            )
    on = " ".join(wanted.on.split())
    if wanted.kind == "bead":
        on = find_bead(snapshot, on.rpartition(":")[2]).id
        for bead in held:
            refuse_deadlock(snapshot, bead.id, [ItemId(on)])
    title = one_line(f"Gate: {wanted.kind} {on}".strip())[:TITLE_LIMIT]
    prefix = prefix_of(snapshot, held[0].id)
    gate = Bead(
        id=names.mint(prefix, title, wanted.reason, actor, created_ns, snapshot.taken()),
        title=title,
        type="gate",
        await_=wanted.kind,
        on=on,
        timeout=wanted.timeout,
        waiters=tuple(dict.fromkeys(resolve_address(snapshot, text) for text in wanted.waiters)),
        metadata={RUN: wanted.run} if wanted.run else {},
        description=wanted.reason,
        created=now,
        created_by=actor,
    )
    changed = [with_edge(bead, Edge(to=gate.id, type="blocks")) for bead in held]
    require_writable(snapshot, *changed)
    return gate, Edit(
        subject=f"create: {gate.id} {gate.title}",
        put=(gate, *changed),
        trailers=tuple(("Bead", each.id) for each in (gate, *changed)),
        actor=actor,
    )


def plan_resolve(
    snapshot: Snapshot, text: str, actor: str, reason: str, now: str, *, force: bool = False
) -> tuple[Bead, str, Edit | None]:
    """Open a gate by name: the gate, what was not met yet ("" when it was), and the edit; None when it is
    open already. UserError for an agent that opens a machine's gate too early.
    """
    gate = find_gate(snapshot, text)
    if is_over(snapshot.town, gate.status):
        return gate, "", None
    early = unmet(snapshot, gate, now)
    if early and actor != OVERSEER and not force:
        raise UserError(f"{gate.id} is a gate that is shut: {early}", "to open it all the same: --force")
    require_writable(snapshot, gate)
    done = closed(gate, now, reason or "resolved")
    return gate, early, gate_edit(f"gate: {gate.id} opened by {actor}", [done], (), actor)


def plan_add_waiter(
    snapshot: Snapshot, text: str, waiter: str, actor: str
) -> tuple[Bead, Address, Edit | None]:
    """Somebody more is told when the gate opens. UserError for an open gate, and an unknown address."""
    gate = find_gate(snapshot, text)
    address = resolve_address(snapshot, waiter)
    if is_over(snapshot.town, gate.status):
        raise UserError(f"{gate.id} is open already", "there is nothing to wait for")
    if address in gate.waiters:
        return gate, address, None
    require_writable(snapshot, gate)
    gate = replace(gate, waiters=(*gate.waiters, address))
    return gate, address, gate_edit(f"gate: {gate.id} {address} waits", [gate], (), actor)


def find_gate(snapshot: Snapshot, text: str) -> Bead:
    """The gate that `text` means. UserError for a bead that is none."""
    bead = find_bead(snapshot, text)
    if bead.type != "gate":
        raise UserError(f"{bead.id} is a {bead.type}, not a gate", "bd gate list shows the gates")
    return bead


def plan_verdicts(
    snapshot: Snapshot, verdicts: Iterable[Verdict], now: str, actor: str, *, escalate: bool
) -> Edit | None:
    """What follows from a look at gates: those that open are closed, a run is put for a workflow, and (with
    `escalate`) each failure and each end of time is told once. What is another gate by now is left alone.
    """
    edits = []
    for verdict in verdicts:
        edit = _follow(snapshot, verdict, now, actor, escalate)
        if edit is not None:
            edits.append(edit)
            snapshot = snapshot.with_edit(edit)
    return merge_edits(edits)


def _follow(snapshot: Snapshot, verdict: Verdict, now: str, actor: str, escalate: bool) -> Edit | None:
    gate = snapshot.bead(verdict.gate.id)
    if gate is None or is_over(snapshot.town, gate.status) or not writable(snapshot, gate):
        return None
    if any(getattr(gate, field) != getattr(verdict.gate, field) for field in _LOOKED_AT):
        return None
    if gate.metadata.get(RUN) != verdict.gate.metadata.get(RUN):
        return None
    said, after, metadata = "", gate, dict(gate.metadata)
    files: Files = ()
    if verdict.on and verdict.on != gate.on:
        metadata |= {WORKFLOW: gate.on} if gate.on else {}
        after = replace(after, on=verdict.on)
        said = f"waits for {verdict.on}"
    if verdict.state == "open" and gate.metadata.get(OPENED) != verdict.cause:
        metadata[OPENED] = verdict.cause
        after = closed(after, now, verdict.why)
        said = verdict.why
    elif escalate:
        told, files = _tell(snapshot, verdict, gate, now)
        metadata |= told
        said = said or (verdict.why if told else "")
    after = replace(after, metadata=metadata)
    if after == gate:
        return None
    return gate_edit(f"gate: {gate.id} {said}", [after], files, actor)


def _tell(snapshot: Snapshot, verdict: Verdict, gate: Bead, now: str) -> tuple[dict[str, Any], Files]:
    """What is recorded as told, and the mail."""
    told: dict[str, Any] = {}
    files: Files = ()
    if verdict.state == "failed" and gate.metadata.get(FAILED) != verdict.cause:
        told[FAILED] = verdict.cause
        subject = f"{STANDING}{gate.id} failed: {verdict.why}"
        files += mail(snapshot, now, (OVERSEER, MAYOR), one_line(subject), _body(snapshot, gate, verdict.why),
                      ("gate-failed", gate.id, verdict.cause), type="escalation", priority=1)  # fmt: skip
    end = due(gate)
    if end is not None and is_late(gate, now):
        told[LATE] = clock.stamp(end)
        why = f"its time was over at {clock.stamp(end)}, and {verdict.why}"
        subject = f"{STANDING}{gate.id} is late"
        files += mail(snapshot, now, (OVERSEER,), subject, _body(snapshot, gate, why),
                      ("gate-late", gate.id, clock.stamp(end)), type="escalation", priority=1)  # fmt: skip
    return told, files


def _body(snapshot: Snapshot, gate: Bead, why: str) -> str:
    held = ", ".join(holds_up(snapshot, gate.id)) or "nothing"
    return (
        f"{gate.id} ({one_line(gate.title)}): {one_line(why)}\nIt holds up: {held}\n\n"
        f"To open it: bd gate resolve {gate.id}\n"
    )


def gate_edit(subject: str, beads: Sequence[Bead], files: Files, actor: str) -> Edit:
    """The edit of an event of gates."""
    trailers = (("Event", "gate"), *(("Bead", bead.id) for bead in beads))
    return Edit(subject=one_line(subject), put=tuple(beads), files=files, trailers=trailers, actor=actor)


def _check(wanted: Wanted) -> None:
    kind, on = wanted.kind, wanted.on.strip()
    if kind not in KINDS:
        raise UserError(f"no such kind of gate: {kind!r}", f"one of: {', '.join(KINDS)}")
    if not wanted.blocks:
        raise UserError("the gate holds up nothing", "name what waits for it: --blocks gt-abc12")
    if wanted.timeout:
        clock.nanoseconds(wanted.timeout)
    lacks = {
        "timer": ("" if wanted.timeout else "--timeout 2h"),
        "bead": ("" if on else "--await-id gt-abc12"),
        "mail": ("" if on else "--await-id mayor, or the begin of a subject"),
        "gh:pr": ("" if on.lstrip("#").isdecimal() else "--await-id 123, the number of the pull request"),
        "exec": ("" if wanted.run.strip() else "--run 'test -e done.txt'"),
        "conditional": ("" if on else "--await-id \"step.status == 'complete'\""),
    }.get(kind, "")
    if lacks:
        raise UserError(f"a gate of kind {kind} needs more", f"say what it waits for: {lacks}")
    if wanted.run and kind != "exec":
        raise UserError(f"a gate of kind {kind} runs nothing", "leave --run out, or make it -t exec")
