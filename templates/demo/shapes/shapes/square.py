from __future__ import annotations


def square(side: float) -> float:
    """The area of a square."""
    return side * side
