"""The bead that a molecule of another tracker hangs from closes with the last of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import Changed
from gtlib.rules.base import holder
from gtlib.rules.base import instant
from gtlib.rules.base import live_requests
from gtlib.rules.base import writable
from gtlib.rules.close import closed
from gtlib.rules.edits import merge_edits
from gtlib.rules.statuses import category
from gtlib.rules.statuses import is_over

REASON = "all steps complete"


def close_roots(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Close beads of type `molecule` below which the last bead that was open has just been closed.

    One that was changed after that close stays: whoever reopens it, or pours into it, has the last word. So
    only closes among `changed` count, and none that came with an import.
    """
    edits = []
    for id in sorted(
        {child.parent for child in _closed(snapshot, changed) if _is_last_word(snapshot, child)}
    ):
        root = snapshot.bead(id)
        if root is not None and _ends(snapshot, root):
            edit = Edit(
                subject=f"close: {id} {REASON}",
                put=(closed(root, now, REASON),),
                trailers=(("Event", "close"), ("Bead", id)),
            )
            edits.append(edit)
            snapshot = snapshot.with_edit(edit)
    return merge_edits(edits)


def _closed(snapshot: Snapshot, changed: Changed) -> Iterator[Bead]:
    for path in sorted(changed or ()):
        item = snapshot.get(path) if path.startswith("beads/") and snapshot.exists(path) else None
        if isinstance(item, Bead) and item.parent and item.status == "closed" and not item.updated:
            yield item


def _is_last_word(snapshot: Snapshot, child: Bead) -> bool:
    root = snapshot.bead(ItemId(child.parent))
    if root is None or root.type != "molecule" or is_over(snapshot.town, root.status):
        return False
    done, since = instant(child.closed), instant(snapshot.updated(root))
    return done is not None and (since is None or done >= since)


def _ends(snapshot: Snapshot, root: Bead) -> bool:
    if category(snapshot.town, root.status) == "frozen" or root.pinned or root.template:
        return False
    below = (each for each in snapshot.beads() if each.parent == root.id and each.type != "event")
    if not all(category(snapshot.town, each.status) == "done" for each in below):
        return False
    return (
        writable(snapshot, root)
        and holder(snapshot, root.id) is None
        and not live_requests(snapshot, root.id)
    )
