"""`bd mol ready`: which molecules can go on, and which a gate set free."""

from __future__ import annotations

from typing import Any

from gtlib import clock
from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import scope
from gtlib.cli.ready_text import print_gated
from gtlib.cli.select import of_prefix
from gtlib.rules.base import prefix_of
from gtlib.rules.find import find_molecule
from gtlib.rules.flow import Flow
from gtlib.rules.flow import bead_id
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import ready as find_ready


@command(
    "mol ready",
    help={
        "molecule": "only of that one",
        "gated": "only molecules that a gate set free",
        "rig": "of that rig; hq is the town itself",
        "all_rigs": "of the whole town",
    },
    example="bd mol ready --gated",
)
def ready(
    molecule: str = "", *, gated: bool = False, rig: str = "", all_rigs: bool = False, json: bool = False
) -> None:
    """List the steps of molecules that can be done now."""
    where = here()
    snapshot = where.snapshot()
    prefix = scope(where, snapshot, rig, all_rigs)
    only = find_molecule(snapshot, molecule).id if molecule else ""
    if gated:
        ledger = Ledger(snapshot)
        beads = list(find_ready(snapshot, clock.stamp(clock.now()), ledger=ledger))
        print_gated(ledger, of_prefix(snapshot, beads, prefix), json, only=only, prefix=prefix)
        mention_mail(where, snapshot)
        return
    rows: list[dict[str, Any]] = [
        {
            "molecule_id": each.id,
            "molecule_title": each.title,
            "step": {"id": bead_id(each, step.id), "title": step.title, "description": step.text},
        }
        for each in snapshot.molecules()
        if each.status != "closed" and not each.template and only in ("", each.id)
        if prefix is None or prefix_of(snapshot, each.id) == prefix
        for step in Flow(snapshot, each).each_ready()
    ]
    if json:
        output.json_out({"steps": rows, "count": len(rows)})
    elif not rows:
        output.line("no molecule can go on")
    else:
        output.table(
            ["step", "title", "of"],
            [[row["step"]["id"], row["step"]["title"], row["molecule_id"]] for row in rows],
        )
    mention_mail(where, snapshot)
