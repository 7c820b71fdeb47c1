"""Carry out a plan that says what it found beside what it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gtlib.actions.transition import transition
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.store.town import Applied
from gtlib.store.town import Town

T = TypeVar("T")


def carry_out(
    town: Town, plan: Callable[[Snapshot], tuple[T, Edit | None]], actor: str
) -> tuple[T, Applied | None]:
    """What the plan found in the snapshot that it was applied to, and what was applied; None for nothing.

    What the person is to know of it stands in `town.notes` too. Raises the plan's UserError, nothing changed.
    """
    found: list[T] = []

    def whole(snapshot: Snapshot) -> Edit | None:
        value, edit = plan(snapshot)
        found.append(value)
        return edit

    applied = transition(town, whole, actor)
    if applied is not None:
        town.notes += applied.notes
    return found[-1], applied
