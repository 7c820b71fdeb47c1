"""A memory: something that every agent is told at its start."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Memory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`memories/<key>.md`: what is to be remembered is its body."""

    key: str
    created: str = ""
    created_by: str = ""
    text: str = ""
    extra: dict[str, Any] = {}
