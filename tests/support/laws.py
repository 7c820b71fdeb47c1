"""How many examples a law is tried with."""

from __future__ import annotations

from hypothesis import settings


def examples(most: int) -> int:
    """A third of them in the daily run, where they are the same each day; all of them, and new ones, in `torture`."""
    return most if settings.get_current_profile_name() == "explore" else most // 3
