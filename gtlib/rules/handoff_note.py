"""Hand-off notes: what a session leaves for the next one of the same agent."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename
from typing import Final

from msgspec import Struct

from gtlib import layout
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import live_hook
from gtlib.rules.base import prefix_of
from gtlib.rules.base import require_agent
from gtlib.rules.flow import Flow
from gtlib.rules.prime_mail import is_note
from gtlib.rules.ready import ready
from gtlib.rules.steps import progress
from gtlib.rules.unread import unread

MARK: Final = "🤝 HANDOFF: "
MOST: Final = 10  # messages and beads that are named


class Note(Struct, frozen=True, kw_only=True):
    """A note, and whether its successor has still to be told of it."""

    message: Message
    unread: bool


def subject(snapshot: Snapshot, address: Address, said: str, bead: str = "") -> str:
    """The subject of a note: as said, else `bead`, else what is on the hook."""
    hook = live_hook(require_agent(snapshot, address))
    id = ItemId(bead) if bead else hook.bead if hook else None
    found = snapshot.bead(id) if id else None
    return MARK + (
        " ".join(said.split()) or (f"{id} {found.title}"[:120] if found else "the session goes on")
    )


def collected(snapshot: Snapshot, address: Address, now: str) -> str:
    """Where the agent stands: its hook, its unread mail, what is ready."""
    return "\n".join(_collected(snapshot, address, now))


def notes(snapshot: Snapshot, address: Address) -> tuple[Note, ...]:
    """The notes of an agent, those that were read too, the newest first."""
    found = [
        Note(message=message, unread=box == "new")
        for box in ("new", "cur")
        for _, message in snapshot.mail(address, box)
        if is_note(message, address)
    ]
    return tuple(sorted(found, key=lambda each: (each.message.sent, each.message.id), reverse=True))


def plan_keep(snapshot: Snapshot, address: Address, id: str) -> Edit | None:
    """The note is unread again, though the session that left it was shown its own note; None when it is."""
    read = layout.mailbox(address, "cur", id)
    if not snapshot.exists(read):
        return None
    return Edit(
        subject=f"unread: {basename(read)[:-3]} for the successor of {address}",
        moves=((read, layout.mailbox(address, "new", id)),),
        actor=address,
    )


def _collected(snapshot: Snapshot, address: Address, now: str) -> Iterator[str]:
    agent = require_agent(snapshot, address)
    hook = live_hook(agent)
    if hook is None:
        yield "On the hook: nothing."
    else:
        bead = snapshot.bead(hook.bead)
        yield f"On the hook: {hook.bead} {bead.title if bead else ''} ({hook.state}), branch {hook.branch}."
        molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
        if molecule is not None:
            flow = Flow(snapshot, molecule)
            done, total = progress(flow)
            todo = next(iter(flow.ready()), None)
            yield f"Steps: {done} of {total} over" + (f", next {todo.id}." if todo else ".")
    letters = unread(snapshot, address)
    yield f"Unread mail: {len(letters)}."
    for _, message in letters[:MOST]:
        yield f"- {message.id} from {message.sender}: {message.subject}"
    able = [each for each in ready(snapshot, now) if not agent.rig or _is_of(snapshot, each.id, agent.rig)]
    yield f"Ready beads: {len(able)}."
    for each in able[:MOST]:
        yield f"- {each.id} {each.title}"


def _is_of(snapshot: Snapshot, id: str, rig: str) -> bool:
    config = snapshot.rig(rig)
    return config is not None and prefix_of(snapshot, id) == config.prefix
