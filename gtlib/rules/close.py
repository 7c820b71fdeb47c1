"""Closing a bead by name: what a person may and an agent may not."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Files
from gtlib.rules.base import holder
from gtlib.rules.base import live_requests
from gtlib.rules.base import mail
from gtlib.rules.base import require_bead
from gtlib.rules.base import require_writable
from gtlib.rules.hooks import has_worktree
from gtlib.rules.hooks import let_go
from gtlib.rules.hooks import open_molecules


def plan_close(snapshot: Snapshot, bead_id: ItemId, actor: str, reason: str, now: str) -> Edit | None:
    """Close a bead; None when it is closed.

    Work that is on a hook or in the merge queue closes on evidence: an agent is refused
    (UserError, the hint says how to submit). What is on the hook of who has no worktree is closed by that
    agent or the mayor. The overseer is obeyed: `close_reason` is `by hand` when none is given, merge requests
    are superseded, the hook lets go, the branch is kept.
    """
    bead = require_bead(snapshot, bead_id)
    if bead.status == "closed":
        return None
    held = holder(snapshot, bead.id)
    requests = live_requests(snapshot, bead.id)
    chore = held is not None and _is_chore(held, actor)
    if actor != OVERSEER and (held or requests) and not (chore and not requests):
        raise UserError(
            f"{bead.id} closes when its work has landed",
            _how(held.address if held else "", bool(requests), actor),
        )
    by_hand = bool(held or requests) and not chore
    put: list[Item] = [closed(bead, now, reason or ("by hand" if by_hand else ""))]
    put += [replace(m, status="superseded", reason=f"bead closed: {reason or 'by hand'}") for m in requests]
    if held is not None:
        put.append(let_go(snapshot, held, bead.id, now))
    if chore:
        put += [replace(m, status="closed", assignee="") for m in open_molecules(snapshot, bead.id)]
    require_writable(snapshot, *put)
    return Edit(
        subject=f"close: {bead.id} {bead.title}",
        put=tuple(put),
        trailers=(("Event", "close"), ("Bead", bead.id)),
        actor=actor,
    )


def refuse_close(snapshot: Snapshot, changed: frozenset[str] | None, actor: str, now: str) -> Edit | None:
    """An agent that wrote `status: closed` into the file of work that is to land: taken back, and mailed.

    `changed` are the paths that the agent's commits may have touched, None for all of them.
    """
    put: list[Bead] = []
    files: Files = ()
    for bead in snapshot.beads() if changed is None else _beads(snapshot, changed):
        held = holder(snapshot, bead.id) if bead.status == "closed" else None
        if held is None or _is_chore(held, actor) or snapshot.is_broken(layout.path_of_bead(bead.id)):
            continue
        put.append(replace(bead, status="hooked", closed="", close_reason=""))
        body = (
            f"You wrote `status: closed` into {layout.path_of_bead(bead.id)}.\n"
            f"Refused: {bead.id} closes when its work has landed\nNext: {_how(held.address, False, actor)}\n"
        )
        causes = ("refuse-close", bead.id, snapshot.commit)
        to = actor if snapshot.agent(Address(actor)) else OVERSEER  # a person without a mailbox
        files += mail(snapshot, now, [to], f"Refused: close of {bead.id}", body, causes)
    if not put:
        return None
    return Edit(
        subject=f"refuse: close of {put[0].id} by {actor}",
        put=tuple(put),
        files=files,
        trailers=(("Event", "refuse"),),
    )


def _is_chore(held: Agent, actor: str) -> bool:
    """Whether the actor may close what is on that hook, because nothing of it is to land."""
    return not has_worktree(held) and actor in (held.address, MAYOR)


def _beads(snapshot: Snapshot, changed: frozenset[str]) -> Iterator[Bead]:
    for path in sorted(changed):
        item = snapshot.get(path) if path.startswith("beads/") else None
        if isinstance(item, Bead):
            yield item


def closed(bead: Bead, now: str, reason: str, evidence: str = "") -> Bead:
    """The bead, closed; what an earlier close said about itself is kept where nothing new is known."""
    return replace(
        bead,
        status="closed",
        closed=bead.closed if bead.status == "closed" and bead.closed else now,
        close_reason=reason or bead.close_reason,
        evidence=evidence or bead.evidence,
    )


def _how(held: str, submitted: bool, actor: str) -> str:
    if submitted:
        return "it is submitted, gt mq list shows it"
    return "gt done submits it" if held == actor else f"it is on the hook of {held}"
