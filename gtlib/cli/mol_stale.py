"""`bd mol stale` and `seed`: what is over and open still, and whether formulas can be used."""

from __future__ import annotations

from typing import Any

from gtlib import output
from gtlib.actions.cooking import compiled
from gtlib.cli.command import command
from gtlib.cli.formula import is_advice
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import rig_here
from gtlib.errors import UserError
from gtlib.rules.holding import Ledger
from gtlib.rules.stale import Stale
from gtlib.rules.stale import stale as find_stale
from gtlib.store import formulas


@command(
    "mol stale",
    help={"blocking": "only what others wait for", "unassigned": "only what is nobody's"},
    example="bd mol stale --blocking",
)
def stale(*, blocking: bool = False, unassigned: bool = False, json: bool = False) -> None:
    """List molecules and epics whose work is all done, and that are open still."""
    where = here()
    snapshot = where.snapshot()
    found = [
        each
        for each in find_stale(Ledger(snapshot))
        if (each.blocks or not blocking) and not (unassigned and each.assignee)
    ]
    if json:
        rows = [_row(each) for each in found]
        holding = sum(bool(each.blocks) for each in found)
        output.json_out({"stale_molecules": rows, "total_count": len(rows), "blocking_count": holding})
        return
    if not found:
        output.line("nothing is stale")
    else:
        columns = ["id", "done", "assignee", "holds up", "title"]
        output.table(
            columns,
            [
                [each.id, f"{each.closed}/{each.total}", each.assignee, ", ".join(each.blocks), each.title]
                for each in found
            ],
        )
        first = found[0]
        epic = "-mol-" not in first.id
        output.next_steps([f"bd close {first.id}" if epic else f"bd mol squash {first.id}"])
    mention_mail(where, snapshot)


def _row(each: Stale) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": each.title,
        "total_children": each.total,
        "closed_children": each.closed,
        "assignee": each.assignee,
        "blocking_issues": each.blocks,
        "blocking_count": len(each.blocks),
    }


@command(
    "mol seed",
    help={
        "names": "formulas; without any all that can be found",
        "rig": "look among those of that rig first",
    },
    example="bd mol seed release polecat-work",
)
def seed(*names: str, rig: str = "", json: bool = False) -> int:
    """Check that formulas load and cook, so that work can begin by them."""
    where = here()
    snapshot = where.snapshot()
    home = rig_here(where, snapshot, rig) or None
    wanted = names or tuple(
        dict.fromkeys(each.name for each in formulas.list_all(where.root, home) if not each.shadowed)
    )
    rows: list[dict[str, Any]] = []
    for name in wanted:
        try:
            formula = formulas.find(where.root, home, name, cwd=where.cwd)
            cooks = formula.type != "expansion" and not is_advice(formula)
            steps = len(compiled(where.root, formula, rig=home).steps) if cooks else 0
        except UserError as refusal:
            rows.append({"name": name, "ok": False, "steps": 0, "error": str(refusal)})
            continue
        rows.append({"name": name, "ok": True, "steps": steps, "error": ""})
    bad = sum(not row["ok"] for row in rows)
    if json:
        output.json_out({"ok": not bad, "checked": len(rows), "failed": bad, "formulas": rows})
        return 1 if bad else 0
    for row in rows:
        said = output.count(row["steps"], "step") if row["steps"] else "sound, a part of others"
        said = said if row["ok"] else output.one_line(row["error"])
        output.line(f"{'✓' if row['ok'] else '!'} {row['name']}: {said}")
    output.next_steps([f"bd cook {rows[0]['name']}"] if rows and not bad else ["bd formula list"])
    mention_mail(where, snapshot)
    return 1 if bad else 0
