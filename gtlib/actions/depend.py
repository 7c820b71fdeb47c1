"""Let one bead wait for another, or no longer."""

from __future__ import annotations

from gtlib.actions.transition import transition
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.change_bead import plan_need
from gtlib.rules.find import find_bead
from gtlib.store.town import Town


def depend(town: Town, text: str, need: str, actor: str, *, remove: bool = False) -> tuple[Bead, str, bool]:
    """The bead, the id that was added to its needs or taken out, and whether anything changed.

    UserError as `plan_need` says.
    """
    before: list[Bead] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        before.append(find_bead(snapshot, text))
        return plan_need(snapshot, text, need, actor, remove=remove)

    applied = transition(town, plan, actor)
    after = find_bead(town.snapshot(), before[-1].id)
    differ = {*before[-1].needs} ^ {*after.needs}
    other = next(iter(differ), "") or next((each for each in after.needs if need in each), need)
    return after, other, applied is not None
