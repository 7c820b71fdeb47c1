"""`bd list`."""

from __future__ import annotations

from gtlib.cli.bead_rows import print_rows
from gtlib.cli.command import command
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.select import select
from gtlib.cli.wanted import AT
from gtlib.cli.wanted import HELP
from gtlib.cli.wanted import LIMIT
from gtlib.cli.wanted import SHORT
from gtlib.cli.wanted import Wanted
from gtlib.errors import UsageError
from gtlib.rules.filters import SORTS
from gtlib.rules.filters import ordered_by

FORMATS = ("dot", "digraph")


@command(
    "bead list",
    "bead ls",
    flags={"wanted": Wanted},
    short={**SHORT, "limit": "n", "reverse": "r"},
    spellings={"pretty": "tree"},
    help={
        **HELP,
        "sort": f"by {', '.join(SORTS[:-1])} or {SORTS[-1]}; times newest first",
        "reverse": "the other way round",
        "limit": LIMIT,
        "long": "some lines for each, with the description",
        "flat": "a table, as by default",
        "tree": "children below their parents",
        "format": "dot (Graphviz) or digraph (one edge a line)",
        "at": AT,
    },
    example="bd list -s open,in_progress -p 1 --all-rigs",
)
def list_(
    *,
    wanted: Wanted,
    sort: str = "priority",
    reverse: bool = False,
    limit: int = 50,
    long: bool = False,
    flat: bool = False,
    tree: bool = False,
    format: str | None = None,
    at: str | None = None,
    json: bool = False,
) -> None:
    """List beads that are not done: of the rig one stands in, else of the whole town."""
    most = limited(limit)
    choice("--sort", sort, SORTS)
    style = _style(long, flat, tree, format, json)
    where = here()
    snapshot = where.snapshot(at)
    beads = select(where, snapshot, wanted)
    if sort == "updated":
        beads = [snapshot.dated(bead) for bead in beads]
    print_rows(where, snapshot, ordered_by(beads, sort, reverse=reverse), most, json, style=style)


def _style(long: bool, flat: bool, tree: bool, format: str | None, json: bool) -> str:
    named = {"--long": long, "--flat": flat, "--tree": tree, "--format": format is not None}
    given = [flag for flag, on in named.items() if on]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} contradict each other", "give one of them")
    if format is not None:
        if json:
            raise UsageError("--format and --json contradict each other", "give one of them")
        return choice("--format", format, FORMATS)
    return "long" if long else "tree" if tree else ""
