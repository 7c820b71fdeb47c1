"""`bd search` and `bd query`: beads by what is written in them, and by an expression."""

from __future__ import annotations

from gtlib import clock
from gtlib import output
from gtlib.cli.bead_rows import print_rows
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import scope
from gtlib.cli.select import of_prefix
from gtlib.cli.select import pool_of
from gtlib.cli.select import select
from gtlib.cli.select import with_archived
from gtlib.cli.wanted import AT
from gtlib.cli.wanted import HELP
from gtlib.cli.wanted import LIMIT
from gtlib.cli.wanted import SHORT
from gtlib.cli.wanted import Wanted
from gtlib.errors import UsageError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import query_syntax
from gtlib.rules.filters import SORTS
from gtlib.rules.filters import Filter
from gtlib.rules.filters import chosen
from gtlib.rules.filters import ordered_by
from gtlib.rules.query import Known
from gtlib.rules.query import compiled
from gtlib.rules.search import search as search_in
from gtlib.rules.statuses import with_category
from gtlib.store.search import search as candidates

MANY = 500  # more are read faster as one than one by one
SEARCH_STEPS = ("bd search WORDS -s all", "bd list")


@command(
    "bead search",
    flags={"wanted": Wanted},
    short={**SHORT, "limit": "n", "reverse": "r"},
    spellings={"query": "words"},
    help={
        **HELP,
        "words": "what is looked for, in ids, titles and all texts; the beginning of an id finds those ids",
        "sort": f"by {', '.join(SORTS[:-1])} or {SORTS[-1]} instead of ids and titles first",
        "reverse": "the other way round",
        "limit": LIMIT,
        "at": AT,
    },
    example="bd search 'token expires' -s all",
)
def search(
    *words: str,
    wanted: Wanted,
    sort: str | None = None,
    reverse: bool = False,
    limit: int = 50,
    at: str | None = None,
    json: bool = False,
) -> None:
    """Search beads that are not closed, by words in them."""
    most = limited(limit)
    if sort is not None:
        choice("--sort", sort, SORTS)
    text = " ".join(words).strip()
    others = (wanted.title, wanted.title_contains, wanted.desc_contains, wanted.notes_contains)
    if not text and not any((*others, wanted.external_contains)):
        raise UsageError("nothing to search for is given", "bd search 'token expires'")
    where = here()
    snapshot = where.snapshot(at)
    beads = select(where, snapshot, wanted, _pool(where, snapshot, wanted, text, at))
    beads = search_in(beads, text) if text else ordered_by(beads)
    if sort is not None:
        beads = ordered_by(map(snapshot.dated, beads), sort)
    print_rows(where, snapshot, beads[::-1] if reverse else beads, most, json, steps=SEARCH_STEPS)


def _pool(where: Here, snapshot: Snapshot, wanted: Wanted, text: str, at: str | None) -> list[Bead]:
    """What can hold the words, as the index says; without it all there is."""
    spans = (wanted.closed_after, wanted.closed_before)
    words = {word.strip() for text in wanted.status for word in text.split(",")}
    archived = with_archived(wanted) or "closed" in words or any(spans)
    found = None
    if text and at is None:
        found = candidates(where.root, snapshot, text, archived=archived)
    if found is None or len(found) > MANY:
        return pool_of(snapshot, wanted, archived=archived)
    beads = (snapshot.bead(ItemId(id)) for id in found)
    return [snapshot.dated(bead) for bead in beads if bead is not None]


@command(
    "bead query",
    short={"all": "a", "limit": "n", "reverse": "r"},
    help={
        "expression": "such as 'status=open AND (priority<=1 OR label=urgent) AND updated>7d'",
        "all": "closed and archived ones too; naming status in the expression does the same for closed ones",
        "sort": f"by {', '.join(SORTS[:-1])} or {SORTS[-1]}",
        "reverse": "the other way round",
        "limit": LIMIT,
        "parse_only": "say how the expression is read, and stop",
        "rig": HELP["rig"],
        "all_rigs": HELP["all_rigs"],
        "at": AT,
    },
    example="bd query 'type=bug AND priority<=1 AND NOT assignee=none'",
)
def query(
    *expression: str,
    all: bool = False,
    sort: str = "priority",
    reverse: bool = False,
    limit: int = 50,
    parse_only: bool = False,
    rig: str = "",
    all_rigs: bool = False,
    at: str | None = None,
    json: bool = False,
) -> None:
    """List beads for which an expression holds."""
    most = limited(limit)
    choice("--sort", sort, SORTS)
    text = " ".join(expression)
    if not text.strip():
        raise UsageError("no expression is given", "bd query 'status=open AND priority<=1'")
    node = query_syntax.parse(text)
    if parse_only:
        said = query_syntax.said(node)
        if json:
            output.json_out({"query": text, "parsed": said})
        else:
            output.line(said)
        return
    where = here()
    snapshot = where.snapshot(at)
    pool = list(snapshot.beads())
    if all:
        live = {bead.id for bead in pool}
        pool += [bead for bead in snapshot.archive.all() if bead.id not in live]
    pool = of_prefix(snapshot, pool, scope(where, snapshot, rig, all_rigs))
    town = snapshot.town
    known = Known(
        frozenset(town.statuses) | {bead.status for bead in pool},
        frozenset(town.types) | {bead.type for bead in pool},
    )
    test = compiled(node, clock.now(), known)
    asked = query_syntax.fields_of(node)
    hidden = {"tombstone"} if all or asked & {"status", "closed"} else with_category(town, "done")
    beads = chosen(pool, Filter(hidden=frozenset(hidden)))
    if "updated" in (sort, *asked):
        beads = [snapshot.dated(bead) for bead in beads]
    beads = [bead for bead in beads if test(bead)]
    print_rows(where, snapshot, ordered_by(beads, sort, reverse=reverse), most, json)
