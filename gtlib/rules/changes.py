"""How two versions of a bead differ, field by field, and what that is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.ready import naturally

# the time of the change, which every change changes; and what only exports ask for
QUIET = frozenset({"updated", "imported"})

Changes = Mapping[str, tuple[Any, Any]]


class Difference(Struct, frozen=True):
    """What became of beads between two times. `gone` are deleted; `archived` are folded away."""

    created: tuple[Bead, ...] = ()
    closed: tuple[Bead, ...] = ()
    reopened: tuple[Bead, ...] = ()
    changed: tuple[tuple[Bead, Changes], ...] = ()
    archived: tuple[Bead, ...] = ()
    gone: tuple[Bead, ...] = ()


def changes(old: Bead | None, new: Bead | None) -> Changes:
    """The fields that differ, each with its old and its new value; None: there is no such version, and ""
    stands for its values.
    """
    if old is None and new is None:
        return {}
    sample = new or old
    assert sample is not None
    blank = Bead(id=sample.id, title="")
    before, after = old or blank, new or blank
    return {
        field: (getattr(before, field) if old else "", getattr(after, field) if new else "")
        for field in Bead.__struct_fields__
        if field not in QUIET and getattr(before, field) != getattr(after, field)
    }


def event(old: Bead | None, new: Bead | None) -> str:
    """One word for the change: created, closed, reopened, updated or deleted."""
    if new is None:
        return "deleted"
    if old is None:
        return "created"
    if old.status != "closed" and new.status == "closed":
        return "closed"
    return "reopened" if old.status == "closed" and new.status != "closed" else "updated"


def shown(value: Any) -> str:
    """A value of a field on one line, short."""
    if isinstance(value, tuple):
        said = ", ".join(map(shown, value))
    elif isinstance(value, str):
        said = value
    elif isinstance(value, Struct):
        said = str(getattr(value, "id", "") or getattr(value, "to", ""))
    else:
        said = "" if value is None else msgspec.json.encode(value).decode()
    said = " ".join(said.split())
    return said if len(said) <= 60 else f"{said[:59]}…"


def difference(old: Snapshot, new: Snapshot) -> Difference:
    """What became of the town's beads between two snapshots, each in the order of ids."""
    ids = {
        path.removeprefix("beads/")[:-3]
        for snapshot in (old, new)
        for path in snapshot.paths("beads/")
        if path.endswith(".md") and old.blob(path) != new.blob(path)
    }
    found: dict[str, list[Bead]] = {}
    other: list[tuple[Bead, Changes]] = []
    for id in map(ItemId, ids):
        # a live file of one side, the archived bead behind it on the other
        before, after = old.bead(id), new.bead(id)
        live = new.exists(f"beads/{id}.md")
        if after is not None and not live and old.exists(f"beads/{id}.md"):
            found.setdefault("archived", []).append(after)
            continue
        what = event(before, after)
        if what == "updated":
            assert after is not None
            if differs := changes(before, after):
                other.append((after, differs))
        else:
            bead = after or before
            assert bead is not None
            found.setdefault("gone" if what == "deleted" else what, []).append(bead)
    places = {bead.id: place for place, bead in enumerate(naturally(bead for bead, _ in other))}
    return Difference(
        changed=tuple(sorted(other, key=lambda pair: places[pair[0].id])),
        **{name: tuple(naturally(beads)) for name, beads in found.items()},
    )
