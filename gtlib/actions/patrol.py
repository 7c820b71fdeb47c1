"""Patrols: begin a round, report it and begin the next, fold the rounds of a day into one bead."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib.actions import wisp as wisp_actions
from gtlib.actions.carry_out import carry_out
from gtlib.actions.cooking import cooked
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.model.wisp_ends import Patrol
from gtlib.names import TOWN_PREFIX
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules import patrols as rules
from gtlib.store import formulas
from gtlib.store import wisp_lines
from gtlib.store import wisps
from gtlib.store.town import Town
from gtlib.store.wisp_lines import DIGESTS

BUILT_IN = "patrol"
LEFT_OVER = "left over: nobody reported it"


class Round(Struct, frozen=True):
    """The round that is open now, and those that were ended for it."""

    wisp: Molecule
    ended: tuple[Patrol, ...] = ()


class Digested(Struct, frozen=True):
    """The bead of a day (None: there was no round), the rounds in it, and whether it was made."""

    bead: Bead | None
    rounds: tuple[Patrol, ...]
    made: bool


def new(town: Town, address: Address, actor: str) -> Round:
    """A new round of that role, what it left open ended. UserError for a formula that asks for more."""
    begun = _begin(town, address, actor)
    return Round(begun, _end(town, _open(town, address, begun.id), LEFT_OVER, ""))


def report(town: Town, address: Address, summary: str, steps: str, actor: str) -> Round:
    """End the role's round with what is said of it, and begin the next. UserError when there is none."""
    mine = _open(town, address, ItemId(""))
    if not mine:
        raise UserError(f"{address} has no open round", f"begin one: gt patrol new --role {address}")
    rules.said_of_steps(mine[-1], steps)  # refused before anything is changed
    begun = _begin(town, address, actor)
    ended = _end(town, mine[:-1], LEFT_OVER, "") + _end(town, mine[-1:], summary, steps)
    return Round(begun, ended)


def formula_of(town: Town, address: Address) -> Formula:
    """What a role's rounds are made of: `<role>-patrol` of its rig or town, else our own."""
    role, rig = rules.role_of(address)
    known = {each.name for each in formulas.list_all(town.root, rig or None)}
    for name in (f"{role}-patrol", f"mol-{role}-patrol"):
        if name in known:
            return formulas.find(town.root, rig or None, name)
    return formulas.find(town.root, rig or None, BUILT_IN)


def digest(town: Town, day: str, actor: str, *, dry: bool = False) -> Digested:
    """Fold the rounds that ended on a day (YYYY-MM-DD, UTC) into one closed bead; `dry` only shows it."""
    now = clock.stamp(clock.now())
    if dry:
        mine = tuple(each for each in _lines(town) if each.ended.startswith(day))
        bead = rules.digest(rules.digest_id(mine), day, mine, actor, now) if mine else None
        return Digested(bead, mine, made=False)
    with wisps.lock(town.root):
        every = _lines(town)
        fresh = [each for each in every if each.ended.startswith(day) and not each.bead]
        if fresh:
            # the lines say first which bead they go into, so that a crash makes no second one
            id = rules.digest_id(fresh)
            every = [replace(each, bead=id) if each in fresh else each for each in every]
            wisp_lines.keep(town.root, DIGESTS, Patrol, every)
        mine = tuple(each for each in every if each.ended.startswith(day))
        beads = [_made(town, ItemId(id), day, mine, actor, now) for id in dict.fromkeys(m.bead for m in mine)]
        if mine:
            wisp_lines.keep(town.root, DIGESTS, Patrol, [each for each in every if each not in mine])
    return Digested(beads[-1] if beads else None, mine, made=bool(mine))


def _made(town: Town, id: ItemId, day: str, lines: Sequence[Patrol], actor: str, now: str) -> Bead:
    bead = rules.digest(id, day, [each for each in lines if each.bead == id], actor, now)

    def plan(snapshot: Snapshot) -> tuple[Bead, Edit | None]:
        there = snapshot.bead(id)
        made = Edit(subject=f"digest: {id} {bead.title}", put=(bead,), trailers=(("Bead", id),), actor=actor)
        return there or bead, None if there is not None else made

    return carry_out(town, plan, actor)[0]


def _begin(town: Town, address: Address, actor: str) -> Molecule:
    role, rig = rules.role_of(address)
    snapshot = town.snapshot()
    config = snapshot.rig(rig) if rig else None
    formula = formula_of(town, address)
    known = {
        "role": role,
        "rig": rig,
        "where": f" of {rig}" if rig else "",
        "town": snapshot.town.name,
        "prefix": config.prefix if config else TOWN_PREFIX,
        "target": config.branch if config else "",
        "base_branch": config.branch if config else "",
    }
    given = {name: value for name, value in known.items() if value and name in formula.vars}
    made = cooked(town.root, formula, given, rig=rig or None)
    return wisp_actions.create(
        town, made, known["prefix"], actor, kind=rules.KIND, root_only=True, assignee=address
    )


def _open(town: Town, address: Address, but: ItemId) -> list[Molecule]:
    found = rules.open_rounds(wisps.every(town.root).wisps, address)
    return [each for each in found if each.id != but]


def _end(town: Town, rounds: Sequence[Molecule], summary: str, steps: str) -> tuple[Patrol, ...]:
    """The line of a round is there before its wisp goes; twice in a crash, and read once."""
    now = clock.stamp(clock.now())
    lines = tuple(rules.line(wisp, summary, rules.said_of_steps(wisp, steps), now) for wisp in rounds)
    if lines:
        with wisps.lock(town.root):
            wisp_lines.append(town.root, DIGESTS, lines)
            for wisp in rounds:
                wisps.remove(town.root, wisp.id)
    return lines


def _lines(town: Town) -> list[Patrol]:
    found = {each.id: each for each in wisp_lines.read(town.root, DIGESTS, Patrol)}
    return list(found.values())
