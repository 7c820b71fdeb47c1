"""End molecules and wisps before their last step: squash them into a digest, or burn them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gtlib import clock
from gtlib.actions import wisp
from gtlib.actions.carry_out import carry_out
from gtlib.actions.find_molecule import find_molecule
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.edits import merge_edits
from gtlib.rules.mol_end import may_end
from gtlib.rules.mol_end import plan_burn
from gtlib.rules.mol_end import plan_squash
from gtlib.store import wisps
from gtlib.store.town import Town


class Squashed(Struct, frozen=True, kw_only=True):
    """`ids` are what ended with the molecule, itself first; `digest` is the bead that tells of it."""

    id: ItemId
    digest: Bead | None
    ids: tuple[ItemId, ...]
    is_wisp: bool


class Burned(Struct, frozen=True):
    """A molecule that is gone, and the ids of what went, itself first."""

    id: str
    ids: tuple[str, ...]


def squash(
    town: Town, text: str, actor: str, *, summary: str = "", with_digest: bool = True, keep: bool = False
) -> Squashed:
    """End the molecule or wisp that `text` means ("": what is on the actor's hook) in a closed digest bead.

    `keep`: the steps that are beads, or the wisp, stay. UserError for none, and for somebody else's.
    """
    now = clock.stamp(clock.now())
    found = find_molecule(town.root, town.snapshot(), text, actor)
    if wisps.is_id(found.id):
        told, gates = wisp.squash(town, found.id, actor, summary=summary, with_digest=with_digest, keep=keep)
        return Squashed(id=found.id, digest=told, ids=(found.id, *gates), is_wisp=True)

    def plan(snapshot: Snapshot) -> tuple[tuple[Bead | None, tuple[ItemId, ...]], Edit]:
        molecule = snapshot.molecule(found.id) or found
        told, done, edit = plan_squash(
            snapshot, molecule, actor, now, summary=summary, with_digest=with_digest, keep_children=keep
        )
        return (told, done), edit

    (told, done), _ = carry_out(town, plan, actor)
    return Squashed(id=found.id, digest=told, ids=(found.id, *done), is_wisp=False)


def burn(town: Town, texts: Sequence[str], actor: str, *, force: bool = False) -> tuple[Burned, ...]:
    """Take molecules and wisps away, molecules in one commit and with `force` alone.

    Nothing named means what is on the actor's hook. UserError for none, for somebody else's, and for a
    molecule without `force`: then nothing is taken away.
    """
    now = clock.stamp(clock.now())
    snapshot = town.snapshot()
    named = [find_molecule(town.root, snapshot, text, actor) for text in texts or ("",)]
    found = list({each.id: each for each in named}.values())
    lasting = [each.id for each in found if not wisps.is_id(each.id)]
    if lasting and not force:
        what = f"{', '.join(lasting)} is committed, and its steps go with it"
        raise UserError(what, f"burn it with: gt mol burn {' '.join(lasting)} --force")
    for each in found:
        may_end(snapshot, each, actor)

    def plan(snapshot: Snapshot) -> tuple[dict[str, tuple[str, ...]], Edit | None]:
        gone, edits = {}, []
        for id in lasting:
            molecule = snapshot.molecule(id)
            if molecule is not None:
                gone[str(id)], edit = plan_burn(snapshot, molecule, actor, now)
                edits.append(edit)
                snapshot = snapshot.with_edit(edit)
        return gone, merge_edits(edits)

    gone = carry_out(town, plan, actor)[0] if lasting else {}
    for each in found:
        if each.id not in lasting:
            gone[str(each.id)] = (each.id, *wisp.burn(town, each.id, actor))
    return tuple(Burned(each.id, gone.get(each.id, ())) for each in found)
