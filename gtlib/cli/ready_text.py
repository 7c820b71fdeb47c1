"""What `bd ready` prints beside a list: reasons, what a gate set free, steps of a molecule."""

from __future__ import annotations

from typing import Any

from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.shapes import Neighbours
from gtlib.model.bead import Bead
from gtlib.model.edges import HOLDING
from gtlib.model.edges import targets
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import prefix_of
from gtlib.rules.cycles import cycles
from gtlib.rules.flow import Flow
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import direct_blockers
from gtlib.rules.ready import missing
from gtlib.rules.steps import standings
from gtlib.rules.take import gated


def explain_ready(ledger: Ledger, found: list[Bead], held: list[Bead], json: bool) -> None:
    """Print why beads are ready, and what the others wait for."""
    snapshot = ledger.snapshot
    circles, gone = cycles(ledger), missing(snapshot, ledger)
    if json:
        near = Neighbours(snapshot)
        output.json_out(
            {
                "ready": [{**near.row(bead), **_reason(ledger, bead)} for bead in found],
                "blocked": [{**near.row(bead), **_held(ledger, bead)} for bead in held],
                "cycles": circles,
                "missing": [{"issue_id": id, "depends_on_id": to} for id, to in gone],
                "summary": {
                    "total_ready": len(found),
                    "total_blocked": len(held),
                    "cycle_count": len(circles),
                },
            }
        )
        return
    for bead in found:
        output.line(f"ready: {bead.id}  {output.one_line(bead.title)}: {_reason(ledger, bead)['reason']}")
    for bead in held:
        reasons = "; ".join(hold.said for hold in ledger.holds(bead))
        output.line(f"blocked: {bead.id}  {output.one_line(bead.title)}: {reasons}")
    for path in circles:
        output.line(f"never: {' -> '.join((*path, path[0]))} wait for each other")
    for id, to in gone:
        output.line(f"note: {id} depends on {to}, which does not exist")
    output.line(f"{len(found)} ready, {len(held)} blocked, {output.count(len(circles), 'cycle')}")


def _reason(ledger: Ledger, bead: Bead) -> dict[str, Any]:
    """Why a bead is ready, and what it waited for."""
    over = [
        to
        for type in HOLDING
        for to in targets(bead, type)
        if ledger.outcome(to) in ("done", "failed", "pinned")
    ]
    said = f"{output.count(len(over), 'blocker')} resolved" if over else "no blocking dependencies"
    return {"reason": said, "resolved_blockers": over}


def _held(ledger: Ledger, bead: Bead) -> dict[str, Any]:
    by = direct_blockers(ledger, bead)
    rows = []
    for id in by:
        found = ledger.find(id)
        rows.append(
            {"id": id, "title": "", "status": ledger.outcome(id), "priority": None}
            if found is None
            else {"id": id, "title": found.title, "status": found.status, "priority": found.priority}
        )
    reasons = [hold.said for hold in ledger.holds(bead)]
    return {"blocked_by": rows, "blocked_by_count": len(by), "reasons": reasons}


def print_gated(
    ledger: Ledger, found: list[Bead], json: bool, *, prefix: str | None = None, only: str = ""
) -> None:
    """Print the molecules that a gate set free: of the beads, and of ids with that prefix (None: any)."""
    molecules = [
        each
        for each in gated(ledger, found)
        if prefix in (None, prefix_of(ledger.snapshot, each.molecule.id)) and only in ("", each.molecule.id)
    ]
    if json:
        rows = [
            {
                "molecule_id": each.molecule.id,
                "molecule_title": each.molecule.title,
                "closed_gate": shapes.issue(ledger.snapshot, each.gate),
                "ready_step": shapes.issue(ledger.snapshot, each.step),
            }
            for each in molecules
        ]
        output.json_out({"molecules": rows, "count": len(rows)})
    elif not molecules:
        output.line("no gate has set anything free")
    else:
        for each in molecules:
            output.line(f"{each.molecule.id}  {output.one_line(each.molecule.title)}")
            output.line(f"  {each.gate.id} is open: {each.step.id}  {output.one_line(each.step.title)}")


def print_steps(snapshot: Snapshot, molecule: Molecule, most: int | None, json: bool) -> None:
    """The steps of a molecule's file that can be done now, in the shape of beads."""
    able = [
        step for step, standing in standings(Flow(snapshot, molecule)) if standing in ("current", "ready")
    ][:most]
    if json:
        rows = [
            {
                "id": ItemId(f"{molecule.id}.{step.id}"),
                "title": step.title,
                "description": step.text,
                "status": "open",
                "priority": 2,
                "issue_type": "task",
                "parent": molecule.id,
            }
            for step in able
        ]
        output.json_out(rows)
    elif not able:
        output.line("nothing is ready")
    else:
        output.table(["id", "title"], [[f"{molecule.id}.{step.id}", step.title] for step in able])
