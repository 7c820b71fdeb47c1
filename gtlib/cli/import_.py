"""`bd import`: lines of the interchange format become files of the town."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gtlib import output
from gtlib.actions.import_ import Imported
from gtlib.actions.import_ import import_
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.store.town import Town

SHOWN = 50


@command(
    "bead import",
    short={"input": "i"},
    help={
        "file": "what bd export wrote; - is standard input",
        "input": "the same as the word FILE",
        "dry_run": "only say what would be done",
        "dedup": "leave out new beads whose title is that of an open one",
    },
    example="bd import issues.jsonl",
)
def import_beads(
    file: str = "", *, input: str = "", dry_run: bool = False, dedup: bool = False, json: bool = False
) -> int:
    """Take in beads and memories from a file of the interchange format, as one commit."""
    if file and input:
        raise UsageError("FILE and --input are both given", "give one of them")
    where = here()
    with _opened(file or input) as (stream, source), output.counting("lines read") as told:
        town = Town.find(where.cwd)
        done = import_(town, stream, source, dry_run=dry_run, dedup=dedup, actor=where.actor, on_line=told)
    if json:
        output.json_out(done)
    else:
        show(done)
        output.next_steps(["bd ready", f"git show --stat {done.commit[:12]}"] if done.commit else ["bd list"])
    return 1 if done.refused else 0


def show(done: Imported) -> None:
    """What an import did; what it did not take goes to stderr."""
    would = "would be " if done.dry_run else ""
    counts = [
        (done.created, f"{would}created"),
        (done.updated, f"{would}updated"),
        (done.tombstones, f"deleted long ago: {would}kept in the archive"),
        (done.unchanged, "unchanged"),
        (len(done.stale_skipped_ids), "older than what the town has: left out"),
        (len(done.dedup_skipped), "with the title of an open bead: left out"),
    ]
    output.line(f"{done.source}: " + (", ".join(f"{n} {what}" for n, what in counts if n) or "no beads"))
    if done.memories:
        output.line(f"{len_of(done.memories, 'memory', 'memories')} {would}kept")
    notes = [f"line {each.line}: {each.id}: {each.reason}" for each in done.repeated]
    notes += [
        f"line {each.line}: {each.issue_id}: no edge to {each.depends_on_id!r}, kept as it is"
        for each in done.skipped_dependencies
    ]
    notes += [
        f"line {each.line} is not taken: {f'{each.id}: ' if each.id else ''}{each.reason}"
        for each in done.refused
    ]
    for note in notes[:SHOWN]:
        output.progress(f"{done.source}: {note}")
    if len(notes) > SHOWN:
        output.progress(f"... and {len(notes) - SHOWN} more such lines: --json lists them all")


def len_of(number: int, one: str, many: str) -> str:
    """`1 memory`, `2 memories`."""
    return f"{number} {one if number == 1 else many}"


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, str]]:
    if file == "-" or (not file and not sys.stdin.isatty()):
        yield sys.stdin.buffer, "standard input"
        return
    if not file:
        raise UsageError("no file is named", "name one, or - for standard input: bd import issues.jsonl")
    try:
        stream = open(file, "rb")  # noqa: SIM115 - closed below
    except OSError as problem:
        raise UserError(f"{file}: {problem.strerror}", "name a file that can be read") from None
    with stream:
        yield stream, output.one_line(Path(file).name)
