"""`bd mol pour` and `gt mol step done`: commands that change molecules."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.pour import pour as pour_molecule
from gtlib.actions.step import Ticked
from gtlib.actions.step import step as tick
from gtlib.cli.command import command
from gtlib.cli.formula import RIG_HELP
from gtlib.cli.formula import find_formula
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import prefix_here
from gtlib.rules.fields import pairs
from gtlib.rules.flow import Flow
from gtlib.rules.steps import progress
from gtlib.store.town import Town


@command(
    "mol pour",
    help={
        "name": "a formula, or a file of the town",
        "var": "a value, as name=value",
        "for_": "the bead that it is for",
        "assignee": "who works through it",
        "rig": f"the rig that it belongs to; {RIG_HELP}",
    },
    short={"assignee": "a"},
    example="bd mol pour release --var version=1.4.0",
)
def pour(
    name: str,
    *,
    var: tuple[str, ...] = (),
    for_: str = "",
    assignee: str = "",
    rig: str = "",
    json: bool = False,
) -> None:
    """Make a molecule of a formula: a file of steps to work through."""
    where = here()
    given = pairs(var)
    town = Town.open(where.root)
    formula = find_formula(where, name, rig)
    if formula.phase == "vapor":
        output.progress(f"warning: {formula.name} is meant for wisps: bd mol wisp {formula.name}")
    prefix = prefix_here(where, town.snapshot(), rig)
    made = pour_molecule(town, formula, given, prefix, where.actor, bead=for_, assignee=assignee)
    if json:
        ids = {f"{formula.name}.{step.id}": f"{made.id}.{step.id}" for step in made.steps}
        ids = {formula.name: str(made.id), **ids}
        output.json_out(
            {
                "new_epic_id": made.id,
                "id_mapping": ids,
                "created": len(ids),
                "attached": 0,
                "phase": "liquid",
            }
        )
        return
    output.line(f"poured {made.id}  {output.one_line(made.title)}")
    for number, step in enumerate(made.steps, 1):
        needs = f"  (needs {', '.join(step.needs)})" if step.needs else ""
        output.line(f"  {number}. {step.id}  {output.one_line(step.title)}{needs}")
    first = next(Flow(town.snapshot(), made).each_ready(), None)
    steps = [f"gt mol show {made.id}"] + ([f"gt mol step done {made.id}.{first.id}"] if first else [])
    output.next_steps(steps)
    mention_mail(where, town.snapshot())


@command(
    "mol step done",
    help={"step": "a step of your molecule, or MOLECULE.STEP"},
    example="gt mol step done gt-mol-k2p9x.run-tests",
)
def step_done(step: str, *, json: bool = False) -> None:
    """Say that a step is done, as ticking its box in the file does."""
    where = here()
    town = Town.open(where.root)
    done = tick(town, step, where.actor, where.agent)
    flow = Flow(town.snapshot(), done.molecule)
    ready = tuple(step.id for step in flow.each_ready())
    if json:
        _print_json(done, ready)
        return
    over, total = progress(flow)
    said = "was done before" if done.already else "done"
    output.line(f"{done.molecule.id}.{done.step} {said}: {over} of {total} steps")
    if done.molecule.status == "closed":
        output.line(f"{done.molecule.id} is complete")
        output.next_steps(["gt done" if done.molecule.assignee else f"gt mol show {done.molecule.id}"])
    elif ready:
        output.next_steps([f"gt mol step done {done.molecule.id}.{each}" for each in ready[:3]])
    else:
        output.line("no other step is ready")
        output.next_steps([f"gt mol show {done.molecule.id}"])
    mention_mail(where, town.snapshot())


def _print_json(done: Ticked, ready: tuple[str, ...]) -> None:
    complete = done.molecule.status == "closed"
    many = "continue" if len(ready) == 1 else "parallel" if ready else "no_more_ready"
    titles = {str(step.id): step.title for step in done.molecule.steps}
    output.json_out(
        {
            "step_id": f"{done.molecule.id}.{done.step}",
            "molecule_id": done.molecule.id,
            "step_closed": not done.already,
            "next_step_id": f"{done.molecule.id}.{ready[0]}" if ready else "",
            "next_step_title": titles.get(ready[0], "") if ready else "",
            "ready_steps": [f"{done.molecule.id}.{each}" for each in ready],
            "complete": complete,
            "action": "done" if complete else many,
        }
    )
