"""What became of nudges."""

from __future__ import annotations

from pathlib import Path

from gtlib.runtimes import nudges


def is_taken(local: Path, address: str, id: str) -> bool:
    """Whether the model has read that nudge, as far as its session showed."""
    return any(nudge.id == id and where == "taken" for nudge, where in nudges.known(local, address))
