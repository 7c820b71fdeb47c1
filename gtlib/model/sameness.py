"""Equality of values as files tell them apart."""

from __future__ import annotations

from typing import Any


def same(a: Any, b: Any) -> bool:
    """Equality that keeps 1, 1.0 and true apart, inside lists and mappings too."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def same_fields(a: Any, b: Any) -> bool:
    """The same for two structs, field by field."""
    return type(a) is type(b) and all(
        same(getattr(a, name), getattr(b, name)) for name in a.__struct_fields__
    )
