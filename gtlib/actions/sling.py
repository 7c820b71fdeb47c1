"""Put a bead on an agent's hook, with convoy, molecule and worktree."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.based import check_base
from gtlib.actions.cooking import cooked
from gtlib.actions.cooking import step_meal
from gtlib.actions.slung import Slung
from gtlib.actions.slung import carried
from gtlib.actions.slung import slung_of
from gtlib.actions.startable import refuse_unstartable
from gtlib.actions.taken_over import is_dead
from gtlib.actions.where import rig_here
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.config import RigConfig
from gtlib.model.convoy import Convoy
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.molecule import Molecule
from gtlib.model.settings import rig_settings
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import terms
from gtlib.rules.base import holder
from gtlib.rules.base import open_convoys
from gtlib.rules.base import prefix_of
from gtlib.rules.find import find_bead
from gtlib.rules.hooks import molecule_of
from gtlib.rules.pour import Order
from gtlib.rules.pour import Poured
from gtlib.rules.pour import pour
from gtlib.rules.reviewed import marked
from gtlib.rules.sling import MoleculeBuilder
from gtlib.rules.sling import new_convoy
from gtlib.rules.sling import plan_sling
from gtlib.rules.target import Target
from gtlib.rules.target import find_target
from gtlib.rules.terms import Terms
from gtlib.runtimes import programs
from gtlib.store import formulas
from gtlib.store.town import Town

FORMULA = "polecat-work"


class Wish(Struct, frozen=True, kw_only=True):
    """How to sling. `formula` empty: the open molecule that is there for the bead, nobody's or the agent's,
    else what the rig's settings name, else `polecat-work` as rig, town or the program has it; who has no
    worktree gets none. `raw`: none at all. `vars` are for it.

    `agent` is the runtime; empty: what the agent's file says, else shell where every step has `run`, else
    the town's default. `args` are words for whoever does it, `terms` how it is handed in. `convoy`: one is
    made unless one tracks the bead; `owned`: whoever slings closes it. `create`: a named agent may be made.
    `shared` is a convoy that several beads have in common.
    """

    formula: str = ""
    raw: bool = False
    agent: str = ""
    vars: Mapping[str, str] = {}
    args: str = ""
    terms: Terms = terms.NONE
    convoy: bool = True
    owned: bool = False
    shared: Convoy | None = None
    create: bool = True
    force: bool = False

    @property
    def said(self) -> Terms:
        """The terms with the words."""
        return replace(self.terms, args=self.args or self.terms.args)


def sling(
    town: Town,
    bead_id: str,
    target: str,
    wish: Wish,
    cwd: Path,
    actor: str,
    *,
    dry: bool = False,
    at: Snapshot | None = None,
) -> Slung:
    """One commit: bead, hook, molecule, and a convoy unless one tracks the bead; then the worktree.

    `target` is as `find_target` says; empty: the rig whose prefix the bead has, else the one that `cwd` lies
    in. Slung there already is no error, unless that was with another wish. `dry` only says what would be, in
    the town as it is in `at`. UserError, and nothing changed, for all that stands in the way.
    """
    snapshot = at or town.snapshot()
    check_runtime(wish.agent, snapshot)
    bead = find_bead(snapshot, bead_id)
    target = target or rig_of(snapshot, bead, town.root, cwd).name
    to = find_target(snapshot, target)
    check(town, to, wish)
    plan = _Plan(town, snapshot, bead, to, wish, cwd, actor)
    done = carried(town, plan, actor, dry=dry, at=at)
    slung = slung_of(done, bead)
    there = slung.molecule is not None and snapshot.molecule(slung.molecule.id) is not None
    return replace(slung, poured=not there)


class _Plan:
    """What slinging one bead asks for, in a town that may have changed since it was cooked."""

    def __init__(
        self, town: Town, snapshot: Snapshot, bead: Bead, to: Target, wish: Wish, cwd: Path, actor: str
    ) -> None:
        self._town, self._bead, self._to, self._wish, self._actor = town, bead, to, wish, actor
        self._formula: Formula | None = None
        self._meal: Cooked | None = None
        self._own = False
        self._now = clock.stamp(clock.now())
        if wish.raw:
            return
        rig = to.rig if to.rig is not None and has_work_in_rig(to) else None
        own = None if wish.formula else step_meal(snapshot, bead)
        self._own = own is not None
        if own is None and not wish.formula and rig is None:
            return
        name = wish.formula or formula_of(snapshot, rig)
        where = rig.name if rig is not None else None
        self._formula = formulas.find(town.root, where, name, cwd=cwd)
        values = values_of(self._formula, bead, rig, wish.vars, wish.terms.base_branch)
        self._meal = own or cooked(town.root, self._formula, values, rig=where, bead=bead)

    def __call__(self, current: Snapshot) -> Edit | None:
        wish, bead = self._wish, self._bead
        edit = plan_sling(
            current,
            bead.id,
            self._to.text,
            molecule=self._builder(current),
            goes_on=self._goes_on,
            agent_runtime=wish.agent,
            convoy=convoy_for(current, bead, wish, self._now, self._actor),
            now=self._now,
            actor=self._actor,
            host=self._town.host,
            force=wish.force,
            create=wish.create,
            is_dead=partial(is_dead, self._town, bead=bead.id),
        )
        if edit is None:
            _refuse_lost(current, bead, wish, self._formula)
            return None
        done = telling(edit, wish.said, bead.id)
        after = current.with_edit(done)
        refuse_unstartable(self._town, after, bead.id, wish.agent, force=wish.force)
        return done

    def _builder(self, current: Snapshot) -> MoleculeBuilder | None:
        meal, formula = self._meal, self._formula
        if meal is None:
            return None

        def build(work: Bead, agent: Agent) -> Poured:
            prefix = prefix_of(current, work.id)
            order = Order(
                prefix=prefix, created=self._now, created_by=self._actor, bead=work.id,
                assignee=agent.address, anew=True,
            )  # fmt: skip
            poured = pour(current, meal, order)
            review = self._own or (formula is not None and formula.review_only)
            return replace(poured, molecule=marked(poured.molecule, review))

        return build

    def _goes_on(self, there: Molecule) -> bool:
        """Whether the open molecule is what is wished for. UserError when not; `force` pours another one."""
        if self._wish.raw:
            return False
        return _is_wished(self._bead, there, self._wish, self._formula)


def convoy_for(current: Snapshot, bead: Bead, wish: Wish, now: str, actor: str) -> bool | Convoy:
    """What `plan_sling` is to do about a convoy."""
    if not wish.convoy or wish.shared is not None:
        return wish.shared or False
    if not (wish.owned or wish.terms.merge):
        return True
    if next(open_convoys(current, bead.id), None) is not None:
        return False
    return new_convoy(current, (bead,), now, actor, wish.terms.merge, owned=wish.owned)


def has_work_in_rig(to: Target) -> bool:
    """Whether the target works in a worktree, so that it works by a formula unless none is wanted."""
    return to.pool == "polecats" or any("/polecats/" in each or "/crew/" in each for each in to.addresses)


def formula_of(snapshot: Snapshot, rig: RigConfig | None) -> str:
    """The formula that a bead of a rig is worked on by when none is named."""
    own = rig_settings(snapshot, rig.name) if rig is not None else None
    return (own.default_formula if own is not None else "") or FORMULA


def check(town: Town, to: Target, wish: Wish) -> None:
    """UserError for a wish that the target can't have."""
    if wish.raw and (wish.formula or wish.vars):
        raise UserError("there is no formula to give values to", "leave --hook-raw-bead or the formula out")
    if not has_work_in_rig(to):
        if wish.agent == "shell":
            raise UserError(f"{to.text} has no worktree to run steps in", "sling it to a rig")
        if wish.terms.base_branch or wish.terms.merge or wish.terms.no_merge:
            raise UserError(f"{to.text} has no worktree, so nothing of it lands", "sling it to a rig")
    if wish.terms.base_branch and to.rig is not None:
        check_base(town.root, to.rig, wish.terms.base_branch)


def telling(edit: Edit, said: Terms, bead: ItemId) -> Edit:
    """The edit of a sling, with the terms in the molecule to work by, or in the bead when there is none."""
    by = [item for item in edit.put if isinstance(item, Molecule) and item.status != "closed"]
    put = [
        terms.noted(item, said)
        if isinstance(item, Molecule) and item.status != "closed"
        else terms.noted_alone(item, terms.NONE if by else said)
        if isinstance(item, Bead) and item.id == bead
        else item
        for item in edit.put
    ]
    return replace(edit, put=tuple(put))


def check_runtime(name: str, snapshot: Snapshot | None = None) -> None:
    """UserError for what is no runtime that gt knows; an empty name is none. The town knows custom agents."""
    if name and name not in (names := programs.known(snapshot)):
        raise programs.unknown(names, name)


def _is_wished(bead: Bead, there: Molecule, wish: Wish, formula: Formula | None) -> bool:
    unlike = tuple(_unlike(there, wish, formula))
    if unlike and not wish.force:
        lost = " ".join(unlike)
        what = f"{bead.id} has the open molecule {there.id} of {there.formula}, without this {lost}"
        raise UserError(what, f"leave {lost} out to go on with it, or pour another with --force")
    return not unlike


def _refuse_lost(snapshot: Snapshot, bead: Bead, wish: Wish, formula: Formula | None) -> None:
    """A slung bead stays as it is: a wish that is not so already must not get lost silently."""
    agent = holder(snapshot, bead.id)
    if agent is None:
        return
    molecule = molecule_of(snapshot, bead.id, agent.address)
    lost = list(_unlike(molecule, wish, formula))
    lost[:0] = ["--agent"] if wish.agent and wish.agent != agent.runtime else []
    current = snapshot.bead(bead.id) or bead
    there = terms.of_molecule(molecule) if molecule is not None else terms.of_bead(current)
    lost += terms.lost(there, wish.said)
    if lost:
        what = f"{bead.id} is on the hook of {agent.address} already, without this {' '.join(lost)}"
        anew = " with --force" if {"--formula", "--var"}.intersection(lost) else ""
        raise UserError(what, f"gt unsling {bead.id} first, then sling it anew{anew}")


def _unlike(molecule: Molecule | None, wish: Wish, formula: Formula | None) -> Iterator[str]:
    """What a molecule was not poured with, so that it can't be gone on with."""
    if wish.formula and formula is not None and (molecule is None or molecule.formula != formula.name):
        yield "--formula"
    if any(molecule is None or molecule.vars.get(name) != value for name, value in wish.vars.items()):
        yield "--var"


def rig_of(snapshot: Snapshot, bead: Bead, root: Path, cwd: Path) -> RigConfig:
    """The rig whose prefix the bead has, else the one that `cwd` lies in. UserError for neither."""
    prefix = prefix_of(snapshot, bead.id)
    own = next((rig for rig in snapshot.rigs() if rig.prefix == prefix), None)
    found = own or rig_here(snapshot, root, cwd)
    if found is None:
        known = ", ".join(rig.name for rig in snapshot.rigs())
        hint = f"name one: gt sling {bead.id} RIG, of {known}" if known else "gt rig add NAME URL adds one"
        raise UserError(f"{bead.id} belongs to no rig, and you stand in none", hint)
    return found


def values_of(
    formula: Formula, bead: Bead, rig: RigConfig | None, given: Mapping[str, str], base: str = ""
) -> dict[str, str]:
    """What the person gave, and for variables with a known meaning what the bead and rig say."""
    known = {"issue": bead.id, "bead": bead.id, "title": bead.title, "feature": bead.title}
    if rig is not None:
        known |= {"target": base or rig.branch, "base_branch": base or rig.branch, "rig": rig.name}
    return {name: value for name, value in known.items() if name in formula.vars} | dict(given)
