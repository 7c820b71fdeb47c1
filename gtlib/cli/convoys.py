"""`gt convoy list` and `show`: commands that only read convoys, without libgit2."""

from __future__ import annotations

from gtlib import layout
from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.bead_rows import mark
from gtlib.cli.command import command
from gtlib.cli.options import age
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import short
from gtlib.model.convoy import Convoy
from gtlib.model.snapshot import Snapshot
from gtlib.rules.convoy import convoy_progress
from gtlib.rules.find import find_convoy
from gtlib.rules.ready import blockers


@command("convoy list", "convoy ls", help={"all": "closed ones too"}, example="gt convoy list --all")
def list_(*, all: bool = False, json: bool = False) -> None:
    """List the convoys that are under way."""
    where = here()
    snapshot = where.snapshot()
    found = [each for each in snapshot.convoys() if all or each.status != "closed"]
    found.sort(key=lambda each: (each.created, each.id), reverse=True)
    if json:
        output.json_out([shapes.convoy(snapshot, each) for each in found])
    elif not found:
        output.line("no convoys" if all else "no open convoys")
        output.next_steps(["gt convoy create NAME gt-abc12 gt-def34 --notify"])
    else:
        rows = [
            [
                each.id,
                "{}/{}".format(*convoy_progress(snapshot, each)),
                each.status,
                short(each.owner),
                age(each.created),
                each.title,
            ]
            for each in found
        ]
        output.table(["id", "done", "status", "owner", "age", "title"], rows)
        output.next_steps([f"gt convoy show {found[0].id}"])
    mention_mail(where, snapshot)


@command(
    "convoy show",
    "convoy status",
    help={"id": "the convoy; without it your newest open one"},
    example="gt convoy show hq-cv-a1b2c",
)
def show(id: str = "", *, json: bool = False) -> None:
    """Show a convoy: how far each bead is that it tracks."""
    where = here()
    snapshot = where.snapshot()
    found = find_convoy(snapshot, id, where.actor)
    if json:
        output.json_out(shapes.convoy(snapshot, found))
    else:
        show_convoy(snapshot, found)
    mention_mail(where, snapshot)


def show_convoy(snapshot: Snapshot, convoy: Convoy) -> None:
    """Print a convoy with what it tracks."""
    done, total = convoy_progress(snapshot, convoy)
    output.line(f"{convoy.id}  {output.one_line(convoy.title)}")
    ended = f"closed {ago(convoy.closed)}" if convoy.status == "closed" else convoy.status
    told = [*convoy.notify, *(["overseer"] if convoy.human else [])]
    parts = [
        f"{_bar(done, total)} {done} of {total} closed",
        ended,
        f"of {convoy.owner}" if convoy.owner else "",
        f"tells {', '.join(told)}" if told else "",
        f"merges by {convoy.merge}" if convoy.merge else "",
        f"made {ago(convoy.created)}" if convoy.created else "",
    ]
    output.line(output.one_line(" · ".join(part for part in parts if part)))
    if convoy.purpose.strip():
        output.line("")
        output.line(convoy.purpose.strip("\n"))
    output.line("")
    _tracked(snapshot, convoy)
    output.line(layout.path_of_convoy(convoy.id))


def _bar(done: int, total: int) -> str:
    filled = 10 * done // total if total else 0
    return "█" * filled + "░" * (10 - filled)


def _tracked(snapshot: Snapshot, convoy: Convoy) -> None:
    rows = []
    for id in convoy.tracks:
        bead = snapshot.bead(id)
        if bead is None:
            rows.append(["?", id, "missing", "", ""])
            continue
        waiting = blockers(snapshot, bead) if bead.status == "open" else ()
        status = f"waits for {', '.join(waiting)}" if waiting else bead.status
        rows.append([mark(bead.status), id, status, short(bead.assignee), bead.title])
    if rows:
        output.table(["", "id", "status", "assignee", "title"], rows)
        output.line("")
