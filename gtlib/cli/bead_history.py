"""`bd history` and `bd diff`: what became of beads, as git knows it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.bead_rows import bead_line
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.wanted import AT
from gtlib.cli.wanted import LIMIT
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.interchange import line_of
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.changes import Changes
from gtlib.rules.changes import Difference
from gtlib.rules.changes import changes
from gtlib.rules.changes import difference
from gtlib.rules.changes import event
from gtlib.rules.changes import shown
from gtlib.rules.find import find_id
from gtlib.store import history as commits
from gtlib.store.history import FileChange

Step = tuple[FileChange, str, Changes, Bead | None]


@command(
    "bead history",
    short={"limit": "n"},
    help={"id": "the bead, also one that is deleted", "limit": LIMIT, "at": AT},
    example="bd history gt-abc12",
)
def history(id: str, *, limit: int = 0, at: str | None = None, json: bool = False) -> None:
    """Show the commits that changed a bead: who, when, and which fields."""
    most = limited(limit)
    where = here()
    snapshot = where.snapshot(at)
    bead_id = _meant(snapshot, id)
    found = commits.of_file(where.root, layout.path_of_bead(bead_id), snapshot.commit)
    if not found:
        raise UserError(f"no bead {id}", "see them with: bd list --all")
    texts = commits.blobs(where.root, (blob for each in found for blob in (each.old, each.new) if blob))
    steps = list(_steps(snapshot, bead_id, found, texts))
    if json:
        output.json_out([_row(step) for step in steps[:most]])
        return
    for number, step in enumerate(steps[:most]):
        if number:
            output.line("")
        _print_step(step)
    if most is not None and most < len(steps):
        output.line(f"... and {len(steps) - most} more: --limit 0 shows all")


def _meant(snapshot: Snapshot, text: str) -> ItemId:
    try:
        return find_id(snapshot, text, "beads")
    except UserError as refusal:
        try:
            return names.item_id(text)  # perhaps it was once
        except UserError:
            raise refusal from None


def _steps(
    snapshot: Snapshot, id: ItemId, found: list[FileChange], texts: Mapping[str, bytes]
) -> Iterator[Step]:
    """Each change as what it did, the newest first."""
    oldest = len(found) - 1
    for number, each in enumerate(found):
        old, new = (_version(each.was or each.path, each.old, texts), _version(each.path, each.new, texts))
        what = event(old, new)
        if each.was and each.was != each.path:
            what = "renamed"
        elif each.new is None:
            what = "archived" if _is_archived(snapshot, id, found, number) else "deleted"
        elif each.old is None and number != oldest:
            what = "restored"
        elif new is None:
            what = "unreadable"
        yield each, what, {} if what in ("archived", "deleted") else changes(old, new), new


def _is_archived(snapshot: Snapshot, id: ItemId, found: list[FileChange], number: int) -> bool:
    """Whether a bead's file was folded away when it went; of what came back later the subject tells."""
    if number:
        return found[number].subject.startswith("archive")
    return snapshot.archive.get(id) is not None


def _version(path: str, blob: str | None, texts: Mapping[str, bytes]) -> Bead | None:
    if blob is None or blob not in texts:
        return None
    try:
        item = kinds.parse(path, texts[blob].decode("utf-8"))
    except (FileError, UnicodeDecodeError):
        return None
    return item if isinstance(item, Bead) else None


def _row(step: Step) -> dict[str, Any]:
    each, what, differs, bead = step
    return {
        "commit_hash": each.commit,
        "commit_date": each.time,
        "committer": each.actor,
        "message": each.subject,
        "event": what,
        "changes": {field: {"old": old, "new": new} for field, (old, new) in differs.items()},
        "issue": None if bead is None else line_of(replace(bead, updated=bead.updated or each.time)),
    }


def _print_step(step: Step) -> None:
    each, what, differs, _ = step
    output.line(output.one_line(f"{each.commit[:10]} · {each.time} · {each.actor} · {what}"))
    output.line(f"  {output.one_line(each.subject)}")
    for line in _lines(differs):
        output.line(f"    {line}")


def _lines(differs: Changes) -> Iterator[str]:
    for field, (old, new) in differs.items():
        if field == "id":
            continue
        if old in ("", ()):
            yield f"{field}: {output.one_line(shown(new))}"
        elif new in ("", ()):
            yield f"{field}: no longer {output.one_line(shown(old))}"
        else:
            yield f"{field}: {output.one_line(f'{shown(old)} → {shown(new)}')}"


@command(
    "bead diff",
    help={
        "from_": "a commit, branch, tag or time; 2d is 2 days ago",
        "to": "the same; without it as it is now",
    },
    example="bd diff 2d",
)
def diff(from_: str, to: str = "", *, json: bool = False) -> None:
    """Show what became of beads between two times: made, closed, changed."""
    where = here()
    old, new = where.snapshot(from_), where.snapshot(to or None)
    found = difference(old, new)
    if json:
        output.json_out(_diff_shape(old, new, found))
        return
    parts: tuple[tuple[str, tuple[Bead, ...]], ...] = (
        ("created", found.created),
        ("closed", found.closed),
        ("reopened", found.reopened),
        ("archived", found.archived),
        ("deleted", found.gone),
    )
    for word, beads in parts:
        for bead in beads:
            output.line(f"{word:<9} {bead_line(bead)}")
    for bead, differs in found.changed:
        output.line(f"{'changed':<9} {bead_line(bead)}")
        for line in _lines(differs):
            output.line(f"{'':<12}{line}")
    if not found.changed and not any(beads for _, beads in parts):
        output.line("no bead differs")


def _diff_shape(old: Snapshot, new: Snapshot, found: Difference) -> dict[str, Any]:
    return {
        "from": old.commit,
        "to": new.commit,
        "created": [shapes.issue(new, bead) for bead in found.created],
        "closed": [shapes.issue(new, bead) for bead in found.closed],
        "reopened": [shapes.issue(new, bead) for bead in found.reopened],
        "changed": [
            {
                "id": bead.id,
                "title": bead.title,
                "changes": {field: {"old": old, "new": new} for field, (old, new) in differs.items()},
            }
            for bead, differs in found.changed
        ],
        "archived": [bead.id for bead in found.archived],
        "deleted": [{"id": bead.id, "title": bead.title} for bead in found.gone],
    }
