"""Making convoys, and adding to them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib import names
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import require_writable
from gtlib.rules.fields import title
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_convoy
from gtlib.rules.find import ids_in
from gtlib.rules.new_bead import TOWN_PREFIX
from gtlib.rules.route import resolve_address


class Wanted(Struct, frozen=True, kw_only=True):
    """A convoy as asked for; ids and addresses are as typed."""

    name: str
    ids: tuple[str, ...] = ()
    owner: str = ""
    notify: tuple[str, ...] = ()
    human: bool = False
    merge: str = ""


def plan_convoy(
    snapshot: Snapshot, wanted: Wanted, actor: str, now: str, created_ns: int
) -> tuple[Convoy, Edit]:
    """The convoy and the edit that makes it. A name that is the id of a bead is the first that it tracks.

    UserError for an empty name, an unknown bead or address.
    """
    name, ids = wanted.name, wanted.ids
    if name in ids_in(snapshot, "beads"):
        first = find_bead(snapshot, name)
        ids = (name, *ids)
        others = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        name = f"{first.title}{others}"
    name = title(name)
    convoy = Convoy(
        id=names.mint(TOWN_PREFIX, name, "", actor, created_ns, snapshot.taken(), "cv"),
        title=name,
        owner=resolve_address(snapshot, wanted.owner) if wanted.owner else actor,
        notify=tuple(sorted({resolve_address(snapshot, text) for text in wanted.notify})),
        human=wanted.human,
        merge=wanted.merge,
        tracks=tuple(sorted({find_bead(snapshot, text).id for text in ids})),
        created=now,
    )
    edit = Edit(
        subject=f"convoy: {convoy.id} {convoy.title}",
        put=(convoy,),
        trailers=(("Bead", convoy.id),),
        actor=actor,
    )
    return convoy, edit


def plan_add(
    snapshot: Snapshot, convoy_text: str, texts: Sequence[str], actor: str
) -> tuple[ItemId, tuple[ItemId, ...], Edit | None]:
    """The convoy, the beads that are new to it, and the edit; None when it tracks them all.

    A closed convoy that gets something new is open again. UserError for what is unknown.
    """
    convoy = find_convoy(snapshot, convoy_text, actor)
    ids = dict.fromkeys(find_bead(snapshot, text).id for text in texts)
    new = tuple(id for id in ids if id not in convoy.tracks)
    if not new:
        return convoy.id, (), None
    require_writable(snapshot, convoy)
    status = "open" if convoy.status == "closed" else convoy.status
    closed = "" if convoy.status == "closed" else convoy.closed
    tracks = tuple(sorted({*convoy.tracks, *new}))
    edit = Edit(
        subject=f"convoy: {convoy.id} tracks {', '.join(new)}",
        put=(replace(convoy, status=status, closed=closed, tracks=tracks),),
        trailers=(("Bead", convoy.id),),
        actor=actor,
    )
    return convoy.id, new, edit
