"""An edit: what a rule or a command asks the town to become, in one commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from gtlib.model.kinds import Item

if TYPE_CHECKING:
    from gtlib.model.snapshot import Snapshot


class Edit(Struct, frozen=True, kw_only=True):
    """The wanted change, in values; the store renders it so that only what differs changes.

    `put`: items as they shall be (path follows from the item). `moves`: (old path, new path),
    bytes untouched. `removes`: paths. `files`: (path, whole text) for files that are no item.
    `subject` is `event: id what`; `trailers` follow it in the commit message.
    """

    subject: str
    put: tuple[Item, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
    removes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    trailers: tuple[tuple[str, str], ...] = ()
    actor: str = ""


Plan = Callable[["Snapshot"], Edit | None]
