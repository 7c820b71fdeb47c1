"""Messages by what they say, by conversation, and where the copies of one are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import OVERSEER
from gtlib.rules.post import elsewhere
from gtlib.rules.post import find_visible
from gtlib.rules.post import inbox

BOXES = ("new", "cur", "archive")


class Delivery(Struct, frozen=True):
    """One copy of a message. `state` is pending (unread), acked (read), archived, or deleted.

    `path` is "" for what is deleted; `when` is the time of the commit that brought it into this state.
    """

    address: str
    state: str
    path: str = ""
    claimed_by: str = ""
    when: str = ""


_STATES = {"new": "pending", "cur": "acked", "archive": "archived"}


def search(
    snapshot: Snapshot,
    address: str,
    pattern: re.Pattern[str],
    *,
    fields: tuple[str, ...] = ("subject", "body"),
    sender: str = "",
    archive: bool = False,
) -> list[tuple[str, Message, bool]]:
    """(path, message, whether it was read) of what fits in the mailbox, newest first.

    `fields` are those that are looked at; `sender` is a piece of who sent it.
    """
    letters = inbox(snapshot, address, BOXES if archive else BOXES[:2])
    return [
        each
        for each in letters
        if sender.lower() in each[1].sender.lower()
        and any(pattern.search(getattr(each[1], field)) for field in fields)
    ]


def thread(snapshot: Snapshot, text: str, actor: str) -> list[tuple[int, Message]]:
    """The conversation that a message belongs to, as (depth, message): answers below what they answer, else
    by time. What the actor has, or sent; the overseer sees all of it. UserError for an unknown message.
    """
    one = find_visible(snapshot, text, actor).message
    root = one.thread or one.id
    found = {
        message.id: message
        for message in _visible(snapshot, actor)
        if root in (message.id, message.thread or message.id)
    }
    found.setdefault(one.id, one)
    below: dict[str, list[Message]] = {}
    for message in sorted(found.values(), key=lambda each: (each.sent, each.id)):
        above = message.reply_to if message.reply_to in found and message.reply_to != message.id else ""
        below.setdefault(above, []).append(message)
    shown = list(_tree(below, "", 0))
    missing = [each for each in found.values() if each.id not in {message.id for _, message in shown}]
    return shown + [(0, message) for message in missing]  # those that answer each other in a ring


def track(snapshot: Snapshot, text: str, actor: str) -> tuple[Message, tuple[Delivery, ...]]:
    """A message and what became of each copy. UserError for one that the actor neither sent nor has."""
    message = find_visible(snapshot, text, actor).message
    copies = [
        Delivery(address, _STATES.get(path.rsplit("/", 2)[1], "pending"), path, copy.claimed_by)
        for path, address, copy in elsewhere(snapshot, message.id)
    ]
    there = {each.address for each in copies}
    gone = [Delivery(text, "deleted") for text in (*message.to, *message.cc) if _is_agent(text, there)]
    return message, tuple(sorted((*copies, *gone), key=lambda each: each.address))


def _is_agent(text: str, there: set[str]) -> bool:
    """Whether a recipient is one agent, who has no copy any more."""
    return text not in there and not any(sign in text for sign in ":@*")


def _visible(snapshot: Snapshot, actor: str) -> Iterator[Message]:
    for path in snapshot.paths("mail/"):
        if not path.startswith("mail/outbox/") and path.rsplit("/", 2)[-2] in BOXES:
            message = snapshot.get(path)
            own = path.startswith(tuple(f"mail/{actor}/{box}/" for box in BOXES))
            if isinstance(message, Message) and (own or actor in (OVERSEER, message.sender)):
                yield message


def _tree(below: dict[str, list[Message]], above: str, depth: int) -> Iterator[tuple[int, Message]]:
    waiting = [(depth, message) for message in reversed(below.get(above, ()))]
    while waiting:  # by hand: a conversation may be longer than Python recurses
        depth, message = waiting.pop()
        yield depth, message
        waiting += [(depth + 1, each) for each in reversed(below.get(message.id, ()))]
