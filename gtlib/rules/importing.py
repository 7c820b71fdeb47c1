"""Lines of the interchange format, taken in one by one: what can't be taken is told and stops nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec import field
from msgspec.structs import replace

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model import jsonl
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.interchange import bead_of
from gtlib.model.memory import Memory
from gtlib.model.memory_line import memory_of

TOMBSTONE = "tombstone"

Moment = tuple[datetime, str]

_NEVER: Moment = (datetime.min.replace(tzinfo=UTC), "")


class Refused(Struct, frozen=True):
    """A line that was not taken, and why; `line` counts from 1."""

    line: int
    reason: str
    id: str = ""


class Loose(Struct, frozen=True):
    """An item of `dependencies` that is no edge; the file keeps it, and export gives it back."""

    line: int
    issue_id: str
    depends_on_id: str
    type: str


class Batch(Struct):
    """What a source held. A bead stands with the number of its line, and in `said` with the line's keys."""

    source: str
    beads: dict[str, tuple[int, Bead]] = field(default_factory=dict)
    said: dict[str, frozenset[str]] = field(default_factory=dict)
    memories: dict[str, tuple[int, Memory]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    repeated: list[Refused] = field(default_factory=list)
    loose: list[Loose] = field(default_factory=list)
    skipped: int = 0


def read_lines(source: str, lines: Iterable[tuple[int, bytes | None]]) -> Batch:
    """Everything in these numbered lines; None is a line that was too long."""
    batch = Batch(source)
    for number, raw in lines:
        take_line(batch, number, raw)
    return batch


def take_line(batch: Batch, number: int, raw: bytes | None) -> None:
    """Take in one line."""
    try:
        if raw is None:
            raise UserError("it is too long", f"{jsonl.LIMIT // 2**20} MB are the most")
        line = jsonl.loads(raw)
    except UserError as error:
        batch.refused.append(Refused(number, error.what))
        return
    take(batch, number, line)


def take(batch: Batch, number: int, line: Mapping[str, Any]) -> None:
    """Take in one object: a bead, a memory, or a header, which says nothing."""
    id = line["id"] if isinstance(line.get("id"), str) else ""
    try:
        if line.get("_type") == "memory":
            found = memory_of(line)
            kinds.render(found)
            batch.memories[found.key] = (number, found)
        elif line.get("_type", "issue") not in ("issue", "bead", None) or ("_schema" in line and not id):
            batch.skipped += 1
        else:
            _take_bead(batch, number, line)
    except UserError as error:
        batch.refused.append(Refused(number, error.what, id))


def moment(text: str) -> Moment:
    """A time to compare with others, to the nanosecond; what is no time lies before all of them."""
    try:
        found = clock.parse(text)
    except UserError:
        return _NEVER
    _, _, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return found.replace(microsecond=0), digits.ljust(9, "0")


def _take_bead(batch: Batch, number: int, line: Mapping[str, Any]) -> None:
    bead = bead_of(line)
    if bead.status == "hooked" and not bead.updated:
        # what stands in a file with a time of its own was hooked elsewhere, and is left alone
        bead = replace(bead, updated=bead.created or "1970-01-01T00:00:00Z")
    if bead.status != TOMBSTONE:  # which never becomes a file
        kinds.render(bead)
    known = batch.beads.get(bead.id)
    if known is not None:
        older, newer = (known[0], number), (number, known[0])
        lost, kept = older if moment(bead.updated) >= moment(known[1].updated) else newer
        batch.repeated.append(Refused(lost, f"line {kept} has the same id and is as new or newer", bead.id))
        if lost == number:
            return
    batch.beads[bead.id] = (number, bead)
    batch.said[bead.id] = frozenset(line)
    for raw in _odd_edges(bead):
        to, type = (raw.get("depends_on_id"), raw.get("type")) if isinstance(raw, dict) else (raw, "")
        batch.loose.append(Loose(number, bead.id, _shown(to), _shown(type)))


def _odd_edges(bead: Bead) -> list[Any]:
    if "dependencies" not in bead.imported:
        return []
    left = json.loads(bead.imported)
    odd = left.get("+dependencies") or left.get("dependencies")
    if "+dependencies" in left:
        return [each[1] for each in odd]
    return [odd] if odd and not isinstance(odd, list) else []


def _shown(raw: Any) -> str:
    return raw if isinstance(raw, str) else json.dumps(raw)
