"""Beads that are kept to be poured from: templates, and all that is below them. Nobody works on them."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId

LABEL = "template"

Find = Callable[[ItemId], Bead | None]


def is_template(bead: Bead) -> bool:
    """Whether a bead itself is kept to be poured from."""
    return bead.template or LABEL in bead.labels


def template_of(find: Find, bead: Bead) -> Bead | None:
    """The template that a bead is or is a part of; None for work."""
    seen: set[ItemId] = set()
    at: Bead | None = bead
    while at is not None and at.id not in seen:
        if is_template(at):
            return at
        seen.add(at.id)
        at = find(at.parent) if at.parent else None
    return None


def without_templates(find: Find, beads: Iterable[Bead]) -> list[Bead]:
    """The beads that are work, in their order; only the parents above them are looked at."""
    known: dict[ItemId, bool] = {}
    found = []
    for bead in beads:
        if bead.template or LABEL in bead.labels or (bead.parent and _kept(find, bead.parent, known)):
            continue
        found.append(bead)
    return found


def refuse_template(snapshot: Snapshot, bead: Bead) -> None:
    """UserError for a bead that nobody works on, since others are poured from it."""
    found = template_of(snapshot.bead, bead)
    if found is not None:
        what = "is a template" if found.id == bead.id else f"is a part of the template {found.id}"
        raise UserError(f"{bead.id} {what}, which nobody works on", f"pour it: bd mol pour {found.id}")


def _kept(find: Find, id: ItemId, known: dict[ItemId, bool]) -> bool:
    """Whether a bead of that id is a template or below one; `known` are answers for others."""
    line: dict[ItemId, None] = {}
    kept = False
    while id and id not in line:
        if id in known:
            kept = known[id]
            break
        line[id] = None
        bead = find(id)
        if bead is None:
            break
        if is_template(bead):
            kept = True
            break
        id = bead.parent
    known.update(dict.fromkeys(line, kept))
    return kept
