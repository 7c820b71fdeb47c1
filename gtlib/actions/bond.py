"""Bond formulas, templates and molecules: what was two is worked through as one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib import clock
from gtlib.actions import proto as protos
from gtlib.actions import wisp as wisps
from gtlib.actions.carry_out import carry_out
from gtlib.actions.find_molecule import find_molecule
from gtlib.actions.proto import Proto
from gtlib.errors import UserError
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.rules import persist
from gtlib.rules.bonds import Kind
from gtlib.rules.bonds import compound
from gtlib.rules.bonds import free_ref
from gtlib.rules.bonds import plan_join
from gtlib.rules.bonds import plan_wait
from gtlib.rules.flow import Flow
from gtlib.store.town import Town
from gtlib.store.wisps import is_id


class How(Struct, frozen=True, kw_only=True):
    """How to bond: the kind, the id that steps come below (`ref`), the title of what two protos become, the
    prefix of its id, values of variables, whose formulas are meant; `dry` changes nothing.
    """

    kind: Kind = "sequential"
    ref: str = ""
    title: str = ""
    prefix: str = "hq"
    given: Mapping[str, str] = {}
    rig: str | None = None
    cwd: Path | None = None
    dry: bool = False


class Bonded(Struct, frozen=True, kw_only=True):
    """What it became: `type` is compound_proto or compound_molecule, `ids` says what the steps of what
    came are called there.
    """

    molecule: Molecule
    type: str
    ids: dict[str, str] = {}


def bond(town: Town, first: str, second: str, actor: str, how: How) -> Bonded:
    """Bond two things, each a formula, a template, a molecule or a wisp.

    Two protos become a template. A proto's steps come into a molecule. Of two molecules the second waits
    until the first is closed. UserError for what can't be bonded, with nothing changed.
    """
    snapshot = town.snapshot()
    one, other = (_operand(town, snapshot, text, how) for text in (first, second))
    if isinstance(one, Proto) and isinstance(other, Proto):
        return _compound(town, one, other, actor, how)
    if isinstance(one, Molecule) and isinstance(other, Molecule):
        return _in_turn(town, one, other, actor, how)
    molecule, more = (one, other) if isinstance(one, Molecule) else (other, one)
    assert isinstance(molecule, Molecule) and isinstance(more, Proto)
    return _spawned(town, molecule, more, actor, how)


def _operand(town: Town, snapshot: Snapshot, text: str, how: How) -> Proto | Molecule:
    try:
        return protos.proto(town.root, snapshot, text, rig=how.rig, cwd=how.cwd)
    except UserError as refusal:
        if "there is no formula" not in refusal.what:
            raise
        try:
            return find_molecule(town.root, snapshot, text)
        except UserError as none:
            raise (
                none
                if "means" in none.what
                else UserError(f"{text!r} is no formula, no template and no molecule", refusal.hint)
            ) from None


def _compound(town: Town, one: Proto, other: Proto, actor: str, how: How) -> Bonded:
    raw = [protos.raw(town.root, each, rig=how.rig) for each in (one, other)]
    taken = {step.id for step in raw[0].steps}
    ref = free_ref(taken, raw[1].name, how.ref)
    whole = compound(raw[0], raw[1], ref, how.kind, how.title or f"{one.name} and {other.name}")
    _refuse_twice(whole)
    variables = {**other.variables, **one.variables}
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> tuple[Molecule, Edit | None]:
        return persist.plan_persist(snapshot, whole, variables, prefix=how.prefix, actor=actor, now=now)

    made = plan(town.snapshot())[0] if how.dry else carry_out(town, plan, actor)[0]
    ids = {f"{one.name}.{step.id}": f"{made.id}.{step.id}" for step in raw[0].steps}
    ids |= _mapping(made, raw[1], ref)
    return Bonded(molecule=made, type="compound_proto", ids=ids)


def _spawned(town: Town, molecule: Molecule, found: Proto, actor: str, how: How) -> Bonded:
    more = protos.meal(town.root, found, how.given, rig=how.rig)
    snapshot = town.snapshot()
    is_wisp = is_id(molecule.id)
    there = wisps.standing(snapshot, molecule) if is_wisp else snapshot
    ref = free_ref(Flow(there, molecule).ids, more.name, how.ref)

    def plan(snapshot: Snapshot) -> Edit:
        now_so = snapshot.molecule(molecule.id)
        if now_so is None:
            raise UserError(f"no molecule {molecule.id}", "see them with: gt mol list --all")
        return plan_join(Flow(snapshot, now_so), more, ref, how.kind, actor)

    if how.dry:
        plan(there)
        return Bonded(molecule=molecule, type="compound_molecule", ids=_mapping(molecule, more, ref))
    if is_wisp:
        after, _ = wisps.change(town, molecule.id, plan, actor)
    else:
        carry_out(town, lambda snapshot: (None, plan(snapshot)), actor)
        after = town.snapshot().molecule(molecule.id)
    return Bonded(molecule=after or molecule, type="compound_molecule", ids=_mapping(molecule, more, ref))


def _in_turn(town: Town, first: Molecule, then: Molecule, actor: str, how: How) -> Bonded:
    if is_id(first.id) or is_id(then.id):
        raise UserError("wisps wait for no other molecule", "bond a formula to the wisp")

    def plan(snapshot: Snapshot) -> tuple[None, Edit | None]:
        found = [snapshot.molecule(each.id) or each for each in (first, then)]
        return None, plan_wait(snapshot, found[0], found[1], how.kind, actor)

    if how.dry:
        plan(town.snapshot())
    else:
        carry_out(town, plan, actor)
    after = town.snapshot().molecule(then.id) or then
    return Bonded(molecule=after, type="compound_molecule")


def _mapping(made: Molecule, more: Cooked, ref: str) -> dict[str, str]:
    ids = {f"{more.name}.{step.id}": f"{made.id}.{ref}.{step.id}" for step in more.steps}
    return {more.name: f"{made.id}.{ref}", **ids}


def _refuse_twice(whole: Cooked) -> None:
    seen: set[str] = set()
    for step in whole.steps:
        if step.id in seen:
            raise UserError(f"both would have a step {step.id}", "give another --ref")
        seen.add(step.id)
