"""Lists that mean sets: sorted and without doubles in every value, so that values compare."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import force_setattr


def settle(value: Struct, *fields: str) -> None:
    """Sort these tuples of a struct under construction and drop doubles."""
    for field in fields:
        items = getattr(value, field)
        if len(items) > 1:
            force_setattr(value, field, tuple(sorted(set(items))))
