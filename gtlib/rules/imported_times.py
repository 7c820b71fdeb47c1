"""The time of an imported bead's last change counts until somebody changes the bead: also by hand."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence

from msgspec.structs import replace

from gtlib import layout
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.edit import as_changed
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import Changed
from gtlib.rules.base import writable


def with_times(snapshot: Snapshot, changed: Changed) -> tuple[str, ...]:
    """The files among the changed ones that say when another tracker's bead changed last."""
    return tuple(path for path in sorted(changed or ()) if _timed(snapshot, path))


def forget_times(
    snapshot: Snapshot, paths: Sequence[str], before: Callable[[str], Item | None]
) -> Edit | None:
    """Take that time out of those of the files that changed beside it; `before` gives what stood there."""
    put = []
    for path in paths:
        bead = snapshot.get(path)
        if isinstance(bead, Bead) and as_changed(bead, before(path)) != bead and writable(snapshot, bead):
            put.append(replace(bead, updated=""))
    if not put:
        return None
    return Edit(
        subject=f"change: {put[0].id} {put[0].title}" + (f" (+{len(put) - 1})" if put[1:] else ""),
        put=tuple(put),
        trailers=(("Event", "change"), *(("Bead", bead.id) for bead in put)),
    )


def _timed(snapshot: Snapshot, path: str) -> bool:
    found = layout.parse(path)
    item = snapshot.get(path) if found is not None and found.thing == "bead" else None
    return isinstance(item, Bead) and bool(item.updated)
