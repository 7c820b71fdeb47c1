"""`bd export`: the beads of a town for other trackers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from gtlib import names
from gtlib import output
from gtlib.actions.export import export
from gtlib.actions.export import refuse_loss
from gtlib.actions.export import replaced
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.archive import FOLDER
from gtlib.model.snapshot import Snapshot
from gtlib.rules import fields
from gtlib.rules.exporting import Selection
from gtlib.rules.exporting import ids as every_id


@command(
    "bead export",
    short={"output_": "o", "force": "f", "status": "s", "type": "t"},
    help={
        "output_": "the file to write; - (the default) is standard output",
        "id": "only these beads",
        "status": "only beads with this status, or several by commas",
        "type": "only beads of this type, or several by commas",
        "archived": "leave out what was closed long ago, and deleted beads",
        "memories": "leave out memories",
        "all": "everything, which is the default",
        "include_infra": "the same",
        "include_memories": "the same",
        "scrub": "leave out what only runs a town: gates, messages, agents, templates",
        "force": "write over a file with beads that the town does not know",
    },
    spellings={"ids": "id"},
    example="bd export -o issues.jsonl",
)
def export_beads(
    *,
    output_: str = "-",
    id: tuple[str, ...] = (),
    status: tuple[str, ...] = (),
    type: tuple[str, ...] = (),
    archived: bool = True,
    memories: bool = True,
    all: bool = False,
    include_infra: bool = False,
    include_memories: bool = False,
    scrub: bool = False,
    force: bool = False,
    json: bool = False,
) -> int:
    """Give out beads and memories in the interchange format, one JSON object a line."""
    if scrub and (all or include_infra):
        raise UsageError("--scrub leaves out what --all and --include-infra ask for", "give one of them")
    if (all and not (archived and memories)) or (include_memories and not memories):
        raise UsageError("--no-archived and --no-memories contradict --all", "give one of them")
    where = here()
    snapshot = where.snapshot()
    known = frozenset(every_id(snapshot)) if id else frozenset()
    selection = Selection(
        ids=tuple(names.resolve(word, known) for word in fields.words(id, "id")),
        statuses=_used(
            snapshot, status, "status", lambda word, used: fields.status(word, used, snapshot.town)
        ),
        types=_used(snapshot, type, "type", lambda word, used: fields.kind(word, used, snapshot.town)),
        archived=archived,
        memories=memories,
        scrub=scrub,
    )
    if output_ == "-":
        sys.stdout.flush()
        with output.counting("lines written") as told:
            export(snapshot, selection, sys.stdout.buffer, told)
        sys.stdout.buffer.flush()
        return _left_out(snapshot, selection)
    path = Path(output_)
    if not force:
        refuse_loss(snapshot, path)
    with replaced(path) as stream, output.counting("lines written") as told:
        number = export(snapshot, selection, stream, told)
    status_ = _left_out(snapshot, selection)
    if json:
        output.json_out({"path": str(path), "exported": number})
        return status_
    output.line(f"{output.count(number, 'line')} in {path}")
    output.next_steps([f"bd import {path}   (in another town)"])
    return status_


def _used(
    snapshot: Snapshot, texts: tuple[str, ...], field: str, known: Callable[[str, tuple[str, ...]], str]
) -> tuple[str, ...]:
    """The statuses or types that words mean, those of archived and deleted beads too. UserError else."""
    words = fields.words(texts, field)
    try:
        return tuple(known(word, ()) for word in words)
    except UserError:  # every bead is looked at only for a word that is none of ours
        found = {getattr(bead, field): None for bead in (*snapshot.beads(), *snapshot.archive.all())}
        found |= {"tombstone": None} if field == "status" else {}
        return tuple(known(word, tuple(found)) for word in words)


def _left_out(snapshot: Snapshot, selection: Selection) -> int:
    """1 for any file that does not parse: its last version that did is in the export, if there is one."""
    wanted = ("bead", None, "memory" if selection.memories else None)
    found = [
        error
        for error in snapshot.broken()
        if kinds.kind_of(error.path) in wanted
        and (selection.archived or not error.path.startswith(f"{FOLDER}/"))
    ]
    for error in found:
        output.progress(f"not as it stands: {error}")
    return int(bool(found))
