"""Close the epics whose children are all closed."""

from __future__ import annotations

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.close import plan_close
from gtlib.rules.edits import merge_edits
from gtlib.rules.epics import Standing
from gtlib.rules.epics import epics
from gtlib.rules.holding import Ledger
from gtlib.store.town import Town

REASON = "all children are closed"


def close_epics(town: Town, actor: str) -> tuple[tuple[Standing, ...], tuple[str, ...]]:
    """The epics that were closed, in one commit, and why others were left open."""
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> tuple[tuple[tuple[Standing, ...], tuple[str, ...]], Edit | None]:
        done: list[Standing] = []
        left: list[str] = []
        edits: list[Edit] = []
        for found in epics(Ledger(snapshot)):
            if not found.eligible:
                continue
            try:
                edit = plan_close(snapshot, found.epic.id, actor, REASON, now)
            except UserError as refusal:
                left.append(f"{found.epic.id} stays open: {refusal.what}")
                continue
            if edit is not None:
                edits.append(edit)
                done.append(found)
        return (tuple(done), tuple(left)), merge_edits(edits)

    return carry_out(town, plan, actor)[0]
