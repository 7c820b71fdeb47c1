"""A message: mail between people and agents."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.names import ItemId


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of a mail file; `sender` is the file's key `from`. Priority 0 urgent to 3 low.

    `to` and `cc` are as it was addressed: agents, `group:x`, `queue:x`, `@witnesses` ... `pinned`: no
    cleaning up takes it away. `quiet`: nobody's session is told that it came. `claimed_by`: who works on
    it, of a queue's message. A file in `mail/outbox/` may leave out everything but `to` and `subject`.
    """

    id: ItemId = ItemId("")
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    subject: str = ""
    type: str = "notification"
    priority: int = 2
    thread: str = ""
    reply_to: ItemId = ItemId("")
    sent: str = ""
    pinned: bool = False
    quiet: bool = False
    claimed_by: str = ""
    claimed_at: str = ""
    body: str = ""
    extra: dict[str, Any] = {}
