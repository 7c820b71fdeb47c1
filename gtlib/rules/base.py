"""What rules share: looking at time, at who holds a bead, and writing mail."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from datetime import UTC
from datetime import datetime
from typing import TypeVar

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.merge import MergeRequest
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId

T = TypeVar("T")

OVERSEER = Address("overseer")
MAYOR = Address("mayor")
POSTMASTER = Address("deacon")

LIVE_HOOK = frozenset({"created", "active", "suspended", "completed"})
LIVE_REQUEST = frozenset({"ready", "testing", "rework", "conflict", "blocked"})

Files = tuple[tuple[str, str], ...]

# paths that may have something new; None: any may
Changed = frozenset[str] | None


def instant(text: str) -> datetime | None:
    """The time that a stamp or a plain date means (UTC when it names no zone); None when it is no time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def hours_since(text: str, now: str) -> float:
    """Hours from a stamp to `now`, never negative; 0 when either is no time."""
    start, end = instant(text), instant(now)
    if start is None or end is None:
        return 0.0
    return max(0.0, (end - start).total_seconds() / 3600)


def is_future(text: str, now: str) -> bool:
    """Whether a stamp or date lies after `now`; text that is no time does not."""
    start, end = instant(text), instant(now)
    return start is not None and end is not None and start > end


def is_home(snapshot: Snapshot, host: str) -> bool:
    """Whether that machine runs the rules of the whole town; without a `home` every one does (promise 6)."""
    return snapshot.town.home in ("", host)


def live_hook(agent: Agent) -> Hook | None:
    """The agent's hook when it holds work."""
    hook = agent.hook
    return hook if hook is not None and hook.state in LIVE_HOOK and hook.bead else None


def holds(agent: Agent) -> tuple[ItemId, ...]:
    """The beads on the agent's hook and in the queue behind it, the current one first."""
    hook = agent.hook
    if hook is None:
        return ()
    return ((hook.bead,) if live_hook(agent) else ()) + hook.queue


def holder(snapshot: Snapshot, bead: ItemId) -> Agent | None:
    """The agent that has the bead on its hook or in its queue."""
    return next((agent for agent in snapshot.agents() if bead in holds(agent)), None)


def live_requests(snapshot: Snapshot, bead: ItemId) -> list[MergeRequest]:
    """The bead's merge requests that have not come to an end, oldest first."""
    found = [m for m in snapshot.merges() if m.bead == bead and m.status in LIVE_REQUEST and not m.applied]
    return sorted(found, key=lambda m: (m.created, m.id))


def open_convoys(snapshot: Snapshot, bead: ItemId) -> Iterator[Convoy]:
    """The convoys, open or staged, that track the bead, oldest first."""
    found = [c for c in snapshot.convoys() if c.status in ("open", "staged") and bead in c.tracks]
    return iter(sorted(found, key=lambda c: (c.created, c.id)))


def changed_items(
    snapshot: Snapshot, folder: str, type_: type[T], every: Iterator[T], changed: Changed
) -> Iterator[T]:
    """The items of a folder (with its slash) that may have something new: `every` when any may."""
    if changed is None:
        return every
    found = (snapshot.get(path) for path in sorted(changed) if path.startswith(folder))
    return (item for item in found if isinstance(item, type_))


def writable(snapshot: Snapshot, *items: kinds.Item) -> bool:
    """Whether the files of these items parse now: no rule writes one that does not, or that is archived."""
    return not any(snapshot.is_broken(kinds.path_of(item)) or is_archived(snapshot, item) for item in items)


def is_archived(snapshot: Snapshot, item: kinds.Item) -> bool:
    """Whether all there is of the item is a line of the archive."""
    id = getattr(item, "id", "")
    return bool(id) and not snapshot.exists(kinds.path_of(item)) and id in snapshot.archive


def require_writable(snapshot: Snapshot, *items: kinds.Item) -> None:
    """Raises UserError for the first of the items whose file does not parse, or that is archived."""
    for item in items:
        path = kinds.path_of(item)
        if is_archived(snapshot, item):
            id = posixpath.basename(path)[:-3]
            back = f"bd reopen {id}" if isinstance(item, Bead) else f"gt archive --restore {id}"
            raise UserError(f"{id} is archived", f"bring it back first: {back}")
        if snapshot.is_broken(path):
            raise UserError(
                f"{path} does not parse", "mend the file (gt doctor says what is wrong), then try again"
            )


def require_bead(snapshot: Snapshot, bead_id: ItemId) -> Bead:
    """The bead; raises UserError when it is missing or its file never parsed."""
    bead = snapshot.bead(bead_id)
    if bead is not None:
        return bead
    path = layout.path_of_bead(bead_id)
    if snapshot.exists(path):
        raise UserError(
            f"{path} does not parse", "mend the file (gt doctor says what is wrong), then try again"
        )
    line = snapshot.archive.line(bead_id)
    if line is not None:
        said = "was deleted" if line.status == "tombstone" else "is no bead, or does not read as one"
        raise UserError(f"{bead_id} in {line.path} {said}", "bd list shows the beads there are")
    raise UserError(f"no bead {bead_id}", "bd list shows the beads there are")


def require_agent(snapshot: Snapshot, address: Address) -> Agent:
    """The agent; raises UserError when there is no file for it."""
    agent = snapshot.agent(address)
    if agent is None:
        raise UserError(f"no agent {address}", "gt agents lists them")
    return agent


def prefixes(snapshot: Snapshot) -> tuple[str, ...]:
    """The prefixes of the town and of its rigs."""
    return (names.TOWN_PREFIX, *(rig.prefix for rig in snapshot.rigs()))


def prefix_of(snapshot: Snapshot, id: str) -> str:
    """Whose item it is; for many items ask `names.prefix_of` with `prefixes`."""
    return names.prefix_of(id, prefixes(snapshot))


def fresh(snapshot: Snapshot, prefix: str, infix: str, *causes: str) -> ItemId:
    """An id that follows from its cause and that no item of the town has yet."""
    taken = snapshot.taken()
    found = names.derive(prefix, infix, *causes)
    turn = 1
    while found in taken:
        turn += 1
        found = names.derive(prefix, infix, *causes, str(turn))
    return found


def mail(
    snapshot: Snapshot,
    now: str,
    to: Iterable[str],
    subject: str,
    body: str,
    causes: Sequence[str],
    *,
    sender: str = POSTMASTER,
    type: str = "notification",
    priority: int = 2,
    thread: str = "",
) -> Files:
    """The files of one message: a copy in each recipient's mailbox, the id derived from `causes`.

    A recipient who already has that message (unread or read) gets no second copy.
    """
    recipients = tuple(dict.fromkeys(address for address in to if address))
    id = names.derive("msg", "", *causes)
    message = Message(
        id=id,
        sender=sender,
        to=recipients,
        subject=subject,
        type=type,
        priority=priority,
        thread=thread or id,
        sent=now,
        body=body.strip("\n"),  # or it could not stand below the front matter
    )
    text = kinds.render(message)
    return tuple(
        (layout.mailbox(Address(address), "new", id), text)
        for address in recipients
        if not has_mail(snapshot, Address(address), id)
    )


def has_mail(snapshot: Snapshot, address: Address, id: ItemId) -> bool:
    """Whether that message lies in the mailbox: unread, read or put away."""
    return any(snapshot.exists(layout.mailbox(address, box, id)) for box in ("new", "cur", "archive"))
