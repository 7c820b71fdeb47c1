"""A convoy: beads that are followed together, and who is told when all are done."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.model.sets import settle
from gtlib.names import ItemId


class Convoy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of `convoys/<id>.md`; status is open, staged or closed.

    `feed` is a rig: what is tracked is slung there when it is ready. `fed` are the beads that were.
    """

    id: ItemId
    title: str
    status: str = "open"
    owner: str = ""
    notify: tuple[str, ...] = ()
    human: bool = False
    merge: str = ""
    labels: tuple[str, ...] = ()
    tracks: tuple[ItemId, ...] = ()
    feed: str = ""
    fed: tuple[ItemId, ...] = ()
    created: str = ""
    closed: str = ""
    purpose: str = ""
    extra: dict[str, Any] = {}

    def __post_init__(self) -> None:
        settle(self, "notify", "labels", "tracks", "fed")
