"""Put a bead on an agent's hook, with convoy, molecule and worktree."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.cooking import cooked
from gtlib.actions.cooking import step_meal
from gtlib.actions.transition import transition
from gtlib.actions.where import rig_here
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.config import RigConfig
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.molecule import Molecule
from gtlib.model.molecule_args import args_and_vars
from gtlib.model.molecule_args import with_args
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import holder
from gtlib.rules.base import live_hook
from gtlib.rules.base import open_convoys
from gtlib.rules.base import prefix_of
from gtlib.rules.base import require_agent
from gtlib.rules.find import find_bead
from gtlib.rules.hooks import molecule_of
from gtlib.rules.pour import Order
from gtlib.rules.pour import Poured
from gtlib.rules.pour import pour
from gtlib.rules.reviewed import marked
from gtlib.rules.sling import plan_sling
from gtlib.rules.target import find_rig
from gtlib.runtimes import programs
from gtlib.store import formulas
from gtlib.store.town import Applied
from gtlib.store.town import Town

FORMULA = "polecat-work"


class Wish(Struct, frozen=True, kw_only=True):
    """How to sling. `formula` empty: the open molecule that is there for the bead, nobody's or the agent's,
    else `polecat-work` as rig, town or the program has it; `vars` are for it.

    `agent` is the runtime; empty: what the agent's file says, else shell where every step has `run`, else
    the town's default.
    """

    formula: str = ""
    agent: str = ""
    vars: Mapping[str, str] = {}
    args: str = ""
    convoy: bool = True
    force: bool = False


class Slung(Struct, frozen=True, kw_only=True):
    """What a sling has come to. `new` is false when the bead was there already; `queued`: behind other work.

    `made_convoy`: the convoy was made for it; `poured`: the molecule was. `dropped` are molecules for the
    bead that were closed where they stood. `notes` say what could not follow, such as a worktree.
    """

    bead: Bead
    agent: Agent
    new: bool
    queued: bool
    convoy: Convoy | None
    made_convoy: bool
    molecule: Molecule | None
    notes: tuple[str, ...] = ()
    poured: bool = True
    dropped: tuple[Molecule, ...] = ()


def sling(town: Town, bead_id: str, target: str, wish: Wish, cwd: Path, actor: str) -> Slung:
    """One commit: bead, hook, molecule, and a convoy unless one tracks the bead; then the worktree.

    `target` is a rig, `rig/name`, `rig/polecats/name` or `rig/crew/name`; empty: the rig whose prefix
    the bead has, else the one that `cwd` lies in. Slung there already is no error, unless that was with
    another wish. UserError, and nothing changed, for all that stands in the way.
    """
    snapshot = town.snapshot()
    check_runtime(wish.agent, snapshot)
    bead = find_bead(snapshot, bead_id)
    target = target or _rig_of(snapshot, bead, town.root, cwd).name
    rig = find_rig(snapshot, target)
    formula = formulas.find(town.root, rig.name, wish.formula or FORMULA, cwd=cwd)
    own = None if wish.formula else step_meal(snapshot, bead)
    meal = own
    if meal is None:
        meal = cooked(town.root, formula, values_of(formula, bead, rig, wish.vars), rig=rig.name, bead=bead)
    now = clock.stamp(clock.now())

    def plan(current: Snapshot) -> Edit | None:
        def build(work: Bead, agent: Agent) -> Poured:
            prefix = prefix_of(current, work.id)
            order = Order(
                prefix=prefix, created=now, created_by=actor, bead=work.id, assignee=agent.address, anew=True
            )
            poured = pour(current, meal, order)
            return replace(poured, molecule=marked(poured.molecule, own is not None or formula.review_only))

        edit = plan_sling(
            current,
            bead.id,
            target,
            molecule=build,
            goes_on=lambda there: _goes_on(bead, there, wish, formula),
            agent_runtime=wish.agent,
            convoy=wish.convoy,
            now=now,
            actor=actor,
            host=town.host,
            force=wish.force,
        )
        if edit is None:
            _refuse_lost(current, bead, wish, formula)
        return edit and telling(edit, wish.args)

    slung = slung_of(town, bead, transition(town, plan, actor))
    there = slung.molecule is not None and snapshot.molecule(slung.molecule.id) is not None
    return replace(slung, poured=not there)


def telling(edit: Edit, args: str) -> Edit:
    """The edit of a sling, with words for whoever does it in the molecule to work by."""
    put = [
        with_args(item, args) if isinstance(item, Molecule) and item.status != "closed" else item
        for item in edit.put
    ]
    return replace(edit, put=tuple(put))


def check_runtime(name: str, snapshot: Snapshot | None = None) -> None:
    """UserError for what is no runtime that gt knows; an empty name is none. The town knows custom agents."""
    if name and name not in (names := programs.known(snapshot)):
        raise programs.unknown(names, name)


def _goes_on(bead: Bead, there: Molecule, wish: Wish, formula: Formula) -> bool:
    """Whether the open molecule is what is wished for. UserError when not; `force` pours another one."""
    unlike = tuple(_unlike(there, wish, formula))
    if unlike and not wish.force:
        lost = " ".join(unlike)
        what = f"{bead.id} has the open molecule {there.id} of {there.formula}, without this {lost}"
        raise UserError(what, f"leave {lost} out to go on with it, or pour another with --force")
    return not unlike


def _refuse_lost(snapshot: Snapshot, bead: Bead, wish: Wish, formula: Formula) -> None:
    """A slung bead stays as it is: a wish that is not so already must not get lost silently."""
    agent = holder(snapshot, bead.id)
    if agent is None:
        return
    lost = tuple(_lost(agent, molecule_of(snapshot, bead.id, agent.address), wish, formula))
    if lost:
        what = f"{bead.id} is on the hook of {agent.address} already, without this {' '.join(lost)}"
        anew = " with --force" if {"--formula", "--var"}.intersection(lost) else ""
        raise UserError(what, f"gt unsling {bead.id} first, then sling it anew{anew}")


def _lost(agent: Agent, molecule: Molecule | None, wish: Wish, formula: Formula) -> Iterator[str]:
    if wish.agent and wish.agent != agent.runtime:
        yield "--agent"
    yield from _unlike(molecule, wish, formula)
    if wish.args and (molecule is None or args_and_vars(molecule)[0] != wish.args):
        yield "--args"


def _unlike(molecule: Molecule | None, wish: Wish, formula: Formula) -> Iterator[str]:
    """What a molecule was not poured with, so that it can't be gone on with."""
    if wish.formula and (molecule is None or molecule.formula != formula.name):
        yield "--formula"
    if any(molecule is None or molecule.vars.get(name) != value for name, value in wish.vars.items()):
        yield "--var"


def _rig_of(snapshot: Snapshot, bead: Bead, root: Path, cwd: Path) -> RigConfig:
    prefix = prefix_of(snapshot, bead.id)
    own = next((rig for rig in snapshot.rigs() if rig.prefix == prefix), None)
    found = own or rig_here(snapshot, root, cwd)
    if found is None:
        known = ", ".join(rig.name for rig in snapshot.rigs())
        hint = f"name one: gt sling {bead.id} RIG, of {known}" if known else "gt rig add NAME URL adds one"
        raise UserError(f"{bead.id} belongs to no rig, and you stand in none", hint)
    return found


def values_of(formula: Formula, bead: Bead, rig: RigConfig, given: Mapping[str, str]) -> dict[str, str]:
    """What the person gave, and for variables with a known meaning what the bead and rig say."""
    known = {
        "issue": bead.id,
        "bead": bead.id,
        "title": bead.title,
        "feature": bead.title,
        "target": rig.branch,
        "base_branch": rig.branch,
        "rig": rig.name,
    }
    return {name: value for name, value in known.items() if name in formula.vars} | dict(given)


def slung_of(town: Town, bead: Bead, applied: Applied | None) -> Slung:
    """What a sling has come to, by what the town looks like now. UserError when it was undone meanwhile."""
    snapshot = town.snapshot()
    agent = holder(snapshot, bead.id)
    if agent is None:
        raise UserError(f"{bead.id} was taken off the hook again meanwhile", "look again: gt hooks list")
    hook = live_hook(require_agent(snapshot, agent.address))
    queued = hook is None or hook.bead != bead.id
    convoy = next(open_convoys(snapshot, bead.id), None)
    put = applied.edit.put if applied else ()
    made = {item.id for item in put if isinstance(item, Convoy)}
    dropped = (item for item in put if isinstance(item, Molecule) and item.status == "closed")
    return Slung(
        bead=snapshot.bead(bead.id) or bead,
        agent=agent,
        new=applied is not None,
        queued=queued,
        convoy=convoy,
        made_convoy=convoy is not None and convoy.id in made,
        molecule=molecule_of(snapshot, bead.id, agent.address),
        notes=applied.notes if applied else (),
        dropped=tuple(item for item in dropped if item.bead == bead.id),
    )
