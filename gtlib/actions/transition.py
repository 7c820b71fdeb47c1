"""A command's change and what the rules make of it: one commit."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib import clock
from gtlib.actions import follow_up
from gtlib.actions import pack
from gtlib.model.edit import Edit
from gtlib.model.edit import Plan
from gtlib.model.snapshot import Snapshot
from gtlib.rules import registry
from gtlib.rules.base import is_home
from gtlib.store.town import Applied
from gtlib.store.town import Town


def transition(town: Town, plan: Plan, actor: str = "") -> Applied | None:
    """Apply `plan` with the rules run on top of it, then what follows in the world.

    None when the plan asks for nothing. `notes` say too what could not follow. Raises the plan's UserError,
    nothing changed.
    """
    now = clock.stamp(clock.now())

    def whole(snapshot: Snapshot) -> Edit | None:
        edit = plan(snapshot)
        return registry.with_rules(snapshot, edit, now) if is_home(snapshot, town.host) else edit

    applied = town.apply(whole, actor, settled=True)
    if applied is None:
        return None
    notes = (*applied.notes, *follow_up.reconcile(town))
    town.snapshot()  # what the index is to hold: the commit just made
    town.save_index()
    pack.start(town, applied.commit)
    return replace(applied, notes=notes)
