"""Another id for a bead: its file moves, and all that names it follows."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from gtlib import layout
from gtlib import splice
from gtlib.errors import UserError
from gtlib.frontmatter import split
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.archive_texts import with_renamed
from gtlib.rules.base import holder
from gtlib.rules.base import live_requests
from gtlib.rules.base import require_writable
from gtlib.rules.find import find_bead
from gtlib.rules.new_id import given_id
from gtlib.rules.references import items
from gtlib.rules.references import renamed


class Renamed(Struct, frozen=True):
    """The id that a bead had and has, and the paths of what named it."""

    old: ItemId
    new: ItemId
    changed: tuple[str, ...]


def plan_rename(
    snapshot: Snapshot, named: str, to: str, actor: str, *, force: bool = False
) -> tuple[Renamed, Edit]:
    """Give a bead another id. Children keep theirs, and mail and history what they say.

    UserError for an id that is taken or (unless `force`) of no rig, and for work on a hook or in the queue,
    whose branch is called by the old id.
    """
    bead = find_bead(snapshot, named)
    new = given_id(snapshot, to, force=force)
    if held := holder(snapshot, bead.id):
        raise UserError(
            f"{bead.id} is on the hook of {held.address}", f"take it off first: gt unsling {bead.id}"
        )
    if requests := live_requests(snapshot, bead.id):
        raise UserError(
            f"{bead.id} is in the merge queue", f"take it out first: gt mq reject {requests[0].id}"
        )
    path = layout.path_of_bead(bead.id)
    require_writable(snapshot, bead)
    changed = []
    for item in items(snapshot):
        if not (isinstance(item, Bead) and item.id == bead.id):
            after = renamed(item, bead.id, new)
            if after is not item:
                changed.append(after)
    require_writable(snapshot, *changed)
    own = renamed(bead, bead.id, new)
    assert isinstance(own, Bead)
    there = layout.path_of_bead(new)
    text = snapshot.text(path) or ""
    if "id" in split(path, text).values:  # where the file's name says it, it says that too
        text = splice.set_keys(path, text, {"id": new})
    archived = with_renamed(snapshot, bead.id, new)
    edit = Edit(
        subject=f"rename: {bead.id} {new}",
        put=tuple(changed),
        files=((there, kinds.edit(there, text, replace(own, id=new))), *archived.items()),
        removes=(path,),
        trailers=(("Bead", new), ("Bead", bead.id)),
        actor=actor,
    )
    return Renamed(bead.id, new, (*map(kinds.path_of, changed), *archived)), edit
