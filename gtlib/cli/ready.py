"""`gt ready`: what can be taken up now, over the town and its rigs."""

from __future__ import annotations

from gtlib import clock
from gtlib import names
from gtlib import output
from gtlib.cli.bead_rows import bead_table
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import mention_mail
from gtlib.cli.options import scope
from gtlib.cli.shapes import Neighbours
from gtlib.model.bead import Bead
from gtlib.names import TOWN_PREFIX
from gtlib.output import count
from gtlib.rules.ready import ready as ready_beads


@command(
    "ready",
    short={"limit": "n"},
    help={
        "limit": "so many at most; 0 is all",
        "rig": "of that rig; hq is the town itself",
        "all_rigs": "of the whole town",
    },
    example="gt ready -n 5",
)
def ready(*, limit: int = 100, rig: str = "", all_rigs: bool = False, json: bool = False) -> None:
    """List the work that can be taken up now, by rig."""
    most = limited(limit)
    where = here()
    snapshot = where.snapshot()
    prefix = scope(where, snapshot, rig, all_rigs)
    sources = {TOWN_PREFIX: "town", **{each.prefix: str(each.name) for each in snapshot.rigs()}}
    able = ready_beads(snapshot, clock.stamp(clock.now()))
    owner = {bead.id: names.prefix_of(bead.id, sources) for bead in able}
    found = [bead for bead in able if prefix in (None, owner[bead.id])]
    shown: dict[str, list[Bead]] = {name: [] for each, name in sources.items() if prefix in (None, each)}
    for bead in found[:most]:
        shown.setdefault(sources.get(owner[bead.id], "town"), []).append(bead)
    if json:
        near = Neighbours(snapshot)
        output.json_out(
            {
                "sources": [
                    {"name": name, "issues": [near.row(bead) for bead in beads], "error": ""}
                    for name, beads in shown.items()
                ],
                "summary": _summary(found, shown),
                "town_root": str(where.root),
            }
        )
    elif not found:
        output.line("nothing is ready")
        output.next_steps(['bd create "What is to be done"', "bd list"])
    else:
        _print(shown, len(found))
    mention_mail(where, snapshot)


def _summary(found: list[Bead], shown: dict[str, list[Bead]]) -> dict[str, object]:
    levels = {f"p{level}_count": sum(bead.priority == level for bead in found) for level in range(5)}
    return {"total": len(found), "by_source": {name: len(beads) for name, beads in shown.items()}, **levels}


def _print(shown: dict[str, list[Bead]], total: int) -> None:
    filled = {name: beads for name, beads in shown.items() if beads}
    for number, (name, beads) in enumerate(filled.items()):
        if len(shown) > 1:
            output.line(f"{'' if number == 0 else chr(10)}{name}: {count(len(beads), 'bead')} ready")
        bead_table(beads)
    left = total - sum(map(len, filled.values()))
    if left:
        output.line(f"... and {left} more: --limit 0 shows all")
    rigs = [name for name in filled if name != "town"]
    first = next(iter(filled.values()))[0]
    output.next_steps([f"gt sling {filled[rigs[0]][0].id} {rigs[0]}" if rigs else f"bd show {first.id}"])
