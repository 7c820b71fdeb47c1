"""`gt formula run`: do what a formula says, by an agent for each leg or by one for all steps."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import output
from gtlib.actions import run_formula
from gtlib.actions.run_formula import Order
from gtlib.actions.run_formula import Party
from gtlib.actions.sling_formula import Dish
from gtlib.actions.slung import Slung
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import short
from gtlib.errors import UserError
from gtlib.model.config import RigConfig
from gtlib.model.cook_values import MissingValues
from gtlib.model.formula import Formula
from gtlib.rules.fields import pairs
from gtlib.rules.legs import Made
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town


@command(
    "formula run",
    short={"dry_run": "n"},
    help={
        "name": "the formula (default: workflow.default_formula of the rig's settings)",
        "pr": "a pull request, for the input pr",
        "rig": "where it is worked on (default: the rig that you stand in, or the only one)",
        "dry_run": "only say what would be made",
        "agent": "the runtime for legs that name none, as claude",
        "files": "a file, or several between commas, for the input files",
        "set": "name=value for the formula",
        "var": "the same",
        "on": "the bead that a workflow is for",
    },
    example="gt formula run code-review --pr 12 --rig myproject",
)
def run(
    name: str = "",
    *,
    pr: str = "",
    rig: str = "",
    dry_run: bool = False,
    agent: str = "",
    files: tuple[str, ...] = (),
    set: tuple[str, ...] = (),
    var: tuple[str, ...] = (),
    on: str = "",
    json: bool = False,
) -> None:
    """Do what a formula says: make its beads, and put them on hooks."""
    where = here()
    town = Town.open(where.root)
    given = {**({"pr": pr} if pr else {}), **({"files": ",".join(files)} if files else {})}
    order = Order(name=name, rig=rig, agent=agent, values={**given, **pairs((*set, *var))}, on=on)
    try:
        _run(town, where, order, dry_run=dry_run, json=json)
    except MissingValues as refusal:
        raise UserError(refusal.what, refusal.told("--set")) from None


def _run(town: Town, where: Here, order: Order, *, dry_run: bool, json: bool) -> None:
    formula, of = run_formula.found(town, order, where.cwd)
    on = order.on
    if formula.type == "convoy":
        invited = run_formula.party(town, formula, of, order)
        if dry_run:
            _show_party(invited, json)
            return
        made, notes = run_formula.run_convoy(town, invited, where.actor)
        _show_made(made, of, notes, running=holder(town.local) is not None, json=json)
    elif dry_run:
        found = None if on else run_formula.dish(town, formula, of, order, where.cwd, where.actor)
        _show_dish(formula, of, found, on, json)
    else:
        slung = run_formula.run_workflow(town, formula, of, order, where.cwd, where.actor)
        _show_slung(slung, formula, running=holder(town.local) is not None, json=json)


def _show_party(invited: Party, json: bool) -> None:
    tasks = invited.tasks
    if json:
        output.json_out(
            {
                "formula": invited.meal.name,
                "rig": invited.rig.name,
                "title": invited.meal.title,
                "dry_run": True,
                "legs": [
                    {
                        "id": task.step.id,
                        "title": task.step.title,
                        "agent": task.agent,
                        "needs": task.needs,
                        "review_only": task.review_only,
                        "description": task.step.text,
                    }
                    for task in tasks
                ],
            }
        )
        return
    output.line(f"would make a convoy in {invited.rig.name}: {output.one_line(invited.meal.title)}")
    for task in tasks:
        after = f", after {', '.join(task.needs)}" if task.needs else ""
        by = task.agent or "the usual agent"
        output.line(f"  {task.step.id}  {output.one_line(task.step.title)}  (by {by}{after})")
        for line in task.step.text.splitlines():
            output.line(f"      {line}".rstrip())
    output.line("nothing was made")


def _show_made(made: Made, rig: RigConfig, notes: Sequence[str], *, running: bool, json: bool) -> None:
    ids = {row.task.step.id: row.bead for row in made.rows}
    if json:
        output.json_out(
            {
                "formula": made.convoy.extra["formula"],
                "convoy": made.convoy.id,
                "rig": rig.name,
                "legs": [
                    {
                        "id": row.task.step.id,
                        "bead": row.bead,
                        "agent": row.task.agent,
                        "target": row.address,
                        "needs": [ids[need] for need in row.task.needs],
                    }
                    for row in made.rows
                ],
                "deacon": running,
                "notes": list(notes),
            }
        )
        return
    output.line(f"🎯 {made.convoy.id} {made.convoy.title!r} in {rig.name}")
    for row in made.rows:
        to = f"to {short(row.address)}" if row.address else f"when closed: {', '.join(row.task.needs)}"
        by = f", {row.task.agent}" if row.task.agent else ""
        output.line(f"✓ {row.bead} {row.task.step.id}: {to}{by}")
    for note in notes:
        output.line(f"! {note}")
    steps = [f"gt convoy show {made.convoy.id}", "gt hooks list"]
    output.next_steps(steps if running else ["gt up", *steps])


def _show_dish(formula: Formula, rig: RigConfig, found: Dish | None, on: str, json: bool) -> None:
    every = found.meal.steps if found is not None else ()
    steps = sum(not step.control for step in every) if found is not None else len(formula.steps)
    title = found.bead.title if found is not None else ""
    if json:
        shape = {"formula": formula.name, "rig": rig.name, "title": title, "on": on, "steps": steps}
        output.json_out({**shape, "dry_run": True})
        return
    what = f"put {on} on a hook" if on else f"make a bead {output.one_line(title)!r}, and put it on a hook"
    output.line(f"would {what} of {rig.name}, with {formula.name}, {output.count(steps, 'step')}")
    output.line("nothing was made")


def _show_slung(slung: Slung, formula: Formula, *, running: bool, json: bool) -> None:
    molecule = slung.molecule.id if slung.molecule else ""
    if json:
        output.json_out(
            {
                "formula": formula.name,
                "bead": slung.bead.id,
                "target": slung.agent.address,
                "molecule": molecule,
                "convoy": slung.convoy.id if slung.convoy else "",
                "deacon": running,
                "notes": slung.notes,
            }
        )
        return
    output.line(f"🎯 {slung.bead.id} {slung.bead.title!r} to {slung.agent.address}")
    output.line(f"✓ formula {formula.name}: molecule {molecule}")
    for note in slung.notes:
        output.line(f"! {note}")
    steps = [f"gt hook {slung.agent.address}", f"bd show {slung.bead.id}"]
    output.next_steps(steps if running else ["gt up", *steps])
