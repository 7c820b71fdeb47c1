"""What an import makes of a town: each line is new, newer, the same, or older than what is there."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec import field
from msgspec.structs import replace

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model import jsonl
from gtlib.model import kinds
from gtlib.model.archive import FOLDER
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.interchange import bead_of
from gtlib.model.interchange import line_of
from gtlib.model.interchange import same
from gtlib.model.reimport import merged
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import LIVE_REQUEST
from gtlib.rules.base import holds
from gtlib.rules.importing import TOMBSTONE
from gtlib.rules.importing import Batch
from gtlib.rules.importing import Refused
from gtlib.rules.importing import moment
from gtlib.rules.statuses import is_over


class Outcome(Struct):
    """What became of the lines, by id; `refused` are those that this town can't take."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)
    tombstones: list[str] = field(default_factory=list)
    memories: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    put: list[kinds.Item] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    folded: dict[str, Bead] = field(default_factory=dict)


def plan_import(snapshot: Snapshot, batch: Batch, *, dedup: bool = False) -> Outcome:
    """What the batch changes, item by item. `dedup` leaves out new beads with the title of an open one."""
    outcome = Outcome()
    others = snapshot.ids()
    work = _work(snapshot)
    titles = _titles(snapshot) if dedup else frozenset()
    for id in sorted(batch.beads):
        number, bead = batch.beads[id]
        path = layout.path_of_bead(bead.id)
        try:
            if snapshot.exists(path):
                _known(snapshot, outcome, bead, batch.said[id], work)
            elif id in others:
                raise UserError("the id is that of another item of the town", "give it another id")
            elif snapshot.archive.has(id):
                _archived(snapshot, outcome, bead, batch.said[id])
            elif bead.title.lower() in titles:
                outcome.alike.append(id)
            else:
                _new(outcome, bead)
        except UserError as error:
            outcome.refused.append(Refused(number, error.what, id))
    _memories(snapshot, outcome, batch)
    return outcome


def edit_of(snapshot: Snapshot, outcome: Outcome, subject: str, actor: str = "") -> Edit | None:
    """The outcome as an edit; None when nothing changes."""
    files = tuple(fold(snapshot, outcome.folded.values()))
    if not (files or outcome.put or outcome.removes):
        return None
    return Edit(
        subject=subject,
        put=tuple(outcome.put),
        removes=tuple(outcome.removes),
        files=files,
        trailers=(("Event", "import"),),
        actor=actor,
    )


def fold(snapshot: Snapshot, beads: Iterable[Bead]) -> Iterable[tuple[str, str]]:
    """The archive files with the lines of these beads in them, in place of any they had there before."""
    wanted: dict[str, dict[str, str]] = {}
    for bead in beads:
        known = snapshot.archive.line(bead.id)
        path = f"{FOLDER}/{month_of(bead)}.jsonl"
        if known is not None and known.path != path:
            wanted.setdefault(known.path, {})[bead.id] = ""
        wanted.setdefault(path, {})[bead.id] = jsonl.dumps(line_of(bead)) + "\n"
    for path, lines in sorted(wanted.items()):
        stands = (f"{line}\n" for line in (snapshot.text(path) or "").split("\n") if line.strip())
        kept = "".join(line for line in stands if jsonl.id_in(line) not in lines)
        yield path, kept + "".join(line for _, line in sorted(lines.items()))


def month_of(bead: Bead) -> str:
    """The archive's month of a tombstone: when it was deleted, else when it changed last."""
    for said in (bead.extra.get("deleted_at"), bead.updated, bead.closed, bead.created):
        when = moment(said) if isinstance(said, str) else moment("")
        if when[0].year > 1:
            return when[0].strftime("%Y-%m")
    return "1970-01"


def _new(outcome: Outcome, bead: Bead) -> None:
    if bead.status == TOMBSTONE:
        outcome.folded[bead.id] = bead
        outcome.tombstones.append(bead.id)
    else:
        outcome.put.append(bead)
        outcome.created.append(bead.id)


def _work(snapshot: Snapshot) -> Mapping[ItemId, str]:
    """What the beads do that close on evidence only."""
    landing = {each.bead for each in snapshot.merges() if each.status in LIVE_REQUEST and not each.applied}
    held = {bead for agent in snapshot.agents() for bead in holds(agent)}
    return dict.fromkeys(landing, "is being landed") | dict.fromkeys(held, "is on an agent's hook")


def _known(
    snapshot: Snapshot, outcome: Outcome, bead: Bead, said: frozenset[str], work: Mapping[ItemId, str]
) -> None:
    path = layout.path_of_bead(bead.id)
    there = None if snapshot.is_broken(path) else snapshot.get(path)
    if not isinstance(there, Bead):
        raise UserError(f"{path} does not parse, so nothing writes it", "mend it: gt doctor names the line")
    if bead == there or _is_same(bead, there, snapshot.updated(there)):
        outcome.unchanged.append(bead.id)
    elif not _is_newer(bead, snapshot.updated(there)):
        outcome.stale.append(bead.id)
    elif bead.status == TOMBSTONE:
        if bead.id in work:
            raise UserError(f"it says deleted, and the bead {work[bead.id]}", f"see it: bd show {bead.id}")
        outcome.folded[bead.id] = bead
        outcome.removes.append(path)
        outcome.tombstones.append(bead.id)
    else:
        # its time still stands: nobody has touched it here, so what the line leaves out is gone
        wanted = bead if there.updated else merged(there, bead, said)
        moved = (wanted.status, wanted.assignee) != (there.status, there.assignee)
        if moved and bead.id in work:
            what = f"it changes the status or the assignee, and the bead {work[bead.id]}"
            raise UserError(what, f"see it: bd show {bead.id}")
        if wanted == there:
            outcome.unchanged.append(bead.id)
        else:
            outcome.put.append(wanted)
            outcome.updated.append(bead.id)


def _archived(snapshot: Snapshot, outcome: Outcome, bead: Bead, said: frozenset[str]) -> None:
    line = snapshot.archive.line(bead.id)
    if line is None or line.kind != "bead":
        raise UserError("the id is that of another item of the town", "give it another id")
    kept = line.item()
    there = kept if isinstance(kept, Bead) else bead_of(line.raw())
    if bead == there or _is_same(bead, there, there.updated):
        outcome.unchanged.append(bead.id)
    elif not _is_newer(bead, there.updated):
        outcome.stale.append(bead.id)
    elif bead.status == TOMBSTONE:
        outcome.folded[bead.id] = bead
        outcome.tombstones.append(bead.id)
    elif there.status == TOMBSTONE:  # what was deleted here stays so
        outcome.stale.append(bead.id)
    else:
        outcome.put.append(merged(there, bead, said))
        outcome.updated.append(bead.id)


def _is_newer(bead: Bead, updated: str) -> bool:
    """Whether a line is newer than what the town has since then; no when that can't be told."""
    return bool(updated) and moment(bead.updated) > moment(updated)


def _is_same(bead: Bead, there: Bead, updated: str) -> bool:
    """Whether a line says what the town has, a time of the last change aside that is no later."""
    if _is_newer(bead, updated):
        return False
    # what an export fills in where the file says nothing
    there = replace(there, created=there.created or bead.created)
    return same(_content(bead), _content(there))


def _content(bead: Bead) -> Mapping[str, Any]:
    return {key: value for key, value in line_of(bead).items() if key != "updated_at"}


def _titles(snapshot: Snapshot) -> frozenset[str]:
    town = snapshot.town
    return frozenset(bead.title.lower() for bead in snapshot.beads() if not is_over(town, bead.status))


def _memories(snapshot: Snapshot, outcome: Outcome, batch: Batch) -> None:
    for key, (number, memory) in sorted(batch.memories.items()):
        path = kinds.path_of(memory)
        if snapshot.is_broken(path):
            outcome.refused.append(Refused(number, f"{path} does not parse, so nothing writes it", key))
            continue
        there = snapshot.memory(key)
        if there is not None and there.text == memory.text:
            outcome.unchanged.append(key)
            continue
        outcome.put.append(memory if there is None else replace(there, text=memory.text))
        outcome.memories.append(key)
