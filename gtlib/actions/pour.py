"""Make a molecule of a formula."""

from __future__ import annotations

import time
from collections.abc import Mapping

from gtlib import clock
from gtlib.actions.cooking import cooked
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.find import find_bead
from gtlib.rules.new_bead import known_assignee
from gtlib.rules.pour import Order
from gtlib.rules.pour import plan_pour
from gtlib.rules.route import known_addresses
from gtlib.rules.route import nearest
from gtlib.store.town import Town


def pour(
    town: Town,
    formula: Formula,
    given: Mapping[str, str],
    prefix: str,
    actor: str,
    *,
    bead: str = "",
    assignee: str = "",
    rig: str = "",
    beads: bool | None = None,
) -> Molecule:
    """The molecule with the values `given`, new each time. `bead` is what it is for, whole or in part.

    `beads` says whether steps become beads (None: as the formula says).

    UserError for values that are wrong or missing, an unknown bead, an unknown assignee.
    """
    about = find_bead(town.snapshot(), bead) if bead else None
    meal = cooked(town.root, formula, given, rig=rig or None, bead=about)
    return pour_cooked(town, meal, prefix, actor, bead=bead, assignee=assignee, beads=beads)


def pour_cooked(
    town: Town,
    meal: Cooked,
    prefix: str,
    actor: str,
    *,
    bead: str = "",
    assignee: str = "",
    beads: bool | None = None,
) -> Molecule:
    """As `pour`, of what is cooked already."""
    now = clock.stamp(clock.now())
    nonce = str(time.time_ns())
    made: list[ItemId] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        order = Order(
            prefix=prefix,
            created=now,
            created_by=actor,
            bead=find_bead(snapshot, bead).id if bead else None,
            assignee=_worker(snapshot, assignee),
            nonce=nonce,
            beads=beads,
        )
        edit = plan_pour(meal, order)(snapshot)
        made.extend(item.id for item in (edit.put if edit else ()) if isinstance(item, Molecule))
        return edit

    applied = transition(town, plan, actor)
    town.notes += applied.notes if applied is not None else ()
    found = town.snapshot().molecule(made[-1])
    assert found is not None
    return found


def _worker(snapshot: Snapshot, text: str) -> str:
    """Who works through it: an agent, or a person in one word."""
    found = known_assignee(snapshot, text)
    if " " in found:
        near = nearest(text, known_addresses(snapshot))
        hint = f"did you mean {' or '.join(near)}?" if near else "gt agents lists the agents"
        raise UserError(f"no agent {text!r}", hint)
    return found
