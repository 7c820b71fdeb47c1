"""Make a bead and put it on a crew member's hook, in one commit."""

from __future__ import annotations

import time

from gtlib import clock
from gtlib.actions.slung import Slung
from gtlib.actions.slung import carried
from gtlib.actions.slung import slung_of
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import live_hook
from gtlib.rules.edits import merge_edits
from gtlib.rules.new_bead import Draft
from gtlib.rules.new_bead import plan_create
from gtlib.rules.sling import plan_sling
from gtlib.rules.target import choose_agent
from gtlib.rules.target import find_rig
from gtlib.rules.target import find_target
from gtlib.store.town import Town


def assign(
    town: Town, target: str, draft: Draft, actor: str, *, force: bool = False, dry: bool = False
) -> Slung:
    """The bead that the draft becomes, hooked without a formula. `dry` only says what would be.

    UserError as making and slinging it say, and (unless `force`, which queues it) when there is work on the
    hook already.
    """
    now, created = clock.stamp(clock.now()), time.time_ns()
    prefix = find_rig(town.snapshot(), target).prefix
    made: list[Bead] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        bead, edit = plan_create(snapshot, draft, prefix, actor, now, created)
        made.append(bead)
        after = snapshot.with_edit(edit)
        who = choose_agent(after, find_target(after, target), bead.id, town.host)
        hook = live_hook(who)
        if hook is not None and not force:
            raise UserError(
                f"{hook.bead} is on the hook of {who.address}", "--force queues this one behind it"
            )
        slung = plan_sling(
            after, bead.id, target, molecule=None, now=now, actor=actor, host=town.host, force=force
        )
        assert slung is not None
        return merge_edits([edit, slung], subject=f"assign: {bead.id} to {who.address}")

    done = carried(town, plan, actor, dry=dry)
    return slung_of(done, made[-1])
