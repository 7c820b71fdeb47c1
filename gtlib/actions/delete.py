"""Delete beads."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model import kinds
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.delete_bead import Deleted
from gtlib.rules.delete_bead import plan_delete
from gtlib.store.town import Town


class Gone(Struct, frozen=True):
    """What was deleted, or would be (`commit` is ""), and the paths that named it."""

    deleted: Deleted
    cleaned: tuple[str, ...]
    commit: str


def delete(
    town: Town,
    texts: Sequence[str],
    actor: str,
    *,
    force: bool = False,
    cascade: bool = False,
    dry: bool = False,
) -> Gone:
    """Delete these beads in one commit; `dry` only says what would go. UserError as `plan_delete` says."""

    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> tuple[Deleted, Edit | None]:
        return plan_delete(snapshot, texts, actor, now, cascade=cascade, force=force)

    if dry:
        found, commit = plan(town.snapshot())[0], ""
    else:
        found, applied = carry_out(town, plan, actor)
        commit = applied.commit if applied else ""
    return Gone(found, tuple(kinds.path_of(item) for item in found.cleaned), commit)
