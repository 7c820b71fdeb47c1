"""`bd graph`: what waits for what, drawn, and whether it can ever be done."""

from __future__ import annotations

from typing import Any

from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.bead_rows import mark
from gtlib.cli.command import command
from gtlib.cli.draw import dot as dot_of
from gtlib.cli.draw import mermaid as mermaid_of
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import scope
from gtlib.cli.select import of_prefix
from gtlib.errors import UsageError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.cycles import cycles
from gtlib.rules.fields import SYSTEM_TYPES
from gtlib.rules.find import find_bead
from gtlib.rules.graph import Graph
from gtlib.rules.graph import around
from gtlib.rules.graph import graph_of
from gtlib.rules.holding import Ledger
from gtlib.rules.kept import without_templates
from gtlib.rules.ready import missing

AT = "as it was at that commit or time"


@command(
    "bead graph",
    help={
        "id": "a bead: what hangs together with it; without one all that is not done",
        "all": "all that is not done",
        "compact": "one line for each bead",
        "dot": "for Graphviz",
        "mermaid": "for Markdown",
        "rig": "of that rig; hq is the town itself",
        "all_rigs": "of the whole town",
        "at": AT,
    },
    example="bd graph gt-abc12 --dot",
)
def graph(
    id: str = "",
    *,
    all: bool = False,
    compact: bool = False,
    dot: bool = False,
    mermaid: bool = False,
    rig: str = "",
    all_rigs: bool = False,
    at: str | None = None,
    json: bool = False,
) -> None:
    """Draw what waits for what, in the order in which it can be done."""
    if id and all:
        raise UsageError(f"{id} and --all are given", "give one of them")
    if sum((compact, dot, mermaid, json)) > 1:
        raise UsageError(
            "more than one form is asked for", "give one of --compact, --dot, --mermaid and --json"
        )
    where = here()
    snapshot = where.snapshot(at)
    ledger = Ledger(snapshot)
    root = find_bead(snapshot, id).id if id else ItemId("")
    beads = (
        around(ledger, root)
        if root
        else of_prefix(snapshot, _live(ledger), scope(where, snapshot, rig, all_rigs))
    )
    found = graph_of(ledger, beads)
    links = [(link.bead, link.to, link.type) for link in found.links]
    titles = {bead.id: bead.title for bead in found.beads.values()}
    if json:
        output.json_out({"root": root, **_shape(snapshot, found)})
    elif dot or mermaid:
        output.line("\n".join((dot_of if dot else mermaid_of)(titles, links)))
    elif not found.beads:
        output.line("no beads")
    else:
        _print(found, compact)
    mention_mail(where, snapshot)


@command("bead graph check", help={"at": AT}, example="bd graph check")
def check(*, at: str | None = None, json: bool = False) -> int:
    """Look for beads that wait for each other, and for what beads wait for that does not exist."""
    where = here()
    snapshot = where.snapshot(at)
    ledger = Ledger(snapshot)
    found = cycles(ledger)
    gone = missing(snapshot, ledger)
    if json:
        output.json_out(
            {
                "clean": not found and not gone,
                "cycles": found,
                "missing": [{"issue_id": id, "depends_on_id": to} for id, to in gone],
                "summary": {"cycle_count": len(found), "missing_count": len(gone)},
            }
        )
        return 1 if found or gone else 0
    for path in found:
        output.line(f"wait for each other: {' -> '.join((*path, path[0]))}")
    for id, to in gone:
        output.line(f"{id} depends on {to}, which does not exist")
    if not found and not gone:
        output.line("clean")
    mention_mail(where, snapshot)
    return 1 if found or gone else 0


def _live(ledger: Ledger) -> list[Bead]:
    """The beads that are not over; of system work only gates, which hold up."""
    system = SYSTEM_TYPES - {"gate"}
    live = [bead for bead in ledger.beads.values() if bead.status not in ledger.over]
    return without_templates(ledger.find, (bead for bead in live if bead.type not in system))


def _shape(snapshot: Snapshot, found: Graph) -> dict[str, Any]:
    return {
        "issues": [shapes.issue(snapshot, bead) for bead in found.beads.values()],
        "dependencies": [
            {"issue_id": link.bead, "depends_on_id": link.to, "type": link.type} for link in found.links
        ],
        "layers": found.layers,
        "stuck": found.stuck,
    }


def _print(found: Graph, compact: bool) -> None:
    needs: dict[ItemId, list[str]] = {}
    for link in found.links:
        if link.type != "parent-child":
            needs.setdefault(link.bead, []).append(link.to)
    layers = [*found.layers, *([found.stuck] if found.stuck else [])]
    for number, layer in enumerate(layers):
        if not compact:
            stuck = found.stuck and number == len(layers) - 1
            output.line("never, they wait for each other:" if stuck else f"layer {number}:")
        for id in layer:
            bead = found.beads[id]
            after = f"  after {', '.join(needs[id])}" if id in needs else ""
            lead = "" if compact else "  "
            output.line(f"{lead}{mark(bead.status)} {id}  {output.one_line(bead.title)}{after}")
