"""What mail can be addressed to besides agents: groups, lists, queues, channels and boards of announcements.

Each is a file of its own, `mail/groups/<name>.md` and so on, with the folder of its messages beside it. One
file for all of them (Gas Town has config/messaging.json) would make every two changes conflict, and one
slip in it would stop all mail. As items of the town they are checked with path and line, count with their
last version that parsed, keep comments, merge by field, and are read from the index.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.names import Address

# how mail names it, and the folder below mail/
FOLDERS = {
    "group": "groups",
    "list": "lists",
    "queue": "queues",
    "channel": "channels",
    "announce": "announces",
}
_KINDS = {folder: kind for kind, folder in FOLDERS.items()}
# addresses of their own, and boxes
_TAKEN = frozenset(
    {"overseer", "mayor", "deacon", "witness", "refinery", "boot", "new", "cur", "archive", "outbox", "tmp"}
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}\Z")


def board_address(text: str) -> Address:
    """`groups/<name>`, `queues/<name>` ... UserError for another folder, for no name, for a reserved one."""
    folder, _, name = text.partition("/")
    if folder not in _KINDS:
        raise UserError(f"{text!r} is no group, list, queue or channel", f"one of: {', '.join(_KINDS)}")
    if not _NAME.match(name):
        raise UserError(f"{name!r} is not a name for mail", "use letters, digits, - and _ (40 at most)")
    if name.lower() in _TAKEN:
        raise UserError(f"{name!r} is reserved and cannot name a {_KINDS[folder]}", "choose another name")
    return Address(f"{folder}/{name}")


class Board(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of such a file; `address` is `groups/<name>`, `queues/<name>` ..., as its path says.

    `members`: who gets a copy (group, list, channel), who may claim (queue) or read (announce; with none
    anybody may). Each is an address, a pattern, or another group. `max_claims`: how many messages may be
    claimed at once; `retain_count` and `retain_hours`: what is kept of a channel or of announcements. 0 is
    no limit.
    """

    address: Address
    members: tuple[str, ...] = ()
    max_claims: int = 0
    retain_count: int = 0
    retain_hours: int = 0
    created: str = ""
    created_by: str = ""
    description: str = ""
    extra: dict[str, Any] = {}

    @property
    def kind(self) -> str:
        """group, list, queue, channel or announce."""
        return _KINDS[self.address.partition("/")[0]]

    @property
    def name(self) -> str:
        """Its own name, without what it is."""
        return self.address.partition("/")[2]

    @property
    def label(self) -> str:
        """How mail names it: `queue:jobs`."""
        return f"{self.kind}:{self.name}"
