"""One line of the table of measurements."""

from __future__ import annotations

from msgspec import Struct


class Row(Struct, frozen=True):
    what: str
    ours: str
    bare: str
    goal: str
