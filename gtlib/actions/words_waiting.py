"""What waits for a session without a terminal: nudges, and mail that it has not been told of."""

from __future__ import annotations

import os
import time
from typing import Final

from gtlib import framing
from gtlib import layout
from gtlib.actions.seen import seen
from gtlib.names import Address
from gtlib.output import count
from gtlib.rules.unread import tell
from gtlib.rules.unread import unread
from gtlib.rules.urge import NUDGES_CHARS
from gtlib.rules.urge import nudged
from gtlib.runtimes import nudges
from gtlib.store.town import Town

LOOK_SECONDS: Final = 0.5
# A file may have come to the branch and not to the checkout, where its folder would show it.
SURE_SECONDS: Final = 60.0
MAIL_CHARS: Final = 16_000


class WordsWaiting:
    """For one session of an agent. `hooked`: its program's own hooks show it mail with a prompt."""

    def __init__(self, town: Town, address: Address, session: str, hooked: bool) -> None:
        self._town = town
        self._address = address
        self._session = session
        self._hooked = hooked
        self._told: set[str] = set()
        self._mail: tuple[str, ...] = ()
        self._looked = self._stamp()

    def take(self) -> str:
        """What is new, as the words of a turn; empty when nothing is. No message is told of twice."""
        self._looked = self._stamp()
        mark = framing.boundary()
        held = nudges.claim(self._town.local, self._address, self._session, NUDGES_CHARS)
        # Should the turn not be asked, they are released.
        nudges.note_shown(self._town.local, self._address, self._session)
        found = [m for _, m in unread(self._town.snapshot(), self._address) if m.id not in self._told]
        self._told |= {each.id for each in found}
        mail, self._mail = "", ()
        if found and self._hooked:
            mail = f"You have mail, {count(len(found), 'message')} unread: gt mail inbox -u"
        elif found:
            told = tell(found, mark, MAIL_CHARS, explained=bool(held))
            mail, self._mail = told.text, told.ids
        said = nudged([(each.id, each.sender, each.message) for each in held], mark)
        return "\n\n".join(part for part in (said, mail) if part)

    def arrived(self) -> None:
        """The model has answered what was taken last: mail in it counts as read."""
        nudges.confirm(self._town.local, self._address, self._session)
        if self._mail:
            seen(self._town, self._address, self._mail)
        self._mail = ()

    def lost(self) -> None:
        """The model was never asked: what was taken last waits again."""
        nudges.release(self._town.local, self._address, self._session)
        self._mail = ()

    def wait(self, seconds: float) -> None:
        """Until something may be new, at most so long. Asks nobody and starts nothing."""
        end = time.monotonic() + min(seconds, SURE_SECONDS)
        while self._stamp() == self._looked and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)

    def _stamp(self) -> tuple[int, ...]:
        folders = (
            nudges.folder(self._town.local, self._address),
            self._town.root / layout.mail_folder(self._address, "new"),
        )
        return tuple(_changed(str(each)) for each in folders)


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return 0
