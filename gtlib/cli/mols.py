"""`gt mol list` and `show`: the molecules there are, without libgit2."""

from __future__ import annotations

from gtlib import layout
from gtlib import names
from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.mol_view import BOXES
from gtlib.cli.mol_view import flow_of
from gtlib.cli.mol_view import resolving
from gtlib.cli.mol_view import step_lines
from gtlib.cli.options import age
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import scope
from gtlib.cli.options import short
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import prefixes
from gtlib.rules.flow import Flow
from gtlib.rules.steps import counts
from gtlib.rules.steps import how_far
from gtlib.rules.steps import standings
from gtlib.store import wisps


@command(
    "mol list",
    "mol ls",
    help={
        "all": "closed ones, wisps and templates too",
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
        if all or (each.status != "closed" and not each.template)
        if prefix in (None, names.prefix_of(each.id, known))
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
                _steps(Flow(snapshot, each)) if not each.template else None,
                _status(snapshot, each),
                short(each.assignee),
                age(each.created),
                each.title,
            ]
            for each in found
        ]
        output.table(["id", "steps", "status", "assignee", "age", "title"], rows)
    mention_mail(where, snapshot)


def _steps(flow: Flow) -> str:
    """`1/3`; of one that ended with steps skipped what was really done."""
    done, skipped, total = counts(flow)
    return how_far(flow) if skipped and flow.molecule.status == "closed" else f"{done + skipped}/{total}"


def _status(snapshot: Snapshot, each: Molecule) -> str:
    """How it stands in a word: a step that failed waits for a person."""
    if each.template:
        return "template"
    flow = Flow(snapshot, each) if each.reasons and each.status != "closed" else None
    held = flow is not None and any(flow.has(id) and flow.state(id) == "failed" for id in each.reasons)
    return "failed" if held else each.status


def _row(snapshot: Snapshot, each: Molecule) -> dict[str, object]:
    done, skipped, total = counts(Flow(snapshot, each))
    return {
        "id": each.id,
        "title": each.title,
        "formula": each.formula,
        "status": each.status,
        "assignee": each.assignee,
        "for": each.bead,
        "poured": each.poured,
        "template": each.template,
        "created_at": each.created,
        "closed_at": each.closed,
        "completed": done + skipped,
        "skipped": skipped,
        "total": total,
    }


@command("mol show", help={"id": "a molecule or wisp, an agent, a bead"}, example="gt mol show gt-mol-k2p9x")
def show(id: str, *, json: bool = False) -> None:
    """Show a molecule with all its steps."""
    where = here()
    snapshot = where.snapshot()
    flow = flow_of(where, snapshot, id)
    if json:
        output.json_out(shapes.molecule(flow.snapshot, flow.molecule))
    else:
        _show(flow)
    mention_mail(where, snapshot)


def _show(flow: Flow) -> None:
    molecule = flow.molecule
    steps = standings(flow)
    output.line(f"{molecule.id}  {output.one_line(molecule.title)}")
    who = f" · {molecule.assignee}" if molecule.assignee else ""
    about = f" · for {molecule.bead}" if molecule.bead else ""
    ended = f"closed {ago(molecule.closed)}" if molecule.status == "closed" else molecule.status
    made = f" · made {ago(molecule.created)}" if molecule.created else ""
    far = "template" if molecule.template else f"{how_far(flow)} · {ended}"
    output.line(output.one_line(f"{far}{who}{about}{made}"))
    output.line("")
    for step, standing in steps:
        _step(flow, step, standing)
    output.line("")
    if not steps and molecule.description.strip():
        output.line(molecule.description.strip("\n"))
        output.line("")
    is_wisp = wisps.is_id(molecule.id)
    output.line(f"{wisps.FOLDER}/{molecule.id}.md" if is_wisp else layout.path_of_molecule(molecule.id))
    ready = [step.id for step, standing in steps if standing in ("current", "ready")]
    if molecule.template:
        output.next_steps([f"bd mol pour {molecule.id}"])
    elif ready and molecule.status != "closed":
        output.next_steps([f"gt mol step done {molecule.id}.{ready[0]}"])
    elif steps and molecule.status != "closed":
        output.next_steps([*resolving(flow), f"gt mol current {molecule.id}"])


def _step(flow: Flow, step: Step, standing: str) -> None:
    control = flow.is_control(step.id)
    waits = (
        f"  (needs {', '.join(step.needs)})" if step.needs and standing == "pending" and not control else ""
    )
    reason = flow.molecule.reasons.get(step.id, "")
    why = f"  ({output.one_line(reason)})" if reason and standing in ("failed", "skipped") else ""
    bead = flow.bead(step.id)
    who = f"  · {short(bead.assignee)}" if bead is not None and bead.assignee else ""
    itself = "  (ends by itself)" if control and standing == "pending" else ""
    sign = "→" if standing == "current" else " "
    box = BOXES.get(standing, "[ ]")
    output.line(f"{sign} {box} {step.id}  {output.one_line(step.title)}{waits}{itself}{why}{who}")
    for line in step_lines(flow, step.id, "        "):
        output.line(line)
