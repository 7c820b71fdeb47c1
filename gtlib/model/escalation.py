"""An escalation: something that a person must decide."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.model.sets import settle
from gtlib.names import ItemId

SEVERITIES = ("critical", "high", "medium", "low")


class Escalation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of `escalations/<id>.md`.

    Severity is critical, high, medium or low; status is open, acked or closed.
    """

    id: ItemId
    title: str
    severity: str = "medium"
    status: str = "open"
    source: str = ""
    related: tuple[ItemId, ...] = ()
    routes: tuple[str, ...] = ()
    created: str = ""
    acked_by: str = ""
    closed: str = ""
    closed_by: str = ""
    close_reason: str = ""
    body: str = ""
    extra: dict[str, Any] = {}

    def __post_init__(self) -> None:
        settle(self, "related")
