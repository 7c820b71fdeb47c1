"""An escalation: something that a person must decide."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.names import ItemId


class Escalation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of `escalations/<id>.md`: severity critical, high, medium, low; status open, acked, closed."""

    id: ItemId
    title: str
    severity: str = "medium"
    status: str = "open"
    source: str = ""
    related: tuple[ItemId, ...] = ()
    routes: tuple[str, ...] = ()
    created: str = ""
    body: str = ""
    extra: dict[str, Any] = {}
