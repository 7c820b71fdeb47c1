"""Beads as lists print them: a table, a tree, some lines each, or a graph."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence

from gtlib import output
from gtlib.cli.options import Here
from gtlib.cli.options import age
from gtlib.cli.options import ago
from gtlib.cli.options import mention_mail
from gtlib.cli.options import short
from gtlib.cli.shapes import Neighbours
from gtlib.model.bead import Bead
from gtlib.model.edges import HOLDING
from gtlib.model.edges import targets
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import instant

MARKS = {"closed": "✓", "in_progress": "▶", "hooked": "▶", "blocked": "●", "deferred": "◌", "pinned": "◆"}
OPEN = "○"
NOTHING = ("bd create 'What is to be done'", "bd list --all")


def mark(status: str) -> str:
    """One character for a status."""
    return MARKS.get(status, OPEN)


def print_rows(
    where: Here,
    snapshot: Snapshot,
    beads: Sequence[Bead],
    most: int | None,
    json: bool,
    *,
    nothing: str = "no beads",
    steps: Iterable[str] = NOTHING,
    style: str = "",
    age_of: str = "created",
) -> None:
    """Print the first `most` beads (None: all), and say how many there are beside them.

    `style`: "" is a table, or `long`, `tree`, `dot`, `digraph`. `age_of` is the time whose age the table has.
    """
    shown = beads[:most]
    if json:
        near = Neighbours(snapshot)
        output.json_out([near.row(bead) for bead in shown])
    elif style in ("dot", "digraph"):
        output.line("\n".join(_dot(shown) if style == "dot" else _digraph(shown)))
    elif not shown:
        output.line(nothing)
        output.next_steps(steps)
    else:
        _print(shown, style, age_of)
        if len(shown) < len(beads):
            output.line(f"... and {len(beads) - len(shown)} more: --limit 0 shows all")
    mention_mail(where, snapshot)


def bead_table(beads: Iterable[Bead], age_of: str = "created") -> None:
    """Beads as rows; the column of assignees only when there is one."""
    rows = list(beads)
    assigned = any(bead.assignee for bead in rows)
    aged = "age" if age_of == "created" else age_of
    output.table(
        [
            "id",
            "p",
            "type",
            "status",
            *(["assignee"] if assigned else []),
            aged,
            "title",
        ],
        [
            [
                bead.id,
                bead.priority,
                bead.type,
                bead.status,
                *([short(bead.assignee)] if assigned else []),
                age(getattr(bead, age_of)),
                bead.title,
            ]
            for bead in rows
        ],
    )


def elsewhere(snapshot: Snapshot, id: str) -> tuple[str, str] | None:
    """Status and title of what an edge leads to that is no bead: a molecule, convoy or merge request."""
    key = ItemId(id)
    found = snapshot.molecule(key) or snapshot.convoy(key) or snapshot.merge(key)
    return None if found is None else (found.status, getattr(found, "title", "") or "a merge request")


def bead_line(bead: Bead) -> str:
    """A bead on one line: `○ gt-abc12  P1 bug  Fix it`."""
    return f"{mark(bead.status)} {bead.id}  P{bead.priority} {bead.type}  {output.one_line(bead.title)}"


def standing(bead: Bead) -> str:
    """What stands below a title: `P1 bug · open · ada · created 3h ago by bo`."""
    status = bead.status
    if bead.status == "closed":
        status = f"closed {ago(bead.closed)}".rstrip() + (
            f": {bead.close_reason}" if bead.close_reason else ""
        )
    by = f" by {bead.created_by}" if bead.created_by else ""
    made = f"created {ago(bead.created)}{by}" if instant(bead.created) else ""
    parts = (f"P{bead.priority} {bead.type}", status, bead.assignee, made)
    return output.one_line(" · ".join(filter(None, parts)))


def _print(beads: Sequence[Bead], style: str, age_of: str) -> None:
    if style == "tree":
        for line in tree(beads):
            output.line(line)
    elif style == "long":
        for number, bead in enumerate(beads):
            if number:
                output.line("")
            _long(bead)
    else:
        bead_table(beads, age_of)


def _long(bead: Bead) -> None:
    output.line(f"{mark(bead.status)} {bead.id}  {output.one_line(bead.title)}")
    output.line(f"  {standing(bead)}")
    if bead.labels:
        output.line(f"  labels: {output.one_line(', '.join(bead.labels))}")
    if bead.needs:
        output.line(f"  needs: {', '.join(bead.needs)}")
    for line in bead.description.strip().splitlines():
        output.line(f"  {line}".rstrip())


def tree(beads: Sequence[Bead]) -> list[str]:
    """Each bead below its parent when that is among them, else at the left."""
    there = {bead.id for bead in beads}
    below: dict[ItemId, list[Bead]] = {}
    for bead in beads:
        below.setdefault(bead.parent if bead.parent in there else ItemId(""), []).append(bead)
    lines: list[str] = []
    seen: set[ItemId] = set()
    # the last of the list is the next; a stack, because a line of parents may be long
    stack = [(bead, "", "") for bead in reversed(below.get(ItemId(""), []))]
    while stack or len(seen) < len(there):
        if not stack:  # parents in a circle: nobody stands above
            stack = [(next(bead for bead in beads if bead.id not in seen), "", "")]
        bead, lead, branch = stack.pop()
        if bead.id in seen:
            continue
        seen.add(bead.id)
        lines.append(f"{lead}{branch}{bead_line(bead)}")
        children = below.get(bead.id, [])
        lead += {"": "", "├── ": "│   ", "└── ": "    "}[branch]
        stack += [
            (child, lead, "└── " if number == 0 else "├── ")
            for number, child in enumerate(reversed(children))
        ]
    return lines


def _holding(beads: Sequence[Bead]) -> list[tuple[Bead, ItemId]]:
    return [(bead, to) for bead in beads for type in HOLDING for to in targets(bead, type)]


def _digraph(beads: Sequence[Bead]) -> list[str]:
    """One line an edge: the bead, and what it waits for."""
    return [f"{bead.id} {to}" for bead, to in _holding(beads)]


def _dot(beads: Sequence[Bead]) -> list[str]:
    there = {bead.id for bead in beads}
    lines = ["digraph beads {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f"  {_quoted(bead.id)} [label={_quoted(bead.id, bead.title)}];" for bead in beads]
    lines += [f"  {_quoted(to)} -> {_quoted(bead.id)};" for bead, to in _holding(beads) if to in there]
    return [*lines, "}"]


def _quoted(*lines: str) -> str:
    safe = (output.one_line(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(safe) + '"'
