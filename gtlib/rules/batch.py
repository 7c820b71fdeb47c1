"""Many changes written line by line: one commit, or none."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from collections.abc import Sequence

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import fields
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_update
from gtlib.rules.close import plan_close
from gtlib.rules.dependencies import Wanted
from gtlib.rules.dependencies import plan_add
from gtlib.rules.dependencies import plan_remove
from gtlib.rules.edits import merge_edits
from gtlib.rules.end_bead import guard_close
from gtlib.rules.find import find_bead
from gtlib.rules.new_bead import Draft
from gtlib.rules.new_bead import plan_create

GRAMMAR = (
    "close ID [REASON]",
    "update ID KEY=VALUE... (status, priority, title, assignee)",
    "create TYPE PRIORITY TITLE",
    "dep add A B [TYPE]",
    "dep remove A B",
)


class Line(Struct, frozen=True):
    """One change: where it stands, and its words."""

    number: int
    words: tuple[str, ...]


class Made(Struct, frozen=True):
    """What one line did: to which bead, and whether that changed anything."""

    line: int
    op: str
    id: ItemId
    changed: bool


class Asked(Struct, frozen=True):
    """Who asks, when, and what begins the ids of new beads."""

    actor: str
    now: str
    prefix: str
    created_ns: int


def lines_of(text: str) -> tuple[Line, ...]:
    """The lines that say something: no empty ones, none that begin with `#`. UserError for an open quote."""
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        try:
            words = shlex.split(line, comments=False) if not line.lstrip().startswith("#") else []
        except ValueError as problem:
            raise UserError(f"line {number}: {problem}", "close the quote, or take it out") from None
        if words:
            found.append(Line(number, tuple(words)))
    if not found:
        raise UserError("there is nothing to do", f"write lines such as: {GRAMMAR[0]}")
    return tuple(found)


def plan_batch(
    snapshot: Snapshot, lines: Sequence[Line], asked: Asked
) -> tuple[tuple[Made, ...], Edit | None]:
    """What the lines do, each on top of those before it. UserError, with the number, when one is refused."""
    made: list[Made] = []
    edits: list[Edit] = []
    for line in lines:
        try:
            op, id, edit = _one(snapshot, line, asked)
        except UserError as refusal:
            raise UserError(f"line {line.number}: {refusal.what}", refusal.hint) from None
        made.append(Made(line.number, op, id, edit is not None))
        if edit is not None:
            edits.append(edit)
            snapshot = snapshot.with_edit(edit)
    return tuple(made), merge_edits(edits, subject="" if len(edits) == 1 else f"batch: {len(edits)} changes")


_Did = tuple[str, ItemId, Edit | None]


def _one(snapshot: Snapshot, line: Line, asked: Asked) -> _Did:
    verb, *rest = line.words
    if verb not in _VERBS:
        raise _wrong(line.words)
    return _VERBS[verb](snapshot, rest, asked)


def _close(snapshot: Snapshot, words: list[str], asked: Asked) -> _Did:
    if not words:
        raise _wrong(["close"])
    bead = find_bead(snapshot, words[0])
    if bead.status != "closed":
        guard_close(snapshot, bead, asked.now, asked.actor, f"bd close {bead.id} --force")
    return "close", bead.id, plan_close(snapshot, bead.id, asked.actor, " ".join(words[1:]), asked.now)


def _update(snapshot: Snapshot, words: list[str], asked: Asked) -> _Did:
    if len(words) < 2:
        raise _wrong(["update"])
    given: dict[str, str] = {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if not equals or key not in ("status", "priority", "title", "assignee") or key in given:
            raise _wrong(["update"])
        given[key] = value
    changes = Changes(
        status=fields.status(given["status"], town=snapshot.town) if "status" in given else None,
        priority=fields.priority(given["priority"]) if "priority" in given else None,
        title=fields.title(given["title"]) if "title" in given else None,
        assignee=given.get("assignee"),
    )
    ids, edit = plan_update(snapshot, words[:1], changes, asked.actor, asked.now)
    return "update", ids[0], edit


def _create(snapshot: Snapshot, words: list[str], asked: Asked) -> _Did:
    if len(words) < 3:
        raise _wrong(["create"])
    draft = Draft(
        title=fields.title(" ".join(words[2:])),
        type=fields.kind(words[0], town=snapshot.town),
        priority=fields.priority(words[1]),
    )
    bead, edit = plan_create(snapshot, draft, asked.prefix, asked.actor, asked.now, asked.created_ns)
    return "create", bead.id, edit


def _dep(snapshot: Snapshot, words: list[str], asked: Asked) -> _Did:
    action, *ends = words or [""]
    if action not in ("add", "remove") or len(ends) not in ((2, 3) if action == "add" else (2,)):
        raise _wrong(["dep"])
    if action == "remove":
        gone, edit = plan_remove(snapshot, ends[0], ends[1], "", asked.actor)
        return "dep remove", gone.bead, edit
    (made,), added = plan_add(snapshot, [Wanted(*ends)], asked.actor)
    return "dep add", made.bead, added


_VERBS: dict[str, Callable[[Snapshot, list[str], Asked], _Did]] = {
    "close": _close,
    "update": _update,
    "create": _create,
    "dep": _dep,
}


def _wrong(words: Sequence[str]) -> UserError:
    said = " ".join(words)
    near = [each for each in GRAMMAR if each.split()[0] == words[0]]
    return UserError(f"{said!r} is no change", f"write {' or '.join(near or GRAMMAR)}")
