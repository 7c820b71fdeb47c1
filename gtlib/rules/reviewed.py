"""Work that only looks and says what it found: it ends without a merge when there is nothing to land."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.merge import MergeRequest
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.landing import plan_landed
from gtlib.rules.terms import of_bead

# The key of a molecule that says so.
REVIEW_ONLY = "review_only"
NOTHING = "nothing to land"


def is_review(snapshot: Snapshot, bead: ItemId) -> bool:
    """Whether the bead is worked on by a molecule that only reviews, or was slung so without one."""
    alone = snapshot.bead(bead)
    if alone is not None and of_bead(alone).review_only:
        return True
    found = [m for m in snapshot.molecules() if m.bead == bead]
    return bool(found) and max(found, key=lambda m: (m.created, m.id)).extra.get(REVIEW_ONLY) is True


def marked(molecule: Molecule, review_only: bool) -> Molecule:
    """The molecule, which says that it only reviews when that is so."""
    return replace(molecule, extra={**molecule.extra, REVIEW_ONLY: True}) if review_only else molecule


def plan_reviewed(snapshot: Snapshot, mr_id: ItemId, now: str) -> Edit | None:
    """The end of a review whose branch changes nothing: as after a landing, without one.

    None when it was noticed before. Raises UserError for an unknown request.
    """
    edit = plan_landed(snapshot, mr_id, "", "", now)
    if edit is None:
        return None
    request = snapshot.merge(mr_id)
    assert request is not None
    trailers = tuple(pair for pair in edit.trailers if pair[0] not in ("Event", "Landed"))
    return replace(
        edit,
        subject=f"review: {request.id} {request.bead} has {NOTHING}",
        put=tuple(_ended(item, request) for item in edit.put),
        trailers=(("Event", "review"), *trailers),
    )


def _ended(item: Item, request: MergeRequest) -> Item:
    if isinstance(item, MergeRequest) and item.id == request.id:
        return replace(item, status="superseded", landed_commit="", evidence="", reason=NOTHING)
    if isinstance(item, Bead) and item.id == request.bead:
        before = item.close_reason
        return replace(
            item, close_reason=f"Reviewed, {NOTHING}" if before.startswith("Landed in") else before
        )
    return item
