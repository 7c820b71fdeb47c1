"""Make a lasting bead of a wisp, or of a bead that is ephemeral."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.actions import wisp
from gtlib.actions.carry_out import carry_out
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import require_writable
from gtlib.rules.find import find_bead
from gtlib.rules.find import ids_in
from gtlib.store.town import Town


def promote(town: Town, text: str, actor: str, reason: str = "") -> Bead:
    """The bead that a wisp, or an ephemeral bead, is from now on. UserError for what is neither."""
    found = None if text in ids_in(town.snapshot(), "beads") else wisp.find(town, text)
    if found is not None:
        return wisp.promote(town, found.id, actor, reason)

    def plan(snapshot: Snapshot) -> tuple[ItemId, Edit | None]:
        bead = find_bead(snapshot, text)
        if not bead.ephemeral:
            raise UserError(f"{bead.id} lasts already", f"see it with: bd show {bead.id}")
        require_writable(snapshot, bead)
        said = f"Promoted: {reason}" if reason else ""
        lasting = replace(bead, ephemeral=False, notes="\n\n".join(filter(None, (bead.notes, said))))
        edit = Edit(
            subject=f"promote: {bead.id} {bead.title}",
            put=(lasting,),
            trailers=(("Bead", bead.id),),
            actor=actor,
        )
        return bead.id, edit

    id, _ = carry_out(town, plan, actor)
    bead = town.snapshot().bead(id)
    assert bead is not None
    return bead
