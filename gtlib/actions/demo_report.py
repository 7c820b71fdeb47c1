"""What `gt demo` tells while it runs, and how it ended."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["note", "town", "good", "bad"]


class Told(Struct, frozen=True):
    """Something that happened: seconds since the start, who did it, what it was. `town`: a commit."""

    seconds: float
    who: str
    what: str
    kind: Kind


class Ended(Struct, frozen=True):
    """What became of a bead: `state` is landed, sent back, or where its hook stands."""

    bead: str
    title: str
    state: str
    commit: str = ""
    reason: str = ""


class Letter(Struct, frozen=True):
    """Unread mail."""

    id: str
    sender: str
    subject: str


class Report(Struct, frozen=True):
    """How the demo ended. `problems` are what did not work, each with what no longer happens."""

    path: str
    town: str
    project: str
    seconds: float
    convoy: str
    convoy_status: str
    beads: tuple[Ended, ...]
    mail: tuple[Letter, ...]
    town_log: tuple[str, ...]
    project_log: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def landed(self) -> tuple[Ended, ...]:
        """The beads whose work is on the project's main branch."""
        return tuple(each for each in self.beads if each.state == "landed")

    @property
    def sent_back(self) -> tuple[Ended, ...]:
        """The beads whose work failed the gate."""
        return tuple(each for each in self.beads if each.state == "sent back")
