"""What an agent is told of its mail at the start: the note of its predecessor first, then what is unread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.rules.prime_fit import Section
from gtlib.rules.unread import unread

HANDOFF: Final = "handoff"  # the type of the message that a session leaves for the next one
_SUBJECT = re.compile(r"\W*handoff\b", re.IGNORECASE)


def notes(snapshot: Snapshot, address: str) -> tuple[Message, ...]:
    """The unread hand-off notes of an agent, newest first: of that type, or so named and sent to itself."""
    found = [message for _, message in unread(snapshot, address) if is_note(message, address)]
    return tuple(sorted(found, key=lambda each: (each.sent, each.id), reverse=True))


def is_note(message: Message, address: str) -> bool:
    """Whether a message is what a session leaves for the next one of the same agent."""
    return message.type == HANDOFF or (
        message.sender == address and _SUBJECT.match(message.subject) is not None
    )


def handoff(snapshot: Snapshot, address: str) -> Iterator[Section]:
    """The newest note, before everything else."""
    for note in notes(snapshot, address)[:1]:
        yield Section(
            key="handoff",
            why="a session of yours left it, and nobody has read it",
            title="Hand-off",
            text="You are the successor: an earlier session of yours left this. Go on from there, and don't "
            "hand off again before you have done something.",
            data="\n\n".join((note.subject, note.body)),
            what=f"hand-off note {note.id}",
            whole=f"gt mail read {note.id}",
            weight=2,
            least=2500,
            mail=note.id,
        )


def letters(snapshot: Snapshot, address: str) -> Iterator[Section]:
    """Unread mail, but for the note that is told first."""
    first = notes(snapshot, address)[:1]
    rest = tuple(message for _, message in unread(snapshot, address) if message not in first)
    if rest:
        yield Section(
            key="mail",
            why="unread mail",
            title="Mail",
            letters=rest,
            whole="gt mail inbox -u",
            weight=4,
            least=500,
        )
