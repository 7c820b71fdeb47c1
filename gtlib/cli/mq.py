"""`gt mq ...`: the merge queue."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gtlib import clock
from gtlib import output
from gtlib.cli.command import command
from gtlib.errors import UserError
from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import LIVE_REQUEST
from gtlib.rules.base import hours_since
from gtlib.rules.find import find_id
from gtlib.rules.queue import queue
from gtlib.rules.queue import score
from gtlib.rules.submit import is_held
from gtlib.store.reading import read
from gtlib.store.roots import find_root

ID_HELP = "a merge request; a part of its id will do"
COLUMNS = ("id", "score", "pri", "convoy", "branch", "target", "status", "age")


@command(
    "mq list",
    help={
        "rig": "only this rig",
        "ready": "only what can be taken now",
        "status": "only requests with this status",
        "worker": "only requests of this agent",
        "all_": "also what has come to its end",
    },
    example="gt mq list myproject",
)
def list_(
    rig: str = "",
    *,
    ready: bool = False,
    status: str = "",
    worker: str = "",
    all_: bool = False,
    json: bool = False,
) -> None:
    """List merge requests, the next one first."""
    snapshot = read(find_root(Path.cwd()))
    now = clock.stamp(clock.now())
    if rig and snapshot.rig(rig) is None:
        raise UserError(f"no rig {rig!r}", "gt rig list shows them")
    found = [
        m
        for m in _ordered(snapshot, rig, now, queued=ready)
        if (all_ or status or m.status in LIVE_REQUEST)
        and (not status or m.status == status)
        and (not worker or m.agent == worker or m.agent.endswith(f"/{worker}"))
    ]
    if json:
        output.json_out([_shape(snapshot, m, now) for m in found])
    elif found:
        output.table(COLUMNS, (_row(snapshot, m, now) for m in found))
    else:
        output.line("no merge requests")


@command("mq status", help={"id": ID_HELP}, example="gt mq status gt-mr-x7k2m")
def status(id: str, *, json: bool = False) -> None:
    """Show one merge request."""
    snapshot = read(find_root(Path.cwd()))
    now = clock.stamp(clock.now())
    request = _find(snapshot, id)
    if json:
        output.json_out(_shape(snapshot, request, now))
        return
    bead = snapshot.bead(request.bead)
    output.line(f"{request.id}  {request.status}")
    for key, value in _details(request, bead.title if bead else ""):
        if value:
            output.line(f"  {key + ':':9} {output.one_line(value)}")
    if request.log:
        output.line("\nthe last gate said:")
        output.line("\n".join(f"  {line}" for line in request.log.rstrip("\n").split("\n")))
    if is_held(request):
        output.line("  to let it land, once you have looked:")
        output.next_steps(
            [f"gt mq retry {request.id}", f"git -C {request.rig}/.repo show {request.source_commit[:12]}"]
        )


@command("mq retry", help={"id": ID_HELP}, example="gt mq retry gt-mr-x7k2m")
def retry(id: str, *, json: bool = False) -> None:
    """Put a request that was blocked or sent back into the queue again."""
    # Only this one writes: libgit2 costs 70 ms, which the others save.
    from gtlib.actions.retry import retry as retry_request
    from gtlib.actions.who import speaker
    from gtlib.store.town import Town

    town = Town.find(Path.cwd())
    request = _find(town.snapshot(), id)
    changed = retry_request(town, request.id, speaker(town.root, Path.cwd(), os.environ))
    if json:
        output.json_out({"id": request.id, "status": "ready", "changed": changed})
        return
    output.line(f"{request.id} is in the queue again" if changed else f"{request.id} is in the queue already")
    output.next_steps([f"gt refinery run {request.rig}", f"gt mq list {request.rig}"])


def _find(snapshot: Snapshot, text: str) -> MergeRequest:
    id = find_id(snapshot, text, "merges")
    request = snapshot.merge(id)
    if request is None:
        raise UserError(f"merges/{id}.md does not parse", "gt doctor says what is wrong with it")
    return request


def _ordered(snapshot: Snapshot, rig: str, now: str, *, queued: bool) -> Iterator[MergeRequest]:
    """By rig: what is taken next, then what waits or is over, the newest first."""
    for name in [rig] if rig else sorted({m.rig for m in snapshot.merges()}):
        first = queue(snapshot, name, now)
        yield from first
        ids = {m.id for m in first}
        rest = [m for m in snapshot.merges() if m.rig == name and m.id not in ids and not queued]
        yield from sorted(rest, key=lambda m: (m.created, m.id), reverse=True)


def _shape(snapshot: Snapshot, request: MergeRequest, now: str) -> dict[str, Any]:
    """The fields of the file, all of them, and what the queue makes of them."""
    fields = {name: getattr(request, name) for name in request.__struct_fields__ if name != "extra"}
    built: dict[str, Any] = msgspec.to_builtins({**request.extra, **fields})
    return built | {"score": round(score(snapshot, request, now), 1)}


def _row(snapshot: Snapshot, request: MergeRequest, now: str) -> tuple[object, ...]:
    bead = snapshot.bead(request.bead)
    return (
        request.id,
        f"{score(snapshot, request, now):.0f}",
        f"P{bead.priority if bead else 2}",
        request.convoy or "-",
        request.branch,
        request.target,
        request.status,
        _age(hours_since(request.created, now)),
    )


def _details(request: MergeRequest, title: str) -> tuple[tuple[str, str], ...]:
    return (
        ("bead", f"{request.bead} {title}"),
        ("branch", f"{request.branch} at {request.source_commit[:12]}"),
        ("target", request.target),
        ("agent", request.agent),
        ("convoy", request.convoy),
        ("attempts", str(request.attempts or "")),
        ("landed", request.landed_commit),
        ("reason", request.reason),
        ("created", request.created),
    )


def _age(hours: float) -> str:
    if hours < 1:
        return f"{int(hours * 60)}m"
    return f"{int(hours)}h" if hours < 48 else f"{int(hours / 24)}d"
