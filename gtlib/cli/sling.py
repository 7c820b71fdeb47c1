"""`gt sling`: work onto an agent's hook."""

from __future__ import annotations

import os

from gtlib import output
from gtlib.actions.aim import aim
from gtlib.actions.aim import refuse_polecat
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling as sling_bead
from gtlib.actions.sling_formula import named as formula_named
from gtlib.actions.sling_formula import sling_formula
from gtlib.actions.sling_many import parts_of
from gtlib.actions.sling_many import sling_many
from gtlib.actions.sling_many import words_meant
from gtlib.actions.swarm import swarm
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.sling_flags import HELP
from gtlib.cli.sling_flags import Flags
from gtlib.cli.sling_flags import wish_of
from gtlib.cli.sling_text import Told
from gtlib.cli.sling_text import many_lines
from gtlib.cli.sling_text import many_shape
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.formula import Formula
from gtlib.names import ItemId
from gtlib.output import count
from gtlib.rules.base import prefix_of
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_molecule
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town


@command(
    "sling",
    short={"agent": "A", "args": "a", "subject": "s", "message": "m", "dry_run": "n"},
    flags={"flags": Flags},
    help=HELP,
    example="gt sling gt-abc12 myproject --agent shell",
)
def sling(bead: str, *more: str, flags: Flags, json: bool = False) -> int:
    """Put a bead, several of them, or a formula, on an agent's hook."""
    where = here()
    refuse_polecat(where.actor, os.environ)
    town = Town.find(where.cwd)
    if not all(word.strip() for word in (bead, *more)):
        raise UsageError("one of the words is empty", "beads first, then one rig or agent: gt sling BEAD RIG")
    wish = wish_of(bead, flags)
    ids, target = words_meant(town.snapshot(), (bead, *more))
    if flags.on:
        return _one(town, where, flags, wish, flags.on, _single(ids, "--on"), target, json)
    if len(ids) > 1:
        found = tuple(find_bead(town.snapshot(), each) for each in ids)
        return _many(town, where, flags, wish, found, target, json)
    if "-mol-" in bead and "." not in bead:
        if flags.dry_run:
            raise UsageError("a poured molecule is not slung on trial", f"look at it: gt mol dag {bead}")
        return _swarm(town, bead, target, where.actor, json)
    parts = parts_of(town.snapshot(), bead)
    if parts is not None:
        title = named.title if (named := town.snapshot().bead(ItemId(bead))) is not None else ""
        return _many(town, where, flags, wish, parts, target, json, apart=not target, title=title)
    if flags.max_concurrent:
        raise UsageError("--max-concurrent is for several beads", "name them, or an epic or convoy")
    return _one(town, where, flags, wish, bead, "", target, json)


def _single(ids: tuple[str, ...], flag: str) -> str:
    if len(ids) > 1:
        raise UsageError(f"{flag} is for one bead", "name the others in lines of their own")
    return ids[0]


def _one(
    town: Town, where: Here, flags: Flags, wish: Wish, bead: str, by: str, target: str, json: bool
) -> int:
    """A bead, or a formula that a bead is made for; not when `by`, a formula, was named first."""
    formula = None if by else _formula(town, flags, bead, target, where)
    found = find_bead(town.snapshot(), bead) if formula is None else None
    whole = _aimed(town, where, flags, found, target)
    if formula is not None:
        slung = sling_formula(town, formula, whole, wish, where.cwd, where.actor, dry=flags.dry_run)
    else:
        slung = sling_bead(town, bead, whole, wish, where.cwd, where.actor, dry=flags.dry_run)
    told = Told(town, slung, wish.said.args, dry=flags.dry_run)
    if json:
        output.json_out(told.shape())
        return 0
    for line in told.lines():
        output.line(line)
    output.next_steps(told.next())
    return 0


def _formula(town: Town, flags: Flags, text: str, target: str, where: Here) -> Formula | None:
    if flags.formula or flags.hook_raw_bead:
        return None
    rig = target.partition("/")[0]
    known = rig if town.snapshot().rig(rig) is not None else ""
    return formula_named(town, text, known, where.cwd)


def _aimed(town: Town, where: Here, flags: Flags, bead: Bead | None, target: str) -> str:
    return aim(town.snapshot(), where.root, where.cwd, bead, target, flags.crew, where.actor, where.agent)


def _many(
    town: Town,
    where: Here,
    flags: Flags,
    wish: Wish,
    beads: tuple[Bead, ...],
    target: str,
    json: bool,
    *,
    apart: bool = False,
    title: str = "",
) -> int:
    whole = _aimed(town, where, flags, beads[0], target) if target or flags.crew else ""
    if flags.hook_raw_bead and flags.max_concurrent:
        raise UsageError("what waits for its turn gets a formula", "leave --hook-raw-bead out")
    many = sling_many(
        town,
        beads,
        whole,
        wish,
        where.cwd,
        where.actor,
        title=title,
        apart=apart,
        at_once=flags.max_concurrent,
        dry=flags.dry_run,
    )
    if json:
        output.json_out(many_shape(many, dry=flags.dry_run))
    else:
        for line in many_lines(town, many, dry=flags.dry_run):
            output.line(line)
        follow = [f"gt convoy show {many.convoy.id}"] if many.convoy is not None else []
        steps = [*_up(town), *(follow or ["gt hooks list"])]
        output.next_steps(["the same again, without --dry-run"] if flags.dry_run else steps)
    return 0 if many.succeeded else 1


def _up(town: Town) -> list[str]:
    """What starts the deacon, when none runs."""
    return [] if holder(town.local) is not None else ["gt up"]


def _swarm(town: Town, text: str, target: str, actor: str, json: bool) -> int:
    """The steps of a poured molecule, each to an agent of its own."""
    snapshot = town.snapshot()
    molecule = find_molecule(snapshot, text)
    if not target:
        prefix = prefix_of(snapshot, molecule.id)
        target = next((rig.name for rig in snapshot.rigs() if rig.prefix == prefix), "")
    if not target:
        raise UserError(f"{molecule.id} belongs to no rig", f"name one: gt sling {molecule.id} RIG")
    made = swarm(town, molecule, target, actor)
    if json:
        shape = {
            "molecule_id": molecule.id,
            "convoy": made.convoy.id,
            "rig": made.convoy.feed,
            "new": made.new,
        }
        output.json_out({**shape, "fed": made.convoy.fed, "said": made.lines})
        return 0
    steps = count(len(made.convoy.tracks), "step")
    output.line(f"{made.convoy.id} slings {steps} of {molecule.id} to {made.convoy.feed} as their turn comes")
    for line in made.lines:
        output.line(f"  {line}")
    output.next_steps([*_up(town), f"gt convoy show {made.convoy.id}", f"gt mol dag {molecule.id}"])
    return 0
