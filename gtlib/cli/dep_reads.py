"""`bd dep list`, `tree` and `cycles`: what beads depend on, without libgit2."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.bead_rows import elsewhere
from gtlib.cli.bead_rows import mark
from gtlib.cli.command import command
from gtlib.cli.draw import mermaid
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import need_ids
from gtlib.errors import UsageError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import fields
from gtlib.rules.cycles import cycles as find_cycles
from gtlib.rules.dependencies import edge_type
from gtlib.rules.find import find_bead
from gtlib.rules.holding import Ledger
from gtlib.rules.tree import MOST
from gtlib.rules.tree import Row
from gtlib.rules.tree import Web
from gtlib.rules.tree import tree

AT = "as it was at that commit or time"


@command(
    "bead dep list",
    short={"type": "t"},
    help={
        "ids": "the beads",
        "direction": "down is what they depend on, up what depends on them",
        "type": "only edges of this type",
        "at": AT,
    },
    example="bd dep list gt-abc12 --direction up",
)
def dep_list(
    *ids: str, direction: str = "down", type: str = "", at: str | None = None, json: bool = False
) -> None:
    """Show what beads depend on, or what depends on them."""
    need_ids(ids, "bd dep list gt-abc12")
    choice("--direction", direction, ("down", "up"))
    wanted = edge_type(type) if type else ""
    where = here()
    snapshot = where.snapshot(at)
    beads = [find_bead(snapshot, text) for text in dict.fromkeys(ids)]
    web = Web(Ledger(snapshot))
    found = [
        (bead.id, kind, to)
        for bead in beads
        for kind, to in (web.up(bead.id) if direction == "up" else web.down(bead.id))
        if wanted in ("", kind)
    ]
    if json and len(beads) == 1:
        output.json_out([{**_issue(snapshot, to), "dependency_type": kind} for _, kind, to in found])
    elif json:
        pairs = [(id, to, kind) if direction == "down" else (to, id, kind) for id, kind, to in found]
        output.json_out([{"issue_id": id, "depends_on_id": to, "type": kind} for id, to, kind in pairs])
    elif not found:
        said = "depends on nothing" if direction == "down" else "nothing depends on it"
        output.line(f"{', '.join(bead.id for bead in beads)}: {said}")
    else:
        _table(snapshot, found, many=len(beads) > 1, up=direction == "up")
    mention_mail(where, snapshot)


@command(
    "bead dep tree",
    short={"max_depth": "d"},
    help={
        "id": "the bead at the top",
        "direction": "down is what it depends on, up what depends on it, or both",
        "max_depth": "so many levels at most",
        "status": "only beads of this status",
        "show_all_paths": "a bead again wherever it is reached",
        "format": "text or mermaid",
        "at": AT,
    },
    example="bd dep tree gt-abc12",
)
def dep_tree(
    id: str,
    *,
    direction: str = "down",
    max_depth: int = 50,
    status: str = "",
    show_all_paths: bool = False,
    format: str = "text",
    at: str | None = None,
    json: bool = False,
) -> None:
    """Show what a bead depends on as a tree."""
    choice("--direction", direction, ("down", "up", "both"))
    choice("--format", format, ("text", "mermaid"))
    if max_depth < 1:
        raise UsageError(f"--max-depth {max_depth} shows nothing", "give 1 or more")
    where = here()
    snapshot = where.snapshot(at)
    root = find_bead(snapshot, id).id
    web = Web(Ledger(snapshot))
    rows = [
        tree(web, root, up=up, depth=max_depth, all_paths=show_all_paths)
        for up in ((False, True) if direction == "both" else (direction == "up",))
    ]
    if status:
        word = fields.status(status, {bead.status for bead in web.ledger.beads.values()}, snapshot.town)
        rows = [[row for row in each if row.bead is not None and row.bead.status == word] for each in rows]
    every = [*rows[0], *(row for each in rows[1:] for row in each if row.depth)]
    if json:
        output.json_out([_row(snapshot, row) for row in every])
    elif format == "mermaid":
        _mermaid(
            every, up_from=len(rows[0]) if direction == "both" else 0 if direction == "up" else len(every)
        )
    else:
        for number, each in enumerate(rows):
            _print(
                snapshot,
                each,
                "depends on this" if number or direction == "up" else "is needed for this",
                len(rows) > 1,
            )
    mention_mail(where, snapshot)


@command("bead dep cycles", help={"at": AT}, example="bd dep cycles")
def dep_cycles(*, at: str | None = None, json: bool = False) -> None:
    """List beads that wait for each other, so that none of them can ever start."""
    where = here()
    snapshot = where.snapshot(at)
    ledger = Ledger(snapshot)
    found = find_cycles(ledger)
    if json:
        output.json_out([[shapes.issue(snapshot, ledger.beads[id]) for id in path] for path in found])
    elif not found:
        output.line("no cycles")
    else:
        for path in found:
            output.line(" -> ".join((*path, path[0])))
        output.next_steps([f"bd dep remove {path[0]} {path[1 % len(path)]}" for path in found[:3]])
    mention_mail(where, snapshot)


def _issue(snapshot: Snapshot, id: ItemId) -> dict[str, Any]:
    found = snapshot.bead(id)
    return shapes.issue(snapshot, found) if found is not None else {"id": id}


def _row(snapshot: Snapshot, row: Row) -> dict[str, Any]:
    return {
        **({"id": row.id} if row.bead is None else shapes.issue(snapshot, row.bead)),
        "depth": row.depth,
        "parent_id": row.parent,
        "edge_from_parent": row.edge,
        "truncated": row.truncated,
    }


def _table(snapshot: Snapshot, found: Iterable[tuple[ItemId, str, ItemId]], *, many: bool, up: bool) -> None:
    rows = []
    for id, kind, to in found:
        bead = snapshot.bead(to)
        seen = (bead.status, bead.title) if bead else elsewhere(snapshot, to)
        facts = list(seen or ("?", "does not exist"))
        rows.append([*([id] if many else []), kind, to, *facts])
    output.table(
        [*(["id"] if many else []), "type", "dependent" if up else "depends on", "status", "title"], rows
    )


def _print(snapshot: Snapshot, rows: list[Row], heading: str, headed: bool) -> None:
    if headed:
        output.line(f"{heading}:")
    for row in rows:
        output.line(
            f"{'  ' * row.depth}{_said(snapshot, row.id, row.bead)}{f' ({row.edge})' if row.edge else ''}"
        )
        if row.truncated:
            output.line(f"{'  ' * (row.depth + 1)}...")
    if len(rows) >= MOST:
        output.line(f"only {MOST} rows are shown: give --max-depth")


def _said(snapshot: Snapshot, id: ItemId, bead: Bead | None) -> str:
    seen = (bead.status, bead.title) if bead else elsewhere(snapshot, id)
    return f"{mark(seen[0])} {id}  {output.one_line(seen[1])}" if seen else f"? {id}"


def _mermaid(rows: list[Row], up_from: int) -> None:
    links = [
        (row.id, row.parent, row.edge) if number >= up_from else (row.parent, row.id, row.edge)
        for number, row in enumerate(rows)
        if row.parent
    ]
    nodes = {row.id: row.bead.title if row.bead else "" for row in rows}
    output.line("\n".join(mermaid(nodes, links)))
