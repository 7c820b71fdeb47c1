"""What was found in a Gas Town installation, before it becomes a town."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.model.config import Gate


class Left(Struct, frozen=True):
    """Something that was not taken: where it stands (below the installation), and why."""

    path: str
    reason: str


class Ledger(Struct, frozen=True):
    """A file of beads: JSON lines, or (`tables`) the folder of a dump of a database's tables."""

    path: str
    tables: bool = False


class FoundRig(Struct, frozen=True, kw_only=True):
    """A project as the installation registers it. `crew` and `polecats` are names of folders."""

    name: str
    url: str = ""
    prefix: str = ""
    branch: str = "main"
    crew: tuple[str, ...] = ()
    polecats: tuple[str, ...] = ()
    gates: dict[str, Gate] = {}


class Installation(Struct, frozen=True, kw_only=True):
    """`settings` are those of the town; `files` are (path in the new town, text)."""

    name: str = ""
    owner: str = ""
    rigs: tuple[FoundRig, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    settings: dict[str, Any] = {}
    files: tuple[tuple[str, str], ...] = ()
    left: tuple[Left, ...] = ()
