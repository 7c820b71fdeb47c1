"""What a status means: its category, and whether it blocks nobody any more."""

from __future__ import annotations

from gtlib.model.config import TownConfig

CATEGORIES = {
    "open": "active",
    "in_progress": "wip",
    "hooked": "wip",
    "blocked": "wip",
    "deferred": "frozen",
    "pinned": "frozen",
    "closed": "done",
    "tombstone": "done",
}


def category(town: TownConfig, status: str) -> str:
    """active, wip, frozen or done; `unspecified` for a status that the town does not know."""
    return CATEGORIES.get(status) or town.statuses.get(status, "unspecified")


def is_over(town: TownConfig, status: str) -> bool:
    """Whether a bead with that status blocks nobody any more: it is done, or pinned as context."""
    return status in ("closed", "pinned") or category(town, status) == "done"


def with_category(town: TownConfig, *categories: str) -> frozenset[str]:
    """The statuses, built-in and the town's own, of these categories."""
    known = {**town.statuses, **CATEGORIES}
    return frozenset(status for status, found in known.items() if found in categories)


def over(town: TownConfig) -> frozenset[str]:
    """The statuses for which `is_over` holds, for those who ask about many beads."""
    return with_category(town, "done") | {"pinned"}
