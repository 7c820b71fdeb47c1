"""`bd list` and `show`: commands that only read beads, without libgit2."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from gtlib import names
from gtlib import output
from gtlib.cli.bead_text import show_bead
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import age
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import mention_mail
from gtlib.cli.options import need_ids
from gtlib.cli.options import scope
from gtlib.cli.options import short
from gtlib.cli.shapes import Neighbours
from gtlib.errors import UsageError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.rules import fields
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_id
from gtlib.rules.new_bead import known_assignee
from gtlib.rules.ready import ordered

QUIET = frozenset({"closed", "deferred", "pinned"})
SORTS: dict[str, Callable[[Bead], Any]] = {
    "created": lambda bead: bead.created,
    "closed": lambda bead: bead.closed,
    "status": lambda bead: bead.status,
    "id": lambda bead: bead.id,
    "title": lambda bead: bead.title.lower(),
    "type": lambda bead: bead.type,
    "assignee": lambda bead: bead.assignee,
}

FILTERS = {
    "priority": "of this priority",
    "assignee": 'of this assignee; "" is nobody',
    "label": "with all of these labels",
    "label_any": "with one of these labels",
    "limit": "so many at most; 0 is all",
    "parent": "children of that bead",
    "rig": "of that rig; hq is the town itself",
    "all_rigs": "of the whole town",
}


@command(
    "bead list",
    "bead ls",
    short={
        "status": "s", "type": "t", "priority": "p", "assignee": "a",
        "label": "l", "limit": "n", "reverse": "r",
    },
    help={
        **FILTERS,
        "status": "of these statuses, with commas between them",
        "type": "of these types, with commas between them; gates and the like only so",
        "title": "with this in the title",
        "no_assignee": "of nobody",
        "all": "closed, deferred and pinned ones too",
        "sort": "by priority, created, closed, status, id, title, type or assignee",
        "reverse": "the other way round",
    },
    spellings={"title-contains": "title"},
    example="bd list -s open,in_progress -p 1 --all-rigs",
)  # fmt: skip
def list_(
    *,
    status: tuple[str, ...] = (),
    type: tuple[str, ...] = (),
    priority: str = "",
    assignee: str | None = None,
    no_assignee: bool = False,
    label: tuple[str, ...] = (),
    label_any: tuple[str, ...] = (),
    title: str = "",
    all: bool = False,
    limit: int = 50,
    parent: str = "",
    sort: str = "priority",
    reverse: bool = False,
    rig: str = "",
    all_rigs: bool = False,
    json: bool = False,
) -> None:
    """List beads that are not done: of the rig one stands in, else of the whole town."""
    most = limited(limit)
    choice("--sort", sort, ("priority", *SORTS))
    if no_assignee and assignee:
        raise UsageError("--assignee and --no-assignee contradict each other", "give one of them")
    where = here()
    snapshot = where.snapshot()
    near = Neighbours(snapshot)
    beads = list(near.ledger.beads.values())
    kept = _of_status(beads, fields.words(status, "status"), all)
    kept = _of_type(kept, fields.words(type, "type"), beads)
    prefix = scope(where, snapshot, rig, all_rigs)
    kept = [bead for bead in kept if prefix is None or names.prefix_of(bead.id) == prefix]
    if parent:
        above = find_id(snapshot, parent, "beads")
        kept = [bead for bead in kept if bead.parent == above]
    if no_assignee or assignee is not None:
        who = known_assignee(snapshot, assignee or "")
        kept = [bead for bead in kept if bead.assignee == who]
    kept = _labelled(kept, priority, fields.labels(label), fields.labels(label_any))
    kept = [bead for bead in kept if title.lower() in bead.title.lower()]
    kept = ordered(kept) if sort == "priority" else sorted(ordered(kept), key=SORTS[sort])
    _print(where, snapshot, near, kept[::-1] if reverse else kept, most, json)


@command("bead show", "bead view", help={"ids": "the beads"}, example="bd show gt-abc12")
def show(*ids: str, json: bool = False) -> None:
    """Show beads whole: text, comments, what they need and what needs them."""
    need_ids(ids, "bd show gt-abc12")
    where = here()
    snapshot = where.snapshot()
    beads = [find_bead(snapshot, text) for text in dict.fromkeys(ids)]
    near = Neighbours(snapshot)
    if json:
        output.json_out([near.details(bead) for bead in beads])
    else:
        for number, bead in enumerate(beads):
            if number:
                output.line("")
            show_bead(snapshot, near, bead)
    mention_mail(where, snapshot)


def _print(
    where: Here,
    snapshot: Snapshot,
    near: Neighbours,
    beads: list[Bead],
    most: int | None,
    json: bool,
    nothing: str = "no beads",
) -> None:
    shown = beads[:most]
    if json:
        output.json_out([near.row(bead) for bead in shown])
    elif not shown:
        output.line(nothing)
        output.next_steps(['bd create "What is to be done"', "bd list --all"])
    else:
        bead_table(shown)
        if len(shown) < len(beads):
            output.line(f"... and {len(beads) - len(shown)} more: --limit 0 shows all")
    mention_mail(where, snapshot)


def bead_table(beads: Iterable[Bead]) -> None:
    """Beads as rows; the column of assignees only when there is one."""
    rows = list(beads)
    assigned = any(bead.assignee for bead in rows)
    output.table(
        ["id", "p", "type", "status", *(["assignee"] if assigned else []), "age", "title"],
        [
            [
                bead.id,
                bead.priority,
                bead.type,
                bead.status,
                *([short(bead.assignee)] if assigned else []),
                age(bead.created),
                bead.title,
            ]
            for bead in rows
        ],
    )


def _of_status(beads: list[Bead], wanted: tuple[str, ...], all: bool) -> list[Bead]:
    if "all" in wanted:
        return beads
    used = {bead.status for bead in beads}
    meant = {fields.status(word, used) for word in wanted}
    return [bead for bead in beads if (bead.status in meant if meant else all or bead.status not in QUIET)]


def _of_type(beads: list[Bead], wanted: tuple[str, ...], every: Iterable[Bead]) -> list[Bead]:
    if not wanted:
        return [bead for bead in beads if bead.type not in fields.SYSTEM_TYPES]
    used = {bead.type for bead in every}
    meant = {fields.kind(word, used) for word in wanted}
    return [bead for bead in beads if bead.type in meant]


def _labelled(
    beads: list[Bead], priority: str, label: tuple[str, ...], label_any: tuple[str, ...]
) -> list[Bead]:
    level = fields.priority(priority) if priority else None
    return [
        bead
        for bead in beads
        if (level is None or bead.priority == level)
        and set(label) <= set(bead.labels)
        and (not label_any or set(label_any) & set(bead.labels))
    ]
