"""`gt mol list`, `show` and `current`: commands that only read molecules, without libgit2."""

from __future__ import annotations

from gtlib import layout
from gtlib import names
from gtlib import output
from gtlib.actions.find_molecule import find_molecule
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import age
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import scope
from gtlib.cli.options import short
from gtlib.errors import UserError
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.output import count
from gtlib.rules.base import prefixes
from gtlib.rules.flow import Flow
from gtlib.rules.steps import molecule_on_hook
from gtlib.rules.steps import progress
from gtlib.rules.steps import standings
from gtlib.store import wisps

BOXES = {"done": "[x]", "skipped": "[-]", "failed": "[!]"}


@command(
    "mol list",
    "mol ls",
    help={
        "all": "closed ones and wisps too",
        "rig": "of that rig; hq is the town itself",
        "all_rigs": "of the whole town",
    },
    example="gt mol list --all",
)
def list_(*, all: bool = False, rig: str = "", all_rigs: bool = False, json: bool = False) -> None:
    """List the molecules that are being worked through."""
    where = here()
    snapshot = where.snapshot()
    prefix = scope(where, snapshot, rig, all_rigs)
    known = prefixes(snapshot)
    found = [
        each
        for each in (*snapshot.molecules(), *(wisps.every(where.root).wisps if all else ()))
        if (all or each.status != "closed") and prefix in (None, names.prefix_of(each.id, known))
    ]
    found.sort(key=lambda each: (each.created, each.id), reverse=True)
    if json:
        output.json_out([_row(snapshot, each) for each in found])
    elif not found:
        output.line("no molecules" if all else "no open molecules")
        output.next_steps(["bd formula list"])
    else:
        rows = [
            [
                each.id,
                "{}/{}".format(*progress(Flow(snapshot, each))),
                each.status,
                short(each.assignee),
                age(each.created),
                each.title,
            ]
            for each in found
        ]
        output.table(["id", "steps", "status", "assignee", "age", "title"], rows)
    mention_mail(where, snapshot)


def _row(snapshot: Snapshot, each: Molecule) -> dict[str, object]:
    done, total = progress(Flow(snapshot, each))
    return {
        "id": each.id,
        "title": each.title,
        "formula": each.formula,
        "status": each.status,
        "assignee": each.assignee,
        "for": each.bead,
        "created_at": each.created,
        "closed_at": each.closed,
        "completed": done,
        "total": total,
    }


@command("mol show", help={"id": "the molecule"}, example="gt mol show gt-mol-k2p9x")
def show(id: str, *, json: bool = False) -> None:
    """Show a molecule with all its steps."""
    where = here()
    snapshot = where.snapshot()
    found = find_molecule(where.root, snapshot, id)
    if json:
        output.json_out(shapes.molecule(snapshot, found))
    else:
        show_molecule(snapshot, found, whole=True)
    mention_mail(where, snapshot)


@command(
    "mol current",
    "mol status",
    help={"id": "a molecule; without it what is on your hook"},
    example="gt mol current",
)
def current(id: str = "", *, json: bool = False) -> None:
    """Show where your molecule stands: its next step, and what is left."""
    where = here()
    snapshot = where.snapshot()
    found = find_molecule(where.root, snapshot, id) if id else _mine(snapshot, where.actor, where.agent)
    if json:
        output.json_out([shapes.molecule(snapshot, found)])
    else:
        show_molecule(snapshot, found, whole=False)
    mention_mail(where, snapshot)


def _mine(snapshot: Snapshot, actor: str, agent: str) -> Molecule:
    found = molecule_on_hook(snapshot, actor) or (molecule_on_hook(snapshot, agent) if agent else None)
    if found is None:
        raise UserError(f"{agent or actor} has no molecule on the hook", "name one: gt mol list shows them")
    return found


def show_molecule(snapshot: Snapshot, molecule: Molecule, *, whole: bool) -> None:
    """Print a molecule: the text of every step, or (not `whole`) of the current one alone."""
    flow = Flow(snapshot, molecule)
    done, total = progress(flow)
    steps = standings(flow)
    output.line(f"{molecule.id}  {output.one_line(molecule.title)}")
    who = f" · {molecule.assignee}" if molecule.assignee else ""
    about = f" · for {molecule.bead}" if molecule.bead else ""
    ended = f"closed {ago(molecule.closed)}" if molecule.status == "closed" else molecule.status
    made = f" · made {ago(molecule.created)}" if molecule.created else ""
    output.line(output.one_line(f"{done} of {count(total, 'step')} done · {ended}{who}{about}{made}"))
    output.line("")
    for step, standing in steps:
        waits = f"  (needs {', '.join(step.needs)})" if step.needs and standing == "pending" else ""
        sign = "→" if standing == "current" else " "
        box = BOXES.get(standing, "[ ]")
        output.line(f"{sign} {box} {step.id}  {output.one_line(step.title)}{waits}")
        if step.text.strip() and (whole or standing == "current"):
            for line in step.text.strip("\n").splitlines():
                output.line(f"        {line}".rstrip())
    output.line("")
    if not steps and molecule.description.strip():
        output.line(molecule.description.strip("\n"))
        output.line("")
    is_wisp = wisps.is_id(molecule.id)
    output.line(f"{wisps.FOLDER}/{molecule.id}.md" if is_wisp else layout.path_of_molecule(molecule.id))
    ready = [step.id for step, standing in steps if standing in ("current", "ready")]
    if ready and molecule.status != "closed":
        output.next_steps([f"gt mol step done {molecule.id}.{ready[0]}"])
