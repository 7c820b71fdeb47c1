"""What a merge request's end means for the town: landed, sent back, or waiting."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import POSTMASTER
from gtlib.rules.base import Files
from gtlib.rules.base import holder
from gtlib.rules.base import holds
from gtlib.rules.base import live_hook
from gtlib.rules.base import live_requests
from gtlib.rules.base import mail
from gtlib.rules.base import require_writable
from gtlib.rules.close import closed
from gtlib.rules.flow import Flow
from gtlib.rules.hooks import let_go
from gtlib.rules.hooks import open_molecules
from gtlib.rules.queue import QUEUED

TAIL = 4000


def plan_landed(
    snapshot: Snapshot,
    mr_id: ItemId,
    landed_commit: str,
    evidence: str,
    now: str,
    closes: Sequence[ItemId] = (),
) -> Edit | None:
    """All that follows from a landing that was read back: request, bead, hook, molecule; None when applied.

    `closes` are the beads named by `Closes:` in what landed; those that somebody else works on
    stay open, and the overseer is told. Raises UserError for an unknown request.
    """
    request = _find(snapshot, mr_id)
    if request.applied:
        return None
    reason = f"Landed in {landed_commit[:12]} on {request.target}"
    wanted = replace(
        request,
        status="landed",
        landed_commit=landed_commit,
        evidence=evidence,
        applied=True,
        reason="",
        log="",
    )
    put: list[Item] = [wanted]
    files: Files = ()
    for id in dict.fromkeys((request.bead, *closes)):
        bead = snapshot.bead(id) if id else None
        held = holder(snapshot, id)
        if bead is None or (bead.status == "closed" and id != request.bead):
            continue
        if id != request.bead and ((held and held.address != request.agent) or live_requests(snapshot, id)):
            files += _not_closed(snapshot, id, held, landed_commit, now)
            continue
        obeyed = bead.close_reason if bead.status == "closed" else ""
        put.append(closed(bead, now, obeyed or reason, evidence))
    put += _let_go(snapshot, request, [item.id for item in put[1:] if hasattr(item, "id")], now)
    put += [
        replace(other, status="superseded", reason=f"{request.id} landed")
        for other in live_requests(snapshot, request.bead)
        if other.id != request.id
    ]
    require_writable(snapshot, *put)
    return Edit(
        subject=f"land: {request.id} {request.bead} on {request.target}",
        put=tuple(put),
        files=files,
        trailers=_trailers("land", request, Landed=landed_commit),
        actor=f"{request.rig}/refinery",
    )


def plan_rework(
    snapshot: Snapshot, mr_id: ItemId, gate: str, command: str, log_tail: str, reproduce: str, now: str
) -> Edit:
    """A gate failed: the work goes back with the command, the log's tail and how to reproduce it."""
    request = _find(snapshot, mr_id)
    body = (
        f"Error: the gate {gate!r} failed\nCommand: {command}\nReproduce: {reproduce}\n\n{_fenced(log_tail)}"
    )
    return _send_back(
        snapshot, request, "rework", "tests", f"gate {gate} failed: {command}", body, log_tail, now
    )


def plan_conflict(
    snapshot: Snapshot, mr_id: ItemId, paths: Sequence[str], target_commit: str, reproduce: str, now: str
) -> Edit:
    """The branch conflicts with the target: the work goes back with the paths and the commit that it met."""
    request = _find(snapshot, mr_id)
    listed = "\n".join(f"- {path}" for path in paths)
    body = f"Error: conflicts with {request.target} at {target_commit}\nReproduce: {reproduce}\n\n{listed}\n"
    return _send_back(
        snapshot, request, "conflict", "conflict", f"conflicts in {', '.join(paths)}", body, "", now
    )


def plan_blocked(snapshot: Snapshot, mr_id: ItemId, reason: str, now: str) -> Edit | None:
    """Landing waits for something outside; the overseer gets one mail for one reason.

    None when it waits for that reason already.
    """
    request = _find(snapshot, mr_id)
    if request.status == "blocked" and request.reason == reason:
        return None
    wanted = replace(request, status="blocked", reason=reason)
    require_writable(snapshot, wanted)
    what = f"{request.id} ({request.bead}, branch {request.branch})"
    again = f"If it does not go on by itself once that is mended: gt mq retry {request.id}"
    body = f"{what} can't land on {request.target}:\n\n{reason}\n\n{again}\n"
    return Edit(
        subject=f"block: {request.id} {reason}".splitlines()[0],
        put=(wanted,),
        files=mail(
            snapshot,
            now,
            [OVERSEER],
            f"Landing waits: {request.bead}",
            body,
            ("blocked", request.id, reason, str(request.attempts)),
            sender=_refinery(request),
            priority=1,
        ),
        trailers=_trailers("block", request),
        actor=_refinery(request),
    )


def plan_retry(snapshot: Snapshot, mr_id: ItemId, actor: str) -> Edit | None:
    """Put a request that was blocked or sent back into the queue again; None when it is there."""
    request = _find(snapshot, mr_id)
    if request.status in QUEUED:
        return None
    if request.applied or request.status not in ("blocked", "rework", "conflict", "rejected"):
        raise UserError(
            f"{mr_id} is {request.status}", "only what is blocked or was sent back can be tried again"
        )
    wanted = replace(request, status="ready", reason="")
    require_writable(snapshot, wanted)
    return Edit(
        subject=f"retry: {request.id} {request.bead}",
        put=(wanted,),
        trailers=_trailers("retry", request),
        actor=actor,
    )


def _find(snapshot: Snapshot, mr_id: ItemId) -> MergeRequest:
    request = snapshot.merge(mr_id)
    if request is None:
        raise UserError(f"no merge request {mr_id}", "gt mq list shows them")
    return request


def _let_go(snapshot: Snapshot, request: MergeRequest, done: Sequence[ItemId], now: str) -> list[Item]:
    changed: list[Item] = []
    agent = snapshot.agent(Address(request.agent)) if request.agent else None
    if agent is not None and any(bead in done for bead in holds(agent)):
        for bead in done:
            agent = let_go(snapshot, agent, bead, now)
        changed.append(agent)
    for molecule in open_molecules(snapshot, request.bead):
        # `closed` says that the steps came to their end; without it open ones don't reopen the molecule
        changed.append(
            replace(molecule, status="closed", closed=now if Flow(snapshot, molecule).is_complete() else "")
        )
    return changed


def _not_closed(snapshot: Snapshot, id: ItemId, held: Agent | None, commit: str, now: str) -> Files:
    by = f"on the hook of {held.address}" if held else "in the merge queue itself"
    return mail(
        snapshot,
        now,
        [OVERSEER],
        f"Not closed: {id}",
        f"{commit[:12]} says `Closes: {id}`, but {id} is {by}. Close it by hand if it is done.\n",
        ("closes", commit, id),
    )


def _send_back(
    snapshot: Snapshot,
    request: MergeRequest,
    status: str,
    kind: str,
    reason: str,
    what: str,
    log: str,
    now: str,
) -> Edit:
    """`what` is the mail's text. The hook is active again while somebody with judgement has attempts left."""
    attempts = request.attempts + 1
    agent = snapshot.agent(Address(request.agent)) if request.agent else None
    hook = live_hook(agent) if agent else None
    put: list[Item] = [replace(request, status=status, reason=reason, attempts=attempts, log=log[-TAIL:])]
    stuck = True
    if agent is not None and hook is not None and hook.bead == request.bead:
        # the shell runtime does what the steps say and nothing else: trying again would end the same way
        ran = agent.sessions[-1].runtime if agent.sessions else agent.runtime
        stuck = "shell" in (ran, agent.runtime) or attempts >= snapshot.town.limits.attempts
        put.append(replace(agent, hook=replace(hook, state="suspended" if stuck else "active")))
    require_writable(snapshot, *put)
    convoy = snapshot.convoy(request.convoy) if request.convoy else None
    told = [request.agent]
    if stuck:
        told += [OVERSEER, convoy.owner if convoy and snapshot.agent(Address(convoy.owner)) else ""]
    return Edit(
        subject=f"{status}: {request.id} {request.bead} {reason}".splitlines()[0],
        put=tuple(put),
        files=mail(
            snapshot,
            now,
            told,
            f"FIX_NEEDED {request.bead}",
            _headers(request, kind, attempts, now) + what,
            ("fix", request.id, str(attempts)),
            sender=_refinery(request),
            type="task",
            priority=1,
        ),
        trailers=_trailers(status, request),
        actor=_refinery(request),
    )


def _headers(request: MergeRequest, kind: str, attempts: int, now: str) -> str:
    pairs = {
        "Branch": request.branch,
        "Issue": request.bead,
        "Polecat": request.agent,
        "Rig": request.rig,
        "Target": request.target,
        "Failed-At": now,
        "Failure-Type": kind,
        "MR-Bead-ID": request.id,
        "Attempt-Number": str(attempts),
    }
    return "".join(f"{key}: {value}\n" for key, value in pairs.items())


def _fenced(text: str) -> str:
    """The tail of a log as a block that no line of it ends."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text[-TAIL:].rstrip()}\n{fence}\n"


def _refinery(request: MergeRequest) -> str:
    return f"{request.rig}/refinery" if request.rig else POSTMASTER


def _trailers(event: str, request: MergeRequest, **more: str) -> tuple[tuple[str, str], ...]:
    pairs = [
        ("Event", event),
        ("Bead", request.bead),
        ("Merge-Request", request.id),
        ("Agent", request.agent),
    ]
    return tuple((key, value) for key, value in (*pairs, *more.items()) if value)
