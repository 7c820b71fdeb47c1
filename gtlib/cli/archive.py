"""`gt archive`: what was closed long ago, folded away and brought back."""

from __future__ import annotations

from gtlib import clock
from gtlib import output
from gtlib.actions import archive as actions
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UsageError
from gtlib.output import count
from gtlib.rules.times import past
from gtlib.store.town import Town

SHOWN = 20


@command(
    "archive",
    help={
        "older_than": "closed before that: 30d, 12w, 2026-01-31 (else as town.yaml says, archive_days)",
        "dry_run": "only say what would go",
        "restore": "bring this one back as it was; may be repeated",
    },
    example="gt archive --older-than 30d --dry-run",
)
def archive(
    *, older_than: str = "", dry_run: bool = False, restore: tuple[str, ...] = (), json: bool = False
) -> None:
    """Fold what was closed long ago into archive/; it still shows, can be searched and reopened."""
    if restore and (older_than or dry_run):
        raise UsageError("--restore goes with no other flag", "fold and restore in two commands")
    where = here()
    town = Town.open(where.root)
    if restore:
        actions.restore(town, restore, where.actor)
        _say_restored(restore, json)
        return
    before = past(older_than, clock.now()) if older_than else None
    found = actions.archive(town, where.actor, before=before, dry=dry_run)
    if json:
        output.json_out({"archived": found, "dry_run": dry_run})
        return
    for id in found[:SHOWN]:
        output.line(id)
    if len(found) > SHOWN:
        output.line(f"... and {len(found) - SHOWN} more")
    if not found:
        days = town.snapshot().town.limits.archive_days
        never = not days and not older_than
        output.line("archive_days is 0: nothing goes by itself" if never else "nothing is old enough")
    elif dry_run:
        output.line(f"{count(len(found), 'item')} would be archived")
        output.next_steps([f"gt archive{f' --older-than {older_than}' if older_than else ''}"])
    else:
        output.line(f"archived {count(len(found), 'item')}")
        output.next_steps([f"bd show {found[0]}", f"gt archive --restore {found[0]}"])


def _say_restored(ids: tuple[str, ...], json: bool) -> None:
    if json:
        output.json_out({"restored": ids})
        return
    for id in ids:
        output.line(f"restored {id}")
    output.next_steps([f"bd show {ids[0]}"])
