"""`bd mol pour`: make molecules of formulas and templates."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import cast

from msgspec.structs import replace

from gtlib import output
from gtlib.actions.pour import pour_cooked
from gtlib.actions.proto import Proto
from gtlib.actions.proto import meal
from gtlib.actions.proto import proto
from gtlib.cli.command import command
from gtlib.cli.formula import RIG_HELP
from gtlib.cli.in_order import in_order
from gtlib.cli.in_order import number_of
from gtlib.cli.options import Here
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import prefix_here
from gtlib.cli.options import rig_here
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.model.cooked import Cooked
from gtlib.model.molecule import Molecule
from gtlib.rules.bonds import KINDS
from gtlib.rules.bonds import Kind
from gtlib.rules.bonds import free_ref
from gtlib.rules.bonds import joined
from gtlib.rules.fields import pairs
from gtlib.rules.find import find_bead
from gtlib.rules.flow import Flow
from gtlib.rules.pour import LONGEST_LIST
from gtlib.store.town import Town

SHOWN = 30


@command(
    "mol pour",
    help={
        "name": "a formula, a file of the town, or a template",
        "var": "a value, as name=value",
        "for_": "the bead that it is for",
        "assignee": "who works through it",
        "rig": f"the rig that it belongs to; {RIG_HELP}",
        "beads": "make each step a bead, for several agents at once",
        "list_": "keep the steps in one file, however many they are",
        "attach": "a formula or template whose steps come to it",
        "attach_type": f"how they come: {', '.join(KINDS)}",
        "dry_run": "say what it would be, and make nothing",
    },
    short={"assignee": "a"},
    spellings={"bead": "for_"},
    example="bd mol pour release --var version=1.4.0",
)
def pour(
    name: str,
    *,
    var: tuple[str, ...] = (),
    for_: str = "",
    assignee: str = "",
    rig: str = "",
    beads: bool = False,
    list_: bool = False,
    attach: tuple[str, ...] = (),
    attach_type: str = "sequential",
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Make a molecule of a formula or template: steps to work through."""
    if beads and list_:
        raise UsageError("--beads and --list contradict each other", "give one of them")
    kind = cast(Kind, choice("--attach-type", attach_type, KINDS))
    where = here()
    town = Town.open(where.root)
    cooked = _cooked(where, town, (name, *attach), pairs(var), for_, rig, kind)
    if dry_run:
        _print_plan(cooked, beads=beads or (not list_ and _as_beads(cooked)), json=json)
        return
    made = pour_cooked(
        town,
        cooked,
        prefix_here(where, town.snapshot(), rig),
        where.actor,
        bead=for_,
        assignee=assignee,
        beads=True if beads else False if list_ else None,
    )
    tell(town)
    flow = Flow(town.snapshot(), made)
    if json:
        output.json_out(_shape(cooked.name, made, flow, len(attach)))
        return
    output.line(f"poured {made.id}  {output.one_line(made.title)}")
    _list(cooked)
    if made.poured:
        output.line(number_of(cooked.steps, "as beads"))
    first = next(flow.each_ready(), None)
    steps = [f"gt mol show {made.id}"] + ([f"gt mol step done {made.id}.{first.id}"] if first else [])
    output.next_steps(steps)
    mention_mail(where, town.snapshot())


def _cooked(
    where: Here,
    town: Town,
    names: Sequence[str],
    given: Mapping[str, str],
    bead: str,
    rig: str,
    kind: Kind,
) -> Cooked:
    """What is poured: the first of them with these values, the others bonded to it."""
    snapshot = town.snapshot()
    home = rig_here(where, snapshot, rig) or None
    about = find_bead(snapshot, bead) if bead else None
    found = [proto(where.root, snapshot, each, rig=home, cwd=where.cwd) for each in names]
    _warn(found[0])
    known = {name for each in found[1:] for name in each.variables}
    whole: Cooked | None = None
    for each in found:
        others = known - set(each.variables) if each is found[0] else set(given) - set(each.variables)
        values = {key: value for key, value in given.items() if key not in others}
        more = meal(where.root, each, values, rig=home, bead=about)
        for warning in more.warnings:
            output.progress(f"warning: {warning}")
        if whole is None:
            whole = more
            continue
        ref = free_ref({step.id for step in whole.steps}, more.name)
        whole = _with(whole, more, ref, kind)
    assert whole is not None
    return whole


def _with(whole: Cooked, more: Cooked, ref: str, kind: Kind) -> Cooked:
    steps = (*whole.steps, *joined(whole.steps, more, ref, kind, more.values))
    return replace(whole, steps=steps, pour=whole.pour or more.pour)


def _warn(found: Proto) -> None:
    formula = found.formula
    for warning in formula.warnings if formula is not None else ():
        output.progress(f"warning: {warning}")
    if formula is not None and formula.phase == "vapor":
        output.progress(f"warning: {formula.name} is meant for wisps: bd mol wisp {formula.name}")


def _as_beads(cooked: Cooked) -> bool:
    return cooked.pour or len(cooked.steps) > LONGEST_LIST


def _shape(name: str, made: Molecule, flow: Flow, attached: int) -> dict[str, Any]:
    ids = {f"{name}.{id}": f"{made.id}.{id}" for id in flow.ids}
    ids = {name: str(made.id), **ids}
    return {
        "new_epic_id": made.id,
        "id_mapping": ids,
        "created": len(ids),
        "attached": attached,
        "phase": "liquid",
    }


def _print_plan(cooked: Cooked, *, beads: bool, json: bool) -> None:
    if json:
        steps = [{"id": each.id, "title": each.title, "needs": each.needs} for each in cooked.steps]
        shape = {"dry_run": True, "formula": cooked.name, "title": cooked.title, "beads": beads}
        output.json_out({**shape, "vars": cooked.values, "steps": steps, "phase": "liquid"})
        return
    output.line(f"would pour {output.one_line(cooked.title or cooked.name)}")
    _list(cooked)
    output.line(number_of(cooked.steps, "as beads" if beads else "in one file"))


def _list(cooked: Cooked) -> None:
    steps = [step for step in in_order(cooked.steps) if not step.control]
    for number, step in enumerate(steps[:SHOWN], 1):
        after = f"  (needs {', '.join(step.needs)})" if step.needs else ""
        output.line(f"  {number}. {step.id}  {output.one_line(step.title)}{after}")
    if len(steps) > SHOWN:
        output.line(f"  and {len(steps) - SHOWN} more")
