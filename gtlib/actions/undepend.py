"""Take an edge between beads out."""

from __future__ import annotations

from gtlib.actions.transition import transition
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.dependencies import Dependency
from gtlib.rules.dependencies import plan_remove
from gtlib.store.town import Town


def undepend(town: Town, text: str, to: str, type: str, actor: str) -> Dependency:
    """The edge that was taken out. UserError as `plan_remove` says."""
    gone: list[Dependency] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        found, edit = plan_remove(snapshot, text, to, type, actor)
        gone.append(found)
        return edit

    transition(town, plan, actor)
    return gone[-1]
