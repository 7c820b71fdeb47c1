"""Sling what is ready of the convoys that ask for it."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.cooking import cooked
from gtlib.actions.cooking import step_meal
from gtlib.actions.sling import formula_of
from gtlib.actions.sling import values_of
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model import recipe
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import is_home
from gtlib.rules.feed import hungry
from gtlib.rules.feed import plan_fed
from gtlib.rules.feed import rig_of
from gtlib.rules.legs import plan_sling_again
from gtlib.rules.legs import waiting_molecule
from gtlib.rules.pour import Order
from gtlib.rules.pour import Poured
from gtlib.rules.pour import pour
from gtlib.rules.reviewed import marked
from gtlib.rules.sling import plan_sling
from gtlib.store import formulas
from gtlib.store.town import Town


def feed(town: Town, actor: str = "deacon") -> tuple[str, ...]:
    """Put what is ready of convoys with a `feed` on hooks; what was done, or stood in the way, as lines.

    A bead whose molecule is there is worked on by that, any other as a sling without `--formula`. Only
    the home of the town does it.
    """
    snapshot = town.snapshot()
    if not is_home(snapshot, town.host):
        return ()
    lines = []
    for convoy, bead in tuple(hungry(snapshot, clock.stamp(clock.now()))):
        try:
            done = _feed(town, convoy, bead, actor)
        except UserError as error:
            lines.append(f"{convoy.id}: {bead.id} can't be slung: {error}")
            continue
        if done:
            lines.append(f"{convoy.id}: {done}")
    return tuple(lines)


def _feed(town: Town, convoy: Convoy, bead: Bead, actor: str) -> str:
    now = clock.stamp(clock.now())
    first = town.snapshot()
    rig = rig_of(first, convoy)
    waiting = waiting_molecule(first, bead.id)
    agent = _agent(waiting) if waiting is not None else ""
    fresh = _Fresh(town, first, bead, rig, actor, now) if waiting is None else None

    def plan(snapshot: Snapshot) -> Edit | None:
        if fresh is None:
            slung: Edit | None = plan_sling_again(
                snapshot, bead.id, rig, agent, actor=actor, now=now, host=town.host
            )
        else:
            slung = fresh.sling(snapshot, town.host)
        return plan_fed(snapshot, convoy.id, slung, bead.id) if slung is not None else None

    applied = transition(town, plan, actor)
    return applied.edit.subject if applied is not None else ""


class _Fresh:
    """A bead without a molecule: it gets the usual one."""

    def __init__(
        self, town: Town, snapshot: Snapshot, bead: Bead, rig_name: str, actor: str, now: str
    ) -> None:
        rig = snapshot.rig(rig_name)
        assert rig is not None
        meal = step_meal(snapshot, bead)
        self._is_step = meal is not None
        if meal is None:
            formula = formulas.find(town.root, rig.name, formula_of(snapshot, rig))
            meal = cooked(town.root, formula, values_of(formula, bead, rig, {}), rig=rig.name, bead=bead)
        self._meal = meal
        self._bead, self._rig, self._actor, self._now = bead, rig, actor, now

    def sling(self, snapshot: Snapshot, host: str) -> Edit | None:
        def build(work: Bead, who: Agent) -> Poured:
            order = Order(
                prefix=self._rig.prefix,
                created=self._now,
                created_by=self._actor,
                bead=work.id,
                assignee=who.address,
                anew=True,
            )
            poured = pour(snapshot, self._meal, order)
            return replace(poured, molecule=marked(poured.molecule, self._is_step))

        return plan_sling(
            snapshot,
            self._bead.id,
            self._rig.name,
            molecule=build,
            now=self._now,
            actor=self._actor,
            host=host,
            any_rig=True,
        )


def _agent(molecule: Molecule) -> str:
    """The runtime that it was put aside for, else what its first step that names one asks for."""
    asked = molecule.extra.get("agent")
    if isinstance(asked, str) and asked:
        return asked
    steps = recipe.read(molecule.recipe) if molecule.recipe else {}
    return next((step.agent for step in steps.values() if step.agent), "")
