"""Take in a file of the interchange format: one commit for everything in it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from gtlib.actions.transition import transition
from gtlib.model import jsonl
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.import_plan import Outcome
from gtlib.rules.import_plan import edit_of
from gtlib.rules.import_plan import plan_import
from gtlib.rules.importing import Batch
from gtlib.rules.importing import Loose
from gtlib.rules.importing import Refused
from gtlib.rules.importing import read_lines
from gtlib.store.town import Town


class Imported(Struct, frozen=True, kw_only=True):
    """What an import did, or (`dry_run`) would do. `ids` are what it made or changed; lines count from 1."""

    source: str
    created: int
    updated: int
    unchanged: int
    skipped: int
    tombstones: int
    memories: int
    ids: tuple[str, ...]
    stale_skipped_ids: tuple[str, ...]
    dedup_skipped: tuple[str, ...]
    refused: tuple[Refused, ...]
    repeated: tuple[Refused, ...]
    skipped_dependencies: tuple[Loose, ...]
    dry_run: bool
    commit: str = ""


def import_(
    town: Town,
    stream: BinaryIO,
    source: str,
    *,
    dry_run: bool = False,
    dedup: bool = False,
    actor: str = "",
    on_line: Callable[[int], None] = lambda number: None,
) -> Imported:
    """Take in the lines of `stream`; `source` is what the commit calls it, `on_line` hears of each line.

    A line that can't be taken is in `refused`, and stops nothing. UserError when nothing can be written now.
    """
    batch = read_lines(source, _told(stream, on_line))
    return take_in(town, batch, dry_run=dry_run, dedup=dedup, actor=actor)


def take_in(town: Town, batch: Batch, *, dry_run: bool, dedup: bool, actor: str) -> Imported:
    """The same of lines that have been read."""
    outcome = Outcome()

    def plan(snapshot: Snapshot) -> Edit | None:
        nonlocal outcome
        outcome = plan_import(snapshot, batch, dedup=dedup)
        return edit_of(snapshot, outcome, subject(outcome, batch.source), actor)

    if dry_run:
        plan(town.snapshot())
        return report(batch, outcome, "", dry_run)
    applied = transition(town, plan, actor)
    return report(batch, outcome, applied.commit if applied else "", dry_run)


def subject(outcome: Outcome, source: str) -> str:
    """`import: 12 beads from issues.jsonl`."""
    number = len(outcome.created) + len(outcome.updated) + len(outcome.tombstones)
    what = f"{number} beads" if number != 1 else "1 bead"
    if not number and outcome.memories:
        what = f"{len(outcome.memories)} memories"
    return f"import: {what} from {source}"


def report(batch: Batch, outcome: Outcome, commit: str, dry_run: bool) -> Imported:
    """What became of the batch."""
    return Imported(
        source=batch.source,
        created=len(outcome.created),
        updated=len(outcome.updated),
        unchanged=len(outcome.unchanged),
        skipped=batch.skipped + len(batch.repeated) + len(outcome.stale) + len(outcome.alike),
        tombstones=len(outcome.tombstones),
        memories=len(outcome.memories),
        ids=tuple(sorted((*outcome.created, *outcome.updated, *outcome.tombstones))),
        stale_skipped_ids=tuple(outcome.stale),
        dedup_skipped=tuple(outcome.alike),
        refused=tuple(sorted((*batch.refused, *outcome.refused), key=lambda each: each.line)),
        repeated=tuple(batch.repeated),
        skipped_dependencies=tuple(batch.loose),
        dry_run=dry_run,
        commit=commit,
    )


def _told(stream: BinaryIO, on_line: Callable[[int], None]) -> Iterator[tuple[int, bytes | None]]:
    for number, raw in jsonl.lines(stream):
        on_line(number)
        yield number, raw
