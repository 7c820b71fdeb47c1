"""`bd close` and `reopen`: how beads end, and begin again."""

from __future__ import annotations

import os
from typing import Any

from gtlib import output
from gtlib.actions.close import Closed
from gtlib.actions.close import How
from gtlib.actions.close import close as close_beads
from gtlib.actions.reopen import reopen as reopen_beads
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import need_ids
from gtlib.cli.options import prefix_here
from gtlib.cli.options import tell
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.model.snapshot import Snapshot
from gtlib.rules.flow import Flow
from gtlib.store.town import Town


@command(
    "bead close",
    "bead done",
    short={"reason": "r", "force": "f"},
    help={
        "ids": "beads, or steps as MOLECULE.STEP",
        "reason": "why; once for all, or once for each in their order",
        "reason_file": "take the reason from this file; - is standard input",
        "force": "even if it is pinned, waits, has open children; agents: a shut gate (people need no force)",
        "suggest_next": "in JSON: also what that sets free, which text always says",
        "continue_": "go on to the next step of its molecule, and claim it",
        "auto": "with --continue: do not claim the next step",
        "claim_next": "claim the most urgent bead that is ready",
        "session": "in which session of a program",
    },
    example="bd close gt-abc12 -r 'fixed in 1.4'",
)
def close(
    *ids: str,
    reason: tuple[str, ...] = (),
    reason_file: str = "",
    force: bool = False,
    suggest_next: bool = False,
    continue_: bool = False,
    auto: bool = True,
    claim_next: bool = False,
    session: str = "",
    json: bool = False,
) -> None:
    """Close beads, or steps. An agent's own work is handed in instead, to land first."""
    need_ids(ids, "bd close gt-abc12")
    if suggest_next + continue_ + claim_next > 1:
        raise UsageError("--suggest-next, --continue and --claim-next exclude each other", "give one of them")
    if continue_ and len(ids) > 1:
        raise UsageError("--continue with more than one id", "close one step at a time")
    if not auto and not continue_:
        raise UsageError("--no-auto without --continue", "leave it out")
    where = here()
    town = Town.open(where.root)
    how = How(
        force=force,
        session=session or os.environ.get("CLAUDE_SESSION_ID", ""),
        claim_next=prefix_here(where, town.snapshot()) if claim_next else "",
        go_on=continue_,
        auto=auto,
    )
    found = close_beads(town, _reasons(ids, reason, reason_file), where.actor, how)
    tell(town)
    if json:
        _print(town.snapshot(), found, how, suggest_next)
    else:
        _say(found)
        mention_mail(where, town.snapshot())


def _reasons(ids: tuple[str, ...], reason: tuple[str, ...], file: str) -> dict[str, str]:
    if file:
        if reason:
            raise UsageError("--reason and --reason-file are both given", "give one of them")
        reason = ((text_from("--reason", None, file) or "").strip(),)
    if len(reason) > 1 and len(reason) != len(ids):
        raise UsageError(f"{len(reason)} reasons for {len(ids)} ids", "give one reason, or one for each id")
    each = reason if len(reason) > 1 else (reason[0] if reason else "",) * len(ids)
    return dict(zip(ids, each, strict=True))


def _print(snapshot: Snapshot, found: Closed, how: How, suggest_next: bool) -> None:
    closed = [shapes.issue(snapshot, bead) for bead in found.beads]
    if suggest_next:
        freed = [shapes.issue(snapshot, bead) for bead in found.freed]
        output.json_out({"closed": closed, "unblocked": freed})
    elif how.claim_next:
        claimed = shapes.issue(snapshot, found.claimed) if found.claimed else None
        output.json_out({"closed": closed, "claimed": claimed})
    elif how.go_on:
        output.json_out({"closed": closed, "continue": _went_on(snapshot, found)})
    else:
        output.json_out(closed)


def _went_on(snapshot: Snapshot, found: Closed) -> dict[str, Any]:
    """Where the molecule stands. The closed step and the next one are objects as `bd show` has them."""
    step: dict[str, Any] | None = None
    if found.steps:
        molecule, name = found.steps[0]
        told = Flow(snapshot, molecule).step(name)
        step = {"id": f"{molecule.id}.{name}", "title": told.title if told else "", "status": "closed"}
    elif found.beads:
        step = shapes.issue(snapshot, found.beads[0])
    then = found.then
    return {
        "closed_step": step,
        "next_step": {"id": then.id, "title": then.title, "description": then.text}
        if then and then.id
        else None,
        "auto_advanced": bool(then and then.advanced),
        "molecule_complete": bool(then and then.complete),
        "molecule_id": then.molecule if then else "",
    }


def _say(found: Closed) -> None:
    for bead in found.beads:
        said = "closed already:" if bead.id in found.before else "closed"
        if bead.status != "closed":
            said = "handed in, it closes when it has landed:"
        output.line(f"{said} {bead.id}  {output.one_line(bead.title)}")
    for molecule, step in found.steps:
        output.line(f"done {molecule.id}.{step}")
    for bead in found.freed:
        output.line(f"ready now: {bead.id}  {output.one_line(bead.title)}")
    if found.claimed:
        output.line(f"claimed {found.claimed.id}  {output.one_line(found.claimed.title)}")
    then = found.then
    if then and then.id:
        said = "next step, yours:" if then.advanced else "next step:"
        output.line(f"{said} {then.id}  {output.one_line(then.title)}")
    elif then and then.complete:
        output.line(f"{then.molecule} is complete")
    steps = [f"gt mol show {molecule.id}" for molecule, _ in found.steps[:1]]
    if found.claimed:
        steps.append(f"bd show {found.claimed.id}")
    output.next_steps([*steps, *(["gt mq list"] if found.submitted else []), "bd ready"])


@command(
    "bead reopen",
    short={"reason": "r"},
    help={"ids": "closed beads, of the archive too", "reason": "why; it becomes a comment"},
    example="bd reopen gt-abc12 -r 'it fails on macOS'",
)
def reopen(*ids: str, reason: str = "", json: bool = False) -> None:
    """Open closed beads again."""
    need_ids(ids, "bd reopen gt-abc12")
    where = here()
    town = Town.open(where.root)
    beads = reopen_beads(town, ids, reason, where.actor)
    tell(town)
    if json:
        snapshot = town.snapshot()
        output.json_out([shapes.issue(snapshot, bead) for bead in beads])
        return
    for bead in beads:
        until = f", deferred until {bead.defer}" if bead.defer else ""
        output.line(f"reopened {bead.id}  {output.one_line(bead.title)}{until}")
    output.next_steps([f"bd show {bead.id}" for bead in beads[:3]])
